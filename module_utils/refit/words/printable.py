"""A stranger's text, fit for a terminal and a table."""

from __future__ import annotations


def printable(text: str, most: int) -> str:
    """*text* on one line of at most *most* characters, in which nothing moves the cursor or turns the writing around.

    White space is a blank; what a terminal would obey, and halves of characters, are ``?``.
    """
    line = "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text[: most + 1])
    return line if len(line) <= most else line[: most - 1] + "…"
