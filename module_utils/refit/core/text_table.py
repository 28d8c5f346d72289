"""Columns of plain text, also where letters are two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ..words.printable import printable

_MOST = 4096


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align *rows* in columns; wide (Hangul, emoji) characters count twice.

    A cell may be a stranger's text: it stays on its line, and is :func:`.printable`.
    """
    rows = [[printable(cell, _MOST) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
