"""How an activation ended on one host: the words of its outcome record."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from ..core.answers import (
    NotUnderstood,
    boolean,
    listing,
    mapping,
    number,
    one_of,
    optional,
    otherwise,
    prose,
    reason,
    text,
)
from ..state.versions import read_live, read_version
from ..words.reason import Reason

Word = Literal["activated", "unchanged", "restored", "failed", "refused"]
ACTIVATED: Final = "activated"
UNCHANGED: Final = "unchanged"
RESTORED: Final = "restored"
FAILED: Final = "failed"
REFUSED: Final = "refused"
LOST: Final = "lost"  # what became of it is not known: it may have been activated

GOOD = (ACTIVATED, UNCHANGED)
_MOST_LINES = 1000

_OUTCOME = mapping(
    {
        "outcome": one_of(*get_args(Word)),
        "to": read_version,
        "from": optional(read_version),
        "live": optional(read_live),
        "touched": boolean,
        "reason": optional(reason),
        "failed_check": optional(text),
        "overtaken_by": optional(reason),
        "duration_s": otherwise(number, 0.0),
        "log_tail": otherwise(listing(prose, _MOST_LINES), []),
    }
)


def read_outcome(answer: Any) -> dict[str, Any]:
    """How an activation ended, as far as decisions rest on it.  Raises NotUnderstood, and nothing else."""
    record: dict[str, Any] = _OUTCOME(answer)
    return record


def lost(why: Reason, failed_check: str = NotUnderstood.kind) -> dict[str, Any]:
    """The record of a host that gave no outcome that could be understood, with what is known of why."""
    return {
        "outcome": LOST,
        "to": None,
        "from": None,
        "live": None,
        "touched": True,
        "reason": why.to_record(),
        "failed_check": failed_check,
        "overtaken_by": None,
        "duration_s": 0.0,
        "log_tail": [],
    }
