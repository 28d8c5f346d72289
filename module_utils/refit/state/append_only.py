"""A file that only grows: one JSON object a line, fsynced before anything acts on it.

An entry that was cut off by a crash or a full disk was never acted on: readers pass over it and the
next append removes it.  An entry that is whole counts wherever it stands: an editor or a copy may
have lost the line feed behind it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ..core.beneath import make_kept
from ..core.durable import explained, sync_directory
from ..core.locks import SHORT_S, await_lock
from ..core.system import Clock
from ..words.reason import Reason

_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Contents:
    """The readable entries, oldest first, and how many lines were damaged."""

    entries: tuple[Mapping[str, Any], ...]
    damaged: int = 0


@dataclass(frozen=True)
class Kind:
    """What a file holds.

    Attributes:
        is_entry: whether an object is one of its entries.
        called: what the file is, for a person: ``the ledger``.
        reading, writing: what could not be done, as :func:`.durable.explained` takes it.
    """

    is_entry: Callable[[Mapping[str, Any]], bool]
    called: Reason
    reading: Reason
    writing: Reason

    def parse(self, data: bytes) -> Contents:
        """Read *data*; what is not whole after the last line feed was never acknowledged, and is no damage."""
        *lines, tail = data.split(b"\n")
        entries: list[dict[str, Any]] = []
        damaged = 0
        for line in lines:
            found, rest = self._entries_in(line)
            entries += found
            damaged += rest
        return Contents((*entries, *self._entries_in(tail)[0]), damaged)

    def _entries_in(self, line: bytes) -> tuple[list[dict[str, Any]], bool]:
        """The whole entries at the beginning of *line*, and whether there is anything else in it."""
        entries: list[dict[str, Any]] = []
        try:
            rest = line.decode("utf-8").strip()
            while rest:
                entry, end = _DECODER.raw_decode(rest)
                if not isinstance(entry, dict) or not self.is_entry(entry):
                    return entries, True
                entries.append(entry)
                rest = rest[end:].lstrip()
        except (ValueError, RecursionError):
            return entries, True
        return entries, False


class AppendOnly:
    """The file *path*, which holds entries of *kind*."""

    def __init__(self, path: str, kind: Kind, clock: Clock) -> None:
        self.path = path
        self.kind = kind
        self.clock = clock

    def read(self) -> Contents:
        """All whole entries; nothing if there is no file yet."""
        with explained(self.path, self.kind.reading):
            try:
                with open(self.path, "rb") as handle:
                    data = handle.read()
            except FileNotFoundError:
                return Contents(())
        return self.kind.parse(data)

    def append(self, *entries: Mapping[str, Any]) -> None:
        """Add *entries* in one durable write.

        If the disk is full, the file is as it was before and RefitError is raised; so it is while another process
        does not let go of it.
        """
        lines = [json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n" for entry in entries]
        make_kept(os.path.dirname(self.path), 0o750, Reason("state_directory"))
        with explained(self.path, self.kind.writing):
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
            try:
                await_lock(fd, self.path, self.clock, SHORT_S, self.kind.called)
                size, tail = os.fstat(fd).st_size, _after_last_line_feed(fd)
                whole = size if self.kind.parse(tail).entries else size - len(tail)
                os.ftruncate(fd, whole)
                try:
                    # Half a character, as a shell of another encoding gives it, becomes its number, as in any JSON.
                    text = "\n" * (whole == size and bool(tail)) + "".join(lines)
                    _write_all(fd, text.encode("utf-8", "backslashreplace"))
                    os.fsync(fd)
                except OSError:
                    os.ftruncate(fd, whole)
                    raise
            finally:
                os.close(fd)
            sync_directory(os.path.dirname(self.path))


def _after_last_line_feed(fd: int) -> bytes:
    """What stands in the file after its last line feed."""
    tail, start = b"", os.fstat(fd).st_size
    while start > 0 and b"\n" not in tail:
        end, start = start, max(0, start - 4096)
        tail = os.pread(fd, end - start, start) + tail
    return tail.rpartition(b"\n")[2]


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
