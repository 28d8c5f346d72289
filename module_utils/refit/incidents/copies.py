"""One command on an incident for all hosts: what their copies know together, what is new, what each of them lacks.
Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import STATUS_YML, RefitError, Step
from ..words.reason import Reason, Record
from . import actions, report
from .actions import Asked, Author
from .events import Event, union
from .incident import RESOLVED, Incident, incidents_of
from .policy import Policy
from .telling import Telling, tellings

#: Per host its events; None where it could not be read.
Copies = Mapping[str, "Sequence[Event] | None"]


@dataclass(frozen=True)
class IncidentPlan:
    """What a command comes to.

    Attributes:
        incident: the one that is meant, as it is then; None for a list.
        news: per host that can be read the events that it lacks, new ones among them; who lacks none is left out.
        claims: the host that is written to first, and refuses a number that another incident has; None where no number
            is given.
        told: the messages, each with what is written to all hosts once it is on its way.
        report: the outcome as text for a person.
    """

    incident: Incident | None
    news: Mapping[str, list[Event]]
    claims: str | None
    told: Sequence[Telling]
    report: str
    missing: Mapping[str, Record] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """As a module returns it."""
        return {
            "number": self.incident.number if self.incident else None,
            "news": self.news,
            "claims": self.claims,
            "told": [each.to_record() for each in self.told],
            "report": self.report,
            "missing": self.missing,
        }


def plan_incident(
    asked: Asked,
    copies: Copies,
    policy: Policy,
    author: Author,
    reader: report.Reader,
    *,
    unread: Mapping[str, Record] | None = None,
    planned: bool = False,
) -> IncidentPlan:
    """What *asked* comes to on all hosts.

    Args:
        unread: why a host without a copy could not be read, where it is not that it cannot be reached.
        planned: whether it is only to be shown.

    Raises:
        RefitError: no host can be read.
        InvalidInput: nothing is meant by what was asked; names what is missing.
    """
    there, missing = _split(copies, unread or {})
    known = union(*there.values())
    incident, new = actions.act(asked, known, policy, author)
    told: list[Telling] = []
    if incident is not None and asked.action != actions.SHOW:
        told = tellings(incident, author, reader.write, escalates=asked.action == actions.ESCALATE)
    if incident is None:
        text = report.render_list(asked.service, incidents_of(known, asked.service), reader, missing=missing)
    elif asked.action == actions.SHOW:
        text = report.render_shown(incident, reader, missing=missing)
    else:
        after = actions.again(incident.id, [*known, *new, *(event for each in told for event in each.then)])
        text = report.render_done(asked, after, new, told, reader, missing=missing, planned=planned)
    return IncidentPlan(
        incident=incident,
        news=_lacking(there, [*known, *new]),
        claims=min(there) if new and asked.action == actions.OPEN else None,
        told=told,
        report=text,
        missing=missing,
    )


def audit(service: str, copies: Copies, reader: report.Reader) -> str:
    """The open incidents of *service*: who has each, who is told next, who should have been; empty without one."""
    known = union(*(copy for copy in copies.values() if copy is not None))
    incidents = incidents_of(known, service)
    if all(each.state == RESOLVED for each in incidents):
        return ""
    return report.render_list(service, incidents, reader)


def _split(copies: Copies, unread: Mapping[str, Record]) -> tuple[dict[str, Sequence[Event]], dict[str, Record]]:
    there = {host: copy for host, copy in sorted(copies.items()) if copy is not None}
    gone = Reason("unreachable").to_record()
    missing = {host: unread.get(host, gone) for host in sorted(copies) if host not in there}
    if not there:
        raise RefitError(
            Reason("no_host_reached", hosts=list(missing)),
            steps=[Step(STATUS_YML, Reason("to_see_who_answers"))],
        )
    return there, missing


def _lacking(copies: Mapping[str, Sequence[Event]], events: Sequence[Event]) -> dict[str, list[Event]]:
    found = {}
    for host, copy in copies.items():
        known = {event["id"] for event in copy}
        news = [event for event in events if event["id"] not in known]
        if news:
            found[host] = news
    return found
