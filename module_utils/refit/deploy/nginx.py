"""Take a server out of a running nginx, and put it back.

The file is changed in one step and nginx is asked whether it accepts it; what it refuses is put
back.  A reload is over when no worker with the old configuration takes new requests any more.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from ..core import procfs
from ..core.beneath import Beneath, check_kept
from ..core.durable import explained, write_file
from ..core.errors import RefitError
from ..core.locks import LONG_S, locked
from ..core.system import ADMIN_PATH, System
from ..words.reason import Reason
from .nginx_config import with_state

_TEST_S = 30.0
_LOOK_EVERY_S = 0.05
_SHUTTING_DOWN = b"is shutting down"


@dataclass(frozen=True)
class Nginx:
    """A running nginx.

    Attributes:
        command: the program and what it needs to find its configuration (``-c``, ``-p``).
        pid_file: the master's.
    """

    command: Sequence[str] = ("nginx",)
    pid_file: str = "/run/nginx.pid"


@dataclass(frozen=True)
class Change:
    """The file before and after."""

    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


def plan_state(path: str, upstream: str, address: str, *, down: bool) -> Change:
    """What :func:`set_state` would do.  Raises RefitError as that does."""
    for place in dict.fromkeys((os.path.abspath(path), os.path.realpath(path))):
        check_kept(os.path.dirname(place), Reason("balancers_configuration"))
    with explained(path, Reason("read_nginxs_configuration")), open(path, encoding="utf-8") as handle:
        text = handle.read()
    return Change(text, with_state(text, upstream, address, down=down))


def set_state(
    nginx: Nginx, path: str, upstream: str, address: str, system: System, *, down: bool, timeout_s: float = 10.0
) -> Change:
    """Bring the server *address* of *upstream* in the file *path* to the wanted state, now.

    Where the file says so already nginx is not reloaded, unless a run died before it could do that.

    Raises:
        UnsafePath: somebody else than root may exchange the file.
        RefitError: there is no such server, nginx refuses the file, or is not running; the file
            is then as it was.
    """
    plan_state(path, upstream, address, down=down)
    with _lock_on(path, system) as lock:
        change = plan_state(path, upstream, address, down=down)
        if change.changed or os.fstat(lock).st_size:
            master = _master(nginx, system)
            os.pwrite(lock, b"a reload is due\n", 0)
            _replace(path, change.after)
            try:
                _run(nginx, system, "-t")
                before = _workers(master, system)
                _run(nginx, system, "-s", "reload")
            except RefitError:
                _replace(path, change.before)
                os.truncate(lock, 0)
                raise
            _wait_until_replaced(master, before, timeout_s, system)
            os.truncate(lock, 0)
    return change


def _lock_on(path: str, system: System) -> contextlib.AbstractContextManager[int]:
    """Several servers of one balancer may be changed at the same time.  What the lock's file holds
    survives a run that dies: see :func:`set_state`."""
    lock = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.lock")
    return locked(lock, system.clock, LONG_S, Reason("balancers_configuration"), mode=0o600)


def _replace(path: str, text: str) -> None:
    real = os.path.realpath(path)
    found = os.stat(real)
    write_file(real, text, stat.S_IMODE(found.st_mode), found.st_gid)


def _run(nginx: Nginx, system: System, *arguments: str) -> None:
    argv = [*nginx.command, *arguments]
    done = system.run(argv, env={"PATH": ADMIN_PATH}, timeout_s=_TEST_S)
    if done.rc != 0:
        complaints = [line for line in done.stderr.splitlines() if "[emerg]" in line or "[error]" in line]
        raise RefitError(
            Reason("nginx_refuses", said=(complaints or done.stderr.splitlines() or [""])[-1][:300]),
            where=Reason("configuration_put_back", number=done.rc),
            next_command=" ".join([*nginx.command, "-t"]),
        )


def _master(nginx: Nginx, system: System) -> int:
    directory, name = os.path.split(os.path.abspath(nginx.pid_file))
    try:
        with Beneath(directory) as place:
            pid = int(place.read_file(name, 32)[0])
    except (OSError, ValueError):
        pid = 0
    if not pid or not procfs.is_alive(pid, system.proc):
        raise RefitError(
            Reason("nginx_not_running"),
            where=nginx.pid_file,
            next_command=Reason("start_nginx"),
        )
    return pid


def _workers(master: int, system: System) -> set[int]:
    """The master's children that take new requests."""
    found = set()
    for name in os.listdir(system.proc):
        if name.isdigit() and procfs.parent_of(int(name), system.proc) == master:
            with contextlib.suppress(OSError), open(os.path.join(system.proc, name, "cmdline"), "rb") as title:
                if _SHUTTING_DOWN not in title.read():
                    found.add(int(name))
    return found


def _wait_until_replaced(master: int, before: set[int], timeout_s: float, system: System) -> None:
    give_up_at = system.clock.monotonic() + timeout_s
    while True:
        now = _workers(master, system)
        if now and not now & before:
            return
        if system.clock.monotonic() >= give_up_at:
            raise RefitError(
                Reason("nginx_keeps_old", seconds=timeout_s),
                where=Reason("master_process", pid=master),
                next_command=Reason("look_at_nginx_log"),
            )
        system.clock.sleep(_LOOK_EVERY_S)
