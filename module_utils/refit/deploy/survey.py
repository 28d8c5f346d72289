"""Where one host stands: everything a plan needs, read once, nothing written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..config.kept_directories import check_directories
from ..config.service import Service
from ..core import procfs
from ..core.errors import SupervisorError, UnsafePath
from ..core.system import System
from ..core.timestamps import epoch
from ..state.history import History, fold
from ..state.ledger import Ledger
from ..state.operation import DEPLOY, Operations, Standing
from ..state.releases import Current, Release, catalogue, previous, read_current
from ..state.runs import is_dead
from ..state.versions import legacy
from ..supervisors.base import Supervisor
from ..words.reason import Record


@dataclass(frozen=True)
class Survey:
    """The standing of one service on one host (see :meth:`to_record`).

    *operation_is_dead* says that the operation's run was carried by a process of this
    very host, such as ``rollback.sh``, which is gone.  *runs* is what the service's processes
    run, looked for only where the link does not say.  *place* is the same wherever the same
    server is asked, by whatever name; None where that is not known.
    *operation_seen_at* is when its run was last heard of here.
    """

    service: Service
    current: Current | None
    history: History
    releases: list[Release]
    operation: Standing | None
    now_s: float
    damaged_ledger_lines: int = 0
    operation_is_dead: bool = False
    runs: str | None = None
    place: str | None = None
    operation_seen_at: float | None = None

    @property
    def live(self) -> str | None:
        """The version that ``current`` names; where it leads nowhere, the one that still runs."""
        return (self.current.version or self.runs) if self.current else None

    @property
    def live_or_legacy(self) -> str | None:
        """What is live in words, also where it is no release."""
        return self.live or (legacy(self.current.points_to) if self.current and not self.current.nowhere else None)

    @property
    def leaving(self) -> str | None:
        """The release that a rollback leaves: the one an interrupted deploy was
        bringing, the one an interrupted rollback was leaving, else the live one."""
        intent = self.history.open_intent
        if intent is None:
            return self.live
        return intent.version if intent.kind == DEPLOY else intent.before

    def release(self, version: str) -> Release | None:
        return next((release for release in self.releases if release.version == version), None)

    @property
    def previous(self) -> str | None:
        """Where a rollback of this host would go."""
        return previous(self.releases, self.leaving)

    def to_record(self) -> dict[str, Any]:
        """The survey as JSON-able data, as ``release_info`` returns it."""
        intent, rollback = self.history.open_intent, self.history.last_rollback
        rolled_back_at = epoch(rollback.at) if rollback else None
        return {
            "service": self.service.name,
            "process_manager": self.service.manager.kind,
            "current": self.live,
            "current_link": {
                "target": self.current.points_to,
                "absolute": self.current.absolute,
                "nowhere": self.current.nowhere,
            }
            if self.current
            else None,
            "leaving": self.leaving,
            "previous": self.previous,
            "releases": [release.to_record() for release in self.releases],
            "open_intent": {"version": intent.version, "from": intent.before, "kind": intent.kind, "at": intent.at}
            if intent
            else None,
            "last_rollback": {
                "version": rollback.version,
                "from": rollback.left,
                "at": rollback.at,
                "by": rollback.by,
                "age_s": _age(self.now_s, rolled_back_at),
            }
            if rollback
            else None,
            "operation": {
                **self.operation.to_record(self.now_s),
                "dead": self.operation_is_dead,
                "silent_s": _age(self.now_s, self.operation_seen_at),
            }
            if self.operation
            else None,
            "holds": self.history.holds.to_record(),
            "damaged_ledger_lines": self.damaged_ledger_lines,
            "place": self.place,
        }


def _age(now_s: float, at: float | None) -> float | None:
    return round(max(0.0, now_s - at), 1) if at is not None else None


def survey(service: Service, system: System, supervisor: Supervisor | None = None) -> Survey:
    """Read where *service* stands on this host.

    Args:
        supervisor: asked for what runs where ``current`` leads nowhere, which is then what is live.
    """
    contents = Ledger(service.state_dir, system.clock).read()
    history = fold(contents.entries)
    operations = Operations(service.state_dir, system)
    operation = operations.read()
    current, releases = read_current(service), catalogue(service, history)
    return Survey(
        service=service,
        current=current,
        history=history,
        releases=releases,
        operation=operation,
        now_s=system.clock.now(),
        damaged_ledger_lines=contents.damaged,
        operation_is_dead=operation is not None and is_dead(operation.run, system.proc),
        place=_place_of(service, system),
        runs=_what_runs(service, system, supervisor, releases) if supervisor and current and current.nowhere else None,
        operation_seen_at=operations.seen_at(),
    )


def _place_of(service: Service, system: System) -> str | None:
    """This boot of this machine, and the directory: copies of a machine, and containers of one, are told apart."""
    try:
        with open(os.path.join(system.proc, "sys/kernel/random/boot_id"), encoding="ascii") as file:
            boot = file.read().strip()
        found = os.stat(service.state_dir)
    except (OSError, ValueError):
        return None
    return f"{boot}/{found.st_dev}/{found.st_ino}"


def _what_runs(service: Service, system: System, supervisor: Supervisor, releases: Iterable[Release]) -> str | None:
    """The whole release that every process of the service runs; None where there is no such."""
    try:
        pids = supervisor.state().pids
    except SupervisorError:
        return None
    seen = {procfs.what_runs(pid, service.releases_dir, system.proc) for pid in pids}
    usable = {release.version for release in releases if release.usable}
    running = seen.pop() if len(seen) == 1 else None
    return running.version if running and not running.deleted and running.version in usable else None


def full_record(
    service: Service, system: System, supervisor: Supervisor, look: bool = False, found: Survey | None = None
) -> dict[str, Any]:
    """The survey's record, with why root may not work here (``unsafe``), whether the process
    definition would change and, if *look*, what really runs (``running``).

    Args:
        found: the survey, where it was made already.
    """
    record = (found or survey(service, system, supervisor)).to_record()
    record["unsafe"] = _unsafe(service)
    record["definition_changes"] = supervisor.installed_definition() != supervisor.definition()
    if look:
        record["running"] = running(service, system, supervisor)
    return record


def has_other_settings(found: Survey, config_dir: str) -> bool:
    """Whether the last deploy went by other settings than the scripts here, which have theirs in *config_dir*."""
    from ..config.installed import installed_service  # no deploy or rollback asks for it

    there = installed_service(config_dir, found.service.name)
    return there is not None and found.history.went_by_others(there.fingerprint)


def _unsafe(service: Service) -> Record | None:
    try:
        check_directories(service)
    except UnsafePath as error:
        return error.reason.to_record()
    return None


def running(service: Service, system: System, supervisor: Supervisor) -> Mapping[str, Any]:
    """One cheap look at what really runs and how it answers, and at what else its manager should run."""
    from ..health.proof import observe

    try:
        forgotten = list(supervisor.forgotten())
    except SupervisorError:
        forgotten = []  # that it cannot be asked is seen below
    return {**observe(service, system, supervisor), "forgotten": forgotten}
