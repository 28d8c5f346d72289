"""The ledger: what was ever staged, tried, proven and condemned on this host.

``ledger.jsonl`` is append-only, one JSON object a line, fsynced before anything
acts on it.  An entry that was cut off by a crash or a full disk was never acted
on: readers pass over it and the next append removes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.durable import explained, make_directory, sync_directory
from ..core.locks import SHORT_S, await_lock
from ..core.system import Clock
from ..core.timestamps import iso
from .ledger_events import EVENTS


@dataclass(frozen=True)
class Contents:
    """The readable entries, oldest first, and how many lines were damaged."""

    entries: tuple[Mapping[str, Any], ...]
    damaged: int = 0


class Ledger:
    """The ledger file of one service on one host."""

    def __init__(self, state_dir: str, clock: Clock) -> None:
        self.path = os.path.join(state_dir, "ledger.jsonl")
        self.clock = clock

    def read(self) -> Contents:
        """All whole entries; an empty ledger if there is no file yet."""
        with explained(self.path, "read the ledger"):
            try:
                with open(self.path, "rb") as handle:
                    data = handle.read()
            except FileNotFoundError:
                return Contents(())
        return parse(data)

    def append(self, *entries: Mapping[str, Any]) -> None:
        """Add *entries* (``event`` and its fields) in one durable write.

        Each that has none gets ``at``, the wall time.  If the disk is full, the file is as it
        was before and RefitError is raised; so it is while another process does not let go of it.
        """
        at = iso(self.clock.now())
        for entry in entries:
            if entry["event"] not in EVENTS:
                raise ValueError("unknown ledger event {!r}".format(entry["event"]))
        lines = [json.dumps({"at": at, **entry}, sort_keys=True, ensure_ascii=False) + "\n" for entry in entries]
        make_directory(os.path.dirname(self.path), 0o750)
        with explained(self.path, "write the ledger"):
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
            try:
                await_lock(fd, self.path, self.clock, SHORT_S, "the ledger")
                whole = _whole_length(fd)
                os.ftruncate(fd, whole)
                try:
                    _write_all(fd, "".join(lines).encode("utf-8"))
                    os.fsync(fd)
                except OSError:
                    os.ftruncate(fd, whole)
                    raise
            finally:
                os.close(fd)
            sync_directory(os.path.dirname(self.path))


def parse(data: bytes) -> Contents:
    """Read ledger *data*; what follows the last line feed was never acknowledged."""
    entries: list[dict[str, Any]] = []
    damaged = 0
    for line in data.split(b"\n")[:-1]:
        if not line.strip():
            continue
        try:
            entry = json.loads(line.decode("utf-8"))
            known = isinstance(entry, dict) and entry.get("event") in EVENTS
        except (ValueError, RecursionError):
            known = False
        if known:
            entries.append(entry)
        else:
            damaged += 1
    return Contents(tuple(entries), damaged)


def _whole_length(fd: int) -> int:
    """The file's length up to and including its last line feed."""
    end = os.fstat(fd).st_size
    while end > 0:
        start = max(0, end - 4096)
        found = os.pread(fd, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
