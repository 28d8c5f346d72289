"""What a service's own request counters say: how many answered, how many with 5xx, how fast.

A service counts its requests since its start.  Two readings of those counters (see
:mod:`.traffic_sources`) and their :func:`delta` say what happened in between.

The counters know requests that were *answered*; one that got no answer (refused, timed
out, the process died over it) is in no server's counters.  So they give the share of
5xx, never the response rate: :attr:`Traffic.answered` is None here.  The response rate
needs someone who sees the attempts too: a load balancer, or our own health and
synthetic requests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

from ..words.reason import Reason
from .unmeasured import Unmeasured

_START_TIME_ERROR_S = 2.0  # the kernel counts a process's start from a boot time in whole seconds

Exact = Union[int, Fraction]


@dataclass(frozen=True)
class Counter:
    """One counter: *what* it counts and the labels that set it apart from its like.

    *what* is ``requests``, ``errors``, ``seconds`` (their summed duration), ``timed`` (how
    many that sum is over), ``bucket`` or ``bucket_all`` (of a histogram; the latter's also
    holds requests that are not traffic), *le* a bucket's upper bound in seconds.
    """

    what: str
    labels: tuple[tuple[str, str], ...] = ()
    le: str | None = None


@dataclass(frozen=True)
class Sample:
    """The counters at one moment.

    *taken_at* and *process_started_at* (None where the source does not tell) are in
    seconds since the epoch, the former by our clock, the latter by the service's.
    """

    counters: Mapping[Counter, Exact]
    taken_at: float
    process_started_at: float | None = None

    @property
    def requests(self) -> int:
        """Requests answered since the process started."""
        return int(_sum(self.counters, "requests"))

    @property
    def errors(self) -> int:
        """Those of them answered with 5xx."""
        return int(_sum(self.counters, "errors"))


@dataclass(frozen=True)
class Traffic:
    """What happened between two samples.

    Attributes:
        requests: how many were answered, with whatever status.
        errors: how many of them with 5xx.
        answered: of the attempted ones; None, because these sources see no others.
        latency_sum_s, latency_count: summed duration and how many it is over, so that the
            mean over several hosts can be had; None where durations are not counted.
        mean_latency_ms: None without a timed request.
        p95_latency_ms: estimated from a histogram as Prometheus does (linear within the
            bucket); None without one, or when it lies beyond the last finite bucket.
        restarted: the process started anew; everything is counted from that start.
        window_s: seconds between the samples.
        counters_fell: that it did is concluded from counters that fell, and nothing else.
    """

    requests: int
    errors: int
    answered: int | None
    latency_sum_s: float | None
    latency_count: int | None
    mean_latency_ms: float | None
    p95_latency_ms: float | None
    restarted: bool
    window_s: float
    counters_fell: bool = False

    def to_record(self) -> dict[str, Any]:
        return dict(vars(self))


SEVERAL_PROCESSES = Reason("several_processes")


def delta(before: Sample, after: Sample) -> Traffic | Unmeasured:
    """What happened between *before* and *after*.

    A counter never falls and never goes away while its process lives.  If one did, or if
    another process answers, all of them began again at zero in between: *after* is then
    counted whole, and what the old process counted last is lost.  Another process that ran
    at the time of *before* already is no restart: several share the address, each with
    counters of its own, and the difference says nothing.  Nor does it where a process that
    did not restart counts less than before, or more errors than requests.
    """
    starts = [sample.process_started_at for sample in (before, after) if sample.process_started_at is not None]
    other_process = len(set(starts)) == 2
    if other_process and starts[1] < before.taken_at - _START_TIME_ERROR_S:
        return Unmeasured(SEVERAL_PROCESSES)
    counters_fell = not other_process and fell(before, after)
    if counters_fell and len(starts) == 2:
        return Unmeasured(Reason("counter_fell"))
    restarted = other_process or counters_fell
    start = {} if restarted else before.counters
    counters = {counter: value - start.get(counter, 0) for counter, value in after.counters.items()}
    requests, errors = int(_sum(counters, "requests")), int(_sum(counters, "errors"))
    if errors > requests:
        return Unmeasured(Reason("more_errors_than_requests", errors=errors, requests=requests))
    timed, seconds = _sum(counters, "timed"), _sum(counters, "seconds")
    has_latency = any(counter.what == "timed" for counter in counters)
    return Traffic(
        requests=requests,
        errors=errors,
        answered=None,
        latency_sum_s=float(seconds) if has_latency else None,
        latency_count=int(timed) if has_latency else None,
        mean_latency_ms=float(seconds * 1000 / Fraction(timed)) if timed else None,
        p95_latency_ms=_p95_ms(counters),
        restarted=restarted,
        window_s=after.taken_at - before.taken_at,
        counters_fell=counters_fell,
    )


def fell(before: Sample, after: Sample) -> bool:
    """Whether anything was counted *before* that is counted less, or not at all, *after*."""
    return any(after.counters.get(counter, -1) < value for counter, value in before.counters.items())


def quantile(q: Fraction, buckets: Mapping[Fraction, Exact], total: Exact) -> Fraction | None:
    """The *q* quantile of a histogram, as Prometheus' ``histogram_quantile`` estimates it.

    Args:
        q: from 0 to 1.
        buckets: finite upper bound → how many lie at or below it.
        total: how many there are, those above the last bound included.

    Returns:
        None when it is beyond the last bound, or when the counts are no histogram's.
    """
    bounds = sorted(buckets)
    counts = [buckets[bound] for bound in bounds] + [total]
    if total <= 0 or any(low > high for low, high in zip(counts, counts[1:])):
        return None
    rank = q * total
    lower = Fraction(0)
    below: Exact = 0
    for bound in bounds:
        if buckets[bound] >= rank and buckets[bound] > below:
            return lower + (bound - lower) * Fraction(rank - below) / (buckets[bound] - below)
        lower, below = bound, buckets[bound]
    return None


def _p95_ms(counters: Mapping[Counter, Exact]) -> float | None:
    total = _sum(counters, "timed")
    # The finer histogram knows no paths; it serves only if nothing but traffic went into it.
    for what in ("bucket_all", "bucket"):
        buckets: dict[Fraction, Exact] = {}
        infinite: Exact = 0
        for counter, value in counters.items():
            if counter.what == what:
                bound = float(counter.le or "nan")
                if math.isfinite(bound):
                    buckets[Fraction(repr(bound))] = buckets.get(Fraction(repr(bound)), 0) + value
                elif bound > 0:
                    infinite += value
        if buckets and infinite == total:
            estimate = quantile(Fraction(95, 100), buckets, total)
            return None if estimate is None else float(estimate * 1000)
    return None


def _sum(counters: Mapping[Counter, Exact], what: str) -> Exact:
    return sum(value for counter, value in counters.items() if counter.what == what)
