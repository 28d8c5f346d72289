"""Write into a host's ledger what the fleet knows and the host does not yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..config.service import Service
from ..core.errors import InvalidInput
from ..core.system import System
from ..words.reason import Reason
from . import ledger_events
from .history import History, fold
from .ledger import Ledger

# What one host may tell another: the rest is what a host did itself.
_TOLD = {
    ledger_events.MARKED_BAD: ("id", "version", "reason"),
    ledger_events.FROZEN: ("id", "reason"),
    ledger_events.CLEARED: ("lifts", "version", "reason"),
    ledger_events.RESUMED: ("lifts", "reason"),
    ledger_events.OVERRIDDEN: ("id", "version", "reason"),
    ledger_events.STAGED: ("version", "sha256", "signed"),  # what it staged itself is signed now
}


def write_news(
    service: Service, system: System, entries: Sequence[Mapping[str, Any]], *, dry_run: bool = False
) -> list[Mapping[str, Any]]:
    """Append those of *entries* that the ledger does not hold yet; returns them.

    Raises:
        InvalidInput: an entry is none that hosts tell each other, or lacks a field.
    """
    for entry in entries:
        fields = _TOLD.get(entry.get("event", ""))
        if fields is None or not all(entry.get(name) for name in fields):
            raise InvalidInput(
                Reason("is_no_ledger_entry", given=repr(dict(entry))),
                next_command=Reason("use_the_playbooks"),
            )
    ledger = Ledger(service.state_dir, system.clock)
    there = ledger.read().entries
    known, written = fold(there), {(entry["event"], str(entry.get("id"))) for entry in there}
    news = [entry for entry in entries if _is_news(entry, known, written)]
    if news and not dry_run:
        ledger.append(*news)
    return news


def _is_news(entry: Mapping[str, Any], known: History, written: set[tuple[str, str]]) -> bool:
    if entry["event"] == ledger_events.OVERRIDDEN:
        return (entry["event"], str(entry["id"])) not in written
    if entry["event"] == ledger_events.STAGED:
        release, facts = known.of(entry["version"]), ("sha256", "tree_sha256", "source", "staged_at")
        same = all(entry.get(name) == getattr(release, name) for name in facts)
        return same and release.staged_at is not None and release.signed != entry["signed"]
    return known.holds.is_news(entry)
