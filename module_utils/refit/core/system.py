"""The outside world as one parameter: clock, processes and ``/proc``.

Functions that touch the world take a :class:`System`.  Production uses
:func:`real`; a test replaces a single part of it and needs no mocks of ours.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

# Where an administrator's programs are, whatever PATH the caller came with.
ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: So much is kept of either stream of what a command prints, and it is the end: who prints more may be anybody.
MAX_OUTPUT_BYTES = 4 * 1024 * 1024
_PR_SET_NO_NEW_PRIVS = 38


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
    """How a command ended: its exit code (124 after a time-out) and the end of its output."""

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
) -> Completed:
    """Run *argv* without a shell and return how it ended; never raises for a
    failing, missing or hanging command (rc 127 and 124 as a shell would say).

    The identity changes only when this process is root and is not that user
    already; what then runs, and all that it starts, can gain no rights again, by
    ``sudo`` or any other program with the set-user-ID bit.  The command gets a
    session of its own, so that whatever it leaves running never receives our
    terminal's signals.
    """
    options: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "env": dict(env) if env is not None else None,
        "cwd": cwd,
        "start_new_session": True,
    }
    start = _start
    if run_as is not None and os.geteuid() == 0 and run_as.uid != 0:
        options.update(user=run_as.uid, group=run_as.gid, extra_groups=list(run_as.groups))
        start = _start_without_new_rights
    try:
        process = start(argv, options)
    except FileNotFoundError as error:
        return Completed(127, "", f"command not found: {error.filename or argv[0]}")
    except OSError as error:
        return Completed(126, "", f"cannot run {argv[0]}: {error.strerror}")
    try:
        out, err = _collected(process, timeout_s)
    except subprocess.TimeoutExpired:
        _end_group(process)
        return Completed(124, "", f"no answer within {timeout_s:g} s")
    return Completed(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def _start(argv: Sequence[str], options: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(list(argv), **options)


def _start_without_new_rights(argv: Sequence[str], options: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start *argv* so that no program gives it rights that it does not begin with.

    The kernel keeps in each thread whether it may gain rights, never gives that back, and hands it on to what the
    thread starts; so a thread of its own gives it up.
    """
    import ctypes
    from concurrent.futures import ThreadPoolExecutor

    def start() -> subprocess.Popen[bytes]:
        arguments = [ctypes.c_ulong(each) for each in (1, 0, 0, 0)]
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, *arguments) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return _start(argv, options)

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(start).result()


def _collected(process: subprocess.Popen[bytes], timeout_s: float) -> tuple[bytes, bytes]:
    """What *process* prints until it ends, on standard output and error.  Raises TimeoutExpired."""
    give_up_at = time.monotonic() + timeout_s
    pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
    kept = {pipe.fileno(): bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as open_pipes:
        for pipe in pipes:
            open_pipes.register(pipe, selectors.EVENT_READ)
        while open_pipes.get_map():
            left_s = give_up_at - time.monotonic()
            if left_s <= 0:
                raise subprocess.TimeoutExpired(process.args, timeout_s)
            for ready, _ in open_pipes.select(left_s):
                block = os.read(ready.fd, 65536)
                if not block:
                    open_pipes.unregister(ready.fileobj)
                kept[ready.fd] += block
                del kept[ready.fd][:-MAX_OUTPUT_BYTES]
    process.wait(max(give_up_at - time.monotonic(), 0))
    out, err = (bytes(output) for output in kept.values())
    for pipe in pipes:
        pipe.close()
    return out, err


def _end_group(process: subprocess.Popen[bytes]) -> None:
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
