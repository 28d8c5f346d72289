"""Ask the PM2 daemon on its own socket what runs, without starting a program.

``pm2 jlist`` starts Node each time (a seventh of a second and more); the daemon answers
the same question on ``$PM2_HOME/rpc.sock`` within milliseconds.  The protocol is
pm2-axon-rpc over AMP framing: one byte (version and number of arguments), then each
argument with a four-byte length; texts begin with ``s:``, JSON with ``j:``.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..core.answers import NotUnderstood, from_json
from ..core.errors import SupervisorError
from ..words.reason import Reason

#: PM2 tells of each process its environment twice: room for a hundred processes with 16 kB each.
MAX_REPLY_BYTES = 4 * 1024 * 1024
_VERSION = 1
_MOST_PATH_BYTES = 107  # of a socket, to the kernel


class RpcError(Exception):
    """The daemon says something that is not understood: ask the command line instead."""


def socket_path(pm2_home: str) -> str:
    """Where the daemon of *pm2_home* listens."""
    return os.path.join(pm2_home, "rpc.sock")


def is_listening(pm2_home: str, owner: int | None = None, timeout_s: float = 5.0) -> bool:
    """Whether a daemon listens, which is how PM2's own client decides to start one.

    A pid file proves nothing: after a power cut it names somebody else's process.

    Raises:
        OSError: that cannot be told (no permission, say, or a path too long for a socket).
        SupervisorError: what is there is not *owner*'s.
    """
    return daemon_pid(pm2_home, owner, timeout_s) is not None


def daemon_pid(pm2_home: str, owner: int | None = None, timeout_s: float = 5.0) -> int | None:
    """The process that listens, as the kernel says; None where none does.

    Args:
        owner: the user that the daemon must belong to, by default this process's own.

    Raises:
        OSError: that cannot be told.
        SupervisorError: what is there is not *owner*'s.
    """
    try:
        with _connected(pm2_home, owner, timeout_s) as connection:
            return _peer(connection)[0]
    except (FileNotFoundError, ConnectionRefusedError):
        return None


def monitor_data(pm2_home: str, owner: int | None = None, timeout_s: float = 5.0) -> list[Any]:
    """PM2's list of processes, as ``pm2 jlist`` prints it, with their environments; each may be anything.

    Args:
        owner: as in :func:`daemon_pid`.
        timeout_s: for the whole answer, however slowly it drips.

    Raises:
        SupervisorError: what is there is not *owner*'s.
        OSError: the daemon is not there (``FileNotFoundError``, ``ConnectionRefusedError``),
            does not answer in time (``socket.timeout``), or may not be asked.
        RpcError: it answers something else.
    """
    call = {"type": "call", "method": "getMonitorData", "args": [{}]}
    with _connected(pm2_home, owner, timeout_s) as connection:
        connection.sendall(encode(b"j:" + json.dumps(call).encode(), b"s:refit:0"))
        arguments = _receive(connection, time.monotonic() + timeout_s)
    try:
        processes = from_json(arguments[0][2:])["args"][0]
    except (NotUnderstood, KeyError, IndexError, TypeError) as error:
        raise RpcError("the daemon's answer is not understood") from error
    if not isinstance(processes, list):
        raise RpcError("the daemon's answer is no list")
    return processes


def encode(*arguments: bytes) -> bytes:
    """One AMP message."""
    message = bytes([_VERSION << 4 | len(arguments)])
    for argument in arguments:
        message += struct.pack(">I", len(argument)) + argument
    return message


@contextmanager
def _connected(pm2_home: str, owner: int | None, timeout_s: float) -> Iterator[socket.socket]:
    """A connection to the daemon of *owner*.

    The directory is his: a link there would lead root to any socket of this host.  So the socket is looked at first,
    and what was looked at is connected to.
    """
    path, owner = socket_path(pm2_home), os.geteuid() if owner is None else owner
    if len(os.fsencode(path)) > _MOST_PATH_BYTES:
        raise OSError(errno.ENAMETOOLONG, "path too long for a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISSOCK(found.st_mode) or found.st_uid != owner:
                raise _foreign(path)
            connection.connect(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        if _peer(connection)[1] != owner:
            raise _foreign(path)
        yield connection


def _peer(connection: socket.socket) -> tuple[int, int]:
    """The process that listens at the other end, and its user, as they were when it began to."""
    size = struct.calcsize("3i")
    pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid, uid


def _foreign(path: str) -> SupervisorError:
    return SupervisorError(
        Reason("socket_of_others"),
        where=path,
        next_command=Reason("remove_strange_socket", path=path),
    )


def _receive(connection: socket.socket, give_up_at: float) -> list[bytes]:
    head = _exactly(connection, 1, give_up_at)[0]
    if head >> 4 != _VERSION:
        raise RpcError("the daemon speaks another protocol")
    arguments, room = [], MAX_REPLY_BYTES
    for _ in range(head & 0x0F):
        (length,) = struct.unpack(">I", _exactly(connection, 4, give_up_at))
        room -= length
        if room < 0:
            raise RpcError("the daemon's answer is too large")
        arguments.append(_exactly(connection, length, give_up_at))
    return arguments


def _exactly(connection: socket.socket, count: int, give_up_at: float) -> bytes:
    data = bytearray()
    while len(data) < count:
        left_s = give_up_at - time.monotonic()
        if left_s <= 0:
            raise socket.timeout("timed out")  # noqa: UP041 (another class on Python 3.9)
        connection.settimeout(left_s)
        try:
            block = connection.recv(min(65536, count - len(data)))
        except ConnectionResetError:
            block = b""
        if not block:
            raise RpcError("the daemon closed the connection")
        data += block
    return bytes(data)
