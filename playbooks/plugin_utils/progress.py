"""How far hosts are, on its way from the workers that hear of it to the process that tells the run.

A host is a stranger: of what it says only numbers and words of a fixed list are taken.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from refit.deploy.progress import STEPS

# What a pipe takes in one piece, whatever others write at the same time.
LONGEST = 512
_MOST = 1_000_000


@dataclass(frozen=True)
class Progress:
    """What a host is at: *step* is one of :data:`.STEPS`.

    Attributes:
        passed: health checks in a row so far, of those *needed*; 0 of 0 where none was made yet.
        restarts: of the service's processes, since the proof began.
    """

    step: str
    passed: int = 0
    needed: int = 0
    restarts: int = 0


def read(text: str) -> Progress | None:
    """What a host says in *text*; None where that is nothing that is known.  Never raises."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("step"), str) or found["step"] not in STEPS:
        return None
    return Progress(found["step"], *(_number(found.get(name)) for name in ("passed", "needed", "restarts")))


def _number(found: Any) -> int:
    return min(max(found, 0), _MOST) if isinstance(found, int) and not isinstance(found, bool) else 0


class Channel:
    """A pipe into this process, from those that are forked from it.

    Nobody waits for it: what does not fit into it, since nobody reads, is left out.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""

    def tell(self, host: str, progress: Progress) -> None:
        """*host* is at *progress*."""
        line = json.dumps({"host": host, **asdict(progress)}).encode() + b"\n"
        if len(line) <= LONGEST:
            with contextlib.suppress(OSError):
                os.write(self._writer, line)

    def news(self) -> Iterator[tuple[str, Progress]]:
        """What was told since the last time."""
        try:
            *lines, self._rest = (self._rest + os.read(self._reader, 65536)).split(b"\n")
        except OSError:
            return
        for line in lines:
            found = json.loads(line)
            yield found.pop("host"), Progress(**found)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


@dataclass
class Watching:
    """Whether anybody watches the run, and where that is told of: set before a worker is made."""

    channel: Channel | None = None


WATCHING = Watching()
