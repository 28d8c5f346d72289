"""systemd as the process manager: a unit of its own for each service.

A restart is a gap: the old processes end before the new ones begin.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..config.service import Service
from ..config.systemd import SystemdSettings
from ..core import procfs
from ..core.durable import make_directory, read_text, write_file
from ..core.errors import RefitError, StartFailed, SupervisorError
from ..core.system import System
from ..core.urls import port_of
from ..words.reason import Reason
from .base import ABSENT, ERRORED, LAUNCHING, ONLINE, STOPPED, ProcessState, Status, Supervisor, Worker
from .systemctl import Systemctl, unit_faults, why_not_started
from .systemd_unit import Definition, define, header

UNIT_DIR = "/etc/systemd/system"
# Where the tree of control groups is: alone, or beside the older kind on hosts that have both.
CGROUP_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")

_STATUSES: Mapping[str, Status] = {
    "active": ONLINE,
    "reloading": ONLINE,
    "refreshing": ONLINE,
    "activating": LAUNCHING,
    "deactivating": LAUNCHING,
    "inactive": STOPPED,
    "failed": ERRORED,
}
_RESTART_MARGIN_S = 15.0


class SystemdSupervisor(Supervisor):
    """See :class:`~.base.Supervisor`."""

    knows_boot = True

    def __init__(
        self,
        service: Service,
        settings: SystemdSettings,
        system: System,
        unit_dir: str = UNIT_DIR,
        cgroup_roots: Iterable[str] = CGROUP_ROOTS,
    ) -> None:
        super().__init__(service, system)
        self._settings = settings
        self.unit = f"{settings.name}.service"
        self.unit_path = os.path.join(unit_dir, self.unit)
        self.environment_path = os.path.join(unit_dir, f"{settings.name}.env")
        self._cgroup_roots = tuple(cgroup_roots)
        self._systemctl = Systemctl(self.unit, system)

    def definition(self) -> str:
        return define(self.service, self._settings, self.environment_path).to_text()

    def installed_definition(self) -> str | None:
        """As in the base class; a unit that somebody else made is an error before anything is touched."""
        unit = self._own_unit()
        return None if unit is None else Definition(unit, _read(self.environment_path) or "").to_text()

    def state(self) -> ProcessState:
        properties = self._systemctl.properties()
        return state_of(properties, self._workers_beside(properties))

    def reload(self, definition: str | None = None) -> Mapping[str, Any]:
        # What was kept while another manager ran the service is of no use here.
        wanted = Definition.from_text(definition) or define(self.service, self._settings, self.environment_path)
        changed = self._install(wanted)
        found = self._systemctl.properties()
        if changed or found.get("NeedDaemonReload") == "yes" or found.get("FragmentPath") != self.unit_path:
            self._systemctl.enable()
            self._systemctl.reload_units()
        elif found.get("UnitFileState") == "disabled":
            self._systemctl.enable()
        self._restart()
        was_up = _STATUSES.get(found.get("ActiveState", "")) in (ONLINE, LAUNCHING)
        return {"action": "reloaded" if was_up else "started", "why": None}

    def stop(self) -> None:
        if self._own_unit() is not None:
            self._systemctl.disable_and_stop(self._settings.stop_timeout_s + _RESTART_MARGIN_S)

    def boot_fault(self) -> Reason | None:
        # Whether it runs now is told by its state, and by its health.
        faults = unit_faults(self.unit, {**self._systemctl.properties(), "ActiveState": "active"})
        return faults[0] if faults else None

    def _restart(self) -> None:
        timeout_s = self._settings.stop_timeout_s + self._settings.start_timeout_s + _RESTART_MARGIN_S
        try:
            self._systemctl.reset_failed()  # else a site's own start limit would count our starts as crashes
            self._systemctl.restart(timeout_s)
        except SupervisorError as error:
            why = why_not_started(self._systemctl.properties())
            what = Reason("with_cause", what=error.what, why=why) if why else error.what
            raise StartFailed(what, error.where, error.next_command) from error

    def _own_unit(self) -> str | None:
        """The text of the service's unit file, None if there is no unit of that name.

        Raises:
            SupervisorError: there is one, but it is not the service's own.
        """
        if os.path.lexists(self.unit_path):
            text = None if os.path.islink(self.unit_path) else _read(self.unit_path)
            if text is not None and text.startswith(header(self.service)):
                return text
            other: str | None = self.unit_path
        else:
            other = self._systemctl.properties().get("FragmentPath")
            if not other or other == self.unit_path:
                return None
        raise SupervisorError(
            Reason("unit_of_others", unit=self.unit, service=self.service.name),
            where=other,
            next_command=Reason("rename_or_retire_unit", unit=self.unit),
        )

    def _install(self, wanted: Definition) -> bool:
        """Write what differs; whether the unit is another one now.

        The variables come first: until systemd has been told to read the unit it runs the old one.
        """
        installed = self._own_unit()
        try:
            make_directory(os.path.dirname(self.unit_path))
            if _read(self.environment_path) != wanted.environment:
                write_file(self.environment_path, wanted.environment, 0o600)
            if installed != wanted.unit:
                write_file(self.unit_path, wanted.unit, 0o644)
        except RefitError as error:  # a reload that failed, and is taken back as one
            raise SupervisorError(error.what, error.where, error.next_command) from error
        return installed != wanted.unit

    def _workers_beside(self, properties: Mapping[str, str]) -> list[int]:
        """Processes of the unit, besides the main one, that serve requests or were left over from an earlier start.

        What else a service starts for a moment comes, goes and works where it likes.
        """
        main, proc = int(properties.get("MainPID") or 0), self.system.proc
        born = procfs.started(main, proc) if main else None
        url = urlsplit(self.service.health.url)
        port = port_of(url)
        found = []
        for pid in self._processes_of(properties.get("ControlGroup", "")):
            since = procfs.started(pid, proc)
            if pid == main or since is None:
                continue
            if (born is not None and since < born) or procfs.listens_on(pid, port, proc):
                found.append(pid)
        return found

    def _processes_of(self, control_group: str) -> list[int]:
        for root in self._cgroup_roots if control_group else ():
            try:
                with open(os.path.join(root + control_group, "cgroup.procs"), encoding="ascii") as file:
                    return [int(line) for line in file]
            except OSError:
                continue
        return []


def state_of(properties: Mapping[str, str], beside: Iterable[int]) -> ProcessState:
    """What systemd says of the unit.

    Its counters are those of the main process's worker, which has no pid while it is down.

    Args:
        properties: of ``systemctl show``.
        beside: pids of the other workers.
    """
    status = _STATUSES.get(properties.get("ActiveState", ""), ERRORED)
    if status == STOPPED and properties.get("LoadState") == "not-found":
        return ProcessState(ABSENT)
    main = _number(properties, "MainPID") or 0
    worker = Worker(
        pid=main,
        status=status,
        restarts=_number(properties, "NRestarts") or 0,
    )
    return ProcessState(status, (worker, *(Worker(pid, status, restarts=0) for pid in beside)))


def _number(properties: Mapping[str, str], name: str) -> int | None:
    """A counter of systemd's; what it does not know is a word, or the highest number that there is."""
    text = properties.get(name, "")
    return int(text) if text.isdigit() and int(text) < 2**64 - 1 else None


def _read(path: str) -> str | None:
    return read_text(path, Reason("read_a_definition"))
