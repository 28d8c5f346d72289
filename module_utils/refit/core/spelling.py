"""What a person who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """What to say of a *word* that is none of *known*: the one that it looks like, or all of them."""
    import difflib  # seldom needed, and every look at a host would load it

    known = list(known)
    close = difflib.get_close_matches(str(word), known, 1)
    return f"did you mean {close[0]!r}?" if close else "known are: " + ", ".join(known)
