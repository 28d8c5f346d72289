"""After an activation: what the hosts' grades say of the release.  Pure.

A release that was proven for a moment is watched a while longer, with the traffic, the log and
the synthetic request that the proof does not look at.  Only P0 takes it back: what could not be
measured is shown, and decides nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from .activation import ACTIVATED, FAILED
from .grades import P0, FleetGrade
from .health_report import worst_reason

CHECK = "severity"

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


def saw_enough(measurements: Measurements, hosts: Iterable[str], minimum_requests: float) -> bool:
    """Whether *hosts* together had the requests that a share of them needs to mean something.

    True where no host's traffic can be measured: waiting would not help.
    """
    counts = [((measurements.get(host) or {}).get("traffic") or {}).get("requests") for host in hosts]
    known = [count for count in counts if count is not None]
    return not known or sum(known) >= minimum_requests


def outcomes_after(outcomes: Records, failed: Mapping[str, str]) -> dict[str, Any]:
    """The activations' outcome records, once those hosts in *failed* (host → why) are known to be bad."""
    after: dict[str, Any] = dict(outcomes)
    for host, why in failed.items():
        record = outcomes.get(host)
        if record and record["outcome"] == ACTIVATED:
            after[host] = {**record, "outcome": FAILED, "reason": why, "failed_check": CHECK}
    return after
