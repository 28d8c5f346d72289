"""Any other process manager, through the commands that a person would type.

For what neither PM2 nor systemd runs: supervisord, a container, php-fpm, files that a web server
serves as they are.  The command makes the processes follow ``current``; its exit code is no proof.
With a *pid_file* the kernel is asked which release the process runs; without one nothing but the
service's own answer (``health.version_url``, then required) can say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..config.command import CommandSettings
from ..config.service import Service
from ..core import accounts, procfs
from ..core.beneath import Beneath
from ..core.errors import StartFailed, SupervisorError, UnsafePath
from ..core.system import ADMIN_PATH, System
from ..words.reason import Reason
from .base import ONLINE, STOPPED, ProcessState, Supervisor, Worker


class CommandSupervisor(Supervisor):
    """See :class:`~.base.Supervisor`."""

    def __init__(self, service: Service, settings: CommandSettings, system: System) -> None:
        super().__init__(service, system)
        self._settings = settings

    def definition(self) -> str:
        return json.dumps(asdict(self._settings), sort_keys=True) + "\n"

    def installed_definition(self) -> str | None:
        return self.definition()  # nothing is written: the commands are the service's present settings

    def state(self) -> ProcessState:
        path = self._settings.pid_file
        if path is None:
            return ProcessState(ONLINE, workers_known=False)
        pid = _read_pid(path)
        if pid is None or procfs.started(pid, self.system.proc) is None:
            return ProcessState(STOPPED)
        return ProcessState(ONLINE, (Worker(pid, ONLINE, restarts=0),))

    def reload(self, definition: str | None = None) -> Mapping[str, Any]:  # noqa: ARG002 - nothing is installed
        self._run("reload", self._settings.reload)
        return {"action": "reloaded", "why": None}

    def stop(self) -> None:
        if self._settings.stop:
            self._run("stop", self._settings.stop)

    def _run(self, what: str, argv: Sequence[str]) -> None:
        setting = "command.user" if self._settings.user else "user"
        identity = accounts.required(
            self._settings.user or self.service.user, f"refit_services.{self.service.name}.{setting}", SupervisorError
        )
        environment = {"PATH": ADMIN_PATH, "HOME": identity.home if identity else os.path.expanduser("~")}
        done = self.system.run(argv, env=environment, run_as=identity, timeout_s=self._settings.timeout_s)
        if done.rc != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise StartFailed(
                Reason("command_failed", which=what, number=done.rc, said=said[-1][:300] if said else None),
                where=" ".join(argv),
                next_command=Reason("run_it_by_hand"),
            )


def _read_pid(path: str) -> int | None:
    """The number in the file at *path*; None where there is none.  The service itself may have written it."""
    try:
        with Beneath(os.path.dirname(path)) as place:
            return int(place.read_file(os.path.basename(path), 32)[0])
    except UnsafePath as error:
        raise SupervisorError(
            Reason("pid_file_not_read", why=error.what), where=error.where, next_command=error.next_command
        ) from error
    except (OSError, ValueError):
        return None
