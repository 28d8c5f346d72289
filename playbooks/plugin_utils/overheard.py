"""What a command on a host prints, while it is at work.

Ansible's connections hand over what a command printed when it has ended; each starts a program (``ssh``, a shell) by
:class:`subprocess.Popen` and reads its output as that comes.  Here whoever wants to hears the same bytes.  A connection
that does otherwise is not heard, and works as ever.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from typing import Any, Callable

# How often a connection that reads nothing until the end is asked for what came.
EVERY_S = 0.25
# No line that is meant is longer.
LONGEST_LINE = 1024

Hear = Callable[[str], None]


@contextlib.contextmanager
def overheard(hear: Hear, start: str) -> Iterator[None]:
    """Call *hear* with what follows *start* in each line that begins so, of all that programs print meanwhile.

    For a process that does nothing else, as each of Ansible's workers.
    """

    class Program(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._lines = Lines(hear, start)
            if self.stdout is not None:
                self.stdout = Output(self.stdout, self._lines)  # type: ignore[assignment]

        def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002
            if timeout is not None or self.stdout is None:
                return super().communicate(input, timeout)
            while True:
                try:
                    return super().communicate(input, EVERY_S)
                except subprocess.TimeoutExpired as so_far:
                    self._lines.all_so_far(so_far.output)
                    input = None  # noqa: A001  (it is kept)

    before = subprocess.Popen
    subprocess.Popen = Program  # type: ignore[misc]
    try:
        yield
    finally:
        subprocess.Popen = before  # type: ignore[misc]


class Output:
    """A program's *stream*, of which *lines* hears what is read."""

    def __init__(self, stream: Any, lines: Lines) -> None:
        self._stream = stream
        self._lines = lines

    def read(self, *count: int) -> Any:
        found = self._stream.read(*count)
        self._lines.more(found)
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Lines:
    """Finds the lines that are meant in what comes part by part; never raises for anything in it."""

    def __init__(self, hear: Hear, start: str) -> None:
        self._hear = hear
        self._start = start.encode()
        self._rest = b""
        self._seen = 0

    def more(self, part: Any) -> None:
        if not isinstance(part, bytes):
            return
        *lines, rest = (self._rest + part).split(b"\n")
        for line in lines:
            if line.startswith(self._start) and len(line) <= LONGEST_LINE:
                self._hear(line[len(self._start) :].decode("utf-8", "replace"))
        # Of a line that is too long, as much as keeps it from being taken for another one.
        self._rest = rest[: LONGEST_LINE + 1]

    def all_so_far(self, output: Any) -> None:
        """As :meth:`more`, where all is given that came until now."""
        if isinstance(output, bytes):
            self.more(output[self._seen :])
            self._seen = len(output)
