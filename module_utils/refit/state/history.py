"""What the ledger amounts to: the state of each release and of the service.

Pure: entries in, facts out.  Order is the ledger's own, never a name's or a
directory's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ..words.reason import Record
from . import ledger_events
from .holds import Hold, Holds
from .operation import DEPLOY, ROLLBACK
from .signed import Word, read_word

# What is activated for: besides the two kinds of an operation,
RESTORE: Final = "restore"  # a deploy takes a host back that had succeeded,
UNDO: Final = "undo"  # and a rollback that failed is taken back itself.
Purpose = Literal["deploy", "rollback", "restore"]
Result = Literal["staged", "activated", "verified", "failed", "rolled_back", "pruned"]


@dataclass(frozen=True)
class ReleaseHistory:
    """One release's record.

    Attributes:
        result: what happened to it last, None if the ledger never heard of it.
        verified_order: position in the ledger of the last proof; higher is newer.
        activated_op: number of the operation that last tried to activate it.
        failure: why the last activation failed.
        tree_sha256: what stands for all the files that were staged: the checksum of their list.
        signed: what a controller signed of what was staged; empty where that cannot be read.
        bad: the mark that stands on it.
    """

    version: str
    result: Result | None = None
    sha256: str | None = None
    tree_sha256: str | None = None
    source: str | None = None
    staged_at: str | None = None
    verified_at: str | None = None
    verified_order: int = -1
    failed_order: int = -1
    activated_op: int = 0
    failure: Record | None = None
    signed: Word | None = None
    bad: Hold | None = None


@dataclass(frozen=True)
class Intent:
    """An activation that was begun: which release, from which, for what.

    *before* and *before_link* are the release that was live when it began and
    what the link said then.
    """

    version: str
    before: str | None
    before_link: str | None
    kind: Purpose
    op: int
    at: str | None


@dataclass(frozen=True)
class Rollback:
    """The last time this service went back, and what was left."""

    version: str
    left: str | None
    at: str | None
    by: str | None
    op: int


@dataclass
class History:
    """The ledger, folded; *settings* stand for those of the last deploy (:attr:`.service.Service.fingerprint`)."""

    releases: dict[str, ReleaseHistory] = field(default_factory=dict)
    open_intent: Intent | None = None
    last_rollback: Rollback | None = None
    holds: Holds = field(default_factory=Holds)
    settings: str | None = None

    def went_by_others(self, fingerprint: str) -> bool:
        """Whether the last deploy went by other settings than those that *fingerprint* stands for."""
        return self.settings not in (None, fingerprint)

    def of(self, version: str) -> ReleaseHistory:
        """The record of *version*, an empty one if there is none."""
        return self.releases.get(version) or ReleaseHistory(version)


def fold(entries: Iterable[Mapping[str, Any]]) -> History:
    """Fold ledger *entries*, oldest first, into a :class:`History`."""
    history = History()
    for order, entry in enumerate(entries):
        version = entry.get("version")
        history.holds.learn(entry, order)
        if isinstance(version, str):
            _fold_one(history, order, entry, version)
    for hold in history.holds.standing():
        if hold.version is not None:
            history.releases[hold.version] = replace(history.of(hold.version), bad=hold)
    return history


def _fold_one(history: History, order: int, entry: Mapping[str, Any], version: str) -> None:
    event, at = entry["event"], entry.get("at")
    op = entry["op"] if isinstance(entry.get("op"), int) else 0
    release = history.of(version)
    if event == ledger_events.STAGED:
        # Staging again repairs a directory; it neither proves nor condemns.  Who only signs it later says when it was.
        result = ledger_events.STAGED if release.result in (None, ledger_events.PRUNED) else release.result
        signed = read_word(entry.get("signed"))
        release = replace(
            release,
            result=result,
            staged_at=entry.get("staged_at") or at,
            signed=release.signed if signed is None and entry.get("sha256") == release.sha256 else signed,
            sha256=entry.get("sha256"),
            tree_sha256=entry.get("tree_sha256"),
            source=entry.get("source"),
        )
    elif event == ledger_events.INTENT:
        history.open_intent = Intent(
            version, entry.get("from"), entry.get("from_target"), entry.get("kind") or DEPLOY, op, at
        )
        if history.open_intent.kind == DEPLOY and isinstance(entry.get("settings"), str):
            history.settings = entry["settings"]
        release = replace(release, activated_op=op)
    elif event == ledger_events.ACTIVATED:
        release = replace(release, result=ledger_events.ACTIVATED)
    elif event == ledger_events.VERIFIED:
        release = replace(release, result=ledger_events.VERIFIED, verified_at=at, verified_order=order, failure=None)
        history.open_intent = None
        if entry.get("kind") in (ROLLBACK, RESTORE) and entry.get("from") != version:
            history.last_rollback = Rollback(version, entry.get("from"), at, entry.get("by"), op)
        elif entry.get("from") != version:
            history.last_rollback = None  # something new went live since: going back is a new decision
    elif event == ledger_events.FAILED:
        release = replace(release, result=ledger_events.FAILED, failed_order=order, failure=entry.get("reason"))
        history.open_intent = None
    elif event == ledger_events.ABANDONED:
        release = _after_abandoned(release, entry)
        history.open_intent = None
    elif event == ledger_events.ROLLED_BACK:
        reason = entry.get("reason")
        release = replace(release, result=ledger_events.ROLLED_BACK, failed_order=order, failure=reason)
    elif event == ledger_events.PRUNED:
        # What may stand at its path from now on is not what was staged.
        release = replace(
            release,
            result=ledger_events.PRUNED,
            staged_at=None,
            sha256=None,
            tree_sha256=None,
            source=None,
            signed=None,
        )
    history.releases[version] = release


def _after_abandoned(release: ReleaseHistory, entry: Mapping[str, Any]) -> ReleaseHistory:
    """An unproven attempt says nothing against an earlier proof, and is none itself."""
    if release.result != ledger_events.ACTIVATED:
        return release
    if release.verified_order > release.failed_order:
        return replace(release, result=ledger_events.VERIFIED)
    return replace(release, result=ledger_events.FAILED, failure=entry.get("reason"))
