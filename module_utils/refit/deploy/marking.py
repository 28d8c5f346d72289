"""Words on a release: bad, so that nothing goes there again, or cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ..config.service import Service
from ..core.beneath import check_kept
from ..core.errors import VersionNotFound
from ..core.system import System
from ..core.timestamps import iso
from ..state import runs
from ..state.holds import Hold, Holds, lift_entry
from ..state.ledger import Ledger
from ..state.operation import Operation
from ..state.signed import Word
from ..state.versions import normalise
from ..words.reason import Reason, Record, from_record
from .survey import survey

if TYPE_CHECKING:  # no host has a key
    from ..state.signatures import Keyring

# What a controller signed of marks and freezes, by their id; and of lifting marks, whose ids only the host knows.
Words = Mapping[str, Word]
LIFT: Final = "lift"


@dataclass(frozen=True)
class Person:
    """Somebody who marks by hand, in a run of its own each time: what they lifted before, they can mark again."""

    run: str
    owner: str
    number: int = 0


def mark_on(by: Operation | Person, version: str, reason: Record | None) -> Hold:
    """The mark with which *by* leaves *version* as bad."""
    return Hold(f"{by.run}/{version}", reason or Reason("not_given").to_record(), by.owner, version=version)


def freeze_after(by: Operation | Person, version: str, reason: Record | None) -> Hold:
    """The freeze with which *by* keeps another deploy from bringing *version* straight back."""
    why = from_record(reason or Reason("not_given").to_record())
    return Hold(f"{by.run}/freeze", Reason("was_taken_back", version=version, why=why).to_record(), by.owner)


def sign(
    keyring: Keyring, by: Operation | Person, version: str, reason: Record | None, *, freeze: bool
) -> dict[str, Word]:
    """On the controller: the words for what :func:`rejection` may write on a host."""
    placed = [mark_on(by, version, reason), *([freeze_after(by, version, reason)] if freeze else [])]
    return {hold.id: keyring.sign_hold(hold) for hold in placed}


def rejection(
    holds: Holds,
    by: Operation | Person,
    version: str,
    reason: Record | None,
    *,
    freeze: bool,
    words: Words | None = None,
) -> list[dict[str, Any]]:
    """The ledger entries with which *by* leaves *version* as bad; none that the host has already.

    Args:
        holds: what the host knows.
        freeze: whether further deploys are refused, too, until somebody resumes them.
        words: what the controller signed of them.
    """
    placed = [] if holds.mark_of(version) else [mark_on(by, version, reason)]
    if freeze and (placed or not holds.freezes()):
        placed.append(freeze_after(by, version, reason))
    signed = (replace(hold, signed=(words or {}).get(hold.id)).to_entry() for hold in placed)
    return [{**entry, "op": by.number} for entry in signed if holds.is_news(entry)]


def mark(
    service: Service,
    system: System,
    version: str,
    *,
    bad: bool,
    reason: Record,
    operation: Operation | None = None,
    freeze: bool = False,
    words: Words | None = None,
    dry_run: bool = False,
) -> tuple[str, bool]:
    """Mark *version* bad, or clear it; returns it, and whether that is news.

    Args:
        operation: the run that says so; a person without one may only name what the host knows.
        freeze: with *bad*, whether the run also freezes the service.
        words: what the controller signed of it.

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
        entries = rejection(holds, by, version, reason, freeze=freeze, words=words)
    else:
        marks = [hold for hold in holds.standing() if hold.version == version]
        who, signed = operation.owner if operation else runs.owner(), (words or {}).get(LIFT)
        entries = [lift_entry(marks, reason, who, signed=signed)] if marks else []
    if entries and dry_run:
        check_kept(service.state_dir, "the state directory")
    elif entries:
        Ledger(service.state_dir, system.clock).append(*entries)
    return version, bool(entries)
