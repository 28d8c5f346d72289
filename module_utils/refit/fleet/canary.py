"""After an activation: what the hosts' grades say of the release.  Pure.

A release that was proven for a moment is watched a while longer, with the traffic, the log and
the synthetic request that the proof does not look at.  Only P0 takes it back; what else follows
from a grade decides :mod:`.gate`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Optional

from ..deploy.outcomes import FAILED, GOOD
from ..health.counts import part_of
from ..health.grades import OK, P0, RANK, FleetGrade, Grade
from ..health.report import worst_reason
from ..health.severity import FEW_REQUESTS, NO_REQUESTS
from ..supervisors.base import LAUNCHING, ONLINE
from ..words.reason import Reason, Record, from_record

CHECK = "severity"

Measurements = Mapping[str, Optional[Mapping[str, Any]]]
Records = Mapping[str, Optional[Mapping[str, Any]]]


def failures(fleet: FleetGrade, touched: Iterable[str]) -> dict[str, Record]:
    """Why each of the *touched* hosts that failed did; empty if the release may stay.

    These are the hosts that are P0 themselves or, where only all of them together are, all of them.
    """
    if fleet.failed_touched:
        return {host: _worst(fleet.hosts[host], name_host=False) for host in fleet.failed_touched}
    if fleet.touched is not None and fleet.touched.severity == P0:
        return dict.fromkeys(touched, _worst(fleet.touched))
    return {}


def summary(fleet: FleetGrade) -> Record:
    """What the grade of the touched hosts rests on, and whether the others are no better; empty if all is well."""
    if fleet.touched is None or fleet.touched.severity == OK:
        return ""
    why = _worst(fleet.touched)
    if fleet.control is not None and RANK[fleet.control.severity] >= RANK[fleet.touched.severity]:
        return Reason("others_no_better", why=from_record(why), severity=fleet.control.severity).to_record()
    return why


def _worst(grade: Grade, name_host: bool = True) -> Record:
    found = worst_reason(grade, name_host)
    return found.to_record() if found else ""


def unjudged(fleet: FleetGrade) -> Record:
    """That the touched hosts together had too few requests for a share of them to mean something; empty if not.

    Empty, too, where no host's traffic can be measured: waiting longer would not help.
    """
    reasons = fleet.touched.reasons if fleet.touched else ()
    return next((reason.told().to_record() for reason in reasons if reason.rule in (NO_REQUESTS, FEW_REQUESTS)), "")


def absent(live: Mapping[str, str | None], touched: Collection[str], measurements: Measurements) -> list[str]:
    """The hosts on which nothing runs yet, for this deploy comes to them later: nothing there can be graded.

    Args:
        live: per host the version that was live when the deploy began; None if there was none.
        touched: those that it has come to.
    """
    return [
        host
        for host, version in sorted(live.items())
        if version is None
        and host not in touched
        and measurements.get(host) is not None
        and part_of(measurements[host], "process").get("status") not in (ONLINE, LAUNCHING)
    ]


def outcomes_after(outcomes: Records, failed: Mapping[str, Record]) -> dict[str, Any]:
    """The activations' outcome records, once the touched hosts in *failed* (host → why) are known to be bad."""
    after: dict[str, Any] = dict(outcomes)
    for host, why in failed.items():
        record = outcomes.get(host)
        if record and record["outcome"] in GOOD:
            after[host] = {**record, "outcome": FAILED, "reason": why, "failed_check": CHECK}
    return after
