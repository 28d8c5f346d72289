"""Running the steps of a build: as the build user, confined, within one time limit, with their output logged."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Callable

from ..core import confinement
from ..core.confinement import NOTHING, Confinement
from ..core.errors import StagingError
from ..core.system import Clock, RunAs
from ..words.reason import Reason
from .build_log import BuildLog
from .build_user import end_processes

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_LIBC = ctypes.CDLL(None, use_errno=True)
_LOOK_EVERY_S = 0.05
_CHUNK = 1 << 16
# A line without an end is cut into pieces of this many bytes.
_LONGEST_LINE = 1 << 16
_DISK_FULL = ("No space left on device", "os error 28", "Disk quota exceeded")


class BuildSteps:
    """Runs one command after the other; they share *timeout_s* seconds.

    A step has a session of its own, and no program in it gets rights that it does not have
    (``no_new_privs``: none can leave something to cron, say).  As the build user it is confined to
    what it needs; where the kernel refuses that, the log says so once.  When it ends, or is too late,
    all that runs as the build user is killed, or, without one, what is left of its process group;
    when this process dies, the kernel kills the step.

    Args:
        run_as: the build user; None for whoever runs this.
        env: the whole environment of the steps.
    """

    def __init__(
        self, log: BuildLog, clock: Clock, *, run_as: RunAs | None, env: Mapping[str, str], timeout_s: float
    ) -> None:
        self._log = log
        self._clock = clock
        self._run_as = run_as
        self._env = dict(env)
        self._timeout_s = timeout_s
        self._give_up_at = clock.monotonic() + timeout_s
        self._confines: bool | None = None  # not known yet

    def run(
        self,
        what: Reason,
        argv: Sequence[str],
        *,
        cwd: str,
        within: Confinement = NOTHING,
        env: Mapping[str, str] | None = None,
        required: bool = True,
    ) -> None:
        """Run *argv* in the directory *cwd*.

        Args:
            what: what the step does, as what could not be done is told.
            within: what the build user can write in it, and whom it reaches.
            env: variables besides those of all steps.
            required: whether a failure of the command fails the build.

        Raises:
            StagingError: the step failed, was too late, or could not be started; it names
                the log and the step's last words.
        """
        confined = within if self._can_confine() else None
        self._log.heading(f"{what}: {shlex.join(argv)}")
        began = self._clock.monotonic()
        try:
            code = self._run(argv, cwd, {**self._env, **(env or {})}, confined)
        except FileNotFoundError as error:
            raise self._failed(what, Reason("there_is_no", name=str(error.filename))) from error
        except PermissionError as error:
            raise self._failed(
                what, Reason("may_not_run", user=self._name(), program=str(error.filename or argv[0]))
            ) from error
        except subprocess.SubprocessError as error:
            raise self._failed(what, Reason("step_not_confined")) from error
        took = self._clock.monotonic() - began
        if code is None:
            words = self._log.excerpt()
            self._log.line(f"== stopped after {took:.1f} s")
            raise self._failed(what, Reason("build_too_long", seconds=self._timeout_s, said=words))
        words = self._log.excerpt()
        self._log.line(f"== exit code {code} after {took:.1f} s")
        if code != 0 and required:
            raise self._failed(what, Reason("exit_code_said", number=code, said=words), words)

    def _name(self) -> Reason | str:
        return self._run_as.name if self._run_as else Reason("this_user")

    def _failed(self, what: Reason, why: Reason, said: str = "") -> StagingError:
        if any(mark in said for mark in _DISK_FULL):
            advice = Reason("make_some_room")
        else:
            advice = Reason("read_what_it_printed", path=shlex.quote(self._log.path))
        return StagingError(Reason("cannot", doing=what, why=why), where=self._log.path, next_command=advice)

    def _can_confine(self) -> bool:
        """Whether steps are confined; the first one decides, so that none of them goes without unnoticed."""
        if self._confines is None:
            refused = confinement.why_not() if self._run_as else Reason("only_root_confines")
            self._confines = refused is None
            if refused is not None:
                self._log.line(f"== {Reason('build_not_confined', user=self._name(), why=refused)}")
        return self._confines

    def _run(self, argv: Sequence[str], cwd: str, env: Mapping[str, str], confined: Confinement | None) -> int | None:
        """The exit code; None for a step that was too late."""
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            umask=0o022,
            start_new_session=True,
            preexec_fn=_beginning(self._run_as, confined, cwd),  # nothing here has threads
        )
        try:
            in_time = self._follow(process)
        finally:
            # The step is not reaped yet, so its number cannot be anybody else's group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()  # type: ignore[union-attr]
            process.wait()
            end_processes(self._run_as, self._clock)
        return process.returncode if in_time else None

    def _follow(self, process: subprocess.Popen[bytes]) -> bool:
        """Log what the step prints until it ends; False when it is too late."""
        output = process.stdout.fileno()  # type: ignore[union-attr]
        os.set_blocking(output, False)
        pending, is_open = b"", True
        while True:
            ended = _has_ended(process)
            if is_open:
                pending, is_open = self._read(output, pending)
            if ended or self._clock.monotonic() >= self._give_up_at:
                if pending:
                    self._log.line(pending.decode("utf-8", "replace"))
                return ended
            select.select([output] if is_open else [], [], [], _LOOK_EVERY_S)

    def _read(self, output: int, pending: bytes) -> tuple[bytes, bool]:
        """Log all whole lines that are there now; returns the beginning of the next one, and
        whether there may be more."""
        while self._clock.monotonic() < self._give_up_at:
            try:
                chunk = os.read(output, _CHUNK)
            except BlockingIOError:
                break
            if not chunk:
                return pending, False
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._log.line(line.decode("utf-8", "replace").rstrip("\r"))
            if len(pending) > _LONGEST_LINE:
                self._log.line(pending.decode("utf-8", "replace"))
                pending = b""
        return pending, True


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the step has ended; it is left to be reaped, which keeps its number taken."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _beginning(run_as: RunAs | None, confined: Confinement | None, cwd: str) -> Callable[[], None]:
    """What the process of a step does before it runs the step's program."""

    def begin() -> None:
        if confined is not None:
            confinement.enter(confined)
            os.chdir(cwd)
        if run_as is not None:
            os.setgroups(list(run_as.groups))
            os.setresgid(run_as.gid, run_as.gid, run_as.gid)
            os.setresuid(run_as.uid, run_as.uid, run_as.uid)
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return begin
