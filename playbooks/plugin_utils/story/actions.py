"""A story in GitHub Actions: a group for each step that takes time, annotations, and a summary of the job."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Sequence
from typing import Callable

from .screen import PATIENCE_S, Awaited, Printer, Tone
from .wording import Wording

# GitHub shows ten errors of a step.
_MOST_ERRORS = 10
# What is at work is said again, so that nobody takes it for hung.
_AGAIN_S = 30.0
_MOST_SUMMARY = 64 * 1024
_URL = re.compile(r"https?://[^\s()<>\[\]]+")


class Actions:
    """The log of a job, and its summary in the file *summary* (none if empty).

    What hosts or playbooks say stands between ``::stop-commands::`` and its end, since a line of theirs that looks like
    a command would be one.
    """

    def __init__(self, write: Printer, clock: Callable[[], float], wording: Wording, summary: str = "") -> None:
        self._write = write
        self._clock = clock
        self._words = wording
        self._summary = summary
        self._token = secrets.token_hex(16)
        self._head: str | None = None
        self._awaited: Awaited = list
        self._since = 0.0
        self._grouped = False
        self._timeline: list[str] = []
        self._said: list[str] = []
        self._held: list[tuple[str, str]] = []
        self._errors = 0

    def open(self, head: str, awaited: Awaited, now: bool = False, passing: bool = False) -> None:
        now = now or passing
        self._head, self._awaited, self._since = None if now else head, awaited, self._clock()

    def close(self, lines: Sequence[str]) -> None:
        self._end_group()
        self._head = None
        self._timeline += lines
        for line in lines:
            self._guarded(line)

    def say(self, text: str, tone: Tone) -> None:
        self._end_group()
        self._said.append(text.strip("\n"))
        self._write("")
        self._guarded(text.strip("\n"), tone)
        self._write("")

    def fail(self, line: str, title: str, why: str) -> None:
        self._end_group()
        self._timeline.append(line)
        self._guarded(line, "bad")
        if self._errors < _MOST_ERRORS - 1:
            self._annotate(title, why)
        else:
            self._held.append((title, why))

    def tick(self) -> None:
        if self._head is None:
            return
        late = self._clock() - self._since
        if late < (_AGAIN_S if self._grouped else PATIENCE_S):
            return
        if not self._grouped:
            self._grouped = True
            self._write(f"::group::{_data(self._head.strip())}")
        self._since = self._clock()
        for line in filter(None, self._awaited()):
            self._guarded(f"  {line.strip()}")

    def news(self) -> None:
        """It is said with what is waited for."""

    def wipe(self) -> None:
        """Others write below what stands there."""

    def restore(self) -> None:
        """As above."""

    def end(self, good: bool, message: str = "") -> None:
        self._end_group()
        self._head = None
        if len(self._held) == 1:
            self._annotate(*self._held[0])
        elif self._held:
            self._annotate(self._words.say("failures"), self._words.say("more", count=len(self._held)))
        self._held = []
        if self._summary and (self._timeline or self._said):
            self._summarize(good, message)

    def _end_group(self) -> None:
        if self._grouped:
            self._write("::endgroup::")
        self._grouped = False

    def _guarded(self, text: str, tone: Tone = "plain") -> None:
        # V1 of the commands, ##[…], is looked for anywhere in a line.
        if not re.search(r"^\s*::|##\[", text, re.MULTILINE):
            self._write(text, tone)
            return
        self._write(f"::stop-commands::{self._token}")
        self._write(text, tone)
        self._write(f"::{self._token}::")

    def _annotate(self, title: str, why: str) -> None:
        self._errors += 1
        self._write(f"::error title={_property(title)}::{_data(why)}")

    def _summarize(self, good: bool, message: str) -> None:
        words, place = self._words, self._words.place
        head = " · ".join(part for part in (words.title, place.service, place.environment) if part)
        mark = "✅" if good else "❌"
        parts = ["### {} {}".format(mark, re.sub(r"[^\w .·-]", " ", head)), *map(_fenced, self._said)]
        parts += [f"**{words.say('summary')}**", _fenced("\n".join(self._timeline))]
        links = [("message", message), ("runbooks", place.runbooks)]
        parts += [" · ".join(f"[{words.say(name)}]({url})" for name, url in links if _URL.fullmatch(url))]
        text = "\n\n".join(filter(None, parts)) + "\n"
        with contextlib.suppress(OSError), open(self._summary, "a", encoding="utf-8") as file:
            file.write(text if len(text) <= _MOST_SUMMARY else _fenced(text[:_MOST_SUMMARY]) + "\n")
        self._timeline, self._said = [], []


def _fenced(text: str) -> str:
    """*text* as Markdown shows it as it is: behind a fence that is longer than any in it."""
    fence = "`" * max([3, *(len(found) + 1 for found in re.findall("`+", text))])
    return f"{fence}text\n{text}\n{fence}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
