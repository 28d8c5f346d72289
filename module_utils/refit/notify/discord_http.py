"""One request to Discord as the environment wants it: its proxies, its certificate authorities.

The only thing a sender must know about a request without an answer is whether the message
may have arrived all the same: that is :attr:`FetchFailed.sent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, Optional
from urllib.parse import urlsplit

from .. import __version__
from ..core.http import FetchFailed, Response, fetch
from ..core.http_environment import ca_bundle_from_environment, proxy_from_environment
from ..words.reason import Reason
from .discord_webhook import is_loopback

# Discord's edge refuses the agents of bare HTTP libraries.
USER_AGENT = f"refit-ops/{__version__} (webhook)"
MAX_ANSWER_BYTES = 1_000_000

#: ``transport(method, url, body, headers, timeout_s)`` → the complete answer, whatever its status; a redirect is
#: not followed, since it would carry the token in the URL to somebody else.  Raises FetchFailed and nothing else,
#: and its ``detail`` never holds the URL.
Transport = Callable[[str, str, Optional[bytes], Mapping[str, str], float], Response]


def request(method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float) -> Response:
    """Send one request with what every Python has: the :data:`Transport` of the servers.

    Raises:
        FetchFailed: nothing complete came within *timeout_s* seconds.
    """
    return fetch(
        url,
        timeout_s=timeout_s,
        max_bytes=MAX_ANSWER_BYTES,
        headers={"User-Agent": USER_AGENT, **headers},
        method=method,
        body=body,
        ca_bundle=ca_bundle_from_environment(),
        proxy=proxy_to(url),
    )


def proxy_to(url: str) -> str | None:
    """The proxy that leads to *url*: the environment's, but none to this machine itself.  Raises FetchFailed."""
    try:
        return None if is_loopback(urlsplit(url).hostname or "") else proxy_from_environment(url)
    except ValueError:
        raise FetchFailed("other", Reason("unusable_url")) from None
