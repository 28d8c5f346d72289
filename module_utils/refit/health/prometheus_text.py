"""The Prometheus text format 0.0.4, read line by line; OpenMetrics is tolerated.

The reader is total: whatever the text, it returns the lines that are samples and
counts the others.  A line is taken whole or not at all, so a number in the result
is a number that the page holds.  Timestamps and exemplars are checked and dropped.

Whoever fetches the page bounds it; here a line is, and the time that a line takes grows with its length and no faster:
no two neighbours in an expression take the same characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Number = Union[int, float]

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
# One entry of a label set: name="value", or "any name"="value", or the quoted name of the metric itself.
_LABEL = re.compile(r"\s*(?:([a-zA-Z_][a-zA-Z0-9_]*)|{quoted})\s*(?:=\s*{quoted}\s*)?(,|\}})".format(quoted=_QUOTED))
_LABELS_END = re.compile(r"\s*\}")
# At most 400 digits: every float fits, and no text makes int() slow.
_VALUE = r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?(?:e[+-]?\d{1,4})?|\.\d{1,400}(?:e[+-]?\d{1,4})?|inf(?:inity)?|nan)"
_REST = re.compile(
    # value, perhaps a timestamp, perhaps an exemplar: # {labels} value timestamp
    r"[ \t]*({value})(?:[ \t]+{value})?(?:[ \t]+\#[ \t]+\{{.*\}}(?:[ \t]+{value}){{1,2}})?\Z".format(value=_VALUE),
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_TYPE = re.compile(r"#[ \t]+TYPE[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]+([a-z]+)\s*\Z")
# A line that is longer is no sample.  The longest that instrumentation libraries write are a tenth of this.
LONGEST_LINE = 8192
_ESCAPE = re.compile(r'\\([\\n"])')


@dataclass(frozen=True)
class Sample:
    """One value of one series; a whole number is an int."""

    name: str
    labels: Mapping[str, str]
    value: Number


@dataclass(frozen=True)
class Page:
    """What a page holds.

    *types* maps the metrics that the page declares to their type: a counter that is
    declared and has no sample was never increased.  *bad_lines* are the lines that are
    neither samples nor comments.
    """

    samples: tuple[Sample, ...]
    types: Mapping[str, str]
    bad_lines: tuple[str, ...]


def parse(text: str) -> Page:
    """Read a page.  Never raises."""
    samples: list[Sample] = []
    types: dict[str, str] = {}
    bad_lines: list[str] = []
    for raw_line in text.split("\n"):
        line = raw_line.strip()
        if line.startswith("#"):
            declared = _TYPE.match(line)
            if declared:
                types[declared.group(1)] = declared.group(2)
        elif line:
            sample = _sample(line) if len(line) <= LONGEST_LINE else None
            if sample is None:
                bad_lines.append(line[:LONGEST_LINE])
            else:
                samples.append(sample)
    return Page(tuple(samples), types, tuple(bad_lines))


def _sample(line: str) -> Sample | None:
    name_match = _NAME.match(line)
    name = name_match.group() if name_match else None
    position = name_match.end() if name_match else 0
    labels: dict[str, str] = {}
    rest = line[position:].lstrip()
    if rest.startswith("{"):
        found = _labels(rest)
        if found is None:
            return None
        quoted_name, labels, end = found
        if (name is None) == (quoted_name is None):
            return None
        name = name or quoted_name
        rest = rest[end:]
    elif rest == line[position:]:
        return None  # nothing separates the name from the value
    value = _REST.match(rest)
    if name is None or value is None:
        return None
    return Sample(name, labels, _number(value.group(1)))


def _labels(text: str) -> tuple[str | None, dict[str, str], int] | None:
    """The metric's name if the braces hold it, the labels, and where the braces end."""
    name: str | None = None
    labels: dict[str, str] = {}
    position = 1
    while True:
        end = _LABELS_END.match(text, position)
        if end:
            return name, labels, end.end()
        entry = _LABEL.match(text, position)
        if entry is None:
            return None
        plain, quoted, value, separator = entry.groups()
        if value is not None:
            label = plain if plain is not None else _unescape(quoted)
            if label in labels:
                return None
            labels[label] = _unescape(value)
        elif quoted and name is None:
            name = _unescape(quoted)
        else:
            return None
        if separator == "}":
            return name, labels, entry.end()
        position = entry.end()


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match.group(1) == "n" else match.group(1), text)


def _number(text: str) -> Number:
    try:
        return int(text)
    except ValueError:
        return float(text)
