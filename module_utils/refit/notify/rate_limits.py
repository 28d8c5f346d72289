"""When Discord lets us send again: what its answers said, kept for the next request.

Nothing is assumed about the size of a limit.  A 429 closes its bucket (or everything)
for as long as it says, and an answer with nothing remaining closes the bucket until its reset.
See Discord's documentation, "Rate Limits".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..core.http import Response
from .discord_answer import document

_EVERYTHING = "*"
# A 429 without any word on how long: the pause that Discord's own clients take.
_UNSAID_S = 5.0
# No pause is longer, whatever an answer says: a wrong one must not silence this machine for ever.
LONGEST_PAUSE_S = 3600.0
_BUCKET = re.compile(r"[\w.:-]{1,128}\Z", re.ASCII)


@dataclass
class RateState:
    """Which buckets are closed, since and until when (seconds since the epoch, so that the
    next process can read it).

    A route is a method of one webhook, such as ``POST 123``.  Routes that share a bucket are
    told by its ``X-RateLimit-Bucket``.
    """

    closed: dict[str, tuple[float, float]] = field(default_factory=dict)
    bucket_of: dict[str, str] = field(default_factory=dict)

    def wait_s(self, route: str, now: float) -> float:
        """Seconds until a request to *route* is permitted; 0 if it is now."""
        self._forget_past(now)
        names = (_EVERYTHING, route, self.bucket_of.get(route, route))
        return max(self.closed[name][1] - now if name in self.closed else 0.0 for name in names)

    def learn(self, route: str, answer: Response, now: float) -> None:
        """Take in what *answer* to a request to *route* says; *now* is when it came."""
        bucket = answer.headers.get("x-ratelimit-bucket")
        if bucket and _BUCKET.match(bucket):
            # The id of a bucket does not name the webhook, and each webhook has its own.
            self.bucket_of[route] = "{} {}".format(route.partition(" ")[2], bucket)
        name = self.bucket_of.get(route, route)
        if answer.headers.get("x-ratelimit-remaining") == "0":
            self._close(name, now, _seconds(answer.headers.get("x-ratelimit-reset-after")) or 0.0)
        if answer.status == 429:
            said = document(answer)
            wait = _seconds(said.get("retry_after"))
            if wait is None:
                wait = _seconds(answer.headers.get("retry-after"))
            everywhere = said.get("global") is True or answer.headers.get("x-ratelimit-global") == "true" or not said
            self._close(_EVERYTHING if everywhere else name, now, _UNSAID_S if wait is None else wait)

    def _close(self, name: str, now: float, seconds: float) -> None:
        self.closed[name] = (now, max(now + min(seconds, LONGEST_PAUSE_S), self.closed.get(name, (now, now))[1]))

    def _forget_past(self, now: float) -> None:
        # What seems to have been learned in the future was learned before the clock was set back.
        self.closed = {name: (since, until) for name, (since, until) in self.closed.items() if since <= now < until}

    def to_record(self) -> dict[str, Any]:
        return {"closed": {name: list(span) for name, span in self.closed.items()}, "bucket_of": dict(self.bucket_of)}

    @classmethod
    def from_record(cls, record: Any) -> RateState:
        """What :meth:`to_record` gave; anything else is an empty state."""
        try:
            spans = {str(key): (float(since), float(until)) for key, (since, until) in record["closed"].items()}
            closed = {key: (since, min(until, since + LONGEST_PAUSE_S)) for key, (since, until) in spans.items()}
            return cls(closed, {str(key): str(value) for key, value in record["bucket_of"].items()})
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return cls()


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None
