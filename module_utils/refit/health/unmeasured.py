"""What could not be measured, and why.

A measurement is a value or an :class:`Unmeasured`, never a zero that nobody saw:
zero errors and no answer are opposite pieces of news.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unmeasured:
    """A part of a measurement that has no value; *reason* is one short phrase for a person."""

    reason: str

    def to_record(self) -> dict[str, str]:
        return {"unmeasured": self.reason}
