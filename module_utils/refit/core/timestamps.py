"""Wall time as the records hold it, ISO 8601 in UTC with milliseconds, and as people read it."""

from __future__ import annotations

import datetime
from typing import Any

UTC = datetime.timezone.utc


def iso(epoch_s: float) -> str:
    """``1706356800.0`` → ``2024-01-27T12:00:00.000Z``."""
    moment = datetime.datetime.fromtimestamp(epoch_s, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def epoch(text: Any) -> float | None:
    """Seconds since the epoch of an :func:`iso` text; None if it is not one."""
    try:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC).timestamp()


def shown(at: Any, zone: datetime.tzinfo | None = None) -> str:
    """The moment *at* of a record in the zone of who reads it, by default this machine's, with the zone's name.

    ``2024-01-27T12:00:00.000Z`` → ``2024-01-27 21:00:00 KST``; what is no such text stays as it is.
    """
    seconds = epoch(at)
    if seconds is None:
        return str(at)
    return datetime.datetime.fromtimestamp(seconds, zone).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def ago(seconds: float) -> str:
    """How long a time is, as people say it: ``50 s``, ``2 min``, ``3 h``, ``4 days``."""
    for length, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"
