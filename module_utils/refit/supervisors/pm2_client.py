"""PM2's command line and its daemon, as one service's user.

Commands run from a directory that never goes away and with an environment of our own:
PM2 hands both on to what it starts.  What PM2 complains of is told without any value
of the service's environment.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ..config.pm2 import Pm2Settings
from ..config.secrets import masker_of
from ..config.service import Service
from ..core import accounts, procfs
from ..core.answers import NotUnderstood, from_json
from ..core.errors import StartFailed, SupervisorError, why_failed
from ..core.system import ADMIN_PATH, Completed, RunAs, System
from ..words.printable import printable
from ..words.reason import Reason
from . import pm2_dump, pm2_rpc
from .pm2_answer import read_processes

# A command that starts or reloads waits for each worker in turn, besides this.
_COMMAND_TIMEOUT_S = 90.0
# Listing changes nothing: whoever asks what runs is told that PM2 hangs, not kept waiting.
_LIST_TIMEOUT_S = 8.0
# PM2 gives its own reload lock up after 30 s.
_BUSY_WAIT_S = 35.0
_BUSY_TEXT = "Reload already in progress"
# PM2 exits 0 when the daemon refused what was asked of it for a single process.
_ERROR_TEXT = "[PM2][ERROR]"
_NOT_THERE = "Script not found"
_FRAME = re.compile(r"\s+at .*:\d+:\d+\)?$")
_EXCERPT = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SUFFIX = ".service"


class Pm2Client:
    """Talks to the PM2 that *service* is configured, by *settings*, to run under."""

    def __init__(self, service: Service, settings: Pm2Settings, system: System) -> None:
        self.service = service
        self.settings = settings
        self.system = system

    @property
    def home(self) -> str:
        """``PM2_HOME``."""
        if self.settings.home:
            return self.settings.home
        return os.path.join(self._user_home(), ".pm2")

    def is_up(self) -> bool:
        """Whether the daemon is there.  Never starts it."""
        try:
            return pm2_rpc.is_listening(self.home, self._owner())
        except OSError as error:
            raise self._unusable(error) from error

    def processes(self) -> list[Mapping[str, Any]]:
        """The service's processes in PM2's own terms, as :mod:`.pm2_answer` has them; none where the daemon is down.

        Never starts a daemon.

        Raises:
            SupervisorError: the daemon cannot be asked, or says something that is not understood.
        """
        answer = self._everything()
        try:
            return read_processes(answer, self.service.name)
        except NotUnderstood as error:
            raise self._unusable(error) from error

    def forgotten(self) -> list[str]:
        """The other applications that PM2 starts at boot, and knows nothing of now: its daemon is down, or was killed
        and somebody's command started another one.

        Raises:
            SupervisorError: as :meth:`processes`.
        """
        others = pm2_dump.saved(self.home, self.identity(), self.service.name)
        known = self._everything() if others else []
        lost = pm2_dump.missing(others, known if isinstance(known, list) else [])
        return sorted({entry["name"] for entry in lost})

    def is_saved(self) -> bool:
        """Whether PM2 starts the service at boot: whether it is on the list that it does that by.

        Raises:
            SupervisorError: there is no such account.
        """
        return pm2_dump.holds(self.home, self.identity(), self.service.name)

    def revive(self) -> None:
        """Start the daemon together with what it starts at boot, as its unit would.

        What of that does not start is no fault of the service, and stays on the list.
        """
        if pm2_dump.saved(self.home, self.identity(), self.service.name):
            with suppress(SupervisorError):
                self.run("resurrect")

    def save(self) -> None:
        """Have the service's processes start at boot as they run now, or no longer; others' stay on that list.

        Raises:
            SupervisorError: as :meth:`run`.
        """
        identity = self.identity()
        before = pm2_dump.saved(self.home, identity, self.service.name)
        self.run("save", "--force")
        pm2_dump.keep(self.home, identity, before)

    def run(self, *arguments: str, timeout_s: float | None = None) -> Completed:
        """Run ``pm2`` with *arguments*; another reload of the service is waited for.

        Args:
            timeout_s: by default as long as PM2 may need to start every worker.

        Raises:
            SupervisorError: it failed, or PM2 went on with an error.
        """
        give_up_at = self.system.clock.monotonic() + _BUSY_WAIT_S
        while True:
            done = self._once(*arguments, timeout_s=timeout_s)
            busy = _BUSY_TEXT in done.stderr
            if not busy or self.system.clock.monotonic() >= give_up_at:
                break
            self.system.clock.sleep(0.5)
        if busy:
            raise SupervisorError(
                Reason("another_reload_runs", service=self.service.name, seconds=_BUSY_WAIT_S),
                where=self.home,
                next_command=Reason("see_who_reloads", command=self._by_hand("list")),
            )
        if done.rc in (126, 127):
            raise SupervisorError(
                Reason("pm2_cannot_run", said=self._excerpt(done)),
                where=f"refit_services.{self.service.name}.pm2: bin={self.settings.bin} path={self._path()}",
                next_command=Reason("install_pm2"),
            )
        if done.rc != 0 or _ERROR_TEXT in done.stderr:
            of_the_release = _NOT_THERE in done.stderr
            raise (StartFailed if of_the_release else SupervisorError)(
                Reason("pm2_failed", command=arguments[0], number=done.rc, said=self._excerpt(done)),
                where=self.home,
                next_command=self._by_hand(f"logs {self.service.name} --lines 50 --nostream"),
            )
        return done

    def identity(self) -> RunAs | None:
        """The service's user; None where the service runs as whoever runs this."""
        return accounts.required(self.service.user, f"refit_services.{self.service.name}.user", SupervisorError)

    def _owner(self) -> int:
        """The user that the daemon must belong to."""
        identity = self.identity()
        return identity.uid if identity else os.geteuid()

    # -- the command -------------------------------------------------------

    def _once(self, *arguments: str, timeout_s: float | None) -> Completed:
        identity = self.identity()
        if identity is not None and os.geteuid() not in (0, identity.uid):
            raise SupervisorError(
                Reason("only_root_runs_pm2", user=identity.name),
                where=self.home,
                next_command=Reason("with_sudo"),
            )
        with self._inside_the_unit():
            done = self.system.run(
                [self.settings.bin, *arguments],
                env={"HOME": self._user_home(), "PM2_HOME": self.home, "PATH": self._path(), "LANG": "C.UTF-8"},
                run_as=identity,
                cwd="/",  # a daemon that is born here never keeps a release's directory
                timeout_s=timeout_s or _COMMAND_TIMEOUT_S + _waits_s(self.settings.app),
            )
        return Completed(done.rc, _COLOURS.sub("", done.stdout), _COLOURS.sub("", done.stderr))

    @contextmanager
    def _inside_the_unit(self) -> Iterator[None]:
        """See that the command in the body leaves no daemon outside the unit, and so outside what it confines.

        PM2's command line starts a daemon where none answers it, also in the moment after one did.  One that was
        outside before is left alone: a person started it, and it may run the service.  Otherwise nothing that the
        command left behind in the place of this process, detached from any daemon, outlives it either.
        """
        unit = self.settings.unit
        if unit is None or os.geteuid() != 0:
            yield
            return
        before, there = self._daemon(), self._beside_us()
        yield
        after = self._daemon()
        left = self._beside_us() - there if before is None or self._is_in(unit, before) else set()
        if left:
            self._signal("KILL", sorted(left))
        if after in (None, before) or self._is_in(unit, after):
            return
        # Stopped first, so that it starts nothing more.
        self._signal("STOP", [after])
        self._signal("KILL", procfs.family_of(after, self.system.proc))
        raise SupervisorError(
            Reason("daemon_outside_unit", unit=unit),
            where=self.home,
            next_command=f"systemctl status {unit}; journalctl -u {unit} -n 50; systemctl restart {unit}",
        )

    def _is_in(self, unit: str, pid: int) -> bool:
        return procfs.unit_of(pid, self.system.proc) == unit.removesuffix(_SUFFIX) + _SUFFIX

    def _beside_us(self) -> set[int]:
        """What runs as the service's user in the unit, or session, of this process: nothing but what this one starts
        begins there."""
        identity, proc = self.identity(), self.system.proc
        if identity is None or identity.uid == 0:
            return set()
        ours = procfs.unit_of(os.getpid(), proc)
        return {pid for pid in procfs.processes_of(identity.uid, proc) if procfs.unit_of(pid, proc) == ours}

    def _daemon(self) -> int | None:
        try:
            return pm2_rpc.daemon_pid(self.home, self._owner())
        except OSError as error:
            raise self._unusable(error) from error

    def _signal(self, name: str, pids: Iterable[int]) -> None:
        """Send a signal as the service's user: whosever process has such a number by now, only his can be meant."""
        argv = ["/bin/sh", "-c", 'kill -s "$0" "$@"', name, *map(str, pids)]
        self.system.run(argv, env={"PATH": ADMIN_PATH}, run_as=self.identity())

    def _everything(self) -> Any:
        """What the daemon tells of all its processes; nothing where it is down."""
        try:
            return pm2_rpc.monitor_data(self.home, self._owner())
        except (FileNotFoundError, ConnectionRefusedError):
            return []
        except OSError as error:
            raise self._unusable(error) from error
        except pm2_rpc.RpcError:
            return self._jlist() if self.is_up() else []  # one that is going down hangs up

    def _jlist(self) -> Any:
        printed = self.run("jlist", "--silent", timeout_s=_LIST_TIMEOUT_S).stdout
        for line in printed.splitlines():  # PM2 may print notices before it
            if line.startswith("["):
                with suppress(NotUnderstood):
                    return from_json(line)
        raise SupervisorError(Reason("no_list_printed"), where=self.home, next_command=self._by_hand("ping"))

    def _path(self) -> str:
        return os.pathsep.join(self.settings.search_path)

    def _user_home(self) -> str:
        identity = self.identity()
        return identity.home if identity else os.path.expanduser("~")

    # -- what a person is told ---------------------------------------------

    def _unusable(self, error: OSError | NotUnderstood) -> SupervisorError:
        if isinstance(error, PermissionError):
            return SupervisorError(
                Reason("may_not_talk_to_daemon"),
                where=pm2_rpc.socket_path(self.home),
                next_command=Reason("with_sudo"),
            )
        unit = self.settings.unit
        return SupervisorError(
            Reason("daemon_answers_otherwise", why=error.reason)
            if isinstance(error, NotUnderstood)
            else Reason("daemon_does_not_answer", why=why_failed(error)),
            where=pm2_rpc.socket_path(self.home),
            next_command=f"systemctl status {unit}; systemctl restart {unit}" if unit else self._by_hand("ping"),
        )

    def _by_hand(self, command: str) -> str:
        words = ["sudo", "-u", self.service.user] if self.service.user else []
        words += ["env", f"PM2_HOME={self.home}"]
        if self.settings.path:
            words.append(f"PATH={self._path()}")
        return shlex.join([*words, self.settings.bin]) + " " + command

    def _excerpt(self, done: Completed) -> str:
        """How PM2's complaint begins, without frames of a stack; without one, how what it said ends."""
        complaint = " ".join(line for line in done.stderr.splitlines() if not _FRAME.match(line))
        text = " ".join((complaint.strip() or done.stdout.strip()).split())
        text = masker_of({"app": self.settings.app}).hide(text)
        return printable(text[:_EXCERPT] if complaint.strip() else text[-_EXCERPT:], _EXCERPT)


def _waits_s(app: Mapping[str, Any]) -> float:
    """How long PM2 may wait for the app's workers, one after another."""
    per_worker_ms = sum(_number(app.get(key)) for key in ("listen_timeout", "kill_timeout"))
    return per_worker_ms / 1000.0 * max(_number(app.get("instances")) or os.cpu_count() or 1, 1)


def _number(value: Any) -> int:
    return int(value) if str(value).isdigit() else 0
