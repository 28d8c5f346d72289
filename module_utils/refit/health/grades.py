"""A severity and all that follows from it: the action, the time to respond, whom to call.

The table is the team's; the texts that people read are in :mod:`.severity_texts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Union

from ..core.errors import InvalidInput
from ..words import reason as words
from ..words.reason import Record

Severity = Literal["P0", "P1", "P2", "UNKNOWN", "OK"]
P0: Final = "P0"
P1: Final = "P1"
P2: Final = "P2"
UNKNOWN: Final = "UNKNOWN"
OK: Final = "OK"
RANK: Mapping[str, int] = {OK: 0, P2: 1, UNKNOWN: 2, P1: 3, P0: 4}
FAIL_ON = (P0, P1, P2, "never")

Action = Literal[
    "roll_back_now",
    "find_cause_then_roll_back_or_hotfix",
    "watch_and_roll_back_if_needed",
    "find_out_why_it_was_not_measured",
    "nothing_to_do",
]
ROLL_BACK_NOW: Final = "roll_back_now"
FIND_CAUSE: Final = "find_cause_then_roll_back_or_hotfix"
WATCH: Final = "watch_and_roll_back_if_needed"
MEASURE_AGAIN: Final = "find_out_why_it_was_not_measured"
NOTHING: Final = "nothing_to_do"
_ACTION: Mapping[Severity, Action] = {P0: ROLL_BACK_NOW, P1: FIND_CAUSE, P2: WATCH, UNKNOWN: MEASURE_AGAIN, OK: NOTHING}
_RESPOND_WITHIN_MINUTES: Mapping[Severity, int] = {P0: 5, P1: 15, P2: 60}


Role = Literal["first_response", "technical_support", "escalation"]


@dataclass(frozen=True)
class Contact:
    """Whom to call, as what, and after how many unresolved minutes."""

    name: str
    role: Role
    after_minutes: int = 0


_CALLED = (
    Contact("@devops-oncall", "first_response"),
    Contact("@ai-backend-lead", "technical_support"),
    Contact("@cto", "escalation", after_minutes=30),
)
_CONTACTS: Mapping[Severity, tuple[Contact, ...]] = {P0: _CALLED, P1: _CALLED}

Value = Union[int, float, Record, None]


@dataclass(frozen=True)
class Reason:
    """One rule that a measurement ran into.

    *observed* and *threshold* are in *unit*; *subject* is what exactly is meant where the rule
    alone does not say (a log pattern, a part, names); *host* is None for a whole population.
    What was not measured is *observed* as why that is, a record of :mod:`..words.reason`.
    """

    rule: str
    severity: Severity
    observed: Value
    threshold: Value = None
    unit: str | None = None
    host: str | None = None
    subject: str | None = None

    def told(self, with_host: bool = True) -> words.Reason:
        """What is to be said of it, with the host where there is one and *with_host* asks for it."""
        found = words.Reason(
            self.rule, observed=_short(self.observed), threshold=_short(self.threshold), subject=self.subject
        )
        return words.Reason("on_host", host=self.host, why=found) if self.host and with_host else found


@dataclass(frozen=True)
class Grade:
    """A severity and what follows from it; *reasons* have the worst first."""

    severity: Severity
    reasons: tuple[Reason, ...] = ()
    complete: bool = True
    action: Action = NOTHING

    @property
    def respond_within_minutes(self) -> int | None:
        return _RESPOND_WITHIN_MINUTES.get(self.severity)

    @property
    def contacts(self) -> tuple[Contact, ...]:
        return _CONTACTS.get(self.severity, ())

    def passes(self, fail_on: str) -> bool:
        """Whether a gate that closes at *fail_on* (one of :data:`FAIL_ON`) lets this through."""
        if fail_on not in FAIL_ON:
            raise InvalidInput(words.Reason("fail_on_unknown", value=repr(fail_on), known=FAIL_ON))
        return fail_on == "never" or (self.complete and RANK[self.severity] < RANK[fail_on])

    def to_record(self) -> dict[str, Any]:
        return {
            "severity": self.severity,
            "complete": self.complete,
            "reasons": [asdict(reason) for reason in self.reasons],
            "action": self.action,
            "respond_within_minutes": self.respond_within_minutes,
            "contacts": [asdict(contact) for contact in self.contacts],
        }


@dataclass(frozen=True)
class FleetGrade:
    """The fleet's grade, and those that it was made from.

    *touched* and *control* are None outside of a deploy, or when no host is of that kind.
    *touched_hosts* are those that a deploy touched, *failed_touched* those of them that are P0 themselves.
    """

    grade: Grade
    hosts: Mapping[str, Grade]
    touched: Grade | None = None
    control: Grade | None = None
    failed_touched: tuple[str, ...] = ()
    touched_hosts: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        return self.grade.severity

    def passes(self, fail_on: str) -> bool:
        """As :meth:`Grade.passes`; besides, a touched host that failed never passes."""
        return self.grade.passes(fail_on) and (fail_on == "never" or not self.failed_touched)

    def to_record(self) -> dict[str, Any]:
        return {
            **self.grade.to_record(),
            "hosts": {host: grade.to_record() for host, grade in self.hosts.items()},
            "touched": self.touched.to_record() if self.touched else None,
            "control": self.control.to_record() if self.control else None,
            "failed_touched": list(self.failed_touched),
        }


def _short(value: Value) -> words.Value:
    """A number with two decimals at most."""
    if isinstance(value, float):
        return round(value, 2)
    return words.from_record(value) if isinstance(value, dict) else value


def graded(reasons: Iterable[Reason]) -> Grade:
    """The grade that *reasons* amount to: the worst of them; OK if there are none."""
    ordered = in_order(reasons)
    severity = ordered[0].severity if ordered else OK
    complete = all(reason.severity != UNKNOWN for reason in ordered)
    return Grade(severity, ordered, complete, _ACTION[severity])


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Worst first, and the same for the same reasons in whatever order they were found."""
    return tuple(
        sorted(reasons, key=lambda r: (-RANK[r.severity], r.rule, r.host or "", r.subject or "", str(r.observed)))
    )
