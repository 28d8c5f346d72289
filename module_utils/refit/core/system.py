"""The outside world as one parameter: clock, processes and ``/proc``.

Functions that touch the world take a :class:`System`.  Production uses
:func:`real`; a test replaces a single part of it and needs no mocks of ours.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

# Where an administrator's programs are, whatever PATH the caller came with.
ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Clock:
    """Wall time for records, monotonic time for durations (both in seconds)."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Completed:
    """How a command ended: its exit code (124 after a time-out) and output."""

    rc: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class RunAs:
    """The identity a command runs under; numeric, as the kernel wants it."""

    uid: int
    gid: int
    groups: Sequence[int]
    name: str
    home: str

    @classmethod
    def user(cls, name: str) -> RunAs:
        """Look *name* up in the user database.  Raises KeyError if unknown."""
        import pwd

        entry = pwd.getpwnam(name)
        groups = os.getgrouplist(name, entry.pw_gid)
        return cls(entry.pw_uid, entry.pw_gid, tuple(groups), name, entry.pw_dir)


def run_command(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    run_as: RunAs | None = None,
    cwd: str = "/",
    timeout_s: float = 60.0,
    stdin: str | None = None,
) -> Completed:
    """Run *argv* without a shell and return how it ended; never raises for a
    failing, missing or hanging command (rc 127 and 124 as a shell would say).

    The identity changes only when this process is root and is not that user
    already.  The command gets a session of its own, so that whatever it leaves
    running never receives our terminal's signals.
    """
    options: dict[str, Any] = {}
    if run_as is not None and os.geteuid() == 0 and run_as.uid != 0:
        options = {"user": run_as.uid, "group": run_as.gid, "extra_groups": list(run_as.groups)}
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            **options,
        )
    except FileNotFoundError as error:
        return Completed(127, "", f"command not found: {error.filename or argv[0]}")
    except OSError as error:
        return Completed(126, "", f"cannot run {argv[0]}: {error.strerror}")
    try:
        out, err = process.communicate(stdin.encode() if stdin is not None else None, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        _end_group(process)
        return Completed(124, "", f"no answer within {timeout_s:g} s")
    return Completed(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def _end_group(process: subprocess.Popen[bytes]) -> None:
    import signal

    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    # A grandchild that left the session may still hold the pipes: do not wait for it.
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()


@dataclass(frozen=True)
class System:
    """Everything outside: pass it on, replace a part of it in a test."""

    clock: Clock = field(default_factory=Clock)
    run: Callable[..., Completed] = run_command
    proc: str = "/proc"


def real() -> System:
    """The world as it is."""
    return System()
