"""The counts of some hosts, summed so that none of them outweighs the others.  Pure.

What a host counts is what its own page of metrics says.  One page that speaks of more requests than
a fleet has could make everybody's share of errors its own, or hide it: where three hosts or more
counted something, each weighs at most :data:`MOST_WEIGHT` times as much as the median of them.  Hosts
that share their load in the usual way are far below that, and their sums are exact.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Optional

from ..config.thresholds import exact

MOST_WEIGHT = 3
#: Of fewer hosts nobody can say which of them is the unusual one.
SEVERAL = 3
#: Of several hosts, how many have to be P0 by their own counts before the sums may be.
WITNESSES = 2
PARTS = ("health", "process", "traffic", "synthetic", "log")
Measurement = Mapping[str, Any]

# What a share or a mean is of, and what is counted within it.
_WITHIN = {"requests": ("errors",), "attempted": ("answered",), "latency_count": ("latency_sum_s",)}

_Measured = Iterable[Optional[Measurement]]
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """Sums over hosts; where one of them weighs less than it says, they are fractions.

    *silent* hosts are those of which no one knows whether they answer, though someone was to find out;
    *log_window_s* is summed as well, so that rates are per host and second.
    """

    hosts: int = 0
    silent: int = 0
    requests: Fraction = Fraction(0)
    errors: Fraction = Fraction(0)
    attempted: Fraction = Fraction(0)
    answered: Fraction = Fraction(0)
    latency_sum_s: Fraction = Fraction(0)
    latency_count: Fraction = Fraction(0)
    health_attempts: int = 0
    health_successes: int = 0
    synthetic_attempts: int = 0
    synthetic_successes: int = 0
    restarts: int = 0
    log_errors: int = 0
    log_window_s: Fraction = Fraction(0)

    @classmethod
    def of(cls, measurements: _Measured) -> Counts:
        """The sums of *measurements*, None for a host that was not measured."""
        return cls(**_sums([_host_counts(measurement) for measurement in measurements]))

    @property
    def mean_latency_ms(self) -> Fraction | None:
        return self.latency_sum_s * 1000 / self.latency_count if self.latency_count else None


def outweigh(measurements: _Measured) -> list[bool]:
    """For each of *measurements*, in their order, whether its requests weigh less than it says."""
    rows = [_host_counts(measurement) for measurement in measurements]
    most = _most(rows, "requests")
    return [most is not None and row.get("requests", 0) > most for row in rows]


def _sums(rows: Sequence[_Row]) -> dict[str, Any]:
    most = {whole: _most(rows, whole) for whole in _WITHIN}
    totals: dict[str, Any] = {}
    for row in rows:
        bounded = dict(row)
        for whole, limit in most.items():
            if limit is not None and row.get(whole, 0) > limit:
                weight = Fraction(limit, row[whole])
                bounded.update({name: row[name] * weight for name in (whole, *_WITHIN[whole])})
        for name, value in bounded.items():
            totals[name] = totals.get(name, 0) + value
    return totals


def _most(rows: Sequence[_Row], whole: str) -> int | None:
    """What a host may have of *whole* before it outweighs the others; None where they are too few to say."""
    counted = [row[whole] for row in rows if row.get(whole)]
    return MOST_WEIGHT * statistics.median_low(counted) if len(counted) >= SEVERAL else None


def _host_counts(measurement: Measurement | None) -> dict[str, Any]:
    health, process, traffic, synthetic, log = (part_of(measurement, name) for name in PARTS)
    counts: dict[str, Any] = {"hosts": 1}
    own = [part for part in (health, synthetic) if part]
    if traffic.get("answered") is not None:
        counts.update(attempted=traffic["requests"], answered=traffic["answered"])
    else:
        counts.update(attempted=sum(part["attempts"] for part in own), answered=sum(part["answered"] for part in own))
    unseen = [name for name in ("health", "traffic", "synthetic") if is_unmeasured(measurement, name)]
    counts["silent"] = 1 if unseen and not counts["attempted"] else 0
    if traffic:
        counts.update(requests=traffic["requests"], errors=traffic["errors"])
        if traffic.get("latency_sum_s") is not None and traffic.get("latency_count"):
            counts.update(latency_sum_s=exact(traffic["latency_sum_s"]), latency_count=traffic["latency_count"])
    if health:
        counts.update(health_attempts=health["attempts"], health_successes=health["successes"])
    if synthetic:
        counts.update(synthetic_attempts=synthetic["attempts"], synthetic_successes=synthetic["successes"])
    if log:
        counts.update(log_errors=log["errors"], log_window_s=exact(log["window_s"]))
    counts["restarts"] = process.get("restarts") or int(bool(traffic.get("restarted")))
    return counts


def part_of(measurement: Measurement | None, name: str) -> Mapping[str, Any]:
    """A part as it was measured; empty if it was not, or is not configured."""
    return {} if measurement is None or is_unmeasured(measurement, name) else measurement.get(name, {})


def is_unmeasured(measurement: Measurement | None, name: str) -> bool:
    if measurement is None:
        return True
    return name in measurement and (measurement[name] is None or "unmeasured" in measurement[name])
