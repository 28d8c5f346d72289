"""What the environment says of the way to the web: its proxies, its certificate authorities."""

from __future__ import annotations

import os
import urllib.request
from urllib.parse import urlsplit

from .urls import port_of


def proxy_from_environment(url: str) -> str | None:
    """The proxy that ``https_proxy``, ``http_proxy``, ``all_proxy`` and ``no_proxy`` name for *url*.

    Raises:
        ValueError: *url* is none.
    """
    parts = urlsplit(url)
    proxies = urllib.request.getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    address = "{}:{}".format(parts.hostname or "", port_of(parts))
    if not proxy or urllib.request.proxy_bypass_environment(address, proxies):  # type: ignore[attr-defined]
        return None
    return proxy if "://" in proxy else "http://" + proxy


def ca_bundle_from_environment() -> str | None:
    """The bundle that other tools on the machine are told to trust.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` are read by the TLS library itself.
    """
    if "SSL_CERT_FILE" in os.environ:
        return None
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None
