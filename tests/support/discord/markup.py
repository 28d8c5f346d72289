"""The part of Discord's markdown that messages use, as a tree for whoever shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One piece of a text.

    ``kind`` is *text*, *code*, *block*, *bold*, *italic*, *underline*, *strike*, *link*
    (to ``target``), *everyone*, *role*, *user*, *channel* (``text`` is the id) or
    *time* (``text`` is in seconds since the epoch).
    """

    kind: str
    text: str = ""
    target: str = ""
    children: tuple[Node, ...] = ()


# No style can hold its own mark, so styles nest no deeper than there are kinds of them.
_TOKEN = re.compile(
    r"""
      ```(?:[A-Za-z0-9+_-]*\n)?(?P<block>.+?)\n?```
    | (?P<ticks>`{1,2})(?P<code>[^`].*?)(?P=ticks)
    | \\(?P<escaped>[^\sA-Za-z0-9])
    | <@&(?P<role>[0-9]{1,20})>
    | <@!?(?P<user>[0-9]{1,20})>
    | <\#(?P<channel>[0-9]{1,20})>
    | @(?P<everyone>everyone|here)
    | <t:(?P<time>[0-9]{1,11})(?::[tTdDfFR])?>
    | \[(?P<label>[^\[\]\n]+)\]\((?P<target>https?://[^\s()<>]+)\)
    | <(?P<plain>https?://[^\s<>]+)>
    | (?P<url>https?://[^\s<>)\]]+)
    | \*\*(?P<bold>[^*].*?)\*\*
    | __(?P<underline>[^_].*?)__
    | ~~(?P<strike>[^~].*?)~~
    | \*(?P<star>[^\s*](?:[^*]*[^\s*])?)\*
    | (?<![A-Za-z0-9_])_(?P<under>[^\s_](?:[^_]*[^\s_])?)_(?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.DOTALL,
)
_LEAVES = ("block", "code", "role", "user", "channel", "everyone", "time")
_NESTED = {"bold": "bold", "underline": "underline", "strike": "strike", "star": "italic", "under": "italic"}


def parse(text: str) -> list[Node]:
    """The pieces of *text* in their order; their texts together are what is to be read."""
    return list(_nodes(text))


def _nodes(text: str) -> Iterator[Node]:
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() > position:
            yield Node("text", text[position : match.start()])
        yield _node(match)
        position = match.end()
    if position < len(text):
        yield Node("text", text[position:])


def _node(match: re.Match[str]) -> Node:
    kind = match.lastgroup or ""
    value = match[kind]
    if kind in _LEAVES:
        return Node(kind, value)
    if kind in _NESTED:
        return Node(_NESTED[kind], children=tuple(_nodes(value)))
    if kind == "target":
        return Node("link", target=value, children=tuple(_nodes(match["label"])))
    if kind in ("plain", "url"):
        return Node("link", target=value, children=(Node("text", value),))
    return Node("text", value)
