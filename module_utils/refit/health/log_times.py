"""The time at the beginning of a line of an application's log.

Understood is ISO 8601 as loggers write it: a date, ``T`` or a blank, a time with or
without seconds and their fraction (after a dot or a comma), with or without a zone.
Among these are both of Spring Boot's defaults (``2024-01-27 12:00:00.123  INFO``, local
time, and since 3.0 ``2024-01-27T12:00:00.123+09:00``), Logback's and Python's ``asctime``,
and PM2's ``log_date_format``, also as its documentation has it (``2024-01-27 12:00 +09:00``).

A time counts only where a logger puts it: at the beginning of the line, after a bracket,
a colour or a level, or under one of the usual keys of a JSON line, wherever that stands.
A date inside a message is no time.
"""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass

_COLOUR = r"\x1b\[[0-9;]*m"
_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
_BEFORE = rf"(?:{_COLOUR}|[\s\0\[(])*"
_JSON_KEYS = ("@timestamp", "timestamp", "time", "asctime")
_FIRST_KEY = r'\{{\s*"(?:{})"\s*:\s*"'.format("|".join(_JSON_KEYS))
_TIME = re.compile(
    r"{before}(?:{level}(?:{colour}|[\s:\])\[(])*|{first_key})?"
    r"(\d{{4}})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{{1,9}}))?)?"
    r"(?:\ ?(?:(Z\b)|([+-])(\d\d):?(\d\d)?(?!\d)))?(?![\dZ]|[.,:+-]\d)".format(
        before=_BEFORE, colour=_COLOUR, level=_LEVEL, first_key=_FIRST_KEY
    ),
    re.ASCII,
)
# A record of its own, not the rest of the one above it; the last is the JVM's, of a thread that nobody caught.
_RECORD = re.compile(rf'{_BEFORE}(?:{_LEVEL}|\{{|Exception in thread ")', re.ASCII)
# As far as a time may be from the first character that is no blank: a line is a stranger's text.
_REACH = 256
_JSON_CHARS = 65_536


@dataclass(frozen=True)
class LineTime:
    """When a line says that it was written.

    Attributes:
        at: seconds since the epoch.
        within_s: how much later it may have been; 60 where the time has no seconds.
        zone_named: whether it names its zone itself.
    """

    at: float
    within_s: float
    zone_named: bool

    @property
    def latest(self) -> float:
        return self.at + self.within_s


def line_time(line: str, zone: datetime.tzinfo | None = None) -> LineTime | None:
    """The time that *line* begins with; None if it has none.

    Args:
        line: one line of a log.
        zone: of times that name none; by default this machine's own.  An hour that a clock
            change repeats is taken for the first of the two.
    """
    text = line.lstrip(" \t\0")
    match = _TIME.match(text[:_REACH])
    if match is None and text.startswith("{"):
        match = _TIME.match(_later_key(text[:_JSON_CHARS]))
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = match.groups()
    try:
        moment = datetime.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
        if utc:
            zone = datetime.timezone.utc
        elif sign:
            offset = datetime.timedelta(hours=int(zone_hours), minutes=int(zone_minutes or 0))
            zone = datetime.timezone(offset if sign == "+" else -offset)
        seconds = (moment.replace(tzinfo=zone) if zone else moment).timestamp()
    except (ValueError, OverflowError, OSError):
        return None  # the 31st of February, an offset of 99 hours
    at = seconds + float("0." + (fraction or "0"))
    return LineTime(at, within_s=0 if second else 60, zone_named=bool(utc or sign))


def begins_record(line: str) -> bool:
    """Whether *line* begins as a logger's record does, with a level or as JSON, be it with or without a time."""
    return _RECORD.match(line.lstrip(" \t\0")[:_REACH]) is not None


def _later_key(text: str) -> str:
    """What a JSON line has under the first of the usual keys; empty if there is none, or it is no JSON line."""
    try:
        record = json.loads(text, parse_int=float)  # an int of thousands of digits costs
    except (ValueError, RecursionError):
        return ""
    return next((record[key][:_REACH] for key in _JSON_KEYS if isinstance(record.get(key), str)), "")
