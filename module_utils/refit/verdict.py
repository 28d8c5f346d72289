"""All hosts' outcomes become one verdict on the fleet.  Pure.

A record that is missing (the host was lost during the call, or its module died)
counts as *maybe activated*: such a host is taken back like one that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from .activation import ACTIVATED, FAILED, REFUSED, RESTORED, UNCHANGED

SUCCEEDED = "succeeded"
ROLLED_BACK = "rolled_back"
PARTLY_ROLLED_BACK = "partly_rolled_back"
ABORTED = "aborted_before_activation"

GOOD = (ACTIVATED, UNCHANGED)
# Checks that say something about the release, not about the host it ran on.
RELEASE_CHECKS = ("health", "process", "release", "restarts", "severity", "version")

Records = Mapping[str, Optional[Mapping[str, Any]]]


@dataclass(frozen=True)
class HostEnd:
    """How one host ended.

    Attributes:
        runs: the version it was left with; None if that is not known or nothing.
        proven: whether what it runs was proven in this run, or was never touched.
        good: whether it ended where the verdict wants it.
        why: what went wrong on it, in one sentence; None if nothing.
    """

    host: str
    runs: str | None
    proven: bool
    good: bool
    outcome: str
    why: str | None = None
    failed_check: str | None = None

    def to_record(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class Verdict:
    """The fleet's verdict, and every host's end."""

    verdict: str
    target: str
    hosts: list[HostEnd]

    @property
    def succeeded(self) -> bool:
        return self.verdict == SUCCEEDED

    @property
    def culprits(self) -> list[HostEnd]:
        """The hosts on which something went wrong."""
        return [end for end in self.hosts if end.why]

    def to_record(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "succeeded": self.succeeded,
            "target": self.target,
            "hosts": {end.host: end.to_record() for end in self.hosts},
            "failures": [
                {"host": end.host, "runs": end.runs, "check": end.failed_check, "detail": end.why}
                for end in self.culprits
            ],
            "divergent": [end.host for end in self.hosts if not end.good],
        }


def staging_verdict(target: str, before: Mapping[str, str | None], staged: Records) -> Verdict:
    """Whether the release is staged on every host; nothing was activated yet.

    Args:
        before: per host of the fleet the version that is live.
        staged: per host ``{"version"}`` where it is staged, ``{"msg"}`` where not.
    """
    ends = []
    for host in sorted(before):
        record = staged.get(host) or {}
        ok = bool(record.get("version"))
        why = None if ok else record.get("msg") or "the host could not be reached"
        ends.append(
            HostEnd(host, before[host], True, ok, "staged" if ok else "not_staged", why, None if ok else "stage")
        )
    return Verdict(SUCCEEDED if all(end.good for end in ends) else ABORTED, target, ends)


def hosts_to_take_back(before: Mapping[str, str | None], outcomes: Records, target: str) -> dict[str, str]:
    """Which hosts must go back after a deploy that failed somewhere, and where to.

    A host that restored itself, was refused before the switch, or ran the target
    before this run needs nothing; one without a release before has nowhere to go.
    """
    back = {}
    for host, version in before.items():
        if version is None or version == target:
            continue
        record = outcomes.get(host)
        if (
            record is None
            or record["outcome"] in (ACTIVATED, UNCHANGED, FAILED)
            or (record["outcome"] == REFUSED and record.get("touched"))
        ):
            back[host] = version
    return back


def activated_hosts(outcomes: Records) -> list[str]:
    """The hosts on which this run made the target live."""
    return sorted(host for host, record in outcomes.items() if record and record["outcome"] == ACTIVATED)


def release_is_to_blame(outcomes: Records) -> str | None:
    """Why the release itself is bad; None if only hosts or the network failed."""
    for host in sorted(outcomes):
        record = outcomes[host]
        if record and record["outcome"] in (FAILED, RESTORED) and record.get("failed_check") in RELEASE_CHECKS:
            return "failed on {}: {}".format(host, record.get("reason"))
    return None


def deploy_verdict(
    target: str, before: Mapping[str, str | None], outcomes: Records, taken_back: Records | None = None
) -> Verdict:
    """The verdict on a deploy, after the hosts of :func:`hosts_to_take_back` went back.

    Args:
        before: per host of the fleet the version to go back to.
        outcomes: per host its activation's outcome record; None or absent if lost.
        taken_back: likewise of the activations that took hosts back.
    """
    taken_back = taken_back or {}
    if all((outcomes.get(host) or {}).get("outcome") in GOOD for host in before):
        return Verdict(SUCCEEDED, target, [_end(host, outcomes[host], target) for host in sorted(before)])
    back = hosts_to_take_back(before, outcomes, target)
    ends = []
    for host in sorted(before):
        why, check = _trouble(outcomes.get(host))
        end = _end(host, taken_back.get(host) if host in back else outcomes.get(host), before[host])
        why = "; ".join(text for text in (why, end.why if host in back else None) if text)
        if not end.good and not why:
            why = "there was no release before it to go back to"
        ends.append(HostEnd(host, end.runs, end.proven, end.good, end.outcome, why or None, check or end.failed_check))
    return Verdict(ROLLED_BACK if all(end.good for end in ends) else PARTLY_ROLLED_BACK, target, ends)


def rollback_verdict(target: str, before: Mapping[str, str | None], outcomes: Records) -> Verdict:
    """The verdict on a rollback to *target*; hosts of *before* without a record are lost."""
    ends = [_end(host, outcomes.get(host), target) for host in sorted(before)]
    # A host that refused may be on the target, but nobody has proven it.
    ends = [end if end.outcome in GOOD else replace(end, good=False) for end in ends]
    return Verdict(SUCCEEDED if all(end.good for end in ends) else PARTLY_ROLLED_BACK, target, ends)


def _end(host: str, record: Mapping[str, Any] | None, wanted: str | None) -> HostEnd:
    if record is None:
        return HostEnd(host, None, False, False, "lost", "the host was lost; what it runs is not known", "reach")
    outcome, live = record["outcome"], record.get("live")
    if outcome in GOOD:
        return HostEnd(host, record["to"], True, record["to"] == wanted, outcome)
    why, check = _trouble(record)
    if outcome == RESTORED:
        return HostEnd(host, live, True, live == wanted, outcome, why, check)
    untouched = outcome == REFUSED and not record.get("touched")
    return HostEnd(host, live, untouched, untouched and live == wanted, outcome, why, check)


def _trouble(record: Mapping[str, Any] | None) -> Any:
    """What went wrong in an activation, and the check that showed it."""
    if record is None:
        return "the host was lost during the activation", "reach"
    if record["outcome"] in GOOD:
        return None, None
    return record.get("reason") or record["outcome"], record.get("failed_check")
