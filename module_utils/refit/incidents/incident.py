"""What an incident's events come to, whatever their order: its state, who has it, who is told next.  Pure.

Resolved beats acknowledged beats open.  What reopens an incident names what it takes back, the resolves and
acknowledgements that were known there, and so beats those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..core.timestamps import epoch
from . import events as kinds
from .events import Event, union

State = Literal["open", "acknowledged", "resolved"]
OPEN: Final = "open"
ACKNOWLEDGED: Final = "acknowledged"
RESOLVED: Final = "resolved"


@dataclass(frozen=True)
class Step:
    """One step of the policy, as it was copied in.

    Attributes:
        id: which one it is, on all copies.
        at: when it is due (ISO 8601); *due_s* the same in seconds since the epoch.
        unless: :data:`.events.UNLESS_ACKNOWLEDGED` or :data:`.events.UNLESS_RESOLVED`.
        ping: whom it calls, by the names of ``refit_discord_mentions``.
    """

    id: str
    at: str
    unless: str
    ping: tuple[str, ...]

    @property
    def due_s(self) -> float:
        return epoch(self.at) or 0.0


@dataclass(frozen=True)
class Incident:
    """An incident as one copy of its events, or the union of several, has it.

    Attributes:
        number: ``INC-20240127-001``; with a letter where it was opened on one server alone.
        opened: the event that it begins with.
        severity: the one that it has now.
        taken: the acknowledgement that counts, the last one; None while nobody has it.
        mitigated, resolved: the last such event that counts.
        snoozed_until: seconds since the epoch until which nobody is told; None where that is not so.
        steps: those that hold now, in the order in which they are due.
        told_steps: the ids of those whose people were told.
        told: the ids of the events that the team was told of.
        events: all of it, in order.
    """

    number: str
    opened: Event
    state: State
    severity: str
    taken: Event | None
    mitigated: Event | None
    resolved: Event | None
    snoozed_until: float | None
    steps: tuple[Step, ...]
    told_steps: frozenset[str]
    told: frozenset[str]
    events: tuple[Event, ...] = field(repr=False)

    @property
    def id(self) -> str:
        return str(self.opened["id"])

    @property
    def service(self) -> str:
        return str(self.opened["service"])

    @property
    def waiting(self) -> list[Step]:
        """The steps that may still have to be told, the next one first."""
        if self.state == RESOLVED:
            return []
        done = (kinds.UNLESS_ACKNOWLEDGED,) if self.state == ACKNOWLEDGED else ()
        return [step for step in self.steps if step.id not in self.told_steps and step.unless not in done]

    def due_at(self, step: Step) -> float:
        """When *step* is due, in seconds since the epoch: while it is snoozed not before the end of that."""
        return max(step.due_s, self.snoozed_until or 0.0)

    def due(self, now: float, margin_s: float = 0.0) -> list[Step]:
        """The steps of which people have to be told by *now*, and had to be *margin_s* ago (both in seconds)."""
        return [step for step in self.waiting if self.due_at(step) + margin_s <= now]

    def standing(self, kind: str) -> list[Event]:
        """The events of *kind* that no other takes back, in order."""
        lifted = {each for event in self.events for each in event.get("lifts", ())}
        return [event for event in self.events if event["event"] == kind and event["id"] not in lifted]


def incidents_of(events: Iterable[Event], service: str | None = None) -> list[Incident]:
    """The incidents of *events*, the oldest first; of *service* alone where that is given.

    What a copy has of one whose beginning it does not know yet is none.  Should two have one number, as two servers
    without the rest of the fleet may give it, the later one has the beginning of its id behind it.
    """
    known: dict[str, list[Event]] = {}
    for event in union(events):
        known.setdefault(event["incident"], []).append(event)
    found, numbers = [], set()
    for mine in sorted(known.values(), key=_beginning):
        opened = next((event for event in mine if event["event"] == kinds.OPENED), None)
        if opened is None:
            continue
        number = opened["number"] if opened["number"] not in numbers else f"{opened['number']}-{opened['id'][:4]}"
        numbers.add(number)
        if service is None or opened["service"] == service:
            found.append(fold(number, opened, mine))
    return found


def fold(number: str, opened: Event, events: Sequence[Event]) -> Incident:
    """One incident, called *number*, from its *events*, in any order, of which *opened* is one."""
    events = union(events)
    lifted = {each for event in events for each in event.get("lifts", ())}
    standing = [event for event in events if event["id"] not in lifted]

    def last(*kind: str) -> Event | None:
        return next((event for event in reversed(standing) if event["event"] in kind), None)

    taken, resolved = last(kinds.ACKNOWLEDGED), last(kinds.RESOLVED)
    graded = last(kinds.SEVERITY_CHANGED, kinds.REOPENED)
    snoozes = [epoch(event["until"]) or 0.0 for event in standing if event["event"] == kinds.SNOOZED]
    return Incident(
        number=number,
        opened=opened,
        state=RESOLVED if resolved else ACKNOWLEDGED if taken else OPEN,
        severity=str((graded or opened)["severity"]),
        taken=taken,
        mitigated=last(kinds.MITIGATED),
        resolved=resolved,
        snoozed_until=max(snoozes, default=None),
        steps=_steps_of(events, lifted),
        told_steps=frozenset(_named(events, kinds.ESCALATED, "steps")),
        told=frozenset(_named(events, kinds.TOLD, "of")),
        events=tuple(events),
    )


def _steps_of(events: Sequence[Event], lifted: set[str]) -> tuple[Step, ...]:
    """The steps that hold: those of an event that brings steps hold until another that brings some names it."""
    found = [
        Step(f"{event['id']}/{index}", step["at"], step["unless"], tuple(step["ping"]))
        for event in events
        if event["event"] != kinds.ESCALATED and event["id"] not in lifted
        for index, step in enumerate(event.get("steps", ()))
    ]
    return tuple(sorted(found, key=lambda step: (step.due_s, step.id)))


def _named(events: Sequence[Event], kind: str, key: str) -> Iterable[Any]:
    return (each for event in events if event["event"] == kind for each in event[key])


def _beginning(events: Sequence[Event]) -> Any:
    opened = next((event for event in events if event["event"] == kinds.OPENED), events[0])
    return opened["at"], opened["id"]
