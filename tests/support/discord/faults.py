"""Failures on demand: what Discord, its edge or the network do on a bad day."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><p>This page is not what an API client expects.</p></body></html>"
)

#: Faults that are one fixed JSON answer: status and body.
ANSWERS: dict[str, Any] = {
    "400": (
        400,
        {
            "message": "Invalid Form Body",
            "code": 50035,
            "errors": {"embeds": {"_errors": [{"code": "BASE_TYPE_BAD", "message": "Refused on demand."}]}},
        },
    ),
    "401": (401, {"message": "Invalid Webhook Token", "code": 50027}),
    "403": (403, {"message": "Missing Permissions", "code": 50013}),
    "404": (404, {"message": "Unknown Webhook", "code": 10015}),
    "500": (500, {"message": "500: Internal Server Error", "code": 0}),
}
#: Faults that are one fixed page: status and title.
PAGES = {
    "502": (502, "502 Bad Gateway"),
    "503": (503, "503 Service Unavailable"),
    "html": (200, "Sign in to continue"),
    "proxy-403": (403, "error code: 1010"),
    "proxy-404": (404, "404 Not Found"),
}
#: Faults of the rate limits: the scope that is closed.
CLOSURES = {"429": "shared", "global-429": "global"}
#: Faults of the connection.  With "saved-then-cut" the message is kept, but the answer is lost;
#: with "saved-then-empty" it is answered with 200 and nothing else.
HANG, CUT, SAVED_THEN_CUT, SAVED_THEN_EMPTY = "hang", "cut", "saved-then-cut", "saved-then-empty"

KINDS = frozenset([*ANSWERS, *PAGES, *CLOSURES, HANG, CUT, SAVED_THEN_CUT, SAVED_THEN_EMPTY])


@dataclass
class Fault:
    """One kind of failure for the next *times* requests (None: until recovery).

    Args:
        kind: one of :data:`KINDS`.
        channel: only requests to this channel's webhook.
        seconds: how long a hang lasts; how long a 429 closes the bucket.
    """

    kind: str
    times: int | None = 1
    channel: str | None = None
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError("fault is {!r}; known are: {}".format(self.kind, ", ".join(sorted(KINDS))))
        if self.times is not None and self.times < 1:
            raise ValueError("times is {!r}; it counts requests from 1, or is null".format(self.times))


@dataclass
class Faults:
    """The failures that are still to come, in the order in which they were asked for."""

    pending: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self.lock:
            self.pending.append(fault)

    def clear(self) -> None:
        with self.lock:
            self.pending.clear()

    def take(self, channel: str | None) -> Fault | None:
        """The failure that the next request to *channel* meets, if any."""
        with self.lock:
            for fault in self.pending:
                if fault.channel in (None, channel):
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self.pending.remove(fault)
                    return fault
            return None
