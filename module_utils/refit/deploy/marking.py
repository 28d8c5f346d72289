"""Words on a release: bad, so that nothing goes there again, or cleared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..config.service import Service
from ..core.beneath import check_kept
from ..core.errors import VersionNotFound
from ..core.system import System
from ..core.timestamps import iso
from ..state import runs
from ..state.holds import Hold, Holds, lift_entry
from ..state.ledger import Ledger
from ..state.operation import Operation
from ..state.versions import normalise
from ..words.reason import Reason, Record, from_record
from .survey import survey


@dataclass(frozen=True)
class Person:
    """Somebody who marks by hand, in a run of its own each time: what they lifted before, they can mark again."""

    run: str
    owner: str
    number: int = 0


def rejection(
    holds: Holds, by: Operation | Person, version: str, reason: Record | None, *, freeze: bool
) -> list[dict[str, Any]]:
    """The ledger entries with which *by* leaves *version* as bad; none that the host has already.

    Args:
        holds: what the host knows.
        freeze: whether further deploys are refused, too, until somebody resumes them.
    """
    why = reason or Reason("not_given").to_record()
    entries = []
    if holds.mark_of(version) is None:
        entries.append(Hold(f"{by.run}/{version}", why, by.owner, version=version).to_entry())
    if freeze and (entries or not holds.freezes()):
        taken_back = Reason("was_taken_back", version=version, why=from_record(why))
        entries.append(Hold(f"{by.run}/freeze", taken_back.to_record(), by.owner).to_entry())
    entries = [entry for entry in entries if holds.is_news(entry)]
    return [{**entry, "op": by.number} for entry in entries]


def mark(
    service: Service,
    system: System,
    version: str,
    *,
    bad: bool,
    reason: Record,
    operation: Operation | None = None,
    freeze: bool = False,
    dry_run: bool = False,
) -> tuple[str, bool]:
    """Mark *version* bad, or clear it; returns it, and whether that is news.

    Args:
        operation: the run that says so; a person without one may only name what the host knows.
        freeze: with *bad*, whether the run also freezes the service.

    Raises:
        VersionNotFound: neither the disk nor the ledger knows the version.
        UnsafePath: somebody else could exchange the state directory.
    """
    version = normalise(version)
    found = survey(service, system)
    if found.release(version) is None and operation is None:
        raise VersionNotFound(
            Reason("release_unknown_here", version=version),
            where=service.releases_dir,
            next_command=f"ls {service.releases_dir}",
        )
    holds = found.history.holds
    if bad:
        run = f"{runs.name_run(proc=system.proc)}@{iso(system.clock.now())}"
        by = operation or Person(run, runs.owner())
        entries = rejection(holds, by, version, reason, freeze=freeze)
    else:
        marks = [hold for hold in holds.standing() if hold.version == version]
        entries = [lift_entry(marks, reason, operation.owner if operation else runs.owner())] if marks else []
    if entries and dry_run:
        check_kept(service.state_dir, "the state directory")
    elif entries:
        Ledger(service.state_dir, system.clock).append(*entries)
    return version, bool(entries)
