"""Incidents as text for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..core.errors import INCIDENT_YML, Step, Writer, lines_of
from ..core.timestamps import iso, until
from ..words.reason import Reason, Record, from_record
from ..words.sentence import said
from . import actions
from . import events as kinds
from .actions import Asked
from .events import Event
from .incident import ACKNOWLEDGED, OPEN, RESOLVED, Incident
from .incident import Step as PolicyStep
from .telling import Telling

#: How late the people of a step may be told before somebody is told of that.
OVERDUE_S: Final = 300.0
_MOST_SHOWN = 40

_DONE: Mapping[str, str] = {
    actions.OPEN: "incident_done_open",
    actions.ACK: "incident_done_ack",
    actions.NOTE: "incident_done_note",
    actions.SEVERITY: "incident_done_severity",
    actions.MITIGATE: "incident_done_mitigate",
    actions.SNOOZE: "incident_done_snooze",
    actions.RESOLVE: "incident_done_resolve",
    actions.REOPEN: "incident_done_reopen",
}
_STATES: Mapping[str, Reason] = {
    OPEN: Reason("incident_state_open"),
    ACKNOWLEDGED: Reason("incident_state_acknowledged"),
    RESOLVED: Reason("incident_state_resolved"),
}
_HAPPENED: Mapping[str, str] = {
    kinds.OPENED: "incident_event_opened",
    kinds.ACKNOWLEDGED: "incident_event_acknowledged",
    kinds.NOTED: "incident_event_noted",
    kinds.SEVERITY_CHANGED: "incident_event_severity_changed",
    kinds.MITIGATED: "incident_event_mitigated",
    kinds.SNOOZED: "incident_event_snoozed",
    kinds.ESCALATED: "incident_event_escalated",
    kinds.RESOLVED: "incident_event_resolved",
    kinds.REOPENED: "incident_event_reopened",
    kinds.REPORTED: "incident_event_reported",
    kinds.TOLD: "incident_event_told",
}
_LATE: Mapping[str, str] = {
    kinds.UNLESS_ACKNOWLEDGED: "incident_unless_acknowledged",
    kinds.UNLESS_RESOLVED: "incident_unless_resolved",
}


@dataclass(frozen=True)
class Reader:
    """Who reads it.

    Attributes:
        language: ``ko`` or ``en``.
        write: what makes a command of a step.
        now: seconds since the epoch.
        at: where it is, which the first line begins with.
    """

    language: str
    write: Writer
    now: float
    at: str = ""

    def say(self, reason: Reason) -> str:
        return said(reason, self.language)


def render_done(
    asked: Asked,
    incident: Incident,
    new: Sequence[Event],
    told: Sequence[Telling],
    reader: Reader,
    *,
    missing: Mapping[str, Record] | None = None,
    planned: bool = False,
) -> str:
    """What became of *asked*: the *new* events, and whom it told; *planned* if it was only made.

    Args:
        missing: per host that could not be read why.
    """
    head = reader.at + reader.say(_headline(asked, incident, new, told))
    tail = [reader.say(Reason("incident_check_mode"))] if planned else []
    return "\n".join([head, "", *_lines_of(incident, reader), *_missing(missing, reader), *tail])


def render_list(
    service: str, incidents: Sequence[Incident], reader: Reader, *, missing: Mapping[str, Record] | None = None
) -> str:
    """The *incidents* of *service* that are not resolved; *missing* as for :func:`render_done`."""
    open_ones = [each for each in incidents if each.state != RESOLVED]
    head = (
        Reason("incidents_open", service=service, count=len(open_ones))
        if open_ones
        else Reason("no_incident_is_open", service=service)
    )
    lines = [reader.at + reader.say(head)]
    for each in open_ones:
        lines += ["", *_lines_of(each, reader)]
    return "\n".join([*lines, *_missing(missing, reader)])


def render_shown(incident: Incident, reader: Reader, *, missing: Mapping[str, Record] | None = None) -> str:
    """*incident* and all that happened to it, each line with its source; *missing* as for :func:`render_done`."""
    lines = [reader.at + _head(incident, reader), *_lines_of(incident, reader)[1:], ""]
    left_out = len(incident.events) - _MOST_SHOWN
    lines += [reader.say(Reason("incident_earlier_events", count=left_out))] if left_out > 0 else []
    lines += ["  " + _happened(incident, event, reader) for event in incident.events[-_MOST_SHOWN:]]
    return "\n".join([*lines, *_missing(missing, reader)])


def _headline(asked: Asked, incident: Incident, new: Sequence[Event], told: Sequence[Telling]) -> Reason:
    values: dict[str, Any] = {"number": incident.number, "severity": incident.severity}
    if asked.action == actions.ESCALATE:
        names = [name for each in told for name in each.facts["mention"]]
        people = [f"@{name}" for name in dict.fromkeys(names)]
        return Reason("incident_done_escalate", people=people, **values) if people else Reason("nothing_due", **values)
    if not new:
        return Reason("incident_unchanged", state=_STATES[incident.state], **values)
    return Reason(_DONE[asked.action], by=new[0]["by"], **values)


def _head(incident: Incident, reader: Reader) -> str:
    return reader.say(
        Reason(
            "incident_line",
            number=incident.number,
            severity=incident.severity,
            state=Reason("incident_mitigated") if _is_mitigated(incident) else _STATES[incident.state],
            service=incident.service,
            why=from_record(incident.opened["why"]),
        )
    )


def _is_mitigated(incident: Incident) -> bool:
    return incident.mitigated is not None and incident.state != RESOLVED


def _lines_of(incident: Incident, reader: Reader) -> list[str]:
    lines = [_head(incident, reader)]
    lines += ["  " + reader.say(each) for each in _facts(incident, reader)]
    overdue = incident.due(reader.now, OVERDUE_S)
    if incident.due(reader.now):
        values = {"incident_action": actions.ESCALATE, "incident_id": incident.number}
        why = Reason("incident_tell_them_now" if overdue else "incident_tell_them")
        lines += ["  " + each for each in lines_of([Step(INCIDENT_YML, why, values)], reader.write, reader.language)]
    return lines


def _facts(incident: Incident, reader: Reader) -> list[Reason]:
    found = [Reason("incident_since", at=incident.opened["at"], by=incident.opened["by"])]
    if incident.resolved is not None:
        return [*found, _with_why("incident_resolved_by", incident.resolved)]
    found += [_with_why("incident_mitigated_by", incident.mitigated)] if incident.mitigated else []
    found += [_with_why("incident_taken_by", incident.taken)] if incident.taken else [Reason("incident_nobody_has_it")]
    if incident.snoozed_until is not None and incident.snoozed_until > reader.now:
        last = max(incident.standing(kinds.SNOOZED), key=lambda event: str(event["until"]))
        told = until(last["until"], now=reader.now, language=reader.language)
        found += [Reason("incident_snoozed", until=told, by=last["by"], why=from_record(last["why"]))]
    return [*found, *_who_is_next(incident, reader)]


def _who_is_next(incident: Incident, reader: Reader) -> list[Reason]:
    due, overdue = incident.due(reader.now), incident.due(reader.now, OVERDUE_S)
    found = [_called("incident_overdue" if step in overdue else "incident_due", incident, step) for step in due]
    later = [step for step in incident.waiting if step not in due]
    if later:
        found.append(_called("incident_next", incident, later[0]))
    elif not due:
        found.append(Reason("incident_tells_nobody_more" if incident.steps else "incident_calls_nobody"))
    return found


def _called(code: str, incident: Incident, step: PolicyStep) -> Reason:
    people = [f"@{name}" for name in step.ping]
    return Reason(code, people=people, at=iso(incident.due_at(step)), unless=Reason(_LATE[step.unless]))


def _with_why(code: str, event: Event) -> Reason:
    return Reason(code, at=event["at"], by=event["by"], why=from_record(event["why"]) if event["why"] else None)


def _happened(incident: Incident, event: Event, reader: Reader) -> str:
    named = {step.id: step for step in incident.steps}
    people = [f"@{name}" for each in event.get("steps", ()) if isinstance(each, str) and each in named
              for name in named[each].ping]  # fmt: skip
    return reader.say(
        Reason(
            _HAPPENED[event["event"]],
            at=event["at"],
            by=event["by"],
            source=event["source"],
            why=from_record(event["why"]) if event["why"] else None,
            severity=event.get("severity"),
            people=people,
            until=event.get("until"),
        )
    )


def _missing(missing: Mapping[str, Record] | None, reader: Reader) -> list[str]:
    return [
        reader.say(Reason("incident_not_known_on", host=host, why=from_record(why)))
        for host, why in (missing or {}).items()
    ]
