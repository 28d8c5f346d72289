"""Text from outside made unable to steer whatever shows it."""

from __future__ import annotations

import re
import unicodedata

_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """*text* with control characters made visible and direction marks left out; line breaks stay."""
    text = _DIRECTION_MARKS.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char == "\n" or unicodedata.category(char) != "Cc":
        return char
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\ufffd"
