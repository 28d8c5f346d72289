"""The bounds between OK, P2, P1 and P0; the defaults are the team's severity table.

Values are exact fractions: a bound is a place where 50 % and 50.000000001 % differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Union

from ..core.errors import InvalidInput
from ..core.spelling import did_you_mean
from ..words.reason import Reason

Number = Union[int, float, str, Fraction]


def exact(value: Number) -> Fraction:
    """The decimal number that *value* is written as: ``0.1`` is a tenth, not its binary neighbour.

    Raises:
        ValueError: it is no finite number.
    """
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")
    return Fraction(str(value))


def plain(value: Fraction) -> int | float:
    """*value* for JSON and for people: an int where it is whole."""
    return value.numerator if value.denominator == 1 else float(value)


@dataclass(frozen=True)
class Thresholds:
    """What each bound is, and on which side of it the bound itself lies.

    Attributes:
        server_errors_p0_pct: share of 5xx in percent; P0 above it.
        server_errors_p1_pct: the same; P1 from it on.
        server_errors_p2_pct: the same; P2 from it on.
        response_rate_p1_pct: share of requests that got any answer; P1 below it.
        latency_p1_ms: mean latency; P1 above it.
        latency_p2_ms: the same; P2 from it on.
        latency_p2_factor: the same, in multiples of the baseline's; P2 from it on.
        health_p0_pct: share of health checks that failed; the host is P0 above it.
        synthetic_p0_pct: share of synthetic requests that failed; the host is P0 above it.
        synthetic_p0_ms: the slowest synthetic request; the host is P0 above it.
        p0_hosts_p0_pct: share of hosts that are P0; the fleet is P0 above it, P1 from the first on.
        log_errors_p2: ERROR lines in the window; P2 from it on, if it is also more than in the baseline.
        minimum_requests: with fewer, shares and means are at most P2.
    """

    server_errors_p0_pct: Fraction = Fraction(50)
    server_errors_p1_pct: Fraction = Fraction(10)
    server_errors_p2_pct: Fraction = Fraction(3)
    response_rate_p1_pct: Fraction = Fraction(50)
    latency_p1_ms: Fraction = Fraction(30_000)
    latency_p2_ms: Fraction = Fraction(10_000)
    latency_p2_factor: Fraction = Fraction(2)
    health_p0_pct: Fraction = Fraction(50)
    synthetic_p0_pct: Fraction = Fraction(50)
    synthetic_p0_ms: Fraction = Fraction(30_000)
    p0_hosts_p0_pct: Fraction = Fraction(50)
    log_errors_p2: Fraction = Fraction(1)
    minimum_requests: Fraction = Fraction(20)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Thresholds:
        """The defaults with the values of *mapping* instead.

        Raises:
            InvalidInput: names the key that is unknown, is no number from 0 on, is a share above
                100 %, or stands in the wrong order to its neighbour.
        """
        known = [field.name for field in fields(cls)]
        values = {}
        for key, value in mapping.items():
            if key not in known:
                raise _error(key, Reason("is_no_threshold", hint=did_you_mean(key, known)))
            values[key] = _bound(key, value)
        thresholds = cls(**values)
        for low, high in (
            ("server_errors_p2_pct", "server_errors_p1_pct"),
            ("server_errors_p1_pct", "server_errors_p0_pct"),
            ("latency_p2_ms", "latency_p1_ms"),
        ):
            if getattr(thresholds, low) > getattr(thresholds, high):
                raise _error(low, Reason("is_greater_than", other=high))
        return thresholds

    def to_record(self) -> dict[str, Any]:
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def _bound(key: str, value: Any) -> Fraction:
    try:
        bound = exact(value)
    except (ValueError, ZeroDivisionError):
        raise _error(key, Reason("must_be_any_number", value=repr(value))) from None
    if key.endswith("_pct") and not 0 <= bound <= 100:
        raise _error(key, Reason("must_be_share", value=repr(value)))
    low = 1 if key == "minimum_requests" else 0
    if bound < low:
        raise _error(key, Reason("must_be_at_least", low=low, value=repr(value)))
    return bound


def _error(key: str, problem: Reason) -> InvalidInput:
    return InvalidInput(
        Reason("threshold_wrong", key=key, problem=problem), next_command=Reason("correct_in_inventory")
    )
