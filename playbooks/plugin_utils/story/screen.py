"""Where a story is told, as lines one below the other: what every screen can do, and the plainest one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, Literal, Protocol

from ansible.utils.display import get_text_width

Tone = Literal["plain", "good", "bad"]
Awaited = Callable[[], "list[str]"]
# A step that says at once how it ended is shown with that; one that takes longer, when it begins.
PATIENCE_S = 0.4
# How far a step is that takes long is said in a line of its own, where lines stay, no more often than this.
NEWS_S = 10.0


class Printer(Protocol):
    """Writes a text that stays, and goes to the next line unless told otherwise."""

    def __call__(self, text: str, tone: Tone = "plain", newline: bool = True) -> None: ...


class Screen(Protocol):
    def open(self, head: str, awaited: Awaited, now: bool = False, passing: bool = False) -> None:
        """A line begins, with *head*; *awaited* says how it goes on for now, and which lines follow it.

        Args:
            now: whether it is shown at once.
            passing: whether it leaves nothing behind, so that only a screen that can take it back shows it.
        """

    def close(self, lines: Sequence[str]) -> None:
        """The line that is open ends as *lines*, the first of which begins as it did; none if nothing came of it."""

    def say(self, text: str, tone: Tone) -> None:
        """A playbook's own words, of one line or several."""

    def fail(self, line: str, title: str, why: str) -> None:
        """Something went wrong on a host: shown at once."""

    def tick(self) -> None:
        """Some time has passed."""

    def news(self) -> None:
        """What is waited for is farther than it was."""

    def wipe(self) -> None:
        """Somebody else is about to write."""

    def restore(self) -> None:
        """Somebody else has written."""

    def end(self, good: bool, message: str = "") -> None:
        """Nothing more is told.

        Args:
            message: the URL at which Discord shows what it was told last; empty where that is not known.
        """


class Plain:
    """Lines without control codes, for pipes and files, and terminals that can do no more.

    A line is written as far as it is known, and goes on when its step ends.
    """

    def __init__(self, write: Printer, clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._head: str | None = None
        self._awaited: Awaited = list
        self._since = 0.0
        self._news_at = 0.0
        self._begun = False  # the head stands there, and the line goes on
        self._broken = False  # the head stands there, and others have written since
        self._own = False
        self._gap = False  # a blank line stands above already

    def open(self, head: str, awaited: Awaited, now: bool = False, passing: bool = False) -> None:
        if passing:
            return
        self._head, self._awaited, self._begun, self._broken = head, awaited, False, False
        self._since = self._news_at = self._clock()
        if now:
            self._begin()

    def close(self, lines: Sequence[str]) -> None:
        head, self._head = self._head or "", None
        first, *rest = lines or [head.rstrip()]
        if self._begun:
            self._put(first[len(head) :])
        elif self._broken and len(first) > len(head):
            self._put(" " * get_text_width(head) + first[len(head) :])
        elif lines and not self._broken:
            self._put(first)
        self._begun = False
        for line in rest:
            self._put(line)

    def say(self, text: str, tone: Tone) -> None:
        self.wipe()
        if not self._gap:
            self._put("")
        self._put(text.strip("\n"), tone)
        self._put("")
        self._gap = True

    def fail(self, line: str, title: str, why: str) -> None:  # noqa: ARG002
        self.wipe()
        self._put(line, "bad")

    def tick(self) -> None:
        if self._head is None or self._begun or self._broken:
            return
        if self._clock() - self._since >= PATIENCE_S:
            self._begin()

    def news(self) -> None:
        if self._head is None or self._clock() - self._news_at < NEWS_S:
            return
        self._news_at = self._clock()
        if not self._begun and not self._broken:
            self._begin()
        self.wipe()
        first, *rest = self._awaited()
        for line in (" " * get_text_width(self._head) + first, *rest):
            self._put(line)

    def wipe(self) -> None:
        if self._begun and not self._own:
            self._begun, self._broken = False, True
            self._put("")

    def restore(self) -> None:
        """What others wrote ends its lines itself."""

    def end(self, good: bool, message: str = "") -> None:  # noqa: ARG002
        self.wipe()
        self._head = None

    def _begin(self) -> None:
        self._begun = True
        self._put(self._head or "", newline=False)

    def _put(self, text: str, tone: Tone = "plain", newline: bool = True) -> None:
        self._own, self._gap = True, False
        try:
            self._write(text, tone, newline)
        finally:
            self._own = False
