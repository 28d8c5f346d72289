"""Where an artifact lies on the web, and the way there: proxy, own CA, redirects.

What may be shown of a URL and what is secret (user, password, query, headers) are
kept apart from the first moment, so that nothing downstream can show the latter.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

from ..core.http import Answer, FetchFailed, basic_auth, opened
from ..core.http_environment import proxy_from_environment
from ..core.urls import port_of, public
from ..words.reason import Reason

_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_REDIRECTS = 5


@dataclass(frozen=True)
class Location:
    """A URL in two halves.

    Attributes:
        url: scheme, host and path: what may be shown and recorded.
        query: what follows the question mark; a signature, often.
        headers: sent to this host alone.
    """

    url: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str, headers: Mapping[str, str] | None = None) -> Location:
        """Take *text* apart; a user and password in it become a header.  Raises ValueError
        for what is no URL."""
        parts = urlsplit(text)
        sent = {str(name): str(value) for name, value in (headers or {}).items()}
        if parts.username is not None:
            sent["Authorization"] = basic_auth(parts)
        return cls(public(parts), parts.query, sent)

    @property
    def full(self) -> str:
        return "{}?{}".format(self.url, self.query) if self.query else self.url

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: whom headers may be told."""
        parts = urlsplit(self.url)
        return parts.scheme, parts.hostname or "", port_of(parts)

    @property
    def name(self) -> str:
        """The file's name: the last part of the path."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])

    def beside(self, name: str) -> Location:
        """The file *name* in the same directory, reached with the same rights."""
        return Location(self.url.rpartition("/")[0] + "/" + name, self.query, self.headers)

    def after(self, redirect: str) -> Location:
        """Where *redirect* (a ``Location`` header) leads from here.

        Raises:
            FetchFailed: it leaves https.
        """
        try:
            landing = Location.parse(urljoin(self.full, redirect))
            same = landing.origin == self.origin
        except ValueError:
            raise FetchFailed("redirect", Reason("redirect_to_no_url")) from None
        if self.url.startswith("https:") and not landing.url.startswith("https:"):
            raise FetchFailed("redirect", Reason("redirect_off_https", url=landing.url))
        return Location(landing.url, landing.query, {**self.headers, **landing.headers} if same else landing.headers)


@dataclass(frozen=True)
class Way:
    """How this machine gets to the web.

    Attributes:
        ca: certificates (PEM) to trust besides the system's.
        proxy: ``http://[user:password@]host:port``; by default ``https_proxy``, ``http_proxy``
            and ``no_proxy`` of the environment decide.
        idle_s: seconds that may pass without a byte.
    """

    ca: str = ""
    proxy: str = field(default="", repr=False)
    idle_s: float = 30.0

    @contextlib.contextmanager
    def opened(
        self, location: Location, *, timeout_s: float, headers: Mapping[str, str] | None = None
    ) -> Iterator[Answer]:
        """Ask for *location*, follow its redirects, and yield the first answer that is none.

        Raises:
            FetchFailed: no answer came, or the redirects are too many or leave https.
        """
        give_up_at = time.monotonic() + timeout_s
        for _ in range(_MAX_REDIRECTS + 1):
            with opened(
                location.full,
                timeout_s=give_up_at - time.monotonic(),
                idle_s=self.idle_s,
                headers={"Accept-Encoding": "identity", **location.headers, **(headers or {})},
                ca=self.ca,
                proxy=self.proxy or proxy_from_environment(location.url),
            ) as answer:
                if answer.status not in _REDIRECTS or "location" not in answer.headers:
                    yield answer
                    return
                location = location.after(answer.headers["location"])
        raise FetchFailed("redirect", Reason("redirects_too_often", most=_MAX_REDIRECTS))
