"""The ledger: what was ever staged, tried, proven and condemned on this host.

``ledger.jsonl`` is append-only, and fsynced before anything acts on it: see :mod:`.append_only`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..core.system import Clock
from ..core.timestamps import iso
from ..words.reason import Reason
from .append_only import AppendOnly, Contents, Kind
from .ledger_events import EVENTS

KIND = Kind(
    is_entry=lambda entry: entry.get("event") in EVENTS,
    called=Reason("ledger"),
    reading=Reason("read_the_ledger"),
    writing=Reason("write_the_ledger"),
)
parse = KIND.parse


class Ledger:
    """The ledger file of one service on one host."""

    def __init__(self, state_dir: str, clock: Clock) -> None:
        self.path = os.path.join(state_dir, "ledger.jsonl")
        self.clock = clock
        self._file = AppendOnly(self.path, KIND, clock)

    def read(self) -> Contents:
        """All whole entries; an empty ledger if there is no file yet."""
        return self._file.read()

    def append(self, *entries: Mapping[str, Any]) -> None:
        """Add *entries* (``event`` and its fields) in one durable write, as :meth:`.AppendOnly.append`.

        Each that has none gets ``at``, the wall time.
        """
        at = iso(self.clock.now())
        for entry in entries:
            if entry["event"] not in EVENTS:
                raise ValueError("unknown ledger event {!r}".format(entry["event"]))
        self._file.append(*({"at": at, **entry} for entry in entries))
