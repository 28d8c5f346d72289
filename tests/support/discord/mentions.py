"""Whom a message mentions, and with that whom it pings."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from .rules import MENTION_TYPES

_EVERYONE = re.compile(r"@(?:everyone|here)")
_ROLE = re.compile(r"<@&([0-9]{1,20})>")
_USER = re.compile(r"<@!?([0-9]{1,20})>")


@dataclass(frozen=True)
class Mentions:
    """The mentions of one text that count; roles and users as ids, each once."""

    everyone: bool = False
    roles: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"everyone": self.everyone, "roles": list(self.roles), "users": list(self.users)}


def find(content: str, allowed: Mapping[str, Any] | None, roles: Container[str], users: Container[str]) -> Mentions:
    """The mentions in *content* that *allowed* lets through.

    Only *content* is looked at: embeds never ping.  A mention inside a code block
    counts too, so that a test errs on the side of the ping.

    Args:
        content: the message's own text.
        allowed: its ``allowed_mentions``; without it everything counts.  Discord's
            documentation names only users for webhooks, but webhooks have been seen
            to ping roles and everyone: a sender that leaves it out must be caught.
        roles, users: the ids that exist; others are shown but reach nobody.
    """
    if allowed is None:
        allowed = {"parse": list(MENTION_TYPES)}
    parse = allowed.get("parse") or ()

    def reached(pattern: re.Pattern[str], kind: str, existing: Container[str]) -> tuple[str, ...]:
        named = {str(each) for each in allowed.get(kind) or ()}
        found = dict.fromkeys(pattern.findall(content))
        return tuple(each for each in found if each in existing and (kind in parse or each in named))

    return Mentions(
        everyone="everyone" in parse and bool(_EVERYONE.search(content)),
        roles=reached(_ROLE, "roles", roles),
        users=reached(_USER, "users", users),
    )
