"""The words of Discord messages, one module a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..core.errors import InvalidInput
from ..words.reason import Reason
from . import event_texts_en, event_texts_ko

DEFAULT_LANGUAGE = "ko"


class Texts(Protocol):
    """What the module of a language holds."""

    TITLES: dict[str, str]
    SENTENCES: dict[str, str]
    LABELS: dict[str, str]
    OUTCOMES: dict[str, str]
    CHECKS: dict[str, str]
    WORDS: dict[str, str]


LANGUAGES: Mapping[str, Texts] = {"ko": event_texts_ko, "en": event_texts_en}


def texts(language: str) -> Texts:
    """The words of *language*.  Raises InvalidInput."""
    if language not in LANGUAGES:
        raise InvalidInput(
            Reason("language_unknown", language=repr(language), known=tuple(LANGUAGES)),
            next_command=Reason("set_language"),
        )
    return LANGUAGES[language]
