"""One bounded HTTP request.

A request must never take longer than it was given, whatever the other side does:
hang, drip one byte a second, or send without end.  The standard library's timeouts
are per system call, so the deadline is enforced here on every read.  Redirects are
answers like any other and are not followed; a proxy is used when one is named.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import functools
import http.client
import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Callable, Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

from .. import __version__
from ..words.reason import Reason
from .urls import port_of

USER_AGENT = f"refit/{__version__}"
_READ_SIZE = 65536
# Everything a URL may hold as it is; what is left (spaces, Hangul, control characters) is percent-encoded.
_URL_SAFE = "%/:?&=+,;@!$'()*~[]"


FailureKind = Literal[
    "refused",
    "timeout",
    "dns",
    "tls",
    "bad_status_line",  # what answered does not speak HTTP
    "cut",  # the answer ended early
    "too_large",
    "proxy",  # it does not lead on
    "redirect",  # it leads where nobody should follow
    "unavailable",  # it cannot answer now
    "other",
]


class FetchFailed(Exception):
    """No usable answer came.

    Attributes:
        reason: never holds the URL's user or password.
        sent: whether the whole request had left, so that the other side may have carried it out.
    """

    def __init__(self, kind: FailureKind, reason: Reason, sent: bool = False) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.sent = sent

    @property
    def detail(self) -> str:
        """The reason in English."""
        return str(self.reason)


@dataclass(frozen=True)
class Response:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: float = 0.0


class Answer:
    """An answer whose body is still to be read; header names are in lower case.

    Attributes:
        length: bytes of the body that are still to come; None where that was not said.
    """

    def __init__(self, response: http.client.HTTPResponse, deadline: Deadline) -> None:
        self._response = response
        self._deadline = deadline
        self.status = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.getheaders()}

    @property
    def length(self) -> int | None:
        return self._response.length

    def read(self, size: int = _READ_SIZE) -> bytes:
        """The next piece of at most *size* bytes; empty at the end.

        Raises:
            FetchFailed: the rest does not come, or not in time.
        """
        with _translating(self._deadline, sent=True):
            part = self._response.read(size)
        if not part and self.length:  # what Content-Length promised and never came
            raise cut_short(self.length)
        return part

    def read_all(self, max_bytes: int) -> bytes:
        """The whole body.  Raises FetchFailed as :meth:`read`, or when it is longer than *max_bytes*."""
        return read_all(self.read, self.length, max_bytes)


def read_all(read: Callable[[int], bytes], length: int | None, max_bytes: int) -> bytes:
    """All that *read* gives, a piece at a time.

    Args:
        length: how much that will be, where the other side has said so.

    Raises:
        FetchFailed: it is more than *max_bytes*.
    """
    parts: list[bytes] = []
    size = 0
    while max(size, length or 0) <= max_bytes:
        part = read(_READ_SIZE)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    raise FetchFailed("too_large", Reason("answer_too_long", most=max_bytes), sent=True)


def fetch(
    url: str,
    *,
    timeout_s: float,
    max_bytes: int = 1_000_000,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
    ca_bundle: str | None = None,
    proxy: str | None = None,
) -> Response:
    """Send one request and return the whole answer, whatever its status.

    Args:
        url: http or https; a user and password in it are sent as basic authentication.
        timeout_s: seconds for everything together: name, connection, TLS, request, last byte.
        max_bytes: the longest body accepted.
        ca_bundle, proxy: as in :func:`opened`.

    Raises:
        FetchFailed: no complete answer in time and size; says what happened instead.
    """
    started = time.monotonic()
    way = opened(url, timeout_s=timeout_s, headers=headers, method=method, body=body, ca_bundle=ca_bundle, proxy=proxy)
    with way as answer:
        content = answer.read_all(max_bytes)
    return Response(answer.status, answer.headers, content, elapsed_ms=(time.monotonic() - started) * 1000.0)


@contextlib.contextmanager
def opened(
    url: str,
    *,
    timeout_s: float,
    idle_s: float | None = None,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
    ca: str = "",
    ca_bundle: str | None = None,
    proxy: str | None = None,
) -> Iterator[Answer]:
    """Send one request, and yield the answer before its body is read.

    Args:
        timeout_s: seconds for everything together, the body included.
        idle_s: seconds that a single step may take, such as waiting for the next bytes.
        ca: certificates (PEM) to trust besides the system's.
        ca_bundle: a file or directory of certificates to trust in place of the system's.
        proxy: ``http://[user:password@]host:port``, which leads there.

    Raises:
        FetchFailed: no answer came; reading its body may raise it, too.
    """
    deadline = Deadline(timeout_s, idle_s)
    with contextlib.ExitStack() as stack:
        with _translating(deadline, sent=False):
            target = urlsplit(url)
            through = urlsplit(proxy) if proxy else None
            trust = functools.partial(tls_context, ca, ca_bundle)
            sock = stack.enter_context(_connect(target, deadline, trust, through))
            told = {**_proxy_headers(target, proxy), **(headers or {})}
            connection = _send(target, _DeadlineSocket(sock, deadline), method, told, body, through=proxy)
        with _translating(deadline, sent=True):
            answer = Answer(_receive(connection), deadline)
        yield answer


@contextlib.contextmanager
def _translating(deadline: Deadline, sent: bool) -> Iterator[None]:
    try:
        yield
    except FetchFailed:
        raise
    except (OSError, http.client.HTTPException) as error:  # ssl.SSLCertVerificationError is a ValueError, too
        raise failure_from(error, deadline.explain(), sent) from error
    except ValueError:
        raise unusable(sent) from None  # Python's own message may quote a piece of the password


class Deadline:
    """A moment that everything in one request shares, and how long one step of it may take."""

    def __init__(self, timeout_s: float, idle_s: float | None = None) -> None:
        self.timeout_s = timeout_s
        self.idle_s = idle_s
        self._at = time.monotonic() + timeout_s

    def left(self) -> float:
        """Seconds left for the next step.  Raises ``socket.timeout`` when there are none:
        a socket timeout of 0 would mean "do not block"."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise socket.timeout()
        return left if self.idle_s is None else min(left, self.idle_s)

    def explain(self) -> Reason:
        """What a time-out was."""
        if self.idle_s is not None and time.monotonic() < self._at:
            return Reason("nothing_came", seconds=self.idle_s)
        return Reason("no_answer_in_time", seconds=self.timeout_s)


class _DeadlineSocket:
    """As much of a socket as ``http.client`` uses, each call bounded by the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
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
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


def _connect(
    target: SplitResult, deadline: Deadline, trust: Callable[[], ssl.SSLContext], proxy: SplitResult | None
) -> socket.socket:
    sock = connected(target, deadline, proxy)
    if target.scheme != "https":
        return sock
    try:
        if proxy is not None:
            _tunnel(sock, deadline, "{}:{}".format(target.hostname, port_of(target)), proxy)
        sock.settimeout(deadline.left())
        return trust().wrap_socket(sock, server_hostname=target.hostname)
    except BaseException:
        sock.close()
        raise


def connected(target: SplitResult, deadline: Deadline, proxy: SplitResult | None = None) -> socket.socket:
    """A connection to where *target* leads, or to the *proxy* that leads there; nothing was sent on it.

    Raises:
        FetchFailed: there is none in time.
    """
    with _translating(deadline, sent=False):
        if target.scheme not in ("http", "https") or not target.hostname:
            raise FetchFailed("other", Reason("bad_url"))
        if proxy is not None:
            return _connect_proxy(proxy, deadline)
        return _connect_any(_resolve(target.hostname, port_of(target), deadline), deadline)


def _connect_proxy(proxy: SplitResult, deadline: Deadline) -> socket.socket:
    host, port = proxy_address(proxy)
    try:
        return _connect_any(_resolve(host, port, deadline), deadline)
    except FetchFailed as failure:
        raise FetchFailed("proxy", Reason("proxy_failed", address=None, why=failure.reason)) from failure
    except OSError as error:
        why = failure_from(error, deadline.explain(), sent=False).reason
        raise FetchFailed("proxy", Reason("proxy_failed", address=f"{host}:{port}", why=why)) from error


def proxy_address(proxy: SplitResult) -> tuple[str, int]:
    """Host and port of a proxy.  Raises FetchFailed for what does not name one, ValueError for what is no port."""
    if proxy.scheme != "http" or not proxy.hostname:
        raise FetchFailed("proxy", Reason("proxy_bad_name"))
    return proxy.hostname, port_of(proxy)


def _tunnel(sock: socket.socket, deadline: Deadline, address: str, proxy: SplitResult) -> None:
    lines = ["CONNECT {} HTTP/1.1".format(address), "Host: " + address]
    lines += ["Proxy-Authorization: " + basic_auth(proxy)] if proxy.username is not None else []
    wire = _DeadlineSocket(sock, deadline)
    wire.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    answer = http.client.HTTPResponse(wire, method="CONNECT")  # type: ignore[arg-type]
    answer.begin()
    if answer.status != 200:
        raise refused_by_proxy(proxy, "{} {}".format(answer.status, answer.reason))


def refused_by_proxy(proxy: SplitResult, answer: str) -> FetchFailed:
    """The failure where *proxy* gave another *answer* (status and reason) to CONNECT than 200."""
    return FetchFailed("proxy", Reason("proxy_refused", host=proxy.hostname, answer=answer.rstrip()))


def _proxy_headers(target: SplitResult, proxy: str | None) -> dict[str, str]:
    """What a proxy is told with each request; through a tunnel it reads none."""
    parts = urlsplit(proxy or "")
    if target.scheme == "https" or parts.username is None:
        return {}
    return {"Proxy-Authorization": basic_auth(parts)}


def basic_auth(parts: SplitResult) -> str:
    """The value of an ``Authorization`` header for the user and password of a URL."""
    userinfo = "{}:{}".format(unquote(parts.username or ""), unquote(parts.password or ""))
    return "Basic " + base64.b64encode(userinfo.encode()).decode()


def _resolve(host: str, port: int, deadline: Deadline) -> list[Any]:
    # getaddrinfo has no timeout, and a dead name server can hold it for half a minute:
    # it is asked in a thread that is left behind when the time is over.
    answers: list[list[Any] | Exception] = []

    def ask() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not answers:
        raise FetchFailed("dns", Reason("name_unresolved_in_time", name=host))
    answer = answers[0]
    if isinstance(answer, Exception):
        raise _not_resolved(host, answer)
    return answer


def _not_resolved(host: str, error: Exception) -> FetchFailed:
    """The failure where looking for *host* ended in *error*."""
    why = getattr(error, "strerror", None) or Reason("no_host_name")
    return FetchFailed("dns", Reason("name_unresolved", name=host, why=why))


def _connect_any(addresses: list[Any], deadline: Deadline) -> socket.socket:
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


@functools.lru_cache(maxsize=4)
def tls_context(ca: str = "", ca_bundle: str | None = None) -> ssl.SSLContext:
    """What is trusted: *ca* and *ca_bundle* are those of :func:`opened`.

    Raises:
        FetchFailed: the certificates cannot be used.
    """
    # Reading the CA bundle takes longer than a whole local request: once is enough.
    try:
        context = ssl.create_default_context(
            cafile=ca_bundle if ca_bundle and os.path.isfile(ca_bundle) else None,
            capath=ca_bundle if ca_bundle and os.path.isdir(ca_bundle) else None,
        )
        if ca:
            context.load_verify_locations(cadata=ca)
    except (OSError, ValueError) as error:
        raise FetchFailed("tls", Reason("tls_bad_trust")) from error
    return context


def _send(
    target: SplitResult,
    sock: _DeadlineSocket,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    through: str | None = None,
) -> http.client.HTTPConnection:
    sent = {"Host": target.netloc.rpartition("@")[2], "User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
    if target.username is not None:
        sent["Authorization"] = basic_auth(target)
    given = {name.lower() for name in headers}
    sent = {name: value for name, value in sent.items() if name.lower() not in given}
    sent.update(headers)
    path = quote(target.path or "/", safe=_URL_SAFE)
    if target.query:
        path += "?" + quote(target.query, safe=_URL_SAFE)
    if through and target.scheme == "http":  # a proxy for plain HTTP is told the whole URL
        path = "http://" + sent["Host"] + path
    connection = http.client.HTTPConnection(target.hostname or "", port_of(target))
    connection.sock = sock  # connected already: http.client opens nothing itself
    connection.request(method, path, body=body, headers=sent)
    return connection


def _receive(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    try:
        return connection.getresponse()
    except BaseException:
        connection.close()  # with it what an answer that is none has opened
        raise


def failure_from(error: Exception, timed_out: Reason, sent: bool) -> FetchFailed:
    """What *error*, of a socket or of ``http.client``, means; *timed_out* is what a time-out was."""
    kind, reason = _kind_and_reason(error, timed_out)
    return FetchFailed(kind, reason, sent)


def unusable(sent: bool) -> FetchFailed:
    """The failure where a value is none: one of ours, or after the request was *sent* one of the answer's."""
    if sent:
        return FetchFailed("bad_status_line", Reason("no_http"), sent)
    return FetchFailed("other", Reason("unusable_url"))


def cut_short(missing: int) -> FetchFailed:
    """The failure where an answer promised *missing* bytes more than came."""
    return FetchFailed("cut", Reason("answer_cut", bytes=missing), sent=True)


def _kind_and_reason(error: Exception, timed_out: Reason) -> tuple[FailureKind, Reason]:
    if isinstance(error, socket.timeout):
        return "timeout", timed_out
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", None) or error.reason or "handshake failed"
        return "tls", Reason("tls", why=why)
    if isinstance(error, ConnectionRefusedError):
        return "refused", Reason("connection_refused")
    if isinstance(error, (ConnectionError, http.client.IncompleteRead)):
        return "cut", Reason("connection_cut")
    if isinstance(error, (http.client.BadStatusLine, http.client.UnknownProtocol)):
        return "bad_status_line", Reason("no_http")
    if isinstance(error, OSError) and error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "other", Reason("host_unreachable")
    return "other", Reason("request_failed", error=type(error).__name__)
