"""What could not be measured, and why.

A measurement is a value or an :class:`Unmeasured`, never a zero that nobody saw:
zero errors and no answer are opposite pieces of news.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..words.reason import Reason, Record


@dataclass(frozen=True)
class Unmeasured:
    """A part of a measurement that has no value, and why."""

    reason: Reason

    def to_record(self) -> dict[str, Record]:
        return {"unmeasured": self.reason.to_record()}
