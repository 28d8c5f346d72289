"""The words of Discord messages, one module a language."""

from __future__ import annotations

from types import ModuleType

from ..core.errors import InvalidInput
from . import event_texts_en, event_texts_ko

DEFAULT_LANGUAGE = "ko"
LANGUAGES = {"ko": event_texts_ko, "en": event_texts_en}


def texts(language: str) -> ModuleType:
    """The module with TITLES, SENTENCES, LABELS and WORDS in *language*.  Raises InvalidInput."""
    if language not in LANGUAGES:
        raise InvalidInput(
            "language is {!r}; known are: {}".format(language, ", ".join(LANGUAGES)),
            next_command="set it to ko or en and run the same command again",
        )
    return LANGUAGES[language]
