# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Tell a run as a story: a line for each step, what went wrong at once, then the verdict and the next command."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.plugins.callback.default import CallbackModule as Default
from ansible.utils.display import Display

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.invocation import language_of  # noqa: E402  (the lines above make it importable)
from plugin_utils.progress import WATCHING, Channel  # noqa: E402
from plugin_utils.run_variables import RunVariables  # noqa: E402
from plugin_utils.story import ending, output  # noqa: E402
from plugin_utils.story.actions import Actions  # noqa: E402
from plugin_utils.story.events import Status, answer_of, task_of  # noqa: E402
from plugin_utils.story.live import Live, is_watched  # noqa: E402
from plugin_utils.story.run_log import RunLog  # noqa: E402
from plugin_utils.story.screen import Plain, Screen, Tone  # noqa: E402
from plugin_utils.story.story import Story  # noqa: E402
from plugin_utils.story.wording import Place, Wording  # noqa: E402
from refit.core.errors import Step  # noqa: E402
from refit.state import runs  # noqa: E402

DOCUMENTATION = r"""
name: story
type: stdout
short_description: Tell a run as a story
description:
  - A line for each step when it begins, finished when it ends; hosts that did the same in one line; failures at once;
    then what the playbook concludes, with the next command last. On a terminal what is at work is redrawn below.
  - With C(-v) this is Ansible's own output, as with C(ANSIBLE_STDOUT_CALLBACK=default).
  - Each run leaves a log with Ansible's own output.
  - In GitHub Actions it makes groups, annotations and a summary of the job.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
options:
  log_dir:
    description: The directory of the logs; the last 50 are kept. Empty keeps none.
    type: str
    default: ~/.local/state/refit/logs
    env:
      - name: REFIT_LOG_DIR
    ini:
      - section: callback_story
        key: log_dir
author: Re-Fit Ops developers (@re-fit-ops)
"""

TICK_S = 0.25
COLOURS = {"plain": None, "good": "COLOR_OK", "bad": "COLOR_ERROR"}


class LogDisplay:
    """What Ansible's own callback takes for the display, and is the run's log."""

    _final_q = None
    b_cowsay = None
    columns = 79

    def __init__(self, real: Display, log: RunLog) -> None:
        self._real = real
        self._log = log
        self._errors: set[str] = set()

    banner = Display.banner
    _error = Display._error
    _deduplicate = staticmethod(Display._deduplicate)

    def display(self, msg: str, *_: Any, screen_only: bool = False, newline: bool = True, **__: Any) -> None:
        if not screen_only:
            self._log.write(msg if msg.endswith("\n") or not newline else msg + "\n")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class CallbackModule(Default):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "story"

    def __init__(self) -> None:
        super().__init__()
        self._display: Any = self._display  # of what is written by Ansible's own callback
        self._screen_display = self._display
        self._output = output.install(self._screen_display._lock)
        self._is_told = self._screen_display.verbosity == 0
        self._pending: Any = None  # the task that began last
        self._pid = os.getpid()
        self._log: RunLog | None = None
        self._story: Story | None = None
        self._playbook = ""
        self._over = threading.Event()
        self._ticker: threading.Thread | None = None
        ending.before(self._break_off)
        atexit.register(self._break_off)

    # -- what happens: Ansible's own callback writes the log of it ---------------------------------------------

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._playbook = Path(playbook._file_name).stem
        self._story, self._log = None, self._open_log()
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._begins(task)
        super().v2_playbook_on_task_start(task, is_conditional)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._begins(task)
        super().v2_playbook_on_handler_task_start(task)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        if self._is_told:
            with self._output.owned():
                story = self._story or self._begin(host)
                story.start(host.get_name(), str(task._uuid))
        super().v2_runner_on_start(host, task)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._answer(result, "ok")
        super().v2_runner_on_ok(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._answer(result, "skipped")
        super().v2_runner_on_skipped(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._answer(result, "failed", bool(ignore_errors))
        super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._answer(result, "unreachable", bool(result.task.ignore_unreachable))
        super().v2_runner_on_unreachable(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        super().v2_playbook_on_stats(stats)
        if self._story is not None:
            with self._output.owned():
                self._story.end({*stats.failures, *stats.dark})
        elif self._is_told:
            self._screen_display.display(Wording(language_of(""), Place("")).say("no_hosts"))
        self._end()

    def _begins(self, task: Any) -> None:
        self._pending = task
        if self._story is not None:
            with self._output.owned():
                self._story.task(task_of(task))

    def _answer(self, result: Any, status: Status, ignored: bool = False) -> None:
        if self._story is not None:
            with self._output.owned():
                self._story.answer(answer_of(result, status, ignored))

    # -- begin and end -----------------------------------------------------------------------------------------

    def _open_log(self) -> RunLog:
        directory = str(self.get_option("log_dir") or "")
        log = RunLog(directory, self._playbook)
        if self._is_told:
            self._display = LogDisplay(self._screen_display, log)
        self._output.listener = log.write
        return log

    def _begin(self, host: Any) -> Story:
        variables = RunVariables(self._play, host)

        def told(name: str) -> Any:
            try:
                return variables.get(name)
            except Exception:  # whatever is wrong with the inventory is for the playbook to say
                return None

        def again() -> str:
            path = "rollback.yml" if self._playbook == "rollback" else f"playbooks/{self._playbook}.yml"
            known = (PLAYBOOKS.parent / path).is_file()
            return variables.invocation().write(Step(path, again=True)) if known else ""

        words = Wording(language_of(str(told("refit_language") or "")), self._place(told))
        screen = self._screen(words)
        log = self._log.shown if self._log else ""
        self._output.screen = screen
        self._story = Story(screen, words, time.time, log, again)
        self._story.task(task_of(self._pending))
        if self._log and self._log.trouble:
            screen.say(words.say("no_log", why=self._log.trouble), "plain")
        WATCHING.channel = WATCHING.channel or Channel()
        self._over.clear()
        self._ticker = threading.Thread(target=self._tick, name="story", daemon=True)
        self._ticker.start()
        return self._story

    def _place(self, told: Any) -> Place:
        service = told("refit_service")
        return Place(
            playbook=self._playbook,
            service="" if told("refit_any_service") else str(told("refit_service_name") or ""),
            environment=str(told("refit_environment") or ""),
            owner=runs.owner(),
            check=bool(context.CLIARGS.get("check")),
            runbooks=str(told("refit_runbook_url") or ""),
            gate=service.get("health") if isinstance(service, dict) else None,
        )

    def _screen(self, words: Wording) -> Screen:
        stream = getattr(sys.stdout, "stream", sys.stdout)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            return Actions(self._write, time.monotonic, words, os.environ.get("GITHUB_STEP_SUMMARY", ""))
        if is_watched(stream):
            return Live(self._write, lambda text: self._output.draw(stream, text), shutil.get_terminal_size)
        return Plain(self._write, time.monotonic)

    def _write(self, text: str, tone: Tone = "plain", newline: bool = True) -> None:
        named = COLOURS[tone]
        self._screen_display.display(text, color=getattr(C, named) if named else None, newline=newline)

    def _tick(self) -> None:
        while not self._over.wait(TICK_S):
            with self._output.owned():
                self._hear()
                self._output.tick()

    def _hear(self) -> None:
        for host, progress in WATCHING.channel.news() if WATCHING.channel else ():
            if self._story is not None:
                self._story.progress(host, progress)

    def _break_off(self) -> None:
        if os.getpid() == self._pid and self._story is not None:
            with self._output.owned():
                self._story.broken_off()
            self._end()

    def _end(self) -> None:
        self._over.set()
        if self._ticker is not None and self._ticker is not threading.current_thread():
            self._ticker.join(1)
        self._story = self._output.screen = self._ticker = None
