"""Wall time as the records hold it, ISO 8601 in UTC with milliseconds; as people read it: :mod:`..words.times`."""

from __future__ import annotations

import datetime

from ..words.times import UTC, ago, clock, epoch, shown, until

__all__ = ["UTC", "ago", "clock", "epoch", "iso", "shown", "until"]


def iso(epoch_s: float) -> str:
    """``1706356800.0`` → ``2024-01-27T12:00:00.000Z``."""
    moment = datetime.datetime.fromtimestamp(epoch_s, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
