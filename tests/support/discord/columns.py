"""Text in terminal columns: Hangul and emoji take two, combining marks none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"


@dataclass(frozen=True)
class Span:
    """A stretch of text in one style (see :mod:`.transcript`)."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Cell:
    """One character as a reader sees it, however many code points it has."""

    text: str
    width: int
    style: str = ""


Line = list[Cell]


def cells(span: Span) -> Iterator[Cell]:
    """The visible characters of a span."""
    cluster = ""
    for char in span.text:
        if cluster and not _extends(cluster, char):
            yield Cell(cluster, _cluster_width(cluster), span.style)
            cluster = ""
        cluster += char
    if cluster:
        yield Cell(cluster, _cluster_width(cluster), span.style)


def width(text: str) -> int:
    """The columns that *text* takes."""
    return sum(cell.width for cell in cells(Span(text)))


def wrap(spans: Iterable[Span], limit: int) -> list[Line]:
    """Lines of at most *limit* columns, broken at blanks where there are any.

    A single character wider than *limit* gets a line of its own.
    """
    lines: list[Line] = []
    for paragraph in _paragraphs(spans):
        lines += _fold(paragraph, limit)
    return lines


def line_width(line: Line) -> int:
    return sum(cell.width for cell in line)


def _paragraphs(spans: Iterable[Span]) -> list[Line]:
    paragraphs: list[Line] = [[]]
    for span in spans:
        for index, part in enumerate(span.text.split("\n")):
            if index:
                paragraphs.append([])
            paragraphs[-1] += cells(Span(part, span.style))
    return paragraphs


def _fold(paragraph: Line, limit: int) -> list[Line]:
    lines: list[Line] = []
    line: Line = []
    used = last_blank = 0
    for cell in paragraph:
        if line and used + cell.width > limit:
            if cell.text == " ":
                lines.append(line)
                line, used, last_blank = [], 0, 0
                continue
            carried = line[last_blank:] if last_blank else []
            lines.append(line[: last_blank - 1] if last_blank else line)
            line, last_blank = carried, 0
            used = line_width(line)
        line.append(cell)
        used += cell.width
        # A blank before the first word is indentation, not a place to break.
        if cell.text == " " and any(each.text != " " for each in line):
            last_blank = len(line)
    lines.append(line)
    return lines


def _extends(cluster: str, char: str) -> bool:
    """Whether *char* belongs to the visible character that *cluster* begins."""
    if cluster[-1] == _JOINER or char == _JOINER:
        return True
    if unicodedata.category(char) in ("Mn", "Me") or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if "\u1160" <= char <= "\u11ff":
        return "\u1100" <= cluster[-1] <= "\u11ff" or "\uac00" <= cluster[-1] <= "\ud7a3"
    return _is_flag_letter(char) and len(cluster) == 1 and _is_flag_letter(cluster)


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _cluster_width(cluster: str) -> int:
    first = cluster[0]
    if unicodedata.category(first) in ("Mn", "Me", "Cf"):
        return 0
    if _EMOJI_STYLE in cluster or (_is_flag_letter(first) and len(cluster) > 1):
        return 2
    return 2 if unicodedata.east_asian_width(first) in ("W", "F") else 1
