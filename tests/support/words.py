"""What a reason says to the person who reads a test."""

from __future__ import annotations

from typing import Any

from refit.words.sentence import said


def told(reason: Any) -> str | None:
    """*reason*, or its record, in English; None where there is none."""
    return None if reason is None else said(reason, "en")
