"""Rate limits as Discord announces them: buckets per route and webhook, and a global one."""

from __future__ import annotations

import hashlib
import math
import threading
from dataclasses import dataclass, field
from typing import Callable


@dataclass(frozen=True)
class Limit:
    """So many requests in a window of so many seconds."""

    requests: int
    seconds: float


@dataclass
class Window:
    """A bucket that fills from its first request and empties as a whole."""

    limit: Limit
    opened: float = -math.inf
    used: int = 0
    blocked_until: float = -math.inf
    told_until: float = -math.inf

    def take(self, now: float) -> float | None:
        """Use one request; if there is none left, the moment when there is one again."""
        if now >= self.opened + self.limit.seconds:
            self.opened, self.used = now, 0
        if now < self.blocked_until:
            return self.blocked_until
        if self.used >= self.limit.requests:
            return self.resets
        self.used += 1
        return None

    @property
    def remaining(self) -> int:
        return self.limit.requests - self.used

    @property
    def resets(self) -> float:
        """When the next request is possible, if none remains."""
        return max(self.opened + self.limit.seconds, self.blocked_until)


@dataclass
class Ruling:
    """What the limits say to one request, with the headers that tell the client."""

    headers: dict[str, str]
    retry_after: float | None = None
    scope: str = "user"
    announcements: list[tuple[Window, float]] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return self.retry_after is not None

    @property
    def is_global(self) -> bool:
        return self.scope == "global"

    def announce(self) -> None:
        """The answer is on its way: from now on the client knows when to come back."""
        for window, until in self.announcements:
            window.told_until = max(window.told_until, until)


class RateLimiter:
    """All buckets of one server.

    Args:
        clock: seconds since the epoch.
        per_route: each route of each webhook has a bucket of this size.
        overall: over all requests together.
    """

    def __init__(self, clock: Callable[[], float], per_route: Limit, overall: Limit) -> None:
        self._clock = clock
        self._per_route = per_route
        self._overall = Window(overall)
        self._windows: dict[tuple[str, str], Window] = {}
        self._lock = threading.Lock()

    def early_by(self, route: str, webhook_id: str) -> float | None:
        """Seconds until the moment that the client was told to wait for; None if it may come.

        A client is told by a 429, and by the last request that a bucket had room for.
        """
        with self._lock:
            told_until = max(self._window(route, webhook_id).told_until, self._overall.told_until)
            seconds = told_until - self._clock()
            return seconds if seconds > 0 else None

    def admit(self, route: str, webhook_id: str) -> Ruling:
        """Count one request to *route* of *webhook_id* and rule on it."""
        with self._lock:
            now = self._clock()
            return self._rule(route, self._window(route, webhook_id), now)

    def block(self, route: str, webhook_id: str, seconds: float, scope: str = "shared") -> Ruling:
        """Close a bucket (all of them for the scope *global*) for *seconds* from now."""
        with self._lock:
            now = self._clock()
            window = self._overall if scope == "global" else self._window(route, webhook_id)
            window.blocked_until = now + seconds
            return self._refusal(route, window, now, now + seconds, scope)

    def _window(self, route: str, webhook_id: str) -> Window:
        return self._windows.setdefault((route, webhook_id), Window(self._per_route))

    def _rule(self, route: str, window: Window, now: float) -> Ruling:
        for each, scope in ((self._overall, "global"), (window, "user")):
            free_at = each.take(now)
            if free_at is not None:
                return self._refusal(route, each, now, free_at, scope)
        ruling = Ruling(headers=self._headers(route, window, now))
        if window.remaining == 0:
            ruling.announcements.append((window, window.resets))
        return ruling

    def _refusal(self, route: str, window: Window, now: float, free_at: float, scope: str) -> Ruling:
        wait = _round_up(free_at - now)
        headers = {"X-RateLimit-Global": "true"} if scope == "global" else self._headers(route, window, now)
        headers["X-RateLimit-Scope"] = scope
        headers["Retry-After"] = str(math.ceil(wait))
        return Ruling(headers, retry_after=wait, scope=scope, announcements=[(window, free_at)])

    def _headers(self, route: str, window: Window, now: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(window.limit.requests),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": "{:.3f}".format(_round_up(window.resets)),
            "X-RateLimit-Reset-After": "{:.3f}".format(_round_up(window.resets - now)),
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }


def _round_up(seconds: float) -> float:
    # Rounded down, an obedient client would come back a fraction of a millisecond too early.
    return math.ceil(seconds * 1000) / 1000
