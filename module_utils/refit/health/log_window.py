"""ERROR lines and critical patterns in what an application logged lately.

"Lately" is everything since a remembered position (:func:`mark`, :func:`read_since`), which
needs no times in the lines; and, on request, what was logged for some seconds before that
(:class:`Lookback`), by the times in the lines.

The file is read from its end, in blocks, only as far as the window reaches: the cost
depends on what was logged in the window, not on the file's size.  At most *max_bytes*
are read; where that cuts the window short, the result says so.

A line without a time (a stack trace, a wrapped message) belongs to the one above it, unless it
begins as a record of its own.  Where lines may be of the window and cannot be told to be, or are
gone, the result says that: their number is not known, which is not zero.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import hashlib
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..config.log_patterns import DEFAULT_PATTERNS, Patterns
from ..core.errors import why_failed
from ..words.reason import Reason, recorded
from .log_times import LineTime, begins_record, line_time
from .unmeasured import Unmeasured

MAX_BYTES = 16 * 1024 * 1024
BLOCK_BYTES = 64 * 1024
# Threads write their lines a moment after they took the time, so neighbours may be out of order.
DISORDER_S = 1.0
_SEARCHED_CHARS = 65_536
_SAMPLE_CHARS = 500
_FINGERPRINT_BYTES = 256
# Times off by whole half hours against the file's own are a zone that was mistaken for another.
_ZONE_STEP_S = 1800
_ZONE_SLACK_S = 60


@dataclass(frozen=True)
class LogWindow:
    """What the window holds.

    Attributes:
        errors: ERROR lines.
        patterns: lines for each critical pattern, zeros included.
        lines: all lines.
        samples: the newest matching lines, oldest first.
        truncated: why the window is shorter than was asked for; None if it is not.
        bytes_read: what it cost.
        unseen: why there may be lines of the window that were not counted; None if there are none.
    """

    errors: int
    patterns: Mapping[str, int]
    lines: int
    samples: tuple[str, ...]
    truncated: Reason | None
    bytes_read: int
    unseen: Reason | None = None

    def to_record(self) -> dict[str, Any]:
        told = {"truncated": recorded(self.truncated), "unseen": recorded(self.unseen)}
        return {**vars(self), "patterns": dict(self.patterns), "samples": list(self.samples), **told}


@dataclass(frozen=True)
class Mark:
    """A position in a log that outlives rotation and truncation.

    *fingerprint* is of the bytes just before *offset*: it tells the same file from
    another one that was given the same inode or was truncated and grew again.  *written_at* is
    when the log was written to last, in seconds since the epoch.
    """

    inode: int
    offset: int
    fingerprint: str
    written_at: float = 0.0


@dataclass(frozen=True)
class Lookback:
    """Which lines before a mark count, too: those from *since* on, in seconds since the epoch.

    *zone* is that of times which name none; by default this machine's.
    """

    since: float
    zone: datetime.tzinfo | None = None


def mark(path: str) -> Mark | Unmeasured:
    """Remember where the log ends now; a file that is not there yet has the mark of an empty one."""
    try:
        with _open(path) as log:
            size = log.seek(0, os.SEEK_END)
            status = os.fstat(log.fileno())
            return Mark(status.st_ino, size, _fingerprint(log, size), status.st_mtime)
    except _Unreadable as error:
        return Mark(0, 0, "") if error.missing else Unmeasured(error.reason)


def read_since(
    path: str,
    position: Mark,
    *,
    lookback: Lookback | None = None,
    patterns: Patterns = DEFAULT_PATTERNS,
    max_bytes: int = MAX_BYTES,
) -> LogWindow | Unmeasured:
    """What was logged after *position*, with or without times, and before it as far as *lookback* says.

    If the log was rotated since (renamed, or copied and truncated), the rest of the old one
    is looked for beside it; where it is not there, the result says so.

    Args:
        path: the log.
        position: where its window begins.
        lookback: what of the lines before counts, too; by default none.
        patterns: what to count.
        max_bytes: how much is read at most.
    """
    count, budget = _Count(patterns), _Budget(max_bytes)
    try:
        with contextlib.ExitStack() as files:
            after, before = _split(path, position, files, budget)
            for line in _lines_backwards(after, budget):
                count.add(line)
            if lookback is not None and before.written_at >= lookback.since:
                rotated = _rotated_since(before.rotated, lookback.since, files, budget)
                lines = _lines_backwards(itertools.chain(before.parts, rotated), budget)
                unseen = _count_by_times(lines, count, lookback, before.written_at)
                budget.unseen = unseen or budget.unseen
    except _Unreadable as error:
        return Unmeasured(error.reason)
    if budget.unseen and not count.lines:
        return Unmeasured(budget.unseen)
    return count.result(budget)


def _count_by_times(lines: Iterable[str], count: _Count, lookback: Lookback, written_at: float) -> Reason | None:
    """Count the newest of *lines* (they come newest first) down to where the window begins.

    Returns:
        Why others may be of the window, too; None if none is.
    """
    below: list[str] = []  # lines without a time that wait for the one above them
    newest, unseen = True, None
    for line in lines:
        time = line_time(line, lookback.zone)
        if time is None:
            below.append(line)
            continue
        problem = _newest_unplaced(time, below, lookback.since, written_at) if newest else None
        if problem:
            return problem
        newest = False
        if time.at >= lookback.since:
            for each in (*below, line):
                count.add(each)
        elif time.latest >= lookback.since:
            if count.would_count([*below, line]):
                unseen = Reason("times_without_seconds")
        elif count.would_count(_records_of_their_own(below)):
            unseen = Reason("lines_without_time")
        if time.latest < lookback.since - DISORDER_S:
            return unseen
        below = []
    if newest:
        return Reason("no_line_has_a_time") if below else None
    return Reason("oldest_lines_without_time") if count.would_count(below) else unseen


def _newest_unplaced(time: LineTime, below: Sequence[str], since: float, written_at: float) -> Reason | None:
    """Why the newest line with a *time*, the lines *below* it and when the log was last written do not agree."""
    late_s = written_at - time.at
    steps = round(late_s / _ZONE_STEP_S)
    # Below a record without a time, the log's own time is that record's.
    own_time = late_s < 0 or not _records_of_their_own(below)
    off_s = abs(late_s - steps * _ZONE_STEP_S)
    if own_time and not time.zone_named and steps and off_s <= _ZONE_SLACK_S:
        return Reason("logs_zone_differs", hours=round(-late_s / 3600, 1))
    if below and time.latest < since and written_at - time.latest > DISORDER_S:
        return Reason("newest_lines_without_time")
    return None


def _records_of_their_own(below: Sequence[str]) -> Sequence[str]:
    """What of the lines *below* one with a time (newest first) is no continuation of that."""
    first = next((index for index in reversed(range(len(below))) if begins_record(below[index])), -1)
    return below[: first + 1]


class _Count:
    """The running result; lines are added newest first."""

    def __init__(self, patterns: Patterns) -> None:
        self._error = re.compile(patterns.error)
        self._critical = {name: re.compile(pattern) for name, pattern in patterns.critical.items()}
        self._wanted = patterns.samples
        self._samples: list[str] = []
        self.lines = self._errors = 0
        self._found = dict.fromkeys(patterns.critical, 0)

    def would_count(self, lines: Iterable[str]) -> bool:
        """Whether any of *lines* is an error or critical."""
        searched = (self._error, *self._critical.values())
        return any(pattern.search(line[:_SEARCHED_CHARS]) for line in lines for pattern in searched)

    def add(self, line: str) -> None:
        self.lines += 1
        text = line[:_SEARCHED_CHARS]
        error = self._error.search(text) is not None
        self._errors += error
        matched = error
        for name, pattern in self._critical.items():
            if pattern.search(text):
                self._found[name] += 1
                matched = True
        if matched and len(self._samples) < self._wanted:
            self._samples.append(line[:_SAMPLE_CHARS])

    def result(self, budget: _Budget) -> LogWindow:
        samples = tuple(reversed(self._samples))
        return LogWindow(self._errors, self._found, self.lines, samples, budget.truncated, budget.used, budget.unseen)


class _Budget:
    """How much may still be read, and why something was not; *unseen* is what could be of the window."""

    def __init__(self, max_bytes: int) -> None:
        self.limit = max_bytes
        self.used = 0
        self.truncated: Reason | None = None
        self.unseen: Reason | None = None

    @property
    def left(self) -> int:
        return self.limit - self.used


@dataclass(frozen=True)
class _Part:
    """A stretch of an open file, from *start* up to *end*."""

    log: BinaryIO
    start: int
    end: int


def _whole(log: BinaryIO) -> _Part:
    return _Part(log, 0, log.seek(0, os.SEEK_END))


def _lines_backwards(parts: Iterable[_Part], budget: _Budget) -> Iterator[str]:
    """The lines of all parts, the newest part first and each from its end; empty lines are left out."""
    for part in parts:
        position = part.end
        unfinished: list[bytes] = []  # the line that goes on to the left, its last piece first
        while position > part.start:
            size = min(BLOCK_BYTES, position - part.start, budget.left)
            if size <= 0:
                budget.truncated = Reason("only_newest_read", bytes=budget.limit)
                return
            position -= size
            block = os.pread(part.log.fileno(), size, position)
            budget.used += len(block)
            if len(block) < size:
                budget.truncated = Reason("log_truncated_meanwhile")
                return
            first, *others = block.split(b"\n")
            if others:
                yield from _texts([others.pop() + b"".join(reversed(unfinished))])
                yield from _texts(reversed(others))
                unfinished = []
            unfinished.append(first)
        yield from _texts([b"".join(reversed(unfinished))])


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        text = line[: 4 * _SEARCHED_CHARS].decode("utf-8", "replace").rstrip("\r")
        if text:
            yield text


_Rotated = Sequence[tuple[str, os.stat_result]]


@dataclass(frozen=True)
class _Before:
    """What lies before a mark: *parts* of the log that it is in, and what was *rotated* away before that."""

    parts: Sequence[_Part]
    rotated: _Rotated
    written_at: float


def _rotated_since(rotated: _Rotated, since: float, files: contextlib.ExitStack, budget: _Budget) -> Iterator[_Part]:
    """Those of *rotated* (newest first) that were written to since then; opened only when they are reached."""
    for name, status in rotated:
        if status.st_mtime < since - DISORDER_S:
            return
        try:
            yield _whole(files.enter_context(_open(name)))
        except _Unreadable as error:
            budget.unseen = Reason("file_with", name=os.path.basename(name), why=error.reason)
            return


def _split(path: str, position: Mark, files: contextlib.ExitStack, budget: _Budget) -> tuple[Sequence[_Part], _Before]:
    """What was logged after *position*, newest first, and what before."""
    log = files.enter_context(_open(path))
    current, rotated = _whole(log), _rotated(path)
    if position.inode == 0:
        return [current], _Before([], rotated, max((status.st_mtime for _, status in rotated), default=0.0))
    if os.fstat(log.fileno()).st_ino == position.inode and _continues(log, position):
        return _around(current, position, rotated)
    after = [current]
    for index, (name, status) in enumerate(rotated):
        try:
            old = files.enter_context(_open(name))
        except _Unreadable:
            continue
        # Renamed, it is the same file; copied and truncated, it is another one with the same text.
        if (status.st_ino == position.inode or position.offset > 0) and _continues(old, position):
            rest, before = _around(_whole(old), position, rotated[index + 1 :])
            return [*after, *rest], before
        after.append(_whole(old))
    budget.unseen = Reason("rotated_log_gone")
    return [current], _Before([], [], 0.0)


def _around(whole: _Part, position: Mark, rotated: _Rotated) -> tuple[Sequence[_Part], _Before]:
    """The log that *position* is in, cut there."""
    before = _Part(whole.log, 0, position.offset)
    return [_Part(whole.log, position.offset, whole.end)], _Before([before], rotated, position.written_at)


def _continues(log: BinaryIO, position: Mark) -> bool:
    end = log.seek(0, os.SEEK_END)
    return end >= position.offset and _fingerprint(log, position.offset) == position.fingerprint


def _fingerprint(log: BinaryIO, offset: int) -> str:
    start = max(0, offset - _FINGERPRINT_BYTES)
    return hashlib.sha256(os.pread(log.fileno(), offset - start, start)).hexdigest()


def _rotated(path: str) -> list[tuple[str, os.stat_result]]:
    """The rotated predecessors of *path*, newest first: ``path.1``, ``path-20240127``, ``path.2024-01-27.0.gz``."""
    folder, base = os.path.split(path)
    old_name = re.compile(re.escape(base) + r"[.-]\d[\d._-]*(?:\.(?:gz|zst|bz2|xz))?\Z")
    found = []
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                if old_name.match(entry.name):
                    found.append((entry.path, entry.stat(follow_symlinks=False)))
    except OSError:
        return []  # the log itself can be read; its folder cannot be listed
    return sorted(found, key=lambda pair: pair[1].st_mtime, reverse=True)


class _Unreadable(Exception):
    """Why a file is no log that can be read."""

    missing = False

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Missing(_Unreadable):
    missing = True


def _open(path: str) -> BinaryIO:
    """Open a log that is a plain text file, and no link to one.  Raises _Unreadable."""
    try:
        # Not blocking: opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _Missing(Reason("no_log")) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ELOOP:
            raise _Unreadable(Reason("log_is_a_link")) from None
        raise _Unreadable(Reason("log_unreadable", why=why_failed(error))) from None
    try:
        _expect_text(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb", buffering=0)


def _expect_text(descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _Unreadable(Reason("log_is_no_file"))
    if os.pread(descriptor, 2, 0) == b"\x1f\x8b":
        raise _Unreadable(Reason("log_is_compressed"))
    if b"\0" in os.pread(descriptor, 1024, max(0, status.st_size - 1024)):
        raise _Unreadable(Reason("log_is_binary"))
