"""Times as Discord's API writes them and embeds carry them."""

from __future__ import annotations

from datetime import datetime, timezone


def read_time(iso8601: str) -> datetime:
    """The moment that *iso8601* names; without a zone it is UTC.

    Raises:
        ValueError: it names none.
    """
    moment = datetime.fromisoformat(iso8601.upper().replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
