"""ERROR lines and critical patterns in what an application logged lately.

"Lately" is either the last seconds by the times in the lines (:func:`read_last`), or
everything since a remembered position (:func:`mark`, :func:`read_since`); the latter
needs no times, so it also serves logs that have none.

The file is read from its end, in blocks, only as far as the window reaches: the cost
depends on what was logged in the window, not on the file's size.  At most *max_bytes*
are read; where that cuts the window short, the result says so.

A line without a time (a stack trace, a wrapped message) belongs to the one above it.
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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..config.log_patterns import DEFAULT_PATTERNS, Patterns
from .log_times import line_time
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
        truncated: why the counts are lower bounds; None if they are exact.
        bytes_read: what it cost.
    """

    errors: int
    patterns: Mapping[str, int]
    lines: int
    samples: tuple[str, ...]
    truncated: str | None
    bytes_read: int

    def to_record(self) -> dict[str, Any]:
        return {**vars(self), "patterns": dict(self.patterns), "samples": list(self.samples)}


@dataclass(frozen=True)
class Mark:
    """A position in a log that outlives rotation and truncation.

    *fingerprint* is of the bytes just before *offset*: it tells the same file from
    another one that was given the same inode or was truncated and grew again.
    """

    inode: int
    offset: int
    fingerprint: str


def mark(path: str) -> Mark | Unmeasured:
    """Remember where the log ends now; a file that is not there yet has the mark of an empty one."""
    try:
        with _open(path) as log:
            size = log.seek(0, os.SEEK_END)
            return Mark(os.fstat(log.fileno()).st_ino, size, _fingerprint(log, size))
    except _Unreadable as error:
        return Mark(0, 0, "") if error.missing else Unmeasured(str(error))


def read_last(
    path: str,
    *,
    now: float,
    window_s: float,
    zone: datetime.tzinfo | None = None,
    patterns: Patterns = DEFAULT_PATTERNS,
    max_bytes: int = MAX_BYTES,
) -> LogWindow | Unmeasured:
    """What was logged from ``now - window_s`` on, by the times in the lines.

    Args:
        path: the log; what was rotated away to ``path.1`` meanwhile is read too.
        now: seconds since the epoch.
        window_s: seconds.
        zone: of times in the log that name none; by default this machine's.
        patterns: what to count.
        max_bytes: how much is read at most.
    """
    since = now - window_s
    count, budget = _Count(patterns), _Budget(max_bytes)
    try:
        with contextlib.ExitStack() as files:
            log = files.enter_context(_open(path))
            written_at = os.fstat(log.fileno()).st_mtime
            parts = itertools.chain([_whole(log)], _rotated_since(path, since, files, budget))
            return _read_by_times(_lines_backwards(parts, budget), count, budget, since, zone, written_at)
    except _Unreadable as error:
        return Unmeasured(str(error))


def read_since(
    path: str,
    position: Mark,
    *,
    patterns: Patterns = DEFAULT_PATTERNS,
    max_bytes: int = MAX_BYTES,
) -> LogWindow | Unmeasured:
    """What was logged after *position*, with or without times.

    If the log was rotated since (renamed, or copied and truncated), the rest of the old one
    is looked for beside it; where it is not there, the result says so.
    """
    count, budget = _Count(patterns), _Budget(max_bytes)
    try:
        with contextlib.ExitStack() as files:
            for line in _lines_backwards(_parts_since(path, position, files, budget), budget):
                count.add(line)
    except _Unreadable as error:
        return Unmeasured(str(error))
    return count.result(budget)


def _read_by_times(
    lines: Iterable[str],
    count: _Count,
    budget: _Budget,
    since: float,
    zone: datetime.tzinfo | None,
    written_at: float,
) -> LogWindow | Unmeasured:
    """Count the newest of *lines* (they come newest first) down to *since*."""
    below: list[str] = []  # lines without a time that wait for the one above them
    seen = False
    for line in lines:
        below.append(line)
        time = line_time(line, zone)
        if time is None:
            continue
        if not seen and _is_other_zone(line, written_at - time):
            hours = (time - written_at) / 3600
            return Unmeasured("the newest line is {:+.1f} h from when it was written: set the log's zone".format(hours))
        seen = True
        if time >= since:
            for waiting in below:
                count.add(waiting)
        elif time < since - DISORDER_S:
            break
        below = []
    if below and not seen:
        return Unmeasured("no line carries a time")
    return count.result(budget)


def _is_other_zone(line: str, late_s: float) -> bool:
    """Whether a line whose time names no zone is *late_s* off because it means another one."""
    if line_time(line, datetime.timezone.min) == line_time(line, datetime.timezone.max):
        return False  # it names its zone
    steps = round(late_s / _ZONE_STEP_S)
    return steps != 0 and abs(late_s - steps * _ZONE_STEP_S) <= _ZONE_SLACK_S


class _Count:
    """The running result; lines are added newest first."""

    def __init__(self, patterns: Patterns) -> None:
        self._error = re.compile(patterns.error)
        self._critical = {name: re.compile(pattern) for name, pattern in patterns.critical.items()}
        self._wanted = patterns.samples
        self._samples: list[str] = []
        self._lines = self._errors = 0
        self._found = dict.fromkeys(patterns.critical, 0)

    def add(self, line: str) -> None:
        self._lines += 1
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
        return LogWindow(self._errors, self._found, self._lines, samples, budget.truncated, budget.used)


class _Budget:
    """How much may still be read, and why something was not."""

    def __init__(self, max_bytes: int) -> None:
        self.limit = max_bytes
        self.used = 0
        self.truncated: str | None = None

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
                budget.truncated = "only the newest {} bytes were read".format(budget.limit)
                return
            position -= size
            block = os.pread(part.log.fileno(), size, position)
            budget.used += len(block)
            if len(block) < size:
                budget.truncated = "the log was truncated while it was read"
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


def _rotated_since(path: str, since: float, files: contextlib.ExitStack, budget: _Budget) -> Iterator[_Part]:
    """What was rotated away and written to since then, newest first; opened only when it is reached."""
    for name, status in _rotated(path):
        if status.st_mtime < since - DISORDER_S:
            return
        try:
            yield _whole(files.enter_context(_open(name)))
        except _Unreadable as error:
            budget.truncated = "{}: {}".format(os.path.basename(name), error)
            return


def _parts_since(path: str, position: Mark, files: contextlib.ExitStack, budget: _Budget) -> list[_Part]:
    log = files.enter_context(_open(path))
    current = _whole(log)
    inode = os.fstat(log.fileno()).st_ino
    if inode == position.inode and _continues(log, position):
        return [_Part(log, position.offset, current.end)]
    if position.inode == 0:
        return [current]
    parts = [current]
    for name, status in _rotated(path):
        try:
            old = files.enter_context(_open(name))
        except _Unreadable:
            continue
        # Renamed, it is the same file; copied and truncated, it is another one with the same text.
        if (status.st_ino == position.inode or position.offset > 0) and _continues(old, position):
            return [*parts, _Part(old, position.offset, _whole(old).end)]
        parts.append(_whole(old))
    budget.truncated = "the log was rotated or truncated, and what it held is not beside it"
    return [current]


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


class _Missing(_Unreadable):
    missing = True


def _open(path: str) -> BinaryIO:
    """Open a log that is a plain text file, and no link to one.  Raises _Unreadable."""
    try:
        # Not blocking: opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _Missing("the log is not there") from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ELOOP:
            raise _Unreadable("it is a link: name the file itself") from None
        raise _Unreadable("it cannot be read: {}".format(getattr(error, "strerror", None) or error)) from None
    try:
        _expect_text(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb", buffering=0)


def _expect_text(descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _Unreadable("it is not a regular file")
    if os.pread(descriptor, 2, 0) == b"\x1f\x8b":
        raise _Unreadable("it is compressed (gzip)")
    if b"\0" in os.pread(descriptor, 1024, max(0, status.st_size - 1024)):
        raise _Unreadable("it is binary, not a text")
