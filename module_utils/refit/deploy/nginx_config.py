"""Which servers an nginx upstream sends requests to: reading and changing its block.  Pure.

Only the parameter ``down`` of one ``server`` directive is ever changed; every other byte of the
file, comments and layout included, stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..core.errors import InvalidInput
from ..words.reason import Reason

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<mark>[;{}])
      | (?P<word>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s;{}"'\\])(?:\\.|\$\{|[^\s;{}\\])*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Member:
    """A ``server`` directive: its *address*, whether it is *down* or a *backup*, and where it stands
    in the text: *start* of its first word, *end* just before its semicolon."""

    address: str
    down: bool
    backup: bool
    start: int
    end: int


def members(text: str, upstream: str) -> list[Member]:
    """The servers of *upstream* in an nginx configuration.

    Raises:
        InvalidInput: the text has no such upstream.
    """
    found: list[Member] | None = None
    for path, words, start, end in _directives(text):
        if path[-1:] == (("upstream", upstream),):
            found = [] if found is None else found
            if len(words) > 1 and words[0] == "server":
                found.append(Member(words[1], "down" in words[2:], "backup" in words[2:], start, end))
    if found is None:
        raise InvalidInput(
            Reason("no_upstream", upstream=upstream),
            next_command=Reason("name_upstream"),
        )
    return found


def with_state(text: str, upstream: str, address: str, *, down: bool) -> str:
    """*text* with the server *address* of *upstream* taken out (*down*) or put back.

    Raises:
        InvalidInput: there is no such server; or it is the last that takes requests, so that
            taking it out would end the service.
    """
    found = members(text, upstream)
    ours = [member for member in found if member.address == address]
    if not ours:
        raise InvalidInput(
            Reason("no_server_in_upstream", upstream=upstream, address=address, known=[each.address for each in found]),
            next_command=Reason("name_server_exactly"),
        )
    others = [member for member in found if member.address != address]
    if down and any(not member.down for member in ours) and all(member.down for member in others):
        raise InvalidInput(
            Reason("last_server_of_upstream", address=address, upstream=upstream),
            next_command=Reason("put_another_back"),
        )
    for member in reversed(ours):
        if member.down != down:
            text = text[: member.start] + _changed(text[member.start : member.end], down) + text[member.end :]
    return text


def _changed(directive: str, down: bool) -> str:
    if down:
        return directive.rstrip() + " down" + directive[len(directive.rstrip()) :]
    words = [match for match in _TOKEN.finditer(directive) if match.lastgroup == "word"]
    for word in reversed(words[2:]):
        if word.group() == "down":
            before = directive[: word.start()]
            directive = before.rstrip() + directive[word.end() :]
    return directive


def _directives(text: str) -> Iterator[tuple[tuple[tuple[str, ...], ...], list[str], int, int]]:
    """Each simple directive: the blocks it is in, its words, where it begins and ends."""
    path: list[tuple[str, ...]] = []
    words: list[str] = []
    start = end = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "comment":
            continue
        if token.lastgroup == "word":
            start = start if words else token.start()
            end = token.end()
            words.append(token.group().strip("\"'"))
        else:
            if token.group() == ";":
                yield tuple(path), words, start, end
            elif token.group() == "{":
                path.append(tuple(words))
            elif path:
                path.pop()
            words = []
