"""Until when the certificates are good with which a service is asked for its health."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..config.service import Service
from ..core.http import Deadline, FetchFailed, connected, failure_from, tls_context
from ..core.urls import port_of
from ..words.reason import recorded

_TIMEOUT_S = 2.0


def certificates(service: Service) -> list[dict[str, Any]]:
    """Of each address that *service* is asked at by TLS: ``address``, and when its certificate ends (``expires``, in
    seconds since the epoch), or why nobody can tell (``failure``)."""
    found = {_address(url): url for url in _urls(service) if url.scheme == "https"}
    return [{"address": address, **_certificate(url)} for address, url in found.items()]


def _urls(service: Service) -> Iterable[SplitResult]:
    asked = [service.health.url, service.health.version_url]
    asked += [source.url for source in (service.traffic, service.synthetic) if source]
    return [urlsplit(url) for url in asked if url]


def _address(url: SplitResult) -> str:
    name = url.hostname or ""
    return "{}:{}".format(f"[{name}]" if ":" in name else name, port_of(url))


def _certificate(url: SplitResult) -> dict[str, Any]:
    deadline = Deadline(_TIMEOUT_S)
    try:
        return {"expires": _end_of(url, deadline), "failure": None}
    except FetchFailed as error:
        return {"expires": None, "failure": recorded(error.reason)}
    except (OSError, ValueError) as error:
        return {"expires": None, "failure": recorded(failure_from(error, deadline.explain(), sent=False).reason)}


def _end_of(url: SplitResult, deadline: Deadline) -> float:
    """Trusted as the health check trusts it: one that it refuses keeps every release from being proven."""
    with connected(url, deadline) as sock:
        sock.settimeout(deadline.left())
        with tls_context().wrap_socket(sock, server_hostname=url.hostname) as secured:
            told = secured.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(told["notAfter"])))
