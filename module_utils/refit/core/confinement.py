"""What a process can write, and whom it reaches: a view of the machine of its own, which ends with it.

Only root can give a process such a view, by the kernel's namespaces: of mounts, so that all is read-only but what it
is given; of System V's and POSIX's message queues, semaphores and shared memory; and of the network, with nothing in
it but itself.  What the process starts is in there, too, and nobody in there gets out again.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_NEW_MOUNTS, _NEW_IPC, _NEW_NETWORK = 0x00020000, 0x08000000, 0x40000000
_READ_ONLY, _REMOUNT, _BIND, _ALL_BELOW, _PRIVATE = 0x1, 0x20, 0x1000, 0x4000, 0x40000
# A mount keeps these when it is changed; the kernel insists on some of them.
_KEPT = {"nosuid": 0x2, "nodev": 0x4, "noexec": 0x8}
_SET_FLAGS, _UP = 0x8914, 0x1
_OCTAL = re.compile(rb"\\([0-7]{3})")
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Confinement:
    """What is left to a process.

    Attributes:
        writable: directories below which it writes.
        instead: directories that it sees, and writes, in the place of others, by the path of those.
        network: whether it reaches more than itself.
    """

    writable: Sequence[str] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    network: bool = False


NOTHING = Confinement()


def why_not() -> str | None:
    """Why this process cannot confine another one, in the kernel's words; None where it can."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            enter(NOTHING)
        except OSError as error:
            os.write(tell, (f"{os.strerror(error.errno or 0)} ({error.filename})").encode())
        except BaseException as error:  # nothing of this process may go on in its copy
            os.write(tell, repr(error)[:500].encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as answer:
        said = answer.read().decode("utf-8", "replace")
    os.waitpid(pid, 0)
    return said or None


def enter(confinement: Confinement) -> None:
    """Confine this process, for good: one that has no other threads, and that goes to its directory again.

    Raises:
        OSError: the kernel refuses it; the process is good for nothing then.
    """
    namespaces = _NEW_MOUNTS | _NEW_IPC | (0 if confinement.network else _NEW_NETWORK)
    _checked(_LIBC.unshare(namespaces), "unshare")
    _mount("/", "/", _ALL_BELOW | _PRIVATE)
    ours = set()
    for place, directory in [*((path, path) for path in confinement.writable), *confinement.instead.items()]:
        if os.path.isdir(place):
            place = os.path.realpath(place)
            _mount(directory, place, _BIND)
            ours.add(os.fsencode(place))
    _write_protect_all_but(ours)
    if not confinement.network:
        _reach_itself()


def _write_protect_all_but(ours: set[bytes]) -> None:
    refused = []
    for number, place, options in _mounts():
        if place in ours or "ro" in options:
            continue
        kept = sum(flag for option, flag in _KEPT.items() if option in options)
        try:
            _mount(place, place, _BIND | _REMOUNT | _READ_ONLY | kept)
        except OSError as error:
            refused.append((number, place, error))
    # One below another that covers it, or in a directory that not even root may look into, is nobody's to reach.
    for number, place, why in refused:
        if _mount_at(place) == number:
            raise why


def _mounts() -> Iterator[tuple[int, bytes, set[str]]]:
    """Of each mount its number, its place and its own options."""
    with open("/proc/self/mountinfo", "rb") as table:
        rows = [line.split() for line in table]
    for row in rows:
        place = _OCTAL.sub(lambda digits: bytes([int(digits[1], 8)]), row[4])
        yield int(row[0]), place, set(row[5].decode().split(","))


def _mount_at(place: bytes) -> int | None:
    """The number of the mount that *place* leads to; None where it leads nowhere."""
    with contextlib.suppress(OSError):
        fd = os.open(place, os.O_PATH)
        try:
            with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as about:
                return next(int(line.split()[1]) for line in about if line.startswith("mnt_id:"))
        finally:
            os.close(fd)
    return None


def _reach_itself() -> None:
    """Up with the loopback interface of this network; where root may not, in some containers, it stays down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket, contextlib.suppress(PermissionError):
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))


def _mount(what: str | bytes, place: str | bytes, flags: int) -> None:
    done = _LIBC.mount(os.fsencode(what), os.fsencode(place), None, ctypes.c_ulong(flags), None)
    _checked(done, os.fsdecode(place))


def _checked(done: int, what: str) -> None:
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
