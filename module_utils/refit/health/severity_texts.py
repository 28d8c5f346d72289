"""What a grade says to a person: one sentence for a reason, one for an action, in Korean or English.

The words of its reasons are those of :mod:`..words.health_texts`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import InvalidInput
from ..words import reason as words
from ..words.sentence import DEFAULT_LANGUAGE, LANGUAGES, said
from . import grades
from .grades import Action, Reason, Role

ACTIONS: Mapping[Action, Mapping[str, str]] = {
    grades.ROLL_BACK_NOW: {"ko": "즉시 롤백하세요", "en": "Roll back now"},
    grades.FIND_CAUSE: {
        "ko": "원인을 파악한 뒤 롤백하거나 핫픽스하세요",
        "en": "Find the cause, then roll back or hot-fix",
    },
    grades.WATCH: {"ko": "모니터링하고 필요하면 롤백하세요", "en": "Watch it, roll back if needed"},
    grades.MEASURE_AGAIN: {
        "ko": "측정하지 못한 이유를 확인하고 다시 측정하세요",
        "en": "Find out why it was not measured, and measure again",
    },
    grades.NOTHING: {"ko": "조치할 것이 없습니다", "en": "Nothing to do"},
}

ROLES: Mapping[Role, Mapping[str, str]] = {
    "first_response": {"ko": "1차 대응", "en": "first response"},
    "technical_support": {"ko": "기술 지원", "en": "technical support"},
    "escalation": {"ko": "최종 에스컬레이션", "en": "escalation"},
}


def describe(reason: Reason, language: str = DEFAULT_LANGUAGE) -> str:
    """*reason* as one line, with the host in front where there is one.

    Raises:
        InvalidInput: the language is none of :data:`LANGUAGES`.
    """
    return said(reason.told(), known_language(language))


def action_text(action: Action, language: str = "ko") -> str:
    """An action of :mod:`.grades` as a sentence."""
    return _in_language(ACTIONS[action], language)


def role_text(role: Role, language: str = "ko") -> str:
    """What a contact is called for."""
    return _in_language(ROLES[role], language)


def _in_language(texts: Mapping[str, str], language: str) -> str:
    return texts[known_language(language)]


def known_language(language: str) -> str:
    """*language*, if it is one.  Raises InvalidInput."""
    if language not in LANGUAGES:
        raise InvalidInput(words.Reason("language_unknown", language=repr(language), known=LANGUAGES))
    return language
