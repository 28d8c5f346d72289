"""Incidents for tests: who acts on them, with ids that can be told apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from refit.incidents.actions import Asked, Author, act
from refit.incidents.events import Event
from refit.incidents.incident import Incident
from refit.incidents.policy import DEFAULT, Policy

NOON = 1_706_356_800.0
_IDS = itertools.count(1)


def author(by: str = "kim@ops-1", now: float = NOON, letter: str = "") -> Author:
    return Author(by, by.partition("@")[2], now, letter, lambda: f"{next(_IDS):032x}")


def asked(action: str, **more: Any) -> Asked:
    return Asked(action, "backend", **more)


def done(
    known: Sequence[Event], action: str, by: str = "kim@ops-1", at: float = 0.0, policy: Policy = DEFAULT, **more: Any
) -> tuple[Incident, list[Event]]:
    """The incident after *action*, *at* so many seconds after noon, and all events."""
    incident, new = act(asked(action, **more), known, policy, author(by, NOON + at))
    assert incident is not None
    return incident, [*known, *new]


def opened(severity: str = "P0", why: str = "no payments", **more: Any) -> tuple[Incident, list[Event]]:
    return done([], "open", severity=severity, why=why, **more)
