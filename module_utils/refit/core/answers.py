"""Read what a stranger answered: any JSON whatever is either understood, within bounds, or is not.

A *reader* takes a value as :func:`json.loads` gives it and returns what our code may rely on: of the right type and
size, and with nothing in it that was not asked for.  Anything else is :class:`NotUnderstood`, and no other error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Callable

from ..words.printable import printable
from ..words.reason import Reason, Record, from_record
from .errors import RefitError

Reader = Callable[[Any], Any]

_MOST_NAME = 300
_MOST_PROSE = 4096
#: More than anything that is counted, and far below where a number would be slow or no float any more.
_MOST = 10**15
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class NotUnderstood(RefitError):
    """An answer is not what was asked for; the text says where in it: ``releases[3].version is no version``."""

    kind = "not_understood"

    def __init__(self, why: Reason, path: str = "") -> None:
        super().__init__(Reason("not_understood", place=path.lstrip("."), why=why))
        self.why = why
        self.path = path


def from_json(written: str | bytes) -> Any:
    """The value that is *written*, of any type.  A whole number of more digits than any that counts is infinite, for
    Python takes hours for some."""
    try:
        return json.loads(written, parse_int=lambda digits: int(digits) if len(digits) < 20 else math.inf)
    except (ValueError, RecursionError):
        raise NotUnderstood(Reason("is_no_json_here")) from None


def text(value: Any) -> str:
    """A name, a time, an id: taken as it is, so nothing in it may have to be replaced."""
    if not isinstance(value, str) or not value or len(value) > _MOST_NAME or not value.isprintable():
        raise NotUnderstood(Reason("is_no_short_text"))
    return value


def prose(value: Any) -> str:
    """What somebody said: any text, made :func:`.printable` and cut."""
    if not isinstance(value, str):
        raise NotUnderstood(Reason("is_no_text"))
    return printable(value, _MOST_PROSE)


def reason(value: Any) -> Record:
    """Why something is so: a reason's record within bounds, or any text as :func:`prose` makes it."""
    if value is None or isinstance(value, list):
        raise NotUnderstood(Reason("is_no_reason"))
    return from_record(value).to_record()


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotUnderstood(Reason("is_no_boolean"))
    return value


def count(value: Any) -> int:
    """A whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise NotUnderstood(Reason("is_no_count"))
    return value


def number(value: Any) -> float:
    """A finite number from 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST:
        raise NotUnderstood(Reason("is_no_number"))
    return value


def rank(value: Any) -> int:
    """A whole number from 0; -1 for none."""
    return -1 if value == -1 and not isinstance(value, (bool, float)) else count(value)


def sha256(value: Any) -> str:
    if not isinstance(value, str) or not _SHA256.match(value):
        raise NotUnderstood(Reason("is_no_sha256"))
    return value


def one_of(*words: str) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in words:
            raise NotUnderstood(Reason("is_none_of", words=words))
        return value

    return read


def optional(reader: Reader) -> Reader:
    """Null, or what *reader* reads."""
    return lambda value: None if value is None else reader(value)


def otherwise(reader: Reader, default: Any) -> Reader:
    """*default* where there is nothing."""
    return lambda value: default if value is None else reader(value)


def if_fit(reader: Reader) -> Reader:
    """What *reader* reads; null where that is not to be had, since it is only told along."""

    def read(value: Any) -> Any:
        try:
            return reader(value)
        except NotUnderstood:
            return None

    return read


def listing(reader: Reader, most: int) -> Reader:
    """A list of what *reader* reads, of at most *most*."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise NotUnderstood(Reason("is_no_list"))
        if len(value) > most:
            raise NotUnderstood(Reason("has_more_items", most=most))
        return [_at(f"[{index}]", reader, item) for index, item in enumerate(value)]

    return read


def table(reader: Reader, most: int) -> Reader:
    """A mapping of at most *most* names, each with what *reader* reads."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise NotUnderstood(Reason("is_no_mapping_here"))
        if len(value) > most:
            raise NotUnderstood(Reason("has_more_items", most=most))
        return {_at("'s key", text, name): _at(f".{name}", reader, item) for name, item in value.items()}

    return read


def mapping(fields: Mapping[str, Reader]) -> Reader:
    """A mapping with these *fields*; a reader is given null where there is none, and what else there is is left out."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise NotUnderstood(Reason("is_no_mapping_here"))
        return {name: _at(f".{name}", reader, value.get(name)) for name, reader in fields.items()}

    return read


def _at(place: str, reader: Reader, value: Any) -> Any:
    try:
        return reader(value)
    except NotUnderstood as error:
        raise NotUnderstood(error.why, printable(place, 40) + error.path) from None
