"""``systemctl``, about one unit."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import SupervisorError
from ..core.system import ADMIN_PATH, System
from ..words.reason import Reason

_ENVIRONMENT = {
    "PATH": ADMIN_PATH,
    "LC_ALL": "C",
    "SYSTEMD_COLORS": "0",
}
# All that is ever asked, so that one command answers it.
_PROPERTIES = (
    "ActiveState",
    "ControlGroup",
    "ExecMainStatus",
    "FragmentPath",
    "LoadState",
    "MainPID",
    "NRestarts",
    "NeedDaemonReload",
    "SubState",
    "UnitFileState",
)
_SHOW_TIMEOUT_S = 10.0
_COMMAND_TIMEOUT_S = 60.0
# Exit codes of systemd's own, for what it could not do before the program began (systemd.exec(5)).
_BEFORE_THE_PROGRAM = {
    "200": Reason("cannot_enter_directory"),
    "203": Reason("cannot_execute_program"),
    "209": Reason("cannot_open_output"),
    "217": Reason("no_such_user_of_unit"),
    "226": Reason("cannot_make_sandbox"),
}


class Systemctl:
    """Talks to the system's systemd about *unit* (``backend.service``)."""

    def __init__(self, unit: str, system: System) -> None:
        self.unit = unit
        self.system = system

    def properties(self) -> Mapping[str, str]:
        """What systemd has loaded and runs, by property.  A unit that nobody knows has them as well."""
        shown = self._run("show", "--property", ",".join(_PROPERTIES), timeout_s=_SHOW_TIMEOUT_S)
        return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)

    def reload_units(self) -> None:
        """Make systemd read all unit files again; nothing is restarted."""
        self._run("daemon-reload", timeout_s=_COMMAND_TIMEOUT_S, about_unit=False)

    def enable(self) -> None:
        """Start the unit at boot, as its ``[Install]`` says by now; systemd learns of it when units are read again."""
        self._run("reenable", "--no-reload", timeout_s=_COMMAND_TIMEOUT_S)

    def restart(self, timeout_s: float) -> None:
        """Start the unit, after stopping it if it runs."""
        self._run("restart", timeout_s=timeout_s)

    def reset_failed(self) -> None:
        """Forget that the unit failed, and how often it was started lately."""
        self._run("reset-failed", timeout_s=_COMMAND_TIMEOUT_S)

    def disable_and_stop(self, timeout_s: float) -> None:
        self._run("disable", "--now", timeout_s=timeout_s)

    def _run(self, verb: str, *options: str, timeout_s: float, about_unit: bool = True) -> str:
        argv = ["systemctl", verb, "--no-ask-password", *options, *([self.unit] if about_unit else [])]
        done = self.system.run(argv, env=_ENVIRONMENT, timeout_s=timeout_s)
        if done.rc == 0:
            return done.stdout
        said = (done.stderr or done.stdout).strip().splitlines()
        raise SupervisorError(
            Reason("systemctl_failed", verb=verb, why=said[0][:300] if said else Reason("exit_code", number=done.rc)),
            where=self.unit,
            next_command=f"systemctl status {self.unit}; journalctl -u {self.unit} -n 50",
        )


def why_not_started(properties: Mapping[str, str]) -> Reason | None:
    """What kept the program from beginning; None where systemd does not say so."""
    return _BEFORE_THE_PROGRAM.get(properties.get("ExecMainStatus", ""))


def unit_faults(unit: str, properties: Mapping[str, str]) -> list[Reason]:
    """What keeps *unit* from running now, and after the next boot."""
    if properties.get("LoadState") != "loaded":
        return [Reason("unit_is_not_there", unit=unit)]
    faults = []
    if properties.get("UnitFileState") != "enabled":
        faults.append(Reason("unit_not_enabled", unit=unit))
    if properties.get("ActiveState") != "active":
        faults.append(Reason("unit_not_active", unit=unit, state=properties.get("ActiveState") or "unknown"))
    return faults
