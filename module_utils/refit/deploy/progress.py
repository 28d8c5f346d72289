"""How far an activation is, said while it is at work: small lines before the answer, for whoever watches.

Nothing waits for a reader: where nobody takes the lines any more, or not fast enough, they are left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
from collections.abc import Mapping
from typing import Any, Callable

LINE = "refit-progress: "
#: The steps of :mod:`.activation` that take time.
STEPS = frozenset(
    (
        "wait",
        "prove_unchanged",
        "switch",
        "reload",
        "prove",
        "restore_switch",
        "restore_reload",
        "restore_prove",
        "stop",
    )
)
# A health check takes as little as 0.2 s; nobody reads faster than this.
EVERY_S = 0.4
_STANDARD_OUTPUT = 1


class Report:
    """Writes to *fd*; what it says of a proof is how many checks passed in a row, of how many, and the restarts."""

    def __init__(self, now: Callable[[], float], fd: int = _STANDARD_OUTPUT) -> None:
        self._now = now
        self._fd = fd
        self._step = ""
        self._told: Mapping[str, Any] = {}
        self._told_at = 0.0

    def on_step(self, name: str, detail: str) -> None:  # noqa: ARG002  (a version, which is known)
        if name in STEPS:
            self._step = name
            self._tell({"step": name})

    def on_poll(self, proof: Any) -> None:
        health, process = proof.health, proof.process
        restarts = (process.restarts_after or 0) - (process.restarts_before or 0)
        passed = min(health.consecutive, health.needed)
        seen = {"step": self._step, "passed": passed, "needed": health.needed, "restarts": max(restarts, 0)}
        if seen != self._told and (passed == health.needed or self._now() - self._told_at >= EVERY_S):
            self._tell(seen)

    def _tell(self, seen: Mapping[str, Any]) -> None:
        self._told, self._told_at = seen, self._now()
        with contextlib.suppress(OSError, ValueError):
            if select.select((), (self._fd,), (), 0)[1]:
                os.write(self._fd, f"\n{LINE}{json.dumps(seen)}\n".encode())
