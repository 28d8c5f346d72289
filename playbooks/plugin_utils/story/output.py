"""This process's output, of which anybody's writing keeps clear of the story's, and whose loss ends nothing."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from typing import Any, Callable, Protocol

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Neighbour(Protocol):
    """What stands on the screen besides: see :class:`.screen.Screen`."""

    def wipe(self) -> None: ...

    def restore(self) -> None: ...

    def tick(self) -> None: ...


class Output:
    """Standard output and error.

    Args:
        lock: whoever holds it may write; Ansible forks its workers under the same, so none is made amid a write.
    """

    def __init__(self, lock: Any) -> None:
        self.lock = lock
        self.screen: Neighbour | None = None
        self.listener: Callable[[str], None] | None = None
        self._owned = False
        self._in_line = False
        self._lost: set[int] = set()

    def write(self, stream: Any, text: str) -> None:
        """Write *text* to *stream* as long as there is somebody who takes it."""
        with self.lock:
            if self.screen is not None:
                self.screen.wipe()
            self._put(stream, text)
            if text:
                self._in_line = not text.endswith("\n")
            if self.listener is not None and not self._owned:
                self.listener(_COLOURS.sub("", text))
            if self.screen is not None and not self._in_line:
                self.screen.restore()

    def draw(self, stream: Any, text: str) -> None:
        """Write *text* without regard to what stands there."""
        with self.lock:
            self._put(stream, text)

    def flush(self, stream: Any) -> None:
        with self.lock:
            self._put(stream, "")

    def tick(self) -> None:
        with self.lock:
            if self.screen is not None and not self._in_line:
                self.screen.tick()

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """What is written meanwhile is the story's own."""
        with self.lock:
            before, self._owned = self._owned, True
            try:
                yield
            finally:
                self._owned = before

    def _put(self, stream: Any, text: str) -> None:
        if id(stream) in self._lost:
            return
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):  # a reader that left, a terminal that is gone, a full disk; or it was closed
            self._lost.add(id(stream))
            with contextlib.suppress(OSError, ValueError):  # what is buffered is not tried again when Python ends
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


class Stream:
    """Takes the place of ``sys.stdout`` or ``sys.stderr``; what it does not know is *stream*'s."""

    def __init__(self, stream: Any, output: Output) -> None:
        self.stream = stream
        self.output = output

    def write(self, text: str) -> int:
        self.output.write(self.stream, text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        self.output.flush(self.stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def install(lock: Any) -> Output:
    """Put the two streams in place, once in a process."""
    if isinstance(sys.stdout, Stream):
        return sys.stdout.output
    output = Output(lock)
    sys.stdout, sys.stderr = Stream(sys.stdout, output), Stream(sys.stderr, output)
    return output
