"""Whether a route's template, as frameworks put it into a metric's label, is that of a path.  Pure.

A label holds the route that answered (``/status/{kind}``, ``/health/**``, ``/users/<int:id>``), not the
path that was asked for, and neither the prefix under which the application is mounted (Spring's
context path).  Understood are the wildcards of Spring, FastAPI, Flask and Express.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

# What a wildcard may stand for: anything but a slash, or anything.
_WITHIN, _ACROSS = object(), object()
# ``{id}`` and ``{z:[0-9]{1,2}}``, whose braces may be nested once; ``<int:id>``; ``:id``; stars.
_WILDCARD = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}|<[^<>/]*>|(?<=/):\w+|\*\*|\*")
_ACROSS_SLASHES = re.compile(r"\*\*|\{\*.*\}|\{\w*:(?:path|\.[*+])\}|<path:.*>", re.DOTALL)
_LONGEST = 512

Token = object


# A page has a line for each of a route's methods, statuses and buckets.
@functools.lru_cache(maxsize=4096)
def is_route_of(template: str, path: str) -> bool:
    """Whether *template* can be the route that answers *path*, or what is left of it below a prefix.

    A template without one fixed character but its slashes (``/**``, ``/{page}``) is nobody's: what else
    the application answers lies under it too.

    Args:
        template: a metric's label, a stranger's text.
        path: of a URL that we ask for ourselves.
    """
    tokens = _tokens(template[:_LONGEST])
    if not any(isinstance(token, str) and token != "/" for token in tokens):
        return template == path
    wanted = [tokens, tokens[:-2]] if tokens[-2:] == ["/", _ACROSS] else [tokens]
    return any(_matches(each, below) for below in _below_prefixes(path.rstrip("/")) for each in wanted)


def _below_prefixes(path: str) -> Iterator[str]:
    """``/a/b/c``, ``/b/c``, ``/c``"""
    yield path
    for index in range(1, len(path)):
        if path[index] == "/":
            yield path[index:]


def _tokens(template: str) -> Sequence[Token]:
    """Single characters and wildcards."""
    tokens: list[Token] = []
    position = 0
    for found in _WILDCARD.finditer(template):
        tokens += template[position : found.start()]
        tokens.append(_ACROSS if _ACROSS_SLASHES.fullmatch(found.group()) else _WITHIN)
        position = found.end()
    tokens += template[position:].rstrip("/")
    return tokens


def _matches(tokens: Sequence[Token], path: str) -> bool:
    """By the set of places in *tokens* that are possible: its cost is that of their product, whatever they are."""
    places = _with_empty(tokens, {0})
    for character in path:
        following = set()
        for place in places:
            token = tokens[place] if place < len(tokens) else None
            if token is _ACROSS or (token is _WITHIN and character != "/"):
                following.add(place)
            elif token == character:
                following.add(place + 1)
        places = _with_empty(tokens, following)
    return len(tokens) in places


def _with_empty(tokens: Sequence[Token], places: set[int]) -> set[int]:
    """*places*, and those behind wildcards that stand for nothing (more)."""
    found = set(places)
    for place in sorted(places):
        while place < len(tokens) and not isinstance(tokens[place], str):
            place += 1
            found.add(place)
    return found
