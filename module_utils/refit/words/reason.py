"""Why something is as it is: a code and its values, from where it arises to where a person reads it.

Records, ledgers and results hold it so, and no machine looks at its words: those stand in the other modules of this
room, and are loaded where somebody reads them (:func:`.sentence.said`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Union

from .printable import printable

#: A text of a stranger's, or a sentence of a time when reasons were sentences: it is shown as it came.
AS_IT_CAME = "as_it_came"

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_MOST_TEXT = 4096
_MOST_VALUES = 24
_MOST_ITEMS = 200
_MOST_PARTS = 600
_MOST_DEPTH = 8
_MOST_NUMBER = 10**15

Scalar = Union[str, int, float, bool, None]
Value = Union[Scalar, "Reason", Sequence[Union[Scalar, "Reason"]]]
#: A reason as JSON holds it: ``{"code": "health_status", "answered": 503, "expected": 200}``, or a text as it came.
Record = Union[str, dict[str, Any]]


class Reason:
    """One reason; *values* are what its words have places for.

    A value is a text, a number, a boolean or None, a list of those, or another reason.
    """

    __slots__ = ("code", "values")

    def __init__(self, code: str, /, **values: Value) -> None:
        self.code = code
        self.values: Mapping[str, Value] = values

    def to_record(self) -> Record:
        if self.code == AS_IT_CAME:
            return str(self.values["text"])
        return {"code": self.code, **{name: _recorded(value) for name, value in self.values.items()}}

    def with_texts(self, change: Callable[[str], str]) -> Reason:
        """The same with every text in it as *change* makes it."""
        return Reason(self.code, **{name: changed(value, change) for name, value in self.values.items()})

    def __str__(self) -> str:
        """Its words in English, for a log or a traceback; whoever knows the reader's language uses ``said``."""
        from .sentence import said

        return said(self, "en")

    def __repr__(self) -> str:
        return "Reason({})".format(", ".join([repr(self.code), *(f"{k}={v!r}" for k, v in self.values.items())]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reason) and self.to_record() == other.to_record()

    def __hash__(self) -> int:
        return hash(self.code)


def as_it_came(text: str) -> Reason:
    """A stranger's *text* as a reason, without what a terminal would obey."""
    return Reason(AS_IT_CAME, text=printable(text, _MOST_TEXT))


def recorded(reason: Reason | None) -> Record | None:
    """The record of *reason*, where there is one."""
    return None if reason is None else reason.to_record()


def from_record(record: Any) -> Reason:
    """The reason that a host, a ledger or a result holds as *record*, whatever that is.

    What is no reason, or is larger than any of ours, becomes one as it came.
    """
    found = _Reading().reason(record, 1)
    return found if found is not None else as_it_came(record if isinstance(record, str) else _shown(record))


class _Reading:
    """Reads one record; its parts are counted over all levels."""

    def __init__(self) -> None:
        self._parts = 0

    def reason(self, record: Any, depth: int) -> Reason | None:
        """None for what is no reason's record."""
        if not isinstance(record, dict) or depth > _MOST_DEPTH or len(record) > _MOST_VALUES:
            return None
        code = record.get("code")
        if not isinstance(code, str) or not _CODE.match(code) or code == AS_IT_CAME:
            return None
        values: dict[str, Value] = {}
        for name, value in record.items():
            if name == "code":
                continue
            if not isinstance(name, str) or not _CODE.match(name):
                return None
            values[name] = self._value(value, depth)
        return Reason(code, **values) if self._parts <= _MOST_PARTS else None

    def _value(self, value: Any, depth: int) -> Value:
        if isinstance(value, list):
            return [self._item(item, depth) for item in value[:_MOST_ITEMS]]
        return self._item(value, depth)

    def _item(self, value: Any, depth: int) -> Scalar | Reason:
        self._parts += 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            # Anything greater is no count of ours, and may be slow to write.
            return value if abs(value) <= _MOST_NUMBER else "?"
        if isinstance(value, str):
            return printable(value, _MOST_TEXT)
        return self.reason(value, depth + 1) or printable(_shown(value), _MOST_TEXT)


def _recorded(value: Value) -> Any:
    if isinstance(value, Reason):
        return value.to_record()
    return [_recorded(item) for item in value] if isinstance(value, (list, tuple)) else value


def changed(value: Any, change: Callable[[str], str]) -> Any:
    """*value* of a reason with every text in it as *change* makes it."""
    if isinstance(value, Reason):
        return value.with_texts(change)
    if isinstance(value, (list, tuple)):
        return [changed(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _shown(value: Any) -> str:
    """Any JSON as a text."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return "?"
