"""What the kernel says of a process: ``/proc``, read without running anything.

A process manager shows the path that it was configured with; ``/proc/PID/cwd``
shows the directory that the process is really in.  *proc* is a parameter
everywhere (:attr:`.system.System.proc`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..words.reason import Reason

_DELETED = " (deleted)"
_TCP_LISTEN = "0A"
_UNITS = (".service", ".scope")
_MAPPED = bytes(10) + b"\xff\xff"  # in front of an IPv4 address in an IPv6 one
_GONE_STATES = ("Z", "X", "x")


_MOST_FILES = 10_000
_MOST_MAP_BYTES = 8 * 1024 * 1024

Witness = Literal["cwd", "files"]


@dataclass(frozen=True)
class Running:
    """Which release a process runs.

    *version* is None where *reason* says why it is not known.  *deleted* means that
    the release's directory is gone from the disk, whatever stands at its path now.
    *witness* is what that is known by: where the process stands, or what it has open.
    """

    version: str | None
    reason: Reason | None = None
    deleted: bool = False
    witness: Witness = "cwd"


def release_of(pid: int, releases_dir: str, proc: str = "/proc") -> Running:
    """The release whose directory (or one below it) is the process's working directory.

    Args:
        pid: the process.
        releases_dir: the directory that holds ``v<version>`` directories; may be reached through links.
    """
    try:
        cwd = os.readlink(os.path.join(proc, str(pid), "cwd"))
    except PermissionError:
        return Running(None, Reason("process_cwd_unreadable", pid=pid))
    except OSError:
        return Running(None, Reason("process_gone", pid=pid))
    deleted = cwd.endswith(_DELETED)
    if deleted:
        cwd = cwd[: -len(_DELETED)]
    version = _version_in(cwd, releases_dir)
    if not version:
        return Running(None, Reason("process_elsewhere", pid=pid, directory=cwd), deleted)
    return Running(version, None, deleted)


def what_runs(pid: int, releases_dir: str, proc: str = "/proc") -> Running:
    """The release that the process runs, by more than one witness.

    Where it stands says it, unless all files of releases that it has open or mapped are another one's: what PM2 froze
    on an old copy stands in the new one.  And a process that went elsewhere after its start is known by its files.
    """
    standing = release_of(pid, releases_dir, proc)
    if standing.deleted and standing.version is not None:
        return standing
    using = releases_in_use(pid, releases_dir, proc)
    if not using or standing.version in using:
        return standing
    if len(using) == 1:
        return Running(using.pop(), witness="files")
    return Running(None, Reason("process_mixes_releases", pid=pid, versions=sorted(using)), witness="files")


def releases_in_use(pid: int, releases_dir: str, proc: str = "/proc") -> set[str]:
    """The releases of which the process has files open or mapped; empty where that cannot be seen."""
    folder = os.path.join(proc, str(pid))
    links = ["exe"]
    with contextlib.suppress(OSError), os.scandir(os.path.join(folder, "fd")) as entries:
        links += [os.path.join("fd", entry.name) for entry in itertools.islice(entries, _MOST_FILES)]
    paths = []
    for link in links:
        with contextlib.suppress(OSError):
            paths.append(os.readlink(os.path.join(folder, link)))
    with contextlib.suppress(OSError), open(os.path.join(folder, "maps"), encoding="utf-8", errors="replace") as file:
        paths += [line.split(maxsplit=5)[5] for line in file.read(_MOST_MAP_BYTES).splitlines() if line.count(" /")]
    found = {_version_in(path, releases_dir) for path in paths if not path.endswith(_DELETED)}
    return found - {""}


def _version_in(path: str, releases_dir: str) -> str:
    """The version of the release that *path* leads into; empty if into none."""
    prefix = os.path.join(os.path.realpath(releases_dir), "v")
    return path[len(prefix) :].split(os.sep)[0] if path.startswith(prefix) else ""


def started(pid: int, proc: str = "/proc") -> int | None:
    """When the process started, in clock ticks after boot; None if it is gone or a zombie.

    A pid alone can be given away again; the pair of pid and start never is.
    """
    fields = _stat(pid, proc)
    if fields is None or fields[0] in _GONE_STATES:
        return None
    return int(fields[19])


def is_alive(pid: int, proc: str = "/proc") -> bool:
    """Whether the process exists and is more than a zombie."""
    return started(pid, proc) is not None


def is_stopped(pid: int, proc: str = "/proc") -> bool:
    """Whether somebody stopped the process (SIGSTOP, a debugger): it does nothing, and ends for SIGKILL only."""
    fields = _stat(pid, proc)
    return fields is not None and fields[0] in ("T", "t")


def command_of(pid: int, proc: str = "/proc") -> str:
    """The program that the process runs, and the first path among its arguments; ``?`` where that cannot be seen.

    No other argument: one may be a secret.
    """
    try:
        with open(os.path.join(proc, str(pid), "cmdline"), encoding="utf-8", errors="replace") as file:
            program, *arguments = file.read(4096).split("\0")
    except OSError:
        return "?"
    first = next((argument for argument in arguments if argument.startswith("/")), "")
    return f"{program} {first}".strip() or "?"


def parent_of(pid: int, proc: str = "/proc") -> int | None:
    """The pid of the process's parent, None if the process is gone."""
    fields = _stat(pid, proc)
    return None if fields is None else int(fields[1])


def family_of(pid: int, proc: str = "/proc") -> list[int]:
    """The process and all that descend from it, parents first."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(proc):
        parent = parent_of(int(name), proc) if name.isdigit() else None
        if parent is not None:
            children.setdefault(parent, []).append(int(name))
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return family


def _stat(pid: int, proc: str) -> list[str] | None:
    """``/proc/PID/stat`` from its third field (the state) on."""
    try:
        with open(os.path.join(proc, str(pid), "stat"), encoding="utf-8", errors="replace") as file:
            # The second field is the command in brackets, and may itself hold blanks and brackets.
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def unit_of(pid: int, proc: str = "/proc") -> str | None:
    """The systemd unit that the process belongs to, such as ``pm2-app.service``; None outside any."""
    try:
        with open(os.path.join(proc, str(pid), "cgroup"), encoding="utf-8") as file:
            groups = file.read().splitlines()
    except OSError:
        return None
    names = [name for line in groups for name in line.split(":", 2)[2].split("/") if name.endswith(_UNITS)]
    return names[-1] if names else None


def running_releases(releases_dir: str, proc: str = "/proc") -> Iterator[tuple[int, Running]]:
    """Every process on this host whose working directory lies in a release, with that release."""
    for name in os.listdir(proc):
        if name.isdigit():
            running = release_of(int(name), releases_dir, proc)
            if running.version is not None:
                yield int(name), running


def user_of(pid: int, proc: str = "/proc") -> int | None:
    """The effective uid of the process; None if it is gone."""
    try:
        with open(os.path.join(proc, str(pid), "status"), encoding="utf-8", errors="replace") as file:
            return next((int(line.split()[2]) for line in file if line.startswith("Uid:")), None)
    except OSError:
        return None


def shares_our_network(pid: int, proc: str = "/proc") -> bool:
    """Whether the process is in this one's network namespace; where that cannot be seen, it is."""
    try:
        return os.readlink(os.path.join(proc, str(pid), "ns/net")) == os.readlink(os.path.join(proc, "self/ns/net"))
    except OSError:
        return True


def listens_on(pid: int, port: int, proc: str = "/proc") -> bool:
    """Whether the process holds a listening TCP socket on *port*; False where that cannot be read."""
    return bool(listening_at(pid, port, proc))


def listening_at(pid: int, port: int, proc: str = "/proc") -> frozenset[str]:
    """The addresses, such as ``127.0.0.1`` or ``::``, at which the process listens on TCP *port* in its own network
    namespace; none where that cannot be read."""
    sockets = _listening_sockets(pid, port, proc)
    folder = os.path.join(proc, str(pid), "fd")
    try:
        names = os.listdir(folder) if sockets else []
    except OSError:
        return frozenset()
    found = set()
    for name in names:
        with contextlib.suppress(OSError, KeyError):
            found.add(sockets[os.readlink(os.path.join(folder, name))])
    return frozenset(found)


def _listening_sockets(pid: int, port: int, proc: str) -> dict[str, str]:
    """The sockets that listen on *port*, as ``/proc/PID/fd`` names them, with their addresses."""
    found: dict[str, str] = {}
    for table in ("tcp", "tcp6"):
        try:
            with open(os.path.join(proc, str(pid), "net", table), encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        for row in rows:
            address, _, number = row[1].rpartition(":")
            if row[3] == _TCP_LISTEN and int(number, 16) == port:
                found["socket:[{}]".format(row[9])] = _address(address)
    return found


def _address(digits: str) -> str:
    """An address as the kernel's tables have it: words of four bytes, each in the order of this machine."""
    words = [digits[start : start + 8] for start in range(0, len(digits), 8)]
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    if packed.startswith(_MAPPED):
        packed = packed[len(_MAPPED) :]
    import socket  # only for who holds a port

    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def processes_of(uid: int, proc: str = "/proc") -> list[int]:
    """Every process that has the user *uid* among those that it is, or may become again."""
    return [int(name) for name in os.listdir(proc) if name.isdigit() and runs_as(int(name), uid, proc)]


def runs_as(pid: int, uid: int, proc: str = "/proc") -> bool:
    """Whether the process is there, more than a zombie, and is or may become *uid* (real, effective or saved)."""
    try:
        with open(os.path.join(proc, str(pid), "status"), encoding="utf-8", errors="replace") as file:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    except OSError:
        return False
    return str(uid) in fields.get("Uid", "").split() and fields.get("State", "Z")[:1] not in _GONE_STATES
