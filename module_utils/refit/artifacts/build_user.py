"""Who builds a release, and how what he made becomes root's.

Building runs code of other people (the app's import, a package's ``.pth`` file, a build script where sdists are
asked for).  Where root stages it is therefore done by a user who is neither root nor an app, in directories handed to
him.  They are taken back once nothing runs as him any more, and whatever is in them: from then on no process of his
holds a file of the release open, and no name of his leads to one.

One build at a time uses an account, since the end of each step is the end of all that runs as that account.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import stat
from collections.abc import Iterator

from ..config.service import Service
from ..core import accounts
from ..core.durable import explained, make_directory
from ..core.errors import StagingError
from ..core.locks import LONG_S, locked
from ..core.procfs import processes_of, runs_as
from ..core.system import Clock, RunAs
from ..words.reason import Reason
from .archive_members import DEPTH

# Root's own, and gone with the machine: what it locks against is gone then, too.
LOCKS = "/run/refit"
SETTINGS = "/etc/refit"

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_END_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.05


def builder_of(service: Service, name: str, settings: str = SETTINGS) -> RunAs | None:
    """The build user called *name*; None where this process is not root and builds itself.

    Args:
        settings: the directory in which this host's services are described.

    Raises:
        StagingError: there is no such user, or he is root or a service's own.
    """
    if os.geteuid() != 0:
        return None
    where = f"refit_services.{service.name}.wheel.build_user"
    builder = accounts.find(name)
    if builder is None:
        raise StagingError(
            Reason("no_build_user", name=name),
            where=where,
            next_command=f"useradd --system --create-home --home-dir /var/lib/{name} --shell /usr/sbin/nologin {name}",
        )
    theirs = {**_users(settings), service.name: service.user}
    owner = "root" if builder.uid == 0 else next((key for key, user in theirs.items() if _is(user, builder)), None)
    if owner is not None:
        raise StagingError(
            Reason("build_user_is_root", name=name)
            if builder.uid == 0
            else Reason("build_user_is_a_services", name=name, service=owner),
            where=where,
            next_command=Reason("name_unused_account"),
        )
    return builder


@contextlib.contextmanager
def building_as(builder: RunAs | None, clock: Clock, locks: str = LOCKS) -> Iterator[None]:
    """Have *builder* to oneself on this host, with nothing that runs as him before and after.

    Raises:
        Locked: another build runs as him.
        StagingError: something that runs as him does not end.
    """
    if builder is None:
        yield
        return
    make_directory(locks)
    path = os.path.join(locks, f"build-{builder.uid}.lock")
    with locked(path, clock, LONG_S, Reason("building_as", user=builder.name)):
        end_processes(builder, clock)
        try:
            yield
        finally:
            end_processes(builder, clock)


def end_processes(builder: RunAs | None, clock: Clock, proc: str = "/proc") -> None:
    """Kill all that runs as *builder*, whatever session or group it went to; with none, nothing.

    The kernel does it in one go, so that nothing can fork out of it.  What is left is killed one by one: it may have
    ended the process that was to end it.

    Raises:
        StagingError: something is still there after 10 s.
    """
    if builder is None:
        return
    give_up_at = clock.monotonic() + _END_WITHIN_S
    while True:
        _kill_all_of(builder)
        left = processes_of(builder.uid, proc)
        if not left:
            return
        if clock.monotonic() >= give_up_at:
            raise StagingError(
                Reason("build_process_stays", pid=left[0], user=builder.name),
                where=os.path.join(proc, str(left[0])),
                next_command=Reason("see_what_it_waits_for", uid=builder.uid),
            )
        for pid in left:
            _kill(pid, builder, proc)
        clock.sleep(_LOOK_EVERY_S)


def hand_out(path: str, builder: RunAs | None, mode: int) -> None:
    """Make the directory *path*, the build user's own; its parent is nobody's to change but root's."""
    os.mkdir(path, 0o700)
    if builder is not None:
        os.chown(path, builder.uid, builder.gid, follow_symlinks=False)
    os.chmod(path, mode)


@contextlib.contextmanager
def lent(cache: str, builder: RunAs | None) -> Iterator[None]:
    """Let *builder* have the directory *cache*, made where it is missing: his alone meanwhile, and closed to him
    before and after, when packages' code runs.  Nothing runs as him when it is lent and when it is given back.

    Raises:
        StagingError: it is somebody else's.
        RefitError: it cannot be made.
    """
    owner = builder.uid if builder else os.geteuid()
    with explained(cache, Reason("make_uvs_cache")):
        if not os.path.isdir(cache):
            os.makedirs(os.path.dirname(cache), exist_ok=True)
            os.mkdir(cache, 0o700)
        fd = os.open(cache, _DIRECTORY)
    try:
        if os.fstat(fd).st_uid not in (os.geteuid(), owner):
            raise StagingError(
                Reason("uvs_cache_of_others"),
                where=cache,
                next_command=Reason("remove_uvs_cache", path=shlex.quote(cache)),
            )
        if builder is not None:
            os.fchown(fd, builder.uid, builder.gid)
        try:
            yield
        finally:
            if builder is not None:
                os.fchown(fd, 0, 0)
    finally:
        os.close(fd)


def take_back(path: str, builder: RunAs | None) -> None:
    """Make all below the directory *path* root's, readable for everyone.  Nothing runs as *builder* meanwhile.

    The tree is walked from its top and each directory taken before it is looked into.

    Raises:
        StagingError: something in it is no file, directory or link of his, or lies deeper than in an archive.
    """
    if builder is not None:
        _take_directory(os.open(path, _DIRECTORY), path, builder, DEPTH)


def _users(settings: str) -> dict[str, str | None]:
    """Whom the services of this host run as, by what the scripts know of them."""
    found: dict[str, str | None] = {}
    with contextlib.suppress(FileNotFoundError):
        for file in sorted(entry for entry in os.listdir(settings) if entry.endswith(".json")):
            with contextlib.suppress(OSError, ValueError), open(os.path.join(settings, file), encoding="utf-8") as text:
                described = json.load(text)
                user = described.get("user") if isinstance(described, dict) else None
                found[file[: -len(".json")]] = user if isinstance(user, str) else None
    return found


def _is(user: str | None, builder: RunAs) -> bool:
    """Two names may be one account."""
    account = accounts.find(user)
    return account is not None and account.uid == builder.uid


def _kill_all_of(builder: RunAs) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(builder.gid, builder.gid, builder.gid)
            os.setresuid(builder.uid, builder.uid, builder.uid)
            if os.getresuid() == (builder.uid,) * 3 and builder.uid != 0:
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _kill(pid: int, builder: RunAs, proc: str) -> None:
    """Kill *pid* if it still is the build user's; a number may be given away again."""
    with contextlib.suppress(OSError):
        fd = os.pidfd_open(pid)
        try:
            if runs_as(pid, builder.uid, proc):
                signal.pidfd_send_signal(fd, signal.SIGKILL)
        finally:
            os.close(fd)


def _take_directory(fd: int, path: str, builder: RunAs, levels: int) -> None:
    try:
        if levels == 0:
            raise StagingError(
                Reason("build_too_deep", levels=DEPTH), where=path, next_command=Reason("leave_package_out")
            )
        os.fchown(fd, 0, 0)
        os.fchmod(fd, 0o755)
        for name in os.listdir(fd):
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                below = os.open(name, _DIRECTORY, dir_fd=fd)
                _take_directory(below, os.path.join(path, name), builder, levels - 1)
            elif stat.S_ISLNK(status.st_mode):
                os.chown(name, 0, 0, dir_fd=fd, follow_symlinks=False)
            else:
                _take_file(fd, name, status, os.path.join(path, name), builder)
    finally:
        os.close(fd)


def _take_file(directory: int, name: str, status: os.stat_result, path: str, builder: RunAs) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_uid not in (0, builder.uid):
        raise StagingError(
            Reason("build_left_no_plain_file"),
            where=path,
            next_command=Reason("find_package_that_makes_it"),
        )
    if status.st_uid == 0:
        return
    fd = os.open(name, _FILE, dir_fd=directory)
    try:
        os.fchown(fd, 0, 0)
        os.fchmod(fd, 0o755 if status.st_mode & stat.S_IXUSR else 0o644)
    finally:
        os.close(fd)
