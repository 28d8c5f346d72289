"""After an activation: what the hosts' grades say of the release.  Pure.

A release that was proven for a moment is watched a while longer, with the traffic, the log and
the synthetic request that the proof does not look at.  Only P0 takes it back; what else follows
from a grade decides :mod:`.gate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Optional

from ..deploy.outcomes import FAILED, GOOD
from ..health.grades import OK, P0, RANK, FleetGrade
from ..health.report import worst_reason

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


def saw_enough(measurements: Measurements, hosts: Iterable[str], minimum_requests: float | Fraction) -> bool:
    """Whether *hosts* together had the requests that a share of them needs to mean something.

    True where no host's traffic can be measured: waiting would not help.
    """
    counts = [((measurements.get(host) or {}).get("traffic") or {}).get("requests") for host in hosts]
    known = [count for count in counts if count is not None]
    return not known or sum(known) >= minimum_requests


def outcomes_after(outcomes: Records, failed: Mapping[str, str]) -> dict[str, Any]:
    """The activations' outcome records, once the touched hosts in *failed* (host → why) are known to be bad."""
    after: dict[str, Any] = dict(outcomes)
    for host, why in failed.items():
        record = outcomes.get(host)
        if record and record["outcome"] in GOOD:
            after[host] = {**record, "outcome": FAILED, "reason": why, "failed_check": CHECK}
    return after
