"""Locks on files that die with their holder, and that nobody waits for without end.

Who gives up says which process holds the lock: it may be stopped, or hang in a system call.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from ..words.reason import Reason
from .durable import explained
from .errors import Locked
from .procfs import command_of, is_stopped
from .system import Clock

# For a lock that is held for one small write: whoever holds it longer is stopped or stuck.
SHORT_S = 10.0
# For a lock that is held for as long as some work takes.  A build may take longer, but whoever finds
# the lock taken is better told by whom than left to wait for the end of that.
LONG_S = 120.0
_LOOK_EVERY_S = 0.05


def try_lock(fd: int) -> bool:
    """Lock the open file *fd* if nobody else has; says whether it is locked now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(path: str, clock: Clock, wait_s: float, what: Reason, mode: int = 0o640) -> Iterator[int]:
    """Hold the lock file *path*, which is made where it is missing; yields its descriptor.

    The descriptor is not inherited, so the lock dies with this process alone.

    Raises:
        Locked: as :func:`await_lock`.
        RefitError: the file cannot be opened.
    """
    with explained(path, Reason("open_a_lock")):
        fd = os.open(path, os.O_RDWR | os.O_CREAT, mode)
    try:
        await_lock(fd, path, clock, wait_s, what)
        yield fd
    finally:
        os.close(fd)


def await_lock(fd: int, path: str, clock: Clock, wait_s: float, what: Reason) -> None:
    """Lock the open file *fd*, at *path*, within *wait_s* seconds.

    Args:
        what: what is locked, for a person: ``the ledger``.

    Raises:
        Locked: it is held by somebody else all that time.
    """
    give_up_at = clock.monotonic() + wait_s
    while not try_lock(fd):
        if clock.monotonic() >= give_up_at:
            raise _locked(fd, path, wait_s, what)
        clock.sleep(_LOOK_EVERY_S)


def holder_of(fd: int, path: str, proc: str = "/proc") -> int | None:
    """The process that holds the lock on the open file *fd*, at *path*; None where that cannot be seen."""
    inode = os.fstat(fd).st_ino
    try:
        with open(os.path.join(proc, "locks"), encoding="ascii") as file:
            rows = [line.split() for line in file]
    except OSError:
        return None
    # "7: FLOCK ADVISORY WRITE 4711 08:01:262147 0 EOF".  The device there need not be that of stat(2).
    pids = [int(row[4]) for row in rows if row[1] == "FLOCK" and row[5].rpartition(":")[2] == str(inode)]
    return next((pid for pid in pids if _has_open(pid, path, proc)), None)


def _has_open(pid: int, path: str, proc: str) -> bool:
    folder, wanted = os.path.join(proc, str(pid), "fd"), os.path.realpath(path)
    try:
        return any(os.readlink(os.path.join(folder, name)) == wanted for name in os.listdir(folder))
    except OSError:
        return False


def _locked(fd: int, path: str, wait_s: float, what: Reason) -> Locked:
    pid = holder_of(fd, path)
    if pid is None:
        return Locked(
            Reason("locked_by_another", what=what, seconds=wait_s),
            where=path,
            next_command=Reason("find_holder", path=path),
        )
    code = "locked_by_stopped_process" if is_stopped(pid) else "locked_by_process"
    return Locked(
        Reason(code, what=what, seconds=wait_s, pid=pid, command=command_of(pid)),
        where=path,
        next_command=Reason("see_what_it_does", pid=pid),
    )
