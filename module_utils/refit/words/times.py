"""A moment as a person reads it: how long ago, and by the clock of their own zone, which is named.

The zone is this machine's unless another is given; ``TZ`` counts.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import Any

UTC = datetime.timezone.utc

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "now": "just now ({clock})",
        "past": "{age} ago ({clock})",
        "future": "in {age} ({clock})",
        "left": "until {clock}, {age} left",
        "over": "until {clock}, {age} over",
        "days": " days",
        "h": " h",
        "min": " min",
        "s": " s",
    },
    "ko": {
        "now": "방금 ({clock})",
        "past": "{age} 전 ({clock})",
        "future": "{age} 뒤 ({clock})",
        "left": "{clock}까지, {age} 남음",
        "over": "{clock}까지, {age} 지남",
        "days": "일",
        "h": "시간",
        "min": "분",
        "s": "초",
    },
}


def epoch(text: Any) -> float | None:
    """Seconds since the epoch of an :func:`iso` text; None if it is not one."""
    try:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC).timestamp()


def shown(at: Any, zone: datetime.tzinfo | None = None, now: float | None = None, language: str = "en") -> str:
    """The moment *at* of a record: ``3 min ago (14:02 KST)``; what is no such text stays as it is.

    One that is to come, or was written by a clock that is ahead, is ``in 3 min (14:08 KST)``.

    Args:
        zone: of who reads it.
        now: seconds since the epoch, by default this machine's.
        language: ``en`` or ``ko``.
    """
    return _told(at, ("past", "future"), zone, now, language)


def until(at: Any, zone: datetime.tzinfo | None = None, now: float | None = None, language: str = "en") -> str:
    """Up to the moment *at*, as :func:`shown` takes it: ``until 14:21 KST, 6 min left``."""
    return _told(at, ("over", "left"), zone, now, language)


def _told(at: Any, forms: tuple[str, str], zone: datetime.tzinfo | None, now: float | None, language: str) -> str:
    seconds = epoch(at)
    if seconds is None:
        return str(at)
    now = time.time() if now is None else now
    form = forms[seconds > now]
    if "past" in forms and abs(now - seconds) < 1:
        form = "now"
    try:
        there = clock(seconds, zone, now)
    except (ValueError, OverflowError, OSError):  # a stranger's: no calendar of that zone has such a year
        return str(at)
    return _WORDS[language][form].format(age=ago(abs(now - seconds), language), clock=there)


def clock(seconds: float, zone: datetime.tzinfo | None = None, now: float | None = None) -> str:
    """What clocks show at *seconds* since the epoch: ``14:02 KST``, with the date where that is not today's."""
    moment, today = (
        datetime.datetime.fromtimestamp(each, zone).astimezone(zone)
        for each in (seconds, time.time() if now is None else now)
    )
    date = "" if moment.date() == today.date() else "%m-%d " if moment.year == today.year else "%Y-%m-%d "
    return moment.strftime(f"{date}%H:%M %Z")


def ago(seconds: float, language: str = "en") -> str:
    """How long a time is, as people say it: ``50 s``, ``2 min``, ``3 h``, ``4 days``."""
    for length, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f}{_WORDS[language][unit]}"
    return f"{seconds:.0f}{_WORDS[language]['s']}"
