"""PM2 as the process manager.

Only the service's own processes are ever touched, whatever else runs in the same PM2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ..config.pm2 import NO_FILE, Pm2Settings, stream_file
from ..config.service import Service
from ..core.durable import explained, make_directory, read_text, remove_file, sync_directory, write_file
from ..core.errors import RefitError, SupervisorError
from ..core.system import System
from ..words.reason import Reason
from .base import ABSENT, ERRORED, LAUNCHING, ONLINE, STOPPED, ProcessState, Status, Stream, Supervisor, Worker
from .pm2_client import Pm2Client
from .pm2_definition import RELOADED, REPLACED, parse, reload_action, render

# A package.json above says how a `.js` is read; of a `.cjs` it cannot.
DEFINITION_FILE = "ecosystem.config.cjs"
_FORMER_FILE = "ecosystem.config.js"
_STATUSES: Mapping[str, Status] = {
    "online": ONLINE,
    "launching": LAUNCHING,
    "stopping": LAUNCHING,
    "waiting restart": LAUNCHING,
    "one-launch-status": LAUNCHING,
    "stopped": STOPPED,
    "errored": ERRORED,
}
_WORST_FIRST = (ERRORED, STOPPED, LAUNCHING, ONLINE)
_DAEMON_START_S = 20.0
# What PM2 leaves out of the names of files that it chooses.
_NOT_IN_FILES = re.compile(r"[^a-zA-Z0-9.\\-]")


class Pm2Supervisor(Supervisor):
    """See :class:`~.base.Supervisor`."""

    knows_boot = True

    def __init__(self, service: Service, settings: Pm2Settings, system: System) -> None:
        super().__init__(service, system)
        self._settings = settings
        self._client = Pm2Client(service, settings, system)

    @property
    def definition_path(self) -> str:
        return os.path.join(self.service.root, DEFINITION_FILE)

    def definition(self) -> str:
        return render({**self._settings.app, "name": self.service.name, "cwd": self.service.current_link})

    @property
    def _former_path(self) -> str:
        return os.path.join(self.service.root, _FORMER_FILE)

    def installed_definition(self) -> str | None:
        present = _read(self.definition_path)
        return _read(self._former_path) if present is None else present

    def state(self) -> ProcessState:
        return state_of(self._client.processes())

    def logs(self, stream: Stream) -> Sequence[str]:
        word = "error" if stream == "err" else stream
        chosen = stream_file(self._settings.app, stream) or os.path.join(
            self._client.home, "logs", "{}-{}.log".format(_NOT_IN_FILES.sub("-", self.service.name), word)
        )
        paths = [os.path.join(self.service.current_link, chosen)]
        with suppress(SupervisorError):
            named = (process["pm2_env"].get(f"pm_{stream}_log_path") for process in self._client.processes())
            paths += [path for path in named if path]
        return [path for path in dict.fromkeys(paths) if os.path.isabs(path) and path not in NO_FILE]

    def reload(self, definition: str | None = None) -> Mapping[str, Any]:
        wanted = definition or self.definition()
        self._ensure_daemon()
        running = self._client.processes()
        action, why = reload_action(parse(self.installed_definition()), parse(wanted), running)
        with self._installing(wanted):
            if action == REPLACED:
                self._delete(running)
        verb = "startOrReload" if action == RELOADED else "start"
        self._client.run(verb, self.definition_path, "--only", self.service.name, "--update-env")
        self._client.save()
        return {"action": action, "why": why}

    def stop(self) -> None:
        self._ensure_daemon()  # one that is down would bring the service back at the next boot
        running = self._client.processes()
        if running:
            self._delete(running)
            self._client.save()

    def forgotten(self) -> Sequence[str]:
        return self._client.forgotten()

    def boot_fault(self) -> Reason | None:
        from .systemctl import Systemctl, unit_faults  # no deploy or rollback asks for it

        unit = self._settings.unit
        faults = unit_faults(unit, Systemctl(unit, self.system).properties()) if unit else []
        if faults:
            return faults[0]
        return None if self._client.is_saved() else Reason("not_on_pm2s_list", service=self.service.name)

    def _delete(self, processes: Sequence[Mapping[str, Any]]) -> None:
        # By number: a name would also mean the namespace of that name.
        self._client.run("delete", *[str(process["pm_id"]) for process in processes])

    def _ensure_daemon(self) -> None:
        """Start the daemon through its unit, if it has one: a daemon that a client spawns would
        belong to the login session, die with it, and keep the unit from ever starting."""
        unit = self._settings.unit
        if self._client.is_up():
            return
        if unit is None:
            self._client.revive()
            return
        where = self._client.home
        if os.geteuid() != 0:
            raise SupervisorError(
                Reason("daemon_down"), where=where, next_command=Reason("start_unit_then_again", unit=unit)
            )
        done = self.system.run(["systemctl", "start", unit], timeout_s=_DAEMON_START_S)
        give_up_at = self.system.clock.monotonic() + _DAEMON_START_S
        while not self._client.is_up():
            if done.rc != 0 or self.system.clock.monotonic() >= give_up_at:
                raise SupervisorError(
                    Reason("daemon_not_started", unit=unit),
                    where=where,
                    next_command=f"systemctl status {unit}; journalctl -u {unit} -n 50",
                )
            self.system.clock.sleep(0.1)

    @contextmanager
    def _installing(self, text: str) -> Iterator[None]:
        """Put the definition in its place, for root and the service's own group only: it may hold secrets.

        What must go with the old one is removed in the body: when the new text is safely on the disk,
        because a full disk must not cost the service, but before it takes the old one's place, because
        whoever finishes after a crash in between must decide from the old one again.
        """
        if text == _read(self.definition_path):
            yield
            self._remove_former()
            return
        identity, pending = self._client.identity(), self.definition_path + ".next"
        with _as_supervisor_error():
            make_directory(self.service.root)
            if identity is not None and os.geteuid() == 0:
                write_file(pending, text, 0o640, group=identity.gid)
            else:
                write_file(pending, text, 0o600)
        yield
        with _as_supervisor_error(), explained(self.definition_path, Reason("install_the_process_definition")):
            os.rename(pending, self.definition_path)
            sync_directory(self.service.root)
        self._remove_former()

    def _remove_former(self) -> None:
        """What we wrote under the name that it had before; a file there that somebody else wrote is his."""
        if parse(_read(self._former_path)) is not None:
            with _as_supervisor_error():
                remove_file(self._former_path)


def _read(path: str) -> str | None:
    return read_text(path, Reason("read_the_process_definition"))


@contextmanager
def _as_supervisor_error() -> Iterator[None]:
    """A definition that cannot be written is a reload that failed, and is taken back as one."""
    try:
        yield
    except RefitError as error:
        raise SupervisorError(error.what, error.where, error.next_command) from error


def state_of(processes: Sequence[Mapping[str, Any]]) -> ProcessState:
    """What PM2's list says of the service."""
    workers = tuple(_worker(process) for process in processes)
    if not workers:
        return ProcessState(ABSENT)
    return ProcessState(min((worker.status for worker in workers), key=_WORST_FIRST.index), workers)


def _worker(process: Mapping[str, Any]) -> Worker:
    details = process["pm2_env"]
    return Worker(process["pid"], _STATUSES.get(details["status"], ERRORED), details["restart_time"])
