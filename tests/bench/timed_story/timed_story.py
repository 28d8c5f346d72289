"""The story, and how long it took: a callback that is built on it, as those of ansible-runner are."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Callable

from ansible.plugins.loader import callback_loader

Story: Any = type(callback_loader.get("story"))

DOCUMENTATION = """
name: timed_story
type: stdout
short_description: The story, and how long it took
description: For the measurement tests/bench/story_cost.py.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
options:
  log_dir:
    description: As the story has it.
    type: str
    default: ~/.local/state/refit/logs
    env:
      - name: REFIT_LOG_DIR
"""


class CallbackModule(Story):
    CALLBACK_NAME = "timed_story"

    def __init__(self) -> None:
        super().__init__()
        self.began = time.perf_counter()
        self.taken = 0.0
        self.calls = 0
        for name in dir(Story):
            if name.startswith("v2_") and name in vars(Story):
                setattr(self, name, self._timed(getattr(self, name)))
        self._output.tick = self._timed(self._output.tick)

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            before = time.thread_time()
            try:
                return method(*arguments, **named)
            finally:
                self.taken += time.thread_time() - before
                self.calls += 1
                self._write_down()

        return timed

    def _write_down(self) -> None:
        record = {"story_s": self.taken, "calls": self.calls, "run_s": time.perf_counter() - self.began}
        Path(os.environ["STORY_TIMES"]).write_text(json.dumps(record), encoding="utf-8")
