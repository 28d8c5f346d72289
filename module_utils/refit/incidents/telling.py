"""What the team has yet to be told of an incident: the messages, and what is written down once they are on their way.

A run that dies between the two tells again what it told: in doubt twice rather than not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..core.errors import INCIDENT_YML, Step, Writer, commands_of
from ..core.timestamps import epoch
from . import events as kinds
from .actions import ACK, RESOLVE, Author
from .events import Event
from .incident import RESOLVED, Incident
from .incident import Step as PolicyStep

#: As which event of the catalogue each is told; the others are read where the incident is shown.
TOLD_AS: Mapping[str, str] = {
    kinds.OPENED: "incident_opened",
    kinds.ACKNOWLEDGED: "incident_acknowledged",
    kinds.RESOLVED: "incident_resolved",
    kinds.REOPENED: "incident_reopened",
}
_BEGINS = (kinds.OPENED, kinds.REOPENED)
_MOST = 5


@dataclass(frozen=True)
class Telling:
    """One message: an *event* of :data:`..notify.events.EVENTS` with its *facts*; and what it leaves, *then*."""

    event: str
    facts: Mapping[str, Any]
    then: Sequence[Event]

    def to_record(self) -> dict[str, Any]:
        return asdict(self)


def tellings(incident: Incident, author: Author, write: Writer, *, escalates: bool = False) -> list[Telling]:
    """The messages about *incident* that nobody has sent yet, in order.

    Args:
        write: what makes a command of a step.
        escalates: whether those are told as well whom a step of its policy calls by now.
    """
    untold = [event for event in incident.events if event["event"] in TOLD_AS and event["id"] not in incident.told]
    due = incident.due(author.now)
    found = []
    for event in untold[-_MOST:]:
        calls = due if event["event"] in _BEGINS else []
        due = [] if calls else due
        found.append(_telling(incident, event, calls, author, write))
    if escalates and due:
        found.append(_escalation(incident, due, author, write))
    return found


def _telling(incident: Incident, event: Event, calls: Sequence[PolicyStep], author: Author, write: Writer) -> Telling:
    facts = {**_facts(incident, event["why"], event["by"]), "mention": _names(calls)}
    if event["event"] == kinds.OPENED:
        facts["message"] = facts.pop("reason")
    if event["event"] == kinds.RESOLVED:
        began, ended = epoch(incident.opened["at"]) or 0.0, epoch(event["at"]) or 0.0
        facts["duration_s"] = max(0.0, ended - began)
    if event["event"] in _BEGINS and incident.state != RESOLVED:
        facts["commands"] = _commands(incident, write)
    then = [author.event(kinds.TOLD, incident.id, of=[event["id"]])]
    return Telling(TOLD_AS[event["event"]], facts, [*then, *_escalated(incident, calls, author)])


def _escalation(incident: Incident, due: Sequence[PolicyStep], author: Author, write: Writer) -> Telling:
    facts = {
        **_facts(incident, incident.opened["why"], incident.taken["by"] if incident.taken else ""),
        "mention": _names(due),
        "commands": _commands(incident, write),
    }
    return Telling("incident_escalated", facts, _escalated(incident, due, author))


def _facts(incident: Incident, why: Any, by: str) -> dict[str, Any]:
    return {
        "service": incident.service,
        "incident": incident.number,
        "severity": incident.severity,
        "reason": why,
        "actor": by,
    }


def _escalated(incident: Incident, steps: Sequence[PolicyStep], author: Author) -> list[Event]:
    return [author.event(kinds.ESCALATED, incident.id, steps=[step.id for step in steps])] if steps else []


def _names(steps: Sequence[PolicyStep]) -> list[str]:
    return list(dict.fromkeys(name for step in steps for name in step.ping))


def _commands(incident: Incident, write: Writer) -> list[dict[str, Any]]:
    action = RESOLVE if incident.taken else ACK
    return commands_of([Step(INCIDENT_YML, values={"incident_action": action, "incident_id": incident.number})], write)
