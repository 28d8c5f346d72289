"""Wall time as the records hold it: ISO 8601 in UTC with milliseconds."""

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
