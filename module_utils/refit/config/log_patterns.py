"""What counts as an error, and as a critical one, in what an application logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.errors import InvalidInput
from ..words.reason import Reason

ERROR_PATTERN = r"\b(?:ERROR|FATAL|CRITICAL)\b"
# As words: a JVM that logs its flags at the start, such as -XX:+HeapDumpOnOutOfMemoryError, has thrown nothing.
CRITICAL_PATTERNS: Mapping[str, str] = {
    name: r"\b{}\b".format(name) for name in ("OutOfMemoryError", "NullPointerException")
}


def _check(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidInput(
            Reason("log_pattern_wrong", pattern=repr(pattern), why=str(error)),
            next_command=Reason("correct_in_inventory"),
        ) from None


@dataclass(frozen=True)
class Patterns:
    """What to count.

    Args:
        error: regular expression of an ERROR line.
        critical: name → regular expression; each is counted on its own.
        samples: how many of the newest lines that match anything are kept, cut at 500 characters.

    Raises:
        InvalidInput: an expression is none.
    """

    error: str = ERROR_PATTERN
    critical: Mapping[str, str] = field(default_factory=lambda: CRITICAL_PATTERNS)
    samples: int = 5

    def __post_init__(self) -> None:
        for pattern in (self.error, *self.critical.values()):
            _check(pattern)


DEFAULT_PATTERNS = Patterns()
