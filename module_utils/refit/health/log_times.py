"""The time at the beginning of a line of an application's log.

Understood is ISO 8601 as loggers write it: a date, ``T`` or a blank, a time with or
without a fraction (after a dot or a comma), with or without a zone.  Among these are
both of Spring Boot's defaults (``2024-01-27 12:00:00.123  INFO``, local time, and since
3.0 ``2024-01-27T12:00:00.123+09:00``), Logback's and Python's ``asctime``, and PM2's
``log_date_format``.

A time counts only where a logger puts it: at the beginning of the line, or after a
bracket, a colour, a level or the ``timestamp`` key of a JSON line.  A date inside a
message is no time.
"""

from __future__ import annotations

import datetime
import re

_COLOUR = r"\x1b\[[0-9;]*m"
_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
_JSON_KEY = r'\{\s*"@?(?:timestamp|time)"\s*:\s*"'
_TIME = re.compile(
    r"(?:{colour}|[\s\0\[(])*(?:{level}(?:{colour}|[\s:\])\[(])*|{json})?"
    r"(\d{{4}})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{{1,9}}))?"
    r"(?:\ ?(?:(Z\b)|([+-])(\d\d):?(\d\d)?(?!\d)))?(?![\dZ]|[.,:+-]\d)".format(
        colour=_COLOUR, level=_LEVEL, json=_JSON_KEY
    ),
    re.ASCII,
)
# As far as a time may be from the first character that is no blank: a line is a stranger's text.
_REACH = 256


def line_time(line: str, zone: datetime.tzinfo | None = None) -> float | None:
    """The time that *line* begins with, in seconds since the epoch; None if it has none.

    Args:
        line: one line of a log.
        zone: of times that name none; by default this machine's own.  An hour that a clock
            change repeats is taken for the first of the two.
    """
    match = _TIME.match(line.lstrip(" \t\0")[:_REACH])
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = match.groups()
    try:
        moment = datetime.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second))
        if utc:
            zone = datetime.timezone.utc
        elif sign:
            offset = datetime.timedelta(hours=int(zone_hours), minutes=int(zone_minutes or 0))
            zone = datetime.timezone(offset if sign == "+" else -offset)
        seconds = (moment.replace(tzinfo=zone) if zone else moment).timestamp()
    except (ValueError, OverflowError, OSError):
        return None  # the 31st of February, an offset of 99 hours
    return seconds + float("0." + (fraction or "0"))
