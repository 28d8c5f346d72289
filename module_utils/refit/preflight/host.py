"""What one host finds out about itself in one call.

It writes nothing, and judges as far as nobody else has to be asked.

Each check is a list of what is wrong, empty where nothing is; None where this host has nothing of the kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.errors import RefitError
from ..core.system import System
from ..deploy.survey import Survey
from ..notify.outbox import Outbox
from ..state import releases
from ..supervisors.base import Supervisor
from ..words.reason import Reason, recorded
from .certificates import certificates
from .room import largest, room_faults
from .sudoers import sudoers_faults

OUTBOX_TIMER = "refit-outbox.timer"
# Reading a release costs some 0.3 s for 100 MB; the first that a rollback would take is always read.
_COMPARING_S = 3.0


@dataclass(frozen=True)
class Asked:
    """What a host cannot know by itself.

    Attributes:
        spool_dir: where messages of this host wait.
        timer: whether the timer that sends them is there.
        sudoers_path, sudoers: where the operators' rules are, and what they have to be; no path: none are.
        free_mib: what has to be free on each disk, in MiB.
    """

    spool_dir: str
    timer: bool = False
    sudoers_path: str = ""
    sudoers: str = ""
    free_mib: float = 0.0


def examine(standing: Survey, system: System, supervisor: Supervisor, asked: Asked) -> dict[str, Any]:
    """All that is found out where a service is *standing*, as :func:`.answer.read_examined` reads it."""
    begun = system.clock.now()
    service = standing.service
    found = {
        "compared": _compared(standing, system),
        "disk": _records(_room(standing, asked)),
        "boot": _records(_at_boot(supervisor)) if supervisor.knows_boot else None,
        "sudo": _records(sudoers_faults(asked.sudoers_path, asked.sudoers, system)) if asked.sudoers_path else None,
        "outbox": _waiting(asked.spool_dir, system),
        "timer": _records(_timer(system)) if asked.timer else None,
        "certificates": certificates(service),
    }
    return {**found, "clock": {"begun": begun, "ended": system.clock.now()}}


def _compared(standing: Survey, system: System) -> list[dict[str, Any]]:
    """The releases that a rollback could go to, each read as whole and compared with what was staged."""
    live = standing.current.version if standing.current else None
    give_up_at = system.clock.monotonic() + _COMPARING_S
    found: list[dict[str, Any]] = []
    for release in standing.releases:
        if release.why_not is not None or release.version == live:
            continue
        if found and system.clock.monotonic() >= give_up_at:
            break
        damage = releases.damage(standing.service, release.version, deep=True, known=release.history)
        found.append({"version": release.version, "damage": recorded(damage)})
    return found


def _room(standing: Survey, asked: Asked) -> list[Reason]:
    paths = (standing.service.root, standing.service.state_dir, asked.spool_dir)
    return room_faults(paths, asked.free_mib, largest(release.manifest for release in standing.releases))


def _at_boot(supervisor: Supervisor) -> list[Reason]:
    try:
        fault = supervisor.boot_fault()
    except RefitError as error:
        fault = error.reason
    return [fault] if fault else []


def _waiting(spool_dir: str, system: System) -> dict[str, Any]:
    try:
        waits = Outbox(spool_dir, system.clock).waits_there()
    except RefitError as error:
        return {"count": 0, "since": None, "failure": error.reason.to_record()}
    return {"count": waits.messages, "since": waits.since, "failure": None}


def _timer(system: System) -> list[Reason]:
    from ..supervisors.systemctl import Systemctl, unit_faults  # most services are not systemd's

    try:
        return unit_faults(OUTBOX_TIMER, Systemctl(OUTBOX_TIMER, system).properties())
    except RefitError as error:
        return [error.reason]


def _records(faults: list[Reason]) -> list[Any]:
    return [fault.to_record() for fault in faults]
