"""What a person does about an incident, as events to be added.  Pure: the doors write them down and tell Discord.

Whatever is done twice is done once: the same command again adds nothing that is there already.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Final

from ..core.errors import INCIDENT_YML, InvalidInput, Step
from ..core.timestamps import iso
from ..words.reason import Reason
from . import events as kinds
from .events import SEVERITIES, Event
from .incident import RESOLVED, Incident, incidents_of
from .numbers import next_number
from .policy import Policy, steps_of

OPEN: Final = "open"
ACK: Final = "ack"
NOTE: Final = "note"
SEVERITY: Final = "severity"
MITIGATE: Final = "mitigate"
SNOOZE: Final = "snooze"
ESCALATE: Final = "escalate"
RESOLVE: Final = "resolve"
REOPEN: Final = "reopen"
LIST: Final = "list"
SHOW: Final = "show"

#: What may be asked for; the last ones only look.
ACTIONS = (OPEN, ACK, NOTE, SEVERITY, MITIGATE, SNOOZE, ESCALATE, RESOLVE, REOPEN, LIST, SHOW)
MOST_SNOOZE_MIN = 24 * 60
_BRINGS_STEPS = (kinds.OPENED, kinds.SEVERITY_CHANGED, kinds.REOPENED)
# The resolves first: whatever else there is of it, those count.
_TAKEN_BACK = (kinds.RESOLVED, kinds.ACKNOWLEDGED, kinds.SNOOZED, kinds.MITIGATED, *_BRINGS_STEPS)
# Of what people write; an event's texts have this bound as well.
_MOST_WHY = 1000


def _new_id() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Author:
    """Who does it, where and when.

    Attributes:
        by: ``kim@ops-1``.
        source: what wrote it down: a controller's name, or a server's.
        now: seconds since the epoch.
        letter: of a server that has nobody to agree with on a number.
    """

    by: str
    source: str
    now: float
    letter: str = ""
    new_id: Callable[[], str] = _new_id

    def event(self, kind: str, incident: str, why: Any = "", **fields: Any) -> dict[str, Any]:
        told = why.to_record() if isinstance(why, Reason) else str(why)[:_MOST_WHY]
        return {
            "event": kind,
            "id": self.new_id(),
            "incident": incident,
            "at": iso(self.now),
            "by": self.by,
            "source": self.source,
            "why": told,
            **fields,
        }


@dataclass(frozen=True)
class Asked:
    """What was asked for, by the names of ``playbooks/incident.yml``.

    Attributes:
        action: one of :data:`ACTIONS`.
        service: the service that it is about.
        number: of the incident; may be left out where one alone is open.
        why: what happened, what was seen, what was done.
        severity: of a new one, or the one that it gets.
        minutes: for how long nobody is told.
    """

    action: str
    service: str
    number: str = ""
    why: str = ""
    severity: str = ""
    minutes: float = 0.0


def act(asked: Asked, known: Sequence[Event], policy: Policy, author: Author) -> tuple[Incident | None, list[Event]]:
    """The incident that is meant, as it is afterwards, and the new events; None where all of them are.

    Args:
        known: the union of all copies that can be read.

    Raises:
        InvalidInput: there is none that is meant, or what the action needs is missing; names it.
    """
    if asked.action == LIST:
        return None, []
    if asked.action == OPEN:
        return _open(asked, known, policy, author)
    meant = find(asked, incidents_of(known, asked.service))
    new = _ACTIONS[asked.action](asked, meant, policy, author) if asked.action in _ACTIONS else []
    return again(meant.id, [*known, *new]), new


def find(asked: Asked, incidents: Sequence[Incident]) -> Incident:
    """The incident that *asked* names, or the only one that it can mean.

    Raises:
        InvalidInput: there is none, or there are several.
    """
    if asked.number:
        found = [each for each in incidents if each.number.lower() == asked.number.lower()]
        if found:
            return found[0]
        raise _refused(Reason("no_such_incident", number=asked.number), incidents)
    gone = [each for each in incidents if each.state == RESOLVED]
    able = gone[-1:] if asked.action == REOPEN else [each for each in incidents if each.state != RESOLVED]
    # What was just resolved is meant where the same command is given again.
    able = able or (gone[-1:] if asked.action in (RESOLVE, SHOW) else [])
    if len(able) == 1:
        return able[0]
    code = "several_incidents" if able else "no_open_incident"
    raise _refused(Reason(code, service=asked.service, numbers=[each.number for each in able]), able)


def _refused(what: Reason, incidents: Sequence[Incident]) -> InvalidInput:
    several = [each for each in incidents if each.state != RESOLVED][-5:]
    steps = [Step(INCIDENT_YML, values={"incident_id": each.number}, again=True) for each in several]
    return InvalidInput(what, steps=steps or [Step(INCIDENT_YML, values={"incident_action": LIST})])


def _open(asked: Asked, known: Sequence[Event], policy: Policy, author: Author) -> tuple[Incident, list[Event]]:
    if asked.severity not in SEVERITIES:
        raise _missing(Reason("incident_needs_severity", severities=list(SEVERITIES)), {"incident_severity": "P1"})
    if not asked.why.strip():
        raise _missing(Reason("incident_needs_why"), {"incident_reason": Reason("placeholder_what_happened")})
    for each in incidents_of(known, asked.service):
        if each.state != RESOLVED and each.opened["why"] == asked.why[:_MOST_WHY]:
            return each, []
    new = author.new_id()
    numbers = [event["number"] for event in known if event["event"] == kinds.OPENED]
    opened = {
        **author.event(kinds.OPENED, new, asked.why),
        "id": new,
        "number": next_number(numbers, author.now, author.letter),
        "service": asked.service,
        "severity": asked.severity,
        "steps": steps_of(policy, asked.severity, author.now),
    }
    return again(new, [*known, opened]), [opened]


def again(incident: str, events: Sequence[Event]) -> Incident:
    """The incident with the id *incident* as *events* have it."""
    return next(each for each in incidents_of(events) if each.id == incident)


def _missing(what: Reason, values: Mapping[str, Reason | str]) -> InvalidInput:
    return InvalidInput(what, steps=[Step(INCIDENT_YML, values=values, again=True)])


def _only_unresolved(incident: Incident) -> None:
    if incident.state == RESOLVED:
        values: dict[str, Reason | str] = {
            "incident_action": REOPEN,
            "incident_id": incident.number,
            "incident_reason": Reason("placeholder_why_not_over"),
        }
        raise InvalidInput(
            Reason("incident_is_resolved", number=incident.number), steps=[Step(INCIDENT_YML, values=values)]
        )


def _ack(asked: Asked, incident: Incident, _: Policy, author: Author) -> list[Event]:
    _only_unresolved(incident)
    if incident.taken is not None and incident.taken["by"] == author.by and not asked.why:
        return []
    return [author.event(kinds.ACKNOWLEDGED, incident.id, asked.why)]


def _note(asked: Asked, incident: Incident, _: Policy, author: Author) -> list[Event]:
    if not asked.why.strip():
        raise _missing(Reason("incident_needs_why"), {"incident_reason": Reason("placeholder_what_was_seen")})
    last = incident.events[-1]
    same = (last["event"], last["by"], last["why"]) == (kinds.NOTED, author.by, asked.why[:_MOST_WHY])
    return [] if same else [author.event(kinds.NOTED, incident.id, asked.why)]


def _severity(asked: Asked, incident: Incident, policy: Policy, author: Author) -> list[Event]:
    _only_unresolved(incident)
    if asked.severity not in SEVERITIES:
        raise _missing(Reason("incident_needs_severity", severities=list(SEVERITIES)), {"incident_severity": "P1"})
    if asked.severity == incident.severity:
        return []
    return [_counted_anew(kinds.SEVERITY_CHANGED, asked, incident, asked.severity, policy, author, _BRINGS_STEPS)]


def _mitigate(asked: Asked, incident: Incident, _: Policy, author: Author) -> list[Event]:
    _only_unresolved(incident)
    if incident.mitigated is not None and incident.mitigated["why"] == asked.why[:_MOST_WHY]:
        return []
    return [author.event(kinds.MITIGATED, incident.id, asked.why)]


def _snooze(asked: Asked, incident: Incident, _: Policy, author: Author) -> list[Event]:
    _only_unresolved(incident)
    if not asked.why.strip():
        raise _missing(Reason("incident_needs_why"), {"incident_reason": Reason("placeholder_why_snoozed")})
    if not 0 < asked.minutes <= MOST_SNOOZE_MIN:
        raise _missing(Reason("incident_needs_minutes", most=MOST_SNOOZE_MIN), {"incident_minutes": "30"})
    lifts = [event["id"] for event in incident.standing(kinds.SNOOZED)]
    until = iso(author.now + asked.minutes * 60)
    return [author.event(kinds.SNOOZED, incident.id, asked.why, until=until, lifts=lifts[: kinds.MOST_IDS])]


def _resolve(asked: Asked, incident: Incident, _: Policy, author: Author) -> list[Event]:
    return [] if incident.state == RESOLVED else [author.event(kinds.RESOLVED, incident.id, asked.why)]


def _reopen(asked: Asked, incident: Incident, policy: Policy, author: Author) -> list[Event]:
    if incident.state != RESOLVED:
        return []
    if not asked.why.strip():
        raise _missing(Reason("incident_needs_why"), {"incident_reason": Reason("placeholder_why_not_over")})
    # Whoever was told so far is told again: it begins anew.
    return [_counted_anew(kinds.REOPENED, asked, incident, incident.severity, policy, author, _TAKEN_BACK)]


def _counted_anew(
    kind: str,
    asked: Asked,
    incident: Incident,
    severity: str,
    policy: Policy,
    author: Author,
    taken_back: Sequence[str],
) -> Event:
    """An event of *kind* from which the policy's times count; it takes back what stands of the kinds *taken_back*."""
    lifts = [event["id"] for each in taken_back for event in incident.standing(each)]
    steps = steps_of(policy, severity, author.now)
    return author.event(kind, incident.id, asked.why, severity=severity, steps=steps, lifts=lifts[: kinds.MOST_IDS])


_ACTIONS: Mapping[str, Callable[[Asked, Incident, Policy, Author], list[Event]]] = {
    ACK: _ack,
    NOTE: _note,
    SEVERITY: _severity,
    MITIGATE: _mitigate,
    SNOOZE: _snooze,
    RESOLVE: _resolve,
    REOPEN: _reopen,
}
