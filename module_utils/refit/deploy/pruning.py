"""Remove old releases: keep the newest proven ones, never one that may be needed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection

from ..config.service import Service
from ..core.durable import explained, sync_directory
from ..core.procfs import running_releases
from ..core.system import System
from ..state import ledger_events
from ..state.definitions import Definitions
from ..state.ledger import Ledger
from ..state.operation import Operation, Operations
from ..state.releases import STAGING_PREFIX
from ..words.reason import Reason
from .staging import staging_lock, sweep
from .survey import Survey, survey


def prunable(found: Survey, keep: int, running: Collection[str] = ()) -> list[str]:
    """The versions that may go, by name.

    Kept are the newest *keep* proven releases; the live one, those that are *running*,
    the one a rollback would go to, and whatever an unfinished activation is about;
    everything that the ledger does not know, such as what was made by hand; and what was
    staged after the last proof, because it is probably about to be activated.  Failed
    releases do not count against the good.  A ledger with damaged lines may have known
    better: then everything is kept.
    """
    if found.damaged_ledger_lines:
        return []
    good = [release.version for release in found.releases if release.state == "verified"]
    intent = found.history.open_intent
    needed = {found.live, found.previous, found.leaving, *running, *good[: max(keep, 1)]}
    if intent is not None:
        needed |= {intent.version, intent.before}
    return sorted(
        release.version
        for release in found.releases
        if release.on_disk
        and not release.handmade
        and release.history.result is not None
        and release.version not in needed
        and not _awaits_activation(found, release.version)
    )


def running_versions(service: Service, system: System) -> set[str]:
    """The releases in which a process of this host works, whatever the ledger says of them."""
    return {str(running.version) for _, running in running_releases(service.releases_dir, system.proc)}


def _awaits_activation(found: Survey, version: str) -> bool:
    history = found.history.of(version)
    live = found.history.of(found.live) if found.live else None
    return history.result == ledger_events.STAGED and (
        live is None or live.verified_at is None or (history.staged_at or "") > live.verified_at
    )


def prune(
    service: Service, system: System, keep: int, operation: Operation | None = None, lock_wait_s: float = 30.0
) -> tuple[list[str], Survey]:
    """Remove what :func:`prunable` names; returns it, and the survey it came from.

    A directory is renamed away before it is removed, so that a crash never leaves
    half a release under a release's name.
    """
    operations = Operations(service.state_dir, system)
    if operation is None:
        return _prune_locked(service, system, keep)
    with operations.working(operation, lock_wait_s):
        return _prune_locked(service, system, keep)


def _prune_locked(service: Service, system: System, keep: int) -> tuple[list[str], Survey]:
    with staging_lock(service, system):
        sweep(service)
        return _remove(service, system, keep)


def _remove(service: Service, system: System, keep: int) -> tuple[list[str], Survey]:
    found = survey(service, system)
    versions = prunable(found, keep, running_versions(service, system))
    ledger = Ledger(service.state_dir, system.clock)
    for version in versions:
        with explained(service.release_dir(version), Reason("remove_a_release")):
            aside = tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=service.releases_dir)
            ledger.append({"event": ledger_events.PRUNED, "version": version})
            os.rename(service.release_dir(version), os.path.join(aside, "pruned"))
            sync_directory(service.releases_dir)
            shutil.rmtree(aside)
    Definitions(service.state_dir).forget(versions)
    return versions, found
