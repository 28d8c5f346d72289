"""All hosts' outcomes become one verdict on the fleet.  Pure.

Hosts that did not end where the verdict wants them are *divergent*: lost, missing from
the start, or neither on the new release nor back on the old one.  Each is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Union

from ..deploy import outcomes
from ..deploy.outcomes import FAILED, GOOD, LOST, REFUSED, RESTORED
from ..state.versions import is_legacy
from ..words.reason import Reason, Record, from_record
from .gate import GO_ON, STOP, Decision, has_taken_over
from .memory import is_out_of_reach, why_out_of_reach
from .rollout import Course, Outcome, Outcomes, overtaken_by

Word = Literal["succeeded", "rolled_back", "partly_rolled_back", "stopped", "interrupted", "aborted_before_activation"]
SUCCEEDED: Final = "succeeded"
ROLLED_BACK: Final = "rolled_back"
PARTLY_ROLLED_BACK: Final = "partly_rolled_back"
STOPPED: Final = "stopped"
INTERRUPTED: Final = "interrupted"  # whoever made it is gone, and what it began may go on
ABORTED: Final = "aborted_before_activation"

# How a host ended: as its activation did, or without one that is known.
End = Union[outcomes.Word, Literal["lost", "staged", "not_staged", "missing", "untouched", "taken_back", "at_work"]]

# The outcome of a host that could not be read from the start.
MISSING: Final = "missing"

NOTHING_BEFORE: Final = Reason("nothing_before").to_record()


@dataclass(frozen=True)
class HostEnd:
    """How one host ended.

    Attributes:
        runs: the version it was left with, or in words what is no release; None if that is not known or nothing.
        proven: whether what it runs was proven in this run, or was never touched.
        good: whether it ended where the verdict wants it.
        why: what went wrong on it, as a reason's record; None if nothing.
    """

    host: str
    runs: str | None
    proven: bool
    good: bool
    outcome: End
    why: Record | None = None
    failed_check: str | None = None

    def to_record(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def to_failure(self) -> dict[str, Any]:
        """What a message says of a host on which something went wrong; without ``runs`` where nobody could ask."""
        known = {} if self.runs is None and self.outcome in (LOST, MISSING) else {"runs": self.runs}
        return {"host": self.host, **known, "check": self.failed_check, "detail": self.why}


@dataclass(frozen=True)
class Verdict:
    """The fleet's verdict, and every host's end.

    Attributes:
        target: the version that every host was to go to; None where each had its own.
        why: why a deploy stopped, or could not go back; empty otherwise.
        overtaken_by: whose newer run took over, such as ``a rollback by kim``; None if none did.
        left_nothing: whether a rollback succeeded that had nothing to go back from, see :class:`~.plan.FleetPlan`.
        unjudged: that a deploy was observed with too few requests to say more; empty if not.
    """

    verdict: Word
    target: str | None
    hosts: list[HostEnd]
    why: Record = ""
    overtaken_by: Record | None = None
    left_nothing: bool = False
    unjudged: Record = ""

    @property
    def succeeded(self) -> bool:
        return self.verdict == SUCCEEDED

    @property
    def culprits(self) -> list[HostEnd]:
        """The hosts on which something went wrong."""
        return [end for end in self.hosts if end.why]

    @property
    def divergent(self) -> list[str]:
        """The hosts that did not end where the verdict wants them."""
        return [end.host for end in self.hosts if not end.good]

    @property
    def done(self) -> int:
        """How many hosts run the target, and are proven."""
        return sum(end.proven and end.runs is not None and end.runs == self.target for end in self.hosts)

    def to_record(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "succeeded": self.succeeded,
            "target": self.target,
            "why": self.why,
            "overtaken_by": self.overtaken_by,
            "left_nothing": self.left_nothing,
            "unjudged": self.unjudged,
            "hosts": {end.host: end.to_record() for end in self.hosts},
            "failures": [end.to_failure() for end in self.culprits],
            "divergent": self.divergent,
            "done": self.done,
        }


def staging_verdict(target: str, live: Mapping[str, str | None], staged: Outcomes) -> Verdict:
    """Whether the release is staged on every host; nothing was activated yet.

    Args:
        live: per host that takes part the version that is live.
        staged: per host ``{"version"}`` where it is staged, ``{"reason"}`` where not.
    """
    ends = []
    for host in sorted(live):
        record = staged.get(host) or {}
        ok = bool(record.get("version"))
        why = None if ok else record.get("reason") or Reason("no_answer").to_record()
        ends.append(HostEnd(host, live[host], True, ok, "staged" if ok else "not_staged", why, None if ok else "stage"))
    return Verdict(SUCCEEDED if all(end.good for end in ends) else ABORTED, target, ends)


def failures_so_far(course: Course) -> list[dict[str, Any]]:
    """What went wrong in a deploy before anything is done about it."""
    ends = (end_of(host, course.outcomes[host], course.target) for host in sorted(course.outcomes))
    return [end.to_failure() for end in ends if end.why]


def deploy_verdict(
    course: Course,
    decision: Decision,
    taken_back: Outcomes | None = None,
    ended: Outcomes | None = None,
    unjudged: Record = "",
) -> Verdict:
    """The verdict on a deploy, once the hosts of :meth:`.rollout.Course.take_back` went back, if they had to.

    Args:
        decision: the last one of its :func:`.gate.decide`.
        taken_back: per host that was taken back its outcome record; None if it was lost.
        ended: per host what came of telling it that the run is over.
        unjudged: that the hosts were observed with too few requests to say more.
    """
    taken_back = taken_back or {}
    overtaken = overtaken_by(course.outcomes) or overtaken_by(taken_back) or overtaken_by(ended or {})
    if overtaken or decision.decision == STOP:
        ends = [_end_as_it_is(course, host, taken_back) for host in course.before]
        if overtaken:
            return _verdict(STOPPED, course, ends, has_taken_over(overtaken), overtaken)
        return _verdict(STOPPED, course, ends, decision.why)
    if decision.decision == GO_ON and course.complete:
        ends = [end_of(host, course.outcomes[host], course.target) for host in course.before]
        return replace(_verdict(SUCCEEDED, course, ends), unjudged=unjudged)
    back = course.take_back()
    ends = [_end_after_failure(course, host, taken_back, host in back) for host in course.before]
    if all(end.good for end in ends):
        return _verdict(ROLLED_BACK, course, ends)
    nowhere = not any(course.before.values()) and not any(is_legacy(course.live_on(host)) for host in course.before)
    return _verdict(PARTLY_ROLLED_BACK, course, ends, NOTHING_BEFORE if nowhere else "")


def rollback_verdict(
    targets: Mapping[str, str],
    outcomes: Outcomes,
    missing: Mapping[str, Record] | None = None,
    target: str | None = None,
    leaves_nothing: bool = False,
    obstacles: Mapping[str, Record] | None = None,
) -> Verdict:
    """The verdict on a rollback.

    Args:
        targets: per host that takes part the version it goes to; one without an outcome is lost.
        missing: per host of the fleet that could not be read from the start why.
        target: the version, where it is the same for all.
        leaves_nothing: as its plan says.
        obstacles: per host to which the version could not be brought why.
    """
    ends = [end_of(host, outcomes.get(host), targets[host]) for host in targets]
    ends = [_with_obstacle(end, targets[end.host], (obstacles or {}).get(end.host)) for end in ends]
    # A host that refused may be on the target, but nobody has proven it.
    ends = [end if end.outcome in GOOD else replace(end, good=False) for end in ends]
    ends = _in_order([*ends, *missing_ends(missing or {})])
    found: Word = SUCCEEDED if all(end.good for end in ends) else PARTLY_ROLLED_BACK
    return Verdict(found, target, ends, left_nothing=leaves_nothing and found == SUCCEEDED)


def _with_obstacle(end: HostEnd, version: str, obstacle: Record | None) -> HostEnd:
    if end.why is None or not obstacle:
        return end
    # That it refused what did not come to it says nothing more.
    why = Reason("obstacle", version=version, why=from_record(obstacle)).to_record()
    return replace(end, why=why, failed_check="stage" if end.outcome == REFUSED else end.failed_check)


def _verdict(
    name: Word, course: Course, ends: list[HostEnd], why: Record = "", overtaken: Record | None = None
) -> Verdict:
    return Verdict(name, course.target, _in_order([*ends, *missing_ends(course.missing)]), why, overtaken)


def _in_order(ends: list[HostEnd]) -> list[HostEnd]:
    return sorted(ends, key=lambda end: end.host)


def missing_ends(missing: Mapping[str, Record]) -> list[HostEnd]:
    """The ends of the hosts that could not be read from the start, for which *missing* says why."""
    ends = {host: (_never(why), "reach") if is_out_of_reach(why) else (why, "survey") for host, why in missing.items()}
    return [HostEnd(host, None, False, False, MISSING, *end) for host, end in ends.items()]


def _never(why: Record) -> Record:
    """That a host could not be reached from the start, and *why* where that is known."""
    more = why_out_of_reach(why)
    never = Reason("unreachable_from_the_start_for", why=more) if more else Reason("unreachable_from_the_start")
    return never.to_record()


def _untouched(course: Course, host: str) -> HostEnd:
    """A host whose turn had not come."""
    return HostEnd(host, course.live_on(host), True, True, "untouched")


def _end_as_it_is(course: Course, host: str, taken_back: Outcomes) -> HostEnd:
    """A host's end where nothing (more) is taken back: what it runs now is for somebody else to decide."""
    if host in taken_back:
        end = end_of(host, taken_back[host], course.before[host])
    elif host in course.outcomes:
        end = end_of(host, course.outcomes[host], course.target)
    else:
        return _untouched(course, host)
    return replace(end, good=end.outcome not in (LOST, FAILED))


def _end_after_failure(course: Course, host: str, taken_back: Outcomes, goes_back: bool) -> HostEnd:
    if host not in course.outcomes:
        return end_of(host, taken_back.get(host), course.before[host]) if goes_back else _untouched(course, host)
    record = course.outcomes[host]
    why, check = _trouble(record)
    end = end_of(host, taken_back.get(host) if goes_back else record, course.before[host])
    why = _both(why, end.why if goes_back else None)
    if not end.good and not why:
        why = NOTHING_BEFORE
    outcome = "taken_back" if goes_back and end.outcome in GOOD else end.outcome
    return replace(end, outcome=outcome, why=why, failed_check=check or end.failed_check)


def _both(first: Record | None, second: Record | None) -> Record | None:
    """Why it went wrong, and why it went wrong again."""
    if not (first and second):
        return first or second
    return Reason("both", first=from_record(first), second=from_record(second)).to_record()


def end_of(host: str, record: Outcome, wanted: str | None) -> HostEnd:
    """How *host* ended by the outcome *record* of its last order, where *wanted* is where it should be."""
    if record is None:
        return HostEnd(host, None, False, False, LOST, Reason("host_lost").to_record(), "reach")
    outcome, live = record["outcome"], record.get("live")
    if outcome in GOOD:
        return HostEnd(host, record["to"], True, record["to"] == wanted, outcome)
    why, check = _trouble(record)
    if outcome == RESTORED:
        # What was live before may have been no release.
        return HostEnd(host, live, True, live == wanted or (wanted is None and is_legacy(live)), outcome, why, check)
    untouched = outcome == REFUSED and not record.get("touched")
    good = untouched and (live == wanted or is_legacy(live))
    return HostEnd(host, live, untouched, good, outcome, why, check)


def _trouble(record: Outcome) -> Any:
    """What went wrong in an activation, and the check that showed it."""
    if record is None:
        return Reason("host_lost_activating").to_record(), "reach"
    if record["outcome"] in GOOD:
        return None, None
    return record.get("reason") or record["outcome"], record.get("failed_check")
