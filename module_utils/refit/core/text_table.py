"""Columns of plain text, also where letters are two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ..words.printable import printable

_MOST = 4096
# As many lines as a person takes in at a glance, with what stands around them.
_MOST_ROWS = 12


def folded(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """*rows*, of which many that say the same of different names become one: ``a … z (25)``."""
    if len(rows) <= _MOST_ROWS:
        return rows
    names: dict[tuple[str, ...], list[str]] = {}
    for name, *said in rows:
        names.setdefault(tuple(said), []).append(name)
    return [
        [found[0] if len(found) == 1 else f"{found[0]} … {found[-1]} ({len(found)})", *said]
        for said, found in names.items()
    ]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align *rows* in columns; wide (Hangul, emoji) characters count twice.

    A cell may be a stranger's text: it stays on its line, and is :func:`.printable`.
    """
    rows = [[printable(cell, _MOST) for cell in row] for row in rows]
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths)).rstrip() for row in rows
    ]


def width_of(text: str) -> int:
    """How many columns *text* takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
