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
from ..health.grades import OK, P0, RANK, FleetGrade
from ..health.report import worst_reason
from ..health.severity import FEW_REQUESTS, NO_REQUESTS
from ..health.severity_texts import describe
from ..supervisors.base import LAUNCHING, ONLINE

CHECK = "severity"
_NO_BETTER = {
    "ko": "건드리지 않은 서버들도 {}이므로 원인이 이 릴리스가 아닐 수 있음",
    "en": "the hosts that were not touched are {} as well, so it may not be this release",
}

Measurements = Mapping[str, Optional[Mapping[str, Any]]]
Records = Mapping[str, Optional[Mapping[str, Any]]]


def failures(fleet: FleetGrade, touched: Iterable[str], language: str = "ko") -> dict[str, str]:
    """Why each of the *touched* hosts that failed did; empty if the release may stay.

    These are the hosts that are P0 themselves or, where only all of them together are, all of them.
    """
    if fleet.failed_touched:
        return {host: worst_reason(fleet.hosts[host], language, name_host=False) for host in fleet.failed_touched}
    if fleet.touched is not None and fleet.touched.severity == P0:
        why = worst_reason(fleet.touched, language)
        return dict.fromkeys(touched, why)
    return {}


def summary(fleet: FleetGrade, language: str = "ko") -> str:
    """What the grade of the touched hosts rests on, and whether the others are no better; empty if all is well."""
    if fleet.touched is None or fleet.touched.severity == OK:
        return ""
    why = worst_reason(fleet.touched, language)
    if fleet.control is not None and RANK[fleet.control.severity] >= RANK[fleet.touched.severity]:
        why += " (" + _NO_BETTER[language].format(fleet.control.severity) + ")"
    return why


def unjudged(fleet: FleetGrade, language: str = "ko") -> str:
    """That the touched hosts together had too few requests for a share of them to mean something; empty if not.

    Empty, too, where no host's traffic can be measured: waiting longer would not help.
    """
    reasons = fleet.touched.reasons if fleet.touched else ()
    return next((describe(reason, language) for reason in reasons if reason.rule in (NO_REQUESTS, FEW_REQUESTS)), "")


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


def outcomes_after(outcomes: Records, failed: Mapping[str, str]) -> dict[str, Any]:
    """The activations' outcome records, once the touched hosts in *failed* (host → why) are known to be bad."""
    after: dict[str, Any] = dict(outcomes)
    for host, why in failed.items():
        record = outcomes.get(host)
        if record and record["outcome"] in GOOD:
            after[host] = {**record, "outcome": FAILED, "reason": why, "failed_check": CHECK}
    return after
