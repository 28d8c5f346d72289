"""A person's word on a release: bad, so that no rollback goes there, or cleared."""

from __future__ import annotations

from . import ledger as events
from .errors import VersionNotFound
from .ledger import Ledger
from .service import Service
from .survey import survey
from .system import System
from .versions import normalise


def mark(
    service: Service,
    system: System,
    version: str,
    *,
    bad: bool,
    reason: str,
    by: str | None = None,
    dry_run: bool = False,
) -> tuple[str, bool]:
    """Mark *version* bad, or clear it; returns it, and whether that is news.

    Raises:
        VersionNotFound: neither the disk nor the ledger knows the version.
    """
    version = normalise(version)
    release = survey(service, system).release(version)
    if release is None:
        raise VersionNotFound(
            f"release {version} is not known on this host",
            where=service.releases_dir,
            next_command=f"ls {service.releases_dir}",
        )
    changed = (release.history.bad is not None) != bad
    if changed and not dry_run:
        event = events.MARKED_BAD if bad else events.CLEARED
        Ledger(service.state_dir, system.clock).append({"event": event, "version": version, "reason": reason, "by": by})
    return version, changed
