"""The particle that a Korean word takes: by whether its last syllable, as it is read aloud, ends in a consonant."""

from __future__ import annotations

from collections.abc import Mapping

#: As a template names it → behind a consonant, behind a vowel.
PARTICLES: Mapping[str, tuple[str, str]] = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "으로/로": ("으로", "로"),
    "이라/라": ("이라", "라"),
    "이어야/여야": ("이어야", "여야"),
}

_FIRST, _LAST = ord("가"), ord("힣")
_NONE, _L = 0, 8  # of the 28 ends of a syllable: no consonant, ㄹ
# 영 일 이 삼 사 오 육 칠 팔 구; letters by their sound at the end of an English word.
_DIGITS = dict(zip("0123456789", (21, _L, _NONE, 16, _NONE, _NONE, 1, _L, _L, _NONE)))
_LETTERS = {"l": _L, "m": 16, "n": 4}


def with_particle(word: str, particle: str) -> str:
    """*word* with the right one of *particle*, a key of :data:`PARTICLES`."""
    behind_consonant, behind_vowel = PARTICLES[particle]
    end = _end_of(word)
    # 서울로, 1로: ㄹ counts as a vowel there.
    plain = end == _NONE or (end == _L and particle == "으로/로")
    return word + (behind_vowel if plain else behind_consonant)


def _end_of(word: str) -> int:
    """How the last letter or digit of *word* ends."""
    last = next((char for char in reversed(word.lower()) if char.isalnum()), "")
    if last and _FIRST <= ord(last) <= _LAST:
        return (ord(last) - _FIRST) % 28
    if word.lower().rstrip(")\"'`]").endswith("ng"):
        return 21
    return _DIGITS.get(last, _LETTERS.get(last, _NONE))
