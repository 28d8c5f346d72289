"""A story on a terminal: what is done stands there, and below it one block shows what is at work, and is redrawn."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from typing import Any, Callable

from ansible.utils.display import get_text_width

from .screen import Awaited, Printer, Tone

_MOST_LINES = 8
_COMMAND = re.compile(r"^ *(ansible-playbook|sudo|mv|ssh)\b")
_ABOVE = "\x1b[{}A"
_CLEAR_LINE = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"


class Live:
    """A terminal that obeys cursor movements.

    Args:
        write: writes what stays; it has the block wiped before, and restored after.
        draw: writes to the terminal as it is.
        size: columns and lines of the terminal, which may change at any time.
    """

    def __init__(self, write: Printer, draw: Callable[[str], None], size: Callable[[], tuple[int, int]]) -> None:
        self._write = write
        self._draw = draw
        self._size = size
        self._head: str | None = None
        self._awaited: Awaited = list
        self._drawn = 0
        self._gap = False

    def open(self, head: str, awaited: Awaited, now: bool = False, passing: bool = False) -> None:  # noqa: ARG002
        self._head, self._awaited = head, awaited
        if now:
            self.restore()

    def close(self, lines: Sequence[str]) -> None:
        self.wipe()
        self._head = None
        for line in lines:
            self._put(self._fitted(line))

    def say(self, text: str, tone: Tone) -> None:
        gap = "" if self._gap else "\n"
        self._put(gap + "\n".join(map(self._fitted, text.strip("\n").split("\n"))), tone)
        self._put("")
        self._gap = True

    def fail(self, line: str, title: str, why: str) -> None:  # noqa: ARG002
        self._put(self._fitted(line), "bad")

    def tick(self) -> None:
        self.restore()

    def news(self) -> None:
        """It is seen when it is drawn the next time."""

    def wipe(self) -> None:
        if self._drawn:
            self._draw("\r" + _ABOVE.format(self._drawn) + _CLEAR_BELOW)
            self._drawn = 0

    def restore(self) -> None:
        if self._head is None:
            return
        columns, lines = self._size()
        block = [clip(line, max(columns - 1, 1)) for line in self._block()][: max(min(lines - 2, _MOST_LINES), 1)]
        up = "\r" + _ABOVE.format(self._drawn) if self._drawn else ""
        self._draw(up + "".join(f"{line}{_CLEAR_LINE}\n" for line in block) + _CLEAR_BELOW)
        self._drawn = len(block)

    def end(self, good: bool, message: str = "") -> None:  # noqa: ARG002
        self.wipe()
        self._head = None

    def _block(self) -> list[str]:
        first, *rest = self._awaited() or [""]
        return [f"{self._head}{first}".rstrip(), *rest]

    def _fitted(self, line: str) -> str:
        return fitted(line, self._size()[0])

    def _put(self, text: str, tone: Tone = "plain") -> None:
        self._gap = False
        self._write(text, tone)


def is_watched(stream: Any) -> bool:
    """Whether *stream* is a terminal that a person looks at, and that obeys cursor movements."""
    captured = "AWX_ISOLATED_DATA_DIR" in os.environ  # ansible-runner has a terminal that nobody looks at
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not captured


def laid_out(text: str, stream: Any, size: Callable[[], tuple[int, int]] = shutil.get_terminal_size) -> str:
    """*text* for *stream*: where a person watches that, every line is :func:`fitted` into the terminal."""
    if not is_watched(stream):
        return text
    columns, _ = size()
    return "\n".join(fitted(line, columns) for line in text.split("\n"))


def fitted(line: str, columns: int) -> str:
    """*line*, which goes on below its last column where it is too long.

    A command stays one line, to be pasted; and so does what would be left too narrow a column.
    """
    if get_text_width(line) <= columns or _COMMAND.search(line):
        return line
    indent = max((found.end() for found in re.finditer(r"(?:^| ) +", line)), default=0)
    margin = get_text_width(line[:indent])
    if margin > columns * 2 // 3:
        return line
    lines, words = [line[:indent]], line[indent:].split(" ")
    room = columns - margin
    for number, word in enumerate(words):
        width = get_text_width(word) + bool(number)
        if width > room and number:
            lines.append(" " * margin)
            number, room = 0, columns - margin
        lines[-1] += (" " if number else "") + word
        room -= width
    return "\n".join(lines)


def clip(text: str, columns: int) -> str:
    """*text* in as many *columns* at most, in which some letters take two; what is cut ends with ``…``."""
    if get_text_width(text) <= columns:
        return text
    kept, width = [], 1
    for char in text:
        width += get_text_width(char)
        if width > columns:
            break
        kept.append(char)
    return "".join(kept) + "…"
