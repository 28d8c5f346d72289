"""One HTTPS request as the environment wants it: its proxies, its certificate authorities.

The only thing a sender must know about a request without an answer is whether the message
may have arrived all the same; :class:`NoAnswer` says it.
"""

from __future__ import annotations

import functools
import http.client
import os
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from .discord_webhook import is_loopback

# Discord's edge refuses the agents of bare HTTP libraries.
USER_AGENT = "refit-ops/1 (webhook)"
_MAX_ANSWER_BYTES = 1_000_000


@dataclass(frozen=True)
class Answer:
    """A complete answer, whatever its status; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """No complete answer came.

    Attributes:
        detail: a short phrase for a person; never holds the URL.
        maybe_arrived: whether the request had left, so that Discord may have carried it out.
    """

    def __init__(self, detail: str, maybe_arrived: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.maybe_arrived = maybe_arrived


#: ``transport(method, url, body, headers, timeout_s)`` → Answer; raises NoAnswer and nothing else.
Transport = Callable[[str, str, Optional[bytes], Mapping[str, str], float], Answer]


def request(method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float) -> Answer:
    """Send one request; redirects are answers like any other.

    The time-outs of the standard library are per system call and name look-ups have none, so
    the whole request runs in a thread that is left behind when *timeout_s* seconds are over.

    Raises:
        NoAnswer: nothing complete came in time.
    """
    outcome: list[Any] = []

    def send() -> None:
        try:
            # A little less than the whole, so that the thread itself can say where it was stuck.
            outcome.append(_send(method, url, body, headers, timeout_s * 0.9))
        except NoAnswer as error:
            outcome.append(error)

    thread = threading.Thread(target=send, name="discord-request", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not outcome:
        raise NoAnswer("no complete answer within {:.3g} s".format(timeout_s), maybe_arrived=True)
    if isinstance(outcome[0], NoAnswer):
        raise outcome[0]
    return outcome[0]


def _send(method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float) -> Answer:
    deadline = time.monotonic() + timeout_s
    try:
        call = urllib.request.Request(url, data=body, headers={"User-Agent": USER_AGENT, **headers}, method=method)
        with _opener(is_loopback(urlsplit(url).hostname or "")).open(call, timeout=timeout_s) as response:
            content = _read(response, deadline)
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)
    except urllib.error.URLError as error:
        # urllib wraps what happens up to the last byte of the request, and only that.
        raise NoAnswer(_reason(error.reason), maybe_arrived=False) from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(_reason(error), maybe_arrived=True) from None
    except ValueError:
        raise NoAnswer("the proxy or URL cannot be used", maybe_arrived=False) from None


def _opener(direct: bool) -> urllib.request.OpenerDirector:
    # Without urllib's HTTPErrorProcessor every status is an answer and no redirect is followed:
    # a redirect would carry the token in the URL to somebody else.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if direct else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=_tls_context(_ca_bundle())),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _ca_bundle() -> str | None:
    """The bundle that other tools on the machine are told to trust.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` are read by the TLS library itself.
    """
    if "SSL_CERT_FILE" in os.environ:
        return None
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


@functools.lru_cache(maxsize=4)
def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    # Reading the CA bundle takes longer than a whole request nearby: once is enough.
    return ssl.create_default_context(
        cafile=ca_bundle if ca_bundle and os.path.isfile(ca_bundle) else None,
        capath=ca_bundle if ca_bundle and os.path.isdir(ca_bundle) else None,
    )


def _read(response: Any, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        part = response.read1(65536)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > _MAX_ANSWER_BYTES:
            raise NoAnswer("the answer is longer than {} bytes".format(_MAX_ANSWER_BYTES), maybe_arrived=True)
        if time.monotonic() > deadline:
            raise socket.timeout()
    if response.length:  # what Content-Length promised and never came
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _reason(error: Any) -> str:
    if isinstance(error, ssl.SSLError):
        return "TLS: {}".format(getattr(error, "verify_message", None) or error.reason or "handshake failed")
    if isinstance(error, socket.timeout):
        return "timed out"
    if isinstance(error, socket.gaierror):
        return "the host name was not resolved"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, (ConnectionError, http.client.IncompleteRead)):
        return "the connection was closed before the answer was complete"
    if isinstance(error, http.client.HTTPException):
        return "the answer is not HTTP"
    if isinstance(error, OSError) and str(error).startswith("Tunnel connection failed"):
        return "the proxy refused: {}".format(str(error).partition(": ")[2])
    return getattr(error, "strerror", None) or type(error).__name__
