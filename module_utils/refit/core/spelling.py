"""What a person who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable

from ..words.reason import Reason


def nearest(word: object, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The one of *known* that *word* looks like, whatever its capitals; None if it looks like none.

    Args:
        alike: of how much two words must have in common (difflib's ratio).
    """
    import difflib  # seldom needed, and every look at a host would load it

    names = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(str(word).casefold(), names, 1, alike)
    return names[close[0]] if close else None


def did_you_mean(word: object, known: Iterable[str]) -> Reason:
    """What to say of a *word* that is none of *known*: the one that it looks like, or all of them."""
    known = list(known)
    close = nearest(word, known)
    return Reason("did_you_mean", close=repr(close)) if close else Reason("known_are", known=known)
