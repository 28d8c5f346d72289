"""What happened to an incident: facts that are only ever added, each with an id of its own.

Any host's copy may have them in any order, or lack some; what they come to: :mod:`.incident`.  An event that takes
others back names them (``lifts``), so that it does not matter which of them a copy learned of first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..core.answers import (
    NotUnderstood,
    Reader,
    listing,
    mapping,
    one_of,
    optional,
    otherwise,
    prose,
    reason,
    text,
)
from ..core.timestamps import epoch
from ..words.reason import Reason

OPENED: Final = "opened"
ACKNOWLEDGED: Final = "acknowledged"
NOTED: Final = "noted"
SEVERITY_CHANGED: Final = "severity_changed"
MITIGATED: Final = "mitigated"
SNOOZED: Final = "snoozed"
ESCALATED: Final = "escalated"  # the people of some steps of its policy were told
RESOLVED: Final = "resolved"
REOPENED: Final = "reopened"
REPORTED: Final = "reported"
TOLD: Final = "told"  # the team was told of some of its events

SEVERITIES = ("P0", "P1", "P2")
#: Until when a step of the policy is due.
UNLESS_ACKNOWLEDGED: Final = "acknowledged"
UNLESS_RESOLVED: Final = "resolved"

MOST_EVENTS = 4000
MOST_STEPS = 60
_MOST_NAMES = 20
MOST_IDS = 200
_MOST_REASON = 4096
_MOST_CHARACTERS = 16384
#: The end of the year 2999: what is later is no time of ours.
_LAST = 32503680000.0

Event = Mapping[str, Any]

_ID = re.compile(r"[0-9a-f]{32}\Z")
_NUMBER = re.compile(r"INC-[0-9]{8}-[0-9]{3,6}[a-z]{0,2}\Z")
_STEP = re.compile(r"[0-9a-f]{32}/[0-9]{1,3}\Z")


def _matching(pattern: re.Pattern[str]) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.match(value):
            raise NotUnderstood(Reason("is_no_id"))
        return value

    return read


def _moment(value: Any) -> str:
    seconds = epoch(value)
    if seconds is None or not 0 <= seconds <= _LAST:
        raise NotUnderstood(Reason("is_no_moment"))
    return str(value)


def _why(value: Any) -> Any:
    found = reason("" if value is None else value)
    if len(json.dumps(found)) > _MOST_REASON:
        raise NotUnderstood(Reason("is_no_reason"))
    return found


_ids = otherwise(listing(_matching(_ID), MOST_IDS), ())
_step = mapping(
    {
        "at": _moment,
        "unless": one_of(UNLESS_ACKNOWLEDGED, UNLESS_RESOLVED),
        "ping": listing(text, _MOST_NAMES),
    }
)
_steps = otherwise(listing(_step, MOST_STEPS), ())

_ALWAYS: Mapping[str, Reader] = {
    "id": _matching(_ID),
    "incident": _matching(_ID),
    "at": _moment,
    "by": text,
    "source": text,
    "why": _why,
}
_FIELDS: Mapping[str, Mapping[str, Reader]] = {
    OPENED: {
        "number": _matching(_NUMBER),
        "service": text,
        "severity": one_of(*SEVERITIES),
        "steps": _steps,
    },
    ACKNOWLEDGED: {},
    NOTED: {},
    SEVERITY_CHANGED: {"severity": one_of(*SEVERITIES), "steps": _steps, "lifts": _ids},
    MITIGATED: {},
    SNOOZED: {"until": _moment, "lifts": _ids},
    RESOLVED: {},
    REOPENED: {"severity": one_of(*SEVERITIES), "steps": _steps, "lifts": _ids},
    REPORTED: {"root_cause": otherwise(prose, ""), "prevention": otherwise(prose, ""), "impact": optional(prose)},
    ESCALATED: {"steps": listing(_matching(_STEP), MOST_STEPS)},
    TOLD: {"of": listing(_matching(_ID), MOST_IDS)},
}
_READERS: Mapping[str, Reader] = {kind: mapping({**_ALWAYS, **fields}) for kind, fields in _FIELDS.items()}


def read_event(value: Any) -> Event:
    """One event, of a file or of a host's answer: ``event`` and its fields, within bounds.

    Raises:
        NotUnderstood: it is none, or not one of ours.
    """
    kind = value.get("event") if isinstance(value, dict) else None
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise NotUnderstood(Reason("is_no_incident_event"))
    found = {"event": kind, **reader(value)}
    if (found["id"] == found["incident"]) is not (kind == OPENED) or len(json.dumps(found)) > _MOST_CHARACTERS:
        raise NotUnderstood(Reason("is_no_incident_event"))
    return found


def is_event(value: Any) -> bool:
    """Whether :func:`read_event` takes it."""
    try:
        read_event(value)
    except NotUnderstood:
        return False
    return True


def read_events(value: Any) -> list[Event]:
    """What a host answered of its events: those that are understood, in its order.

    Raises:
        NotUnderstood: it is no list, or longer than a host's answer may be.
    """
    if not isinstance(value, list):
        raise NotUnderstood(Reason("is_no_list"))
    if len(value) > MOST_EVENTS:
        raise NotUnderstood(Reason("has_more_items", most=MOST_EVENTS))
    return [read_event(each) for each in value if is_event(each)]


_RANK = {kind: rank for rank, kind in enumerate(_FIELDS)}


def order(event: Event) -> tuple[str, int, str]:
    """By which events are sorted: their clocks'; at one moment what begins before what follows, then the ids."""
    return event["at"], _RANK[event["event"]], event["id"]


def union(*copies: Iterable[Event]) -> list[Event]:
    """The events of all *copies*, each once, in :func:`order`.

    Of two that have one id, which nobody honest makes, the smaller one counts everywhere.
    """
    found: dict[str, Event] = {}
    for copy in copies:
        for event in copy:
            there = found.get(event["id"])
            if there is None or _as_text(event) < _as_text(there):
                found[event["id"]] = event
    return sorted(found.values(), key=order)


def _as_text(event: Event) -> str:
    return json.dumps(event, sort_keys=True)
