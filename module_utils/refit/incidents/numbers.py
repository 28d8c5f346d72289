"""What an incident is called: ``INC-20240127-001``."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def next_number(known: Iterable[str], now: float, letter: str = "") -> str:
    """The number of one that opens at *now* (seconds since the epoch), by the day of this machine's zone.

    Args:
        known: those that there are; what is no number does not count.
        letter: of the server that opens it without the rest of the fleet, so that no other gives the same.
    """
    day = time.strftime("%Y%m%d", time.localtime(now))
    of_day = [re.match(rf"INC-{day}-([0-9]{{3,6}})", number) for number in known]
    return "INC-{}-{:03d}{}".format(day, 1 + max((int(found[1]) for found in of_day if found), default=0), letter)


def letter_of(host: str, others: Collection[str]) -> str:
    """The letter, or two, of the server *host* among the *others* of its fleet."""
    place = sorted({host, *others}).index(host)
    first, second = divmod(place, len(_LETTERS))
    return (_LETTERS[(first - 1) % len(_LETTERS)] if first else "") + _LETTERS[second]
