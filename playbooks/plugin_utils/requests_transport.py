"""Requests to Discord over ``requests``: the transport of the controller, which keeps its connections.

It promises what ``refit.notify.discord_http.request`` does, in the same words; where the libraries by themselves do
something else, that is met here.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import IncompleteRead

from refit.core.http import (
    Deadline,
    FetchFailed,
    Response,
    basic_auth,
    connected,
    cut_short,
    failure_from,
    proxy_address,
    read_all,
    refused_by_proxy,
    tls_context,
    unusable,
)
from refit.core.http_environment import ca_bundle_from_environment
from refit.core.masking import without_token
from refit.notify.discord_http import MAX_ANSWER_BYTES, USER_AGENT, proxy_to

# What http.client says of a proxy that answers CONNECT with anything but 200.
_NO_TUNNEL = re.compile(r"Tunnel connection failed: (.*)", re.DOTALL)


class RequestsTransport:
    """A :data:`refit.notify.discord_http.Transport` that asks again over the connections that it has."""

    def __init__(self) -> None:
        self._session: requests.Session | None = None
        _hide_tokens_in_logs()

    def __call__(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Response:
        """Send one request.  Raises FetchFailed: nothing complete came within *timeout_s* seconds."""
        started = time.monotonic()
        watch = _Watch(url, timeout_s)
        try:
            with watch:
                status, said, content = self._ask(method, body, headers, watch)
            if not watch.over:  # else what seems to be the end of the body is our own doing
                return Response(status, said, content, elapsed_ms=(time.monotonic() - started) * 1000.0)
            failure = watch.failure_from(socket.timeout())
        except Exception as error:  # requests, urllib3, http.client and ssl each have their own
            failure = watch.failure_from(error)
        raise failure  # outside of the handler: it does not lead to theirs, which quote the URL

    def _ask(
        self, method: str, body: bytes | None, headers: Mapping[str, str], watch: _Watch
    ) -> tuple[int, dict[str, str], bytes]:
        self._session = self._session or _session()
        watch.proxy = proxy = proxy_to(watch.url)
        if proxy:  # requests knows other kinds
            proxy_address(urlsplit(proxy))
        with self._session.request(
            method,
            watch.url,
            data=body,
            headers=headers,
            proxies={"http": proxy, "https": proxy} if proxy else {},
            allow_redirects=False,
            stream=True,
        ) as answer:
            said = {name.lower(): value for name, value in answer.raw.headers.items()}
            # As it came: unpacked it may be a thousand times larger.
            read = partial(answer.raw.read, decode_content=False)
            return answer.status_code, said, read_all(read, answer.raw.length_remaining, MAX_ANSWER_BYTES)


class _Watch:
    """One request under way: ends it when its time is over, and knows whether it has left.

    Time-outs of sockets begin anew with each byte.  When the time of all is over, the connection is shut, which ends
    whatever waits for it.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = url
        self.proxy: str | None = None
        self.deadline = Deadline(timeout_s)
        self.sent = False
        self.over = False
        self._lock = threading.Lock()
        self._held: socket.socket | None = None
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._before = _under_way.set(self)
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _under_way.reset(self._before)
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    def connect(self) -> socket.socket:
        """A new connection, to the proxy where there is one."""
        sock = connected(urlsplit(self.url), self.deadline, urlsplit(self.proxy) if self.proxy else None)
        try:
            sock.settimeout(None)  # from here on the watch is the only clock
            self.hold(sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def hold(self, sock: socket.socket) -> None:
        """The request goes over *sock*.  Raises ``socket.timeout`` when its time is over."""
        with self._lock:
            if self.over:
                raise socket.timeout()
            if self._held is None:
                # A descriptor of our own: TLS takes the socket's away while it shakes hands.
                self._held = socket.fromfd(sock.fileno(), sock.family, sock.type)

    def _end(self) -> None:
        with self._lock:
            self.over = True
            if self._held is not None:
                with suppress(OSError):  # the other side was faster
                    self._held.shutdown(socket.SHUT_RDWR)

    def failure_from(self, error: Exception) -> FetchFailed:
        """What *error*, of ours or of the libraries, means for the request."""
        origin = _origin(error)
        if isinstance(origin, FetchFailed):
            return origin
        if self.over:
            return failure_from(socket.timeout(), self.deadline.explain(), self.sent)
        if isinstance(origin, IncompleteRead):
            return cut_short(int(origin.expected or 0))
        refused = _NO_TUNNEL.match(str(origin)) if self.proxy else None
        if refused:
            return refused_by_proxy(urlsplit(self.proxy or ""), refused[1])
        if isinstance(origin, ValueError) and not isinstance(origin, ssl.SSLError):
            return unusable(self.sent)
        return failure_from(origin, self.deadline.explain(), self.sent)


#: The connections of a session outlive its requests, and look here which one they serve.
_under_way: ContextVar[_Watch] = ContextVar("_under_way")


def _origin(error: Exception) -> Exception:
    """What *error* began with: the libraries wrap the system's own error, one in the other."""
    origin = error
    each: BaseException | None = error
    while isinstance(each, Exception):
        if isinstance(each, FetchFailed):
            return each
        if isinstance(each, (OSError, HTTPException)) and not isinstance(each, requests.RequestException):
            origin = each
        each = each.__cause__ or each.__context__
    return origin


class _Answer(HTTPResponse):
    def begin(self) -> None:
        super().begin()
        for name in ("Set-Cookie", "Set-Cookie2"):  # Discord needs none, and to read long ones takes seconds
            del self.headers[name]


class _Connection(HTTPConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        sock = _under_way.get().connect()
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        return sock

    def request(self, *args: Any, **options: Any) -> None:
        watch = _under_way.get()
        if self.sock is not None:
            watch.hold(self.sock)
        super().request(*args, **options)
        watch.sent = True


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """Believes whom the rest of the package believes, and hands nothing to what reads without bounds."""

    def __init__(self) -> None:
        self._trust = tls_context("", ca_bundle_from_environment())
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._trust, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._trust, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        parts = urlsplit(proxy)
        return {} if parts.username is None else {"Proxy-Authorization": basic_auth(parts)}

    def cert_verify(self, *_: Any) -> None:
        """Left to the context; what is named here would be trusted besides."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: Any) -> None:  # noqa: ARG002
        """None: even where redirects are not followed, one is prepared for, and its whole body unpacked for that."""


def _session() -> _Session:
    session = _Session()
    session.trust_env = False  # proxies and authorities are those of core/http_environment; no .netrc
    session.headers.clear()  # requests would ask for packed answers
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "*/*"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session


class _WithoutTokens(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_token(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = without_token(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


_WITHOUT_TOKENS = _WithoutTokens()


def _hide_tokens_in_logs() -> None:
    """urllib3 logs each URL, some as warnings; where Ansible writes a log, they would stand in it."""
    for name in list(logging.Logger.manager.loggerDict):  # a filter holds for its logger only, not for those below
        if name.partition(".")[0] == "urllib3":
            logging.getLogger(name).addFilter(_WITHOUT_TOKENS)
