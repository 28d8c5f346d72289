"""One bounded HTTP request, for asking a service how it is.

A health check must never take longer than it was given, whatever the other side
does: hang, drip one byte a second, or send without end.  The standard library's
timeouts are per system call, so the deadline is enforced here on every read.
Redirects are answers like any other and are not followed; no proxy is used.
"""

from __future__ import annotations

import base64
import errno
import functools
import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

_READ_SIZE = 65536
# Everything a URL may hold as it is; what is left (spaces, Hangul, control characters) is percent-encoded.
_URL_SAFE = "%/:?&=+,;@!$'()*~[]"


class FetchFailed(Exception):
    """No usable answer came.

    Attributes:
        kind: ``refused``, ``timeout``, ``dns``, ``tls``, ``bad_status_line`` (what answered does not
            speak HTTP), ``cut`` (the answer ended early), ``too_large`` or ``other``.
        detail: a short phrase for a person; never holds the URL's user or password.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True)
class Response:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: float


def fetch(
    url: str,
    *,
    timeout_s: float,
    max_bytes: int = 1_000_000,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
) -> Response:
    """Send one request and return the whole answer, whatever its status.

    Args:
        url: http or https; a user and password in it are sent as basic authentication.
        timeout_s: seconds for everything together: name, connection, TLS, request, last byte.
        max_bytes: the longest body accepted.

    Raises:
        FetchFailed: no complete answer in time and size; says what happened instead.
    """
    started = time.monotonic()
    deadline = _Deadline(started + timeout_s)
    try:
        target = urlsplit(url)
        with _connect(target, deadline) as sock:
            response = _send(target, _DeadlineSocket(sock, deadline), method, headers or {}, body)
            content = _read(response, max_bytes)
    except FetchFailed:
        raise
    except ValueError as error:
        if isinstance(error, ssl.SSLError):
            raise _translated(error, timeout_s) from error
        # Python's own message may quote a piece of the password.
        raise FetchFailed("other", "the URL, or a header for it, cannot be used") from None
    except (OSError, http.client.HTTPException) as error:
        raise _translated(error, timeout_s) from error
    return Response(
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        body=content,
        elapsed_ms=(time.monotonic() - started) * 1000.0,
    )


def without_userinfo(url: str) -> str:
    """*url* as it may be shown and recorded: without its user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class _Deadline:
    """A moment that everything in one request shares."""

    def __init__(self, at: float) -> None:
        self.at = at

    def left(self) -> float:
        """Seconds left.  Raises ``socket.timeout`` when there are none: a socket
        timeout of 0 would mean "do not block"."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise socket.timeout()
        return left


class _DeadlineSocket:
    """As much of a socket as ``http.client`` uses, each call bounded by the deadline."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineStream(self._sock, self._deadline))

    def close(self) -> None:
        """Left to the owner: ``http.client`` closes before the body is read."""


class _DeadlineStream(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


def _connect(target: SplitResult, deadline: _Deadline) -> socket.socket:
    if target.scheme not in ("http", "https") or not target.hostname:
        raise FetchFailed("other", "not an http:// or https:// URL")
    tls = target.scheme == "https"
    addresses = _resolve(target.hostname, target.port or (443 if tls else 80), deadline)
    sock = _connect_any(addresses, deadline)
    if not tls:
        return sock
    try:
        sock.settimeout(deadline.left())
        return _tls_context().wrap_socket(sock, server_hostname=target.hostname)
    except BaseException:
        sock.close()
        raise


def _resolve(host: str, port: int, deadline: _Deadline) -> list[Any]:
    # getaddrinfo has no timeout, and a dead name server can hold it for half a minute:
    # it is asked in a thread that is left behind when the time is over.
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not answers:
        raise FetchFailed("dns", "the name {} was not resolved in time".format(host))
    if isinstance(answers[0], Exception):
        reason = getattr(answers[0], "strerror", None) or "not a host name"
        raise FetchFailed("dns", "the name {} was not resolved: {}".format(host, reason))
    return answers[0]


def _connect_any(addresses: list[Any], deadline: _Deadline) -> socket.socket:
    """The first address that accepts; a silent one gets only its share of the time."""
    failure: OSError | None = None
    for position, (family, kind, protocol, _name, address) in enumerate(addresses):
        sock = None
        try:
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(deadline.left() / (len(addresses) - position))
            sock.connect(address)
            return sock
        except OSError as error:
            failure = error
            if sock is not None:
                sock.close()
    raise failure or OSError("the name has no address")


@functools.lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    # Reading the CA bundle takes longer than a whole local request: once is enough.
    return ssl.create_default_context()


def _send(
    target: SplitResult, sock: _DeadlineSocket, method: str, headers: Mapping[str, str], body: bytes | None
) -> http.client.HTTPResponse:
    sent = {"Host": target.netloc.rpartition("@")[2], "User-Agent": "refit", "Accept": "*/*", "Connection": "close"}
    if target.username is not None:
        userinfo = "{}:{}".format(unquote(target.username), unquote(target.password or ""))
        sent["Authorization"] = "Basic " + base64.b64encode(userinfo.encode()).decode()
    given = {name.lower() for name in headers}
    sent = {name: value for name, value in sent.items() if name.lower() not in given}
    sent.update(headers)
    path = quote(target.path or "/", safe=_URL_SAFE)
    if target.query:
        path += "?" + quote(target.query, safe=_URL_SAFE)
    connection = http.client.HTTPConnection(target.hostname or "", target.port or 80)
    connection.sock = sock  # connected already: http.client opens nothing itself
    connection.request(method, path, body=body, headers=sent)
    return connection.getresponse()


def _read(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    too_large = FetchFailed("too_large", "the answer is longer than {} bytes".format(max_bytes))
    if (response.length or 0) > max_bytes:
        raise too_large
    parts: list[bytes] = []
    size = 0
    while True:
        part = response.read(_READ_SIZE)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise too_large
    if response.length:  # what Content-Length promised and never came
        raise FetchFailed("cut", "the answer ended {} bytes early".format(response.length))
    return b"".join(parts)


def _translated(error: Exception, timeout_s: float) -> FetchFailed:
    if isinstance(error, socket.timeout):
        return FetchFailed("timeout", "no complete answer within {:.3g} s".format(timeout_s))
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", None) or error.reason or "handshake failed"
        return FetchFailed("tls", "TLS: {}".format(reason))
    if isinstance(error, ConnectionRefusedError):
        return FetchFailed("refused", "connection refused")
    if isinstance(error, (ConnectionError, http.client.IncompleteRead)):
        return FetchFailed("cut", "the connection was closed before the answer was complete")
    if isinstance(error, (http.client.BadStatusLine, http.client.UnknownProtocol)):
        return FetchFailed("bad_status_line", "the answer is not HTTP")
    if isinstance(error, OSError) and error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return FetchFailed("other", "the network does not reach the host")
    return FetchFailed("other", "the request failed: {}".format(type(error).__name__))
