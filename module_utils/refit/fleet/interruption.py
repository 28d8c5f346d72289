"""A run that broke off, as far as its controller knew: what each host runs, or was last told to do.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ..words.reason import Reason, Record
from .rollout import Outcome
from .verdict import INTERRUPTED, HostEnd, Verdict, end_of, missing_ends


def broken_off(
    plan: Mapping[str, Any], why: Record, at_work: Mapping[str, str | None], outcomes: Mapping[str, Outcome]
) -> Verdict:
    """The verdict on a run that nobody carries on.

    Args:
        plan: the record of its :class:`~.plan.FleetPlan`.
        why: what ended it.
        at_work: per host that was given an order, and has not answered, the version that it was to go to.
        outcomes: per host what became of its last order, where it has answered.
    """
    ends = [_end(plan, host, at_work, outcomes) for host in plan["live"]]
    ends = sorted([*ends, *missing_ends(plan["missing"])], key=lambda end: end.host)
    return Verdict(INTERRUPTED, plan["target"], ends, why)


def _end(
    plan: Mapping[str, Any], host: str, at_work: Mapping[str, str | None], outcomes: Mapping[str, Outcome]
) -> HostEnd:
    if host in at_work:
        version = at_work[host]
        why = Reason("told_to_go", version=version) if version else Reason("told_to_go_back")
        return HostEnd(host, None, False, True, "at_work", why.to_record())
    if host in outcomes:
        return replace(end_of(host, outcomes[host], plan["targets"].get(host)), good=True)
    return HostEnd(host, plan["live"][host], True, True, "untouched")


def told_to(plan: Mapping[str, Any], hosts: Collection[str], restore: bool) -> dict[str, str | None]:
    """Where an order sends each of *hosts*: to its target or, to *restore* it, to what it had before."""
    return {host: (plan["from_versions"] if restore else plan["targets"]).get(host) for host in hosts}
