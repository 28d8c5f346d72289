"""A server on loopback that misbehaves in every way that services and proxies have been seen to."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Callable, Union

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


_ENOUGH = 65536
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and len(body) >= min(int(length[1]) if length else 0, _ENOUGH)


class Server:
    """Accepts connections; each is handed to *answer*, in a thread, when its request is there: a long one in part.

    Attributes:
        requests: what had come by then, of each connection.
        over: set when the server is closed: an answer must end then.
    """

    def __init__(
        self,
        answer: Callable[[Server, socket.socket], None],
        family: socket.AddressFamily = socket.AF_INET,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.answer = answer
        self.context = context
        self.requests: list[bytes] = []
        self.connections: list[socket.socket] = []
        self.over = threading.Event()
        self.listener = socket.socket(family)
        self.listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def url(self, path: str = "/", scheme: str = "http", userinfo: str = "", host: str = "127.0.0.1") -> str:
        return "{}://{}{}:{}{}".format(scheme, userinfo, host, self.port, path)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            try:
                connection.settimeout(5)
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                request = b""
                while not _is_whole(request):  # a connection that is closed with something unread is reset
                    part = connection.recv(_ENOUGH)
                    if not part:
                        return
                    request += part
                self.requests.append(request)
                self.answer(self, connection)
            finally:
                connection.close()

    def close(self) -> None:
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # most are closed by now
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()


Answer = Union[bytes, Callable[[Server, socket.socket], None]]


@contextlib.contextmanager
def serving() -> Iterator[Callable[..., Server]]:
    """Yields what starts a server: ``start(answer, …)``, where *answer* may be the bytes themselves."""
    with contextlib.ExitStack() as stack:

        def start(answer: Answer, **options: object) -> Server:
            server = Server(saying(answer) if isinstance(answer, bytes) else answer, **options)
            stack.callback(server.close)
            return server

        yield start


def saying(text: bytes) -> Callable[[Server, socket.socket], None]:
    def answer(_server: Server, connection: socket.socket) -> None:
        connection.sendall(text)

    return answer


def hang(server: Server, _connection: socket.socket) -> None:
    server.over.wait(10)


def drip(start: bytes) -> Callable[[Server, socket.socket], None]:
    """Sends *start*, then a byte every 20 ms for as long as anybody reads."""

    def answer(server: Server, connection: socket.socket) -> None:
        connection.sendall(start)
        while not server.over.wait(0.02):
            connection.sendall(b"a")

    return answer


def flooding(start: bytes) -> Callable[[Server, socket.socket], None]:
    """Sends *start*, then as much as anybody reads."""

    def answer(server: Server, connection: socket.socket) -> None:
        connection.sendall(start)
        while not server.over.is_set():
            connection.sendall(b"x" * 65536)

    return answer


flood = flooding(b"HTTP/1.1 200 OK\r\n\r\n")


def reset(_server: Server, connection: socket.socket) -> None:
    """Has the closing of *connection* be an error for the other side."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@contextlib.contextmanager
def talking_at_once() -> Iterator[int]:
    """The port of a server that speaks no TLS, and to one client before that has said anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(OK)
                connection.recv(65536)

        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
