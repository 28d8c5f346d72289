"""Write down what a run tells, as the story hears it: a line of JSON for each event, with the seconds since the first.

Put beside a run by ``ANSIBLE_CALLBACK_PLUGINS``, with the file in ``STORY_RECORD``.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "playbooks"))

from plugin_utils.progress import Channel, Progress  # noqa: E402  (found through the path above)
from plugin_utils.story.events import Status, answer_of, task_of  # noqa: E402

DOCUMENTATION = """
name: story_recorder
type: notification
short_description: Write down what a run tells
description: For the tests of the callback story.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "story_recorder"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.file = open(os.environ["STORY_RECORD"], "w", encoding="utf-8")  # noqa: SIM115  (open as long as the run)
        self.began = time.monotonic()
        self.numbers: dict[str, str] = {}
        self._listen()

    def _listen(self) -> None:
        """Write down what hosts say of their progress as well, where the story hears it."""
        news = Channel.news

        def heard(channel: Channel) -> Iterator[tuple[str, Progress]]:
            for host, progress in news(channel):
                self._write("progress", [host, dataclasses.asdict(progress)])
                yield host, progress

        Channel.news = heard  # type: ignore[method-assign]

    def _write(self, what: str, value: Any) -> None:
        record = [round(time.monotonic() - self.began, 2), what, value]
        self.file.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
        self.file.flush()

    def _number(self, uuid: str) -> str:
        return self.numbers.setdefault(uuid, str(len(self.numbers)))

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._write("playbook", Path(playbook._file_name).stem)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002
        found = task_of(task)
        self._write("task", dataclasses.asdict(dataclasses.replace(found, id=self._number(found.id))))

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._write("start", [host.get_name(), self._number(str(task._uuid))])

    def v2_runner_on_ok(self, result: Any) -> None:
        self._answer(result, "ok")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._answer(result, "skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._answer(result, "failed", bool(ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._answer(result, "unreachable", bool(result.task.ignore_unreachable))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write("end", sorted({*stats.failures, *stats.dark}))

    def _answer(self, result: Any, status: Status, ignored: bool = False) -> None:
        found = answer_of(result, status, ignored)
        self._write("answer", dataclasses.asdict(dataclasses.replace(found, task=self._number(found.task))))
