"""A web server that artifacts lie on, which can misbehave as real ones do; a proxy; a CA of their own."""

from __future__ import annotations

import base64
import contextlib
import re
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

import trustme


class Authority:
    """A CA that only the tests know."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem = self._ca.cert_pem.bytes().decode()

    def context(self) -> ssl.SSLContext:
        """What a server on this machine needs to speak TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        return context


@dataclass(frozen=True)
class Request:
    """What somebody asked for; header names are in lower case."""

    path: str
    query: str
    headers: Mapping[str, str]


@dataclass
class _Service:
    """A server in a thread, from `with` to its end."""

    server: ThreadingHTTPServer = field(init=False)
    requests: list[Any] = field(init=False, default_factory=list)

    def _start(self, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None) -> None:
        self.server = _Server(("127.0.0.1", 0), handler)
        self.server.owner = self  # type: ignore[attr-defined]
        self.server.daemon_threads = True
        self.server.context = context  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@dataclass
class ArtifactServer(_Service):
    """Serves *files* (path to content).

    Attributes:
        context: speak TLS with it.
        ranges: whether a part of a file can be asked for.
        token: what `Authorization` must say, if anything.
        cuts: per answer that is still to come, after how many bytes the connection is cut.
        answers: per path what is done instead of serving a file; gets the handler.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    ranges: bool = True
    token: str | None = None
    cuts: list[int] = field(default_factory=list)
    answers: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    sent: int = field(init=False, default=0)

    def __enter__(self) -> ArtifactServer:
        self._start(_FileHandler, self.context)
        return self

    def url(self, path: str = "", userinfo: str = "", host: str = "127.0.0.1") -> str:
        return "{}://{}{}:{}{}".format("https" if self.context else "http", userinfo, host, self.port, path)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


def redirect(location: str, status: int = 302) -> Callable[[Any], None]:
    """An answer that leads elsewhere."""
    return lambda handler: handler.answer(status, b"", Location=location)


def refuse(status: int, body: bytes = b"") -> Callable[[Any], None]:
    return lambda handler: handler.answer(status, body)


class _Server(ThreadingHTTPServer):
    def finish_request(self, request: Any, client_address: Any) -> None:
        # Whoever asks may hang up, or not trust us: neither is the server's trouble.
        with contextlib.suppress(OSError):
            if self.context:  # type: ignore[attr-defined]
                request.settimeout(10)
                request = self.context.wrap_socket(request, server_side=True)  # type: ignore[attr-defined]
            with contextlib.closing(request):
                super().finish_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *_: Any) -> None:
        """Tests look at what was asked, not at a log."""

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class _FileHandler(_Handler):
    def do_GET(self) -> None:
        site = self.server.owner
        path, _, query = self.path.partition("?")
        site.requests.append(Request(path, query, {name.lower(): value for name, value in self.headers.items()}))
        if path in site.answers:
            return site.answers[path](self)
        if site.token is not None and self.headers.get("Authorization") != site.token:
            return self.answer(401, b"")
        if path not in site.files:
            return self.answer(404, b"")
        return self._send(site, site.files[path])

    def _send(self, site: ArtifactServer, content: bytes) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if site.ranges else None
        begin = int(found[1]) if found else 0
        if found and begin >= len(content):
            return self.answer(416, b"")
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        rest = content[begin:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        part = rest[: site.cuts.pop(0)] if site.cuts else rest
        site.sent += len(part)  # first, or whoever has received it all may look too early
        self.wfile.write(part)
        return None


@dataclass
class Proxy(_Service):
    """Leads to where it is asked to; *userinfo* (`user:password`) is demanded if it is given."""

    userinfo: str | None = None

    def __enter__(self) -> Proxy:
        self._start(_ProxyHandler, None)
        return self

    def url(self, userinfo: str = "") -> str:
        return "http://{}127.0.0.1:{}".format(userinfo + "@" if userinfo else "", self.port)


class _ProxyHandler(_Handler):
    def _allowed(self) -> bool:
        proxy = self.server.owner
        proxy.requests.append((self.command, self.path))
        if proxy.userinfo is None:
            return True
        expected = "Basic " + base64.b64encode(proxy.userinfo.encode()).decode()
        return self.headers.get("Proxy-Authorization") == expected

    def do_CONNECT(self) -> None:
        if not self._allowed():
            return self.answer(407, b"")
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as there:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, there)
        return None

    def do_GET(self) -> None:
        if not self._allowed():
            return self.answer(407, b"")
        return self.answer(200, b"by the proxy: " + self.path.encode())


def _relay(one: socket.socket, other: socket.socket) -> None:
    ways = {one: other, other: one}
    while True:
        for ready in select.select(list(ways), [], [], 10)[0]:
            data = ready.recv(65536)
            if not data:
                return
            ways[ready].sendall(data)
