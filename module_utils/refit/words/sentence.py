"""A reason in the words of its reader's language.

A template is a text with places for the reason's values:

``{name}``            the value: a list with commas between, another reason in its own words
``{name:은/는}``      with the particle that goes with it
``{name:once|# times}``   by the number: the first words for one, the others for more; ``#`` is the number
``{name:.1f}``        a number as :func:`format` writes it
``{name:; }``         a list with that between
``{name:when}``       a moment of a record: how long ago, and in the zone of this machine
``{name:until}``      a moment of a record: until when, and how much is left
``{name:age}``        seconds, as people say how long a time is
``{name:?none}``      or these words where it is empty
``[…]``               left out where a value in it is none, or empty
"""

from __future__ import annotations

import re
from typing import Any

from .catalogue import TEXTS
from .particles import PARTICLES, with_particle
from .printable import printable
from .reason import AS_IT_CAME, Reason, Value, from_record
from .times import ago, shown, until

LANGUAGES = ("ko", "en")
DEFAULT_LANGUAGE = "ko"

_MOST = 4096
_MOST_DEPTH = 20
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_PLACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
WHEN, UNTIL, AGE = "when", "until", "age"
JOINS = ("; ", " ", " and ", " nor ")


def said(reason: Any, language: str = DEFAULT_LANGUAGE) -> str:
    """*reason*, or its record, as one line of at most 4096 characters; nothing where there is none.

    One whose code is not known here is shown as it came: its code and its values.
    """
    if reason is None or reason == "":
        return ""
    known = reason if isinstance(reason, Reason) else from_record(reason)
    return printable(_words(known, language, 0), _MOST)


def places_in(template: str) -> list[tuple[str, str]]:
    """The places that *template* has: which value, and in what form."""
    return _PLACE.findall(template)


def names_in(template: str) -> set[str]:
    """The values that *template* has places for."""
    return {name for name, _ in places_in(template)}


def _words(reason: Reason, language: str, depth: int) -> str:
    if reason.code == AS_IT_CAME:
        return str(reason.values.get("text", ""))
    if depth > _MOST_DEPTH:
        return "…"
    words = {name: _value(value, language, depth) for name, value in reason.values.items()}
    template = TEXTS.get(reason.code, {}).get(language)
    needed = names_in(_OPTION.sub("", template)) if template else set()
    if template is None or not needed <= words.keys():
        told = ", ".join(f"{name}={word}" for name, word in words.items())
        return f"{reason.code}: {told}" if told else reason.code

    def option(found: re.Match[str]) -> str:
        return found[1] if all(words.get(name) for name in names_in(found[1])) else ""

    def place(found: re.Match[str]) -> str:
        name, form = found[1], found[2]
        if form in (WHEN, UNTIL):
            return (shown if form == WHEN else until)(words[name], language=language)
        if form == AGE:
            age = reason.values[name]
            return ago(age, language) if isinstance(age, (int, float)) else words[name]
        return _formed(reason.values.get(name), words[name], form, lambda value: _value(value, language, depth))

    return _PLACE.sub(place, _OPTION.sub(option, template))


def _formed(value: Value, word: str, form: str | None, in_words: Any) -> str:
    if not form:
        return word
    if form in PARTICLES:
        return with_particle(word, form)
    if form in JOINS:
        return form.join(map(in_words, value)) if isinstance(value, (list, tuple)) else word
    if form.startswith("?"):
        return word or form[1:]
    if "|" in form:
        one, more = form.split("|", 1)
        return (one if value == 1 else more).replace("#", word)
    try:
        return format(value, form)
    except (ValueError, TypeError):
        return word


def _value(value: Any, language: str, depth: int) -> str:
    """A value in words; a number with as few digits as say it."""
    if isinstance(value, Reason):
        return _words(value, language, depth + 1)
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(item, language, depth) for item in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return {True: "true", False: "false"}[value]
    return f"{value:.10g}" if isinstance(value, float) else str(value)
