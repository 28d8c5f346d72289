"""How bad is it: measurements in, P0, P1, P2, OK or UNKNOWN out.  Pure, and exact at every bound.

A *measurement* of one host is a mapping of parts, plain JSON.  A part that is not
configured is absent and not graded.  A part that could not be measured is
``{"unmeasured": reason}``.  All counts are of one window:

``health``      ``{"attempts": 50, "answered": 50, "successes": 49}``; *answered* got any answer
                at all, *successes* the expected one.
``process``     ``{"status": "online", "restarts": 0}``; a :mod:`.base` status, restarts in the window.
``traffic``     ``{"requests": 900, "errors": 3, "answered": null, "latency_sum_s": 12.5,
                "latency_count": 900, "restarted": false}``; errors are 5xx.  *answered* is null where the source knows
                answered requests only; where it is a number, *requests* are the attempted ones.
                The latencies are null where durations are not counted.
``synthetic``   ``{"attempts": 1, "answered": 1, "successes": 1, "latency_max_ms": 812.0}``
``log``         ``{"errors": 0, "patterns": {"OutOfMemoryError": 0}, "window_s": 10, "unseen": null}``; *unseen* is why
                there may be lines that were not counted, so that what was counted is news and the rest is not known.

Other keys are left alone.  A *baseline* has the same shape and was measured before the deploy.

**A host** is graded by the team's table over its own counts, and is P0 too when its health
check or synthetic request fails (more than half of the attempts), a synthetic request takes
too long, its process is down, or a critical log pattern turns up that the baseline did not have.

**A fleet** is the worst of two: the table over the *summed* counts of all hosts, in which no host
outweighs the others (:mod:`.counts`); and the share of hosts that are P0 (more than half: P0;
any: P1).  A host's counts are its word alone: of three hosts or more the sums are P0 only if two of
them are by their own; else they are P1, and the one that is gets named.  In a deploy the *touched*
hosts are graded as a fleet of their own besides, and the worse of both counts; the untouched ones
are the control group: graded as well, and the baseline for the touched ones' latency where none was
measured.

**The response rate** is that of the traffic where its source sees the attempts, else that of
our own health checks and synthetic requests together.

**UNKNOWN** means that something configured was not measured, or that nothing speaks for the
host.  UNKNOWN ranks below P1, since a P1 that is certain wants its action, and above P2, since
what was not seen may be worse.  A grade with something unmeasured is not *complete* and never
passes a gate.  No requests at all are no news, good or bad: a fleet without any is what the rest
says, and has that among its reasons, as one with few of them has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from ..config.thresholds import Thresholds, exact, plain
from ..supervisors.base import ABSENT, ERRORED, LAUNCHING, ONLINE, STOPPED
from ..words.reason import Reason as because
from .counts import MOST_WEIGHT, PARTS, SEVERAL, WITNESSES, Counts, Measurement, is_unmeasured, outweigh, part_of
from .grades import OK, P0, P1, P2, RANK, UNKNOWN, FleetGrade, Grade, Reason, graded, in_order

_DOWN = (ERRORED, STOPPED, ABSENT)
# Rules whose numbers are requests as the hosts' own pages count them.
_OF_REQUESTS = ("server_errors", "mean_latency", "latency_over_baseline")
# Of a population whose traffic is measured, and too little to be graded by.
NO_REQUESTS, FEW_REQUESTS = "no_requests", "few_requests"
DEFAULTS = Thresholds()


def grade_host(
    measurement: Measurement | None,
    baseline: Measurement | None = None,
    thresholds: Thresholds = DEFAULTS,
    host: str | None = None,
) -> Grade:
    """Grade one host.

    Args:
        measurement: as in the module's description; None if the host was not measured at all.
        baseline: the same from before the deploy.
        thresholds: the bounds.
        host: its name, for the reasons.
    """
    reasons = _not_measured(measurement)
    if measurement is not None:
        reasons += _judge_counts(Counts.of([measurement]), Counts.of([baseline]), thresholds)
        reasons += _judge_host(measurement, baseline or {}, thresholds)
    return graded(replace(reason, host=host) for reason in reasons)


def grade_fleet(
    measurements: Mapping[str, Measurement | None],
    baseline: Mapping[str, Measurement | None] | None = None,
    touched: Iterable[str] | None = None,
    thresholds: Thresholds = DEFAULTS,
) -> FleetGrade:
    """Grade every host, the fleet and, in a deploy, the hosts that it touched.

    Args:
        measurements: host → measurement, None for a host that was not measured at all.
        baseline: host → the same from before the deploy, for those that have one.
        touched: the hosts that this deploy activated a release on; one that is missing in
            *measurements* counts as not measured.
        thresholds: the bounds.
    """
    chosen = sorted(touched or ())
    measured = {**dict.fromkeys(chosen), **measurements}
    before = baseline or {}
    hosts = {host: grade_host(measured[host], before.get(host), thresholds, host) for host in sorted(measured)}

    def population(members: Sequence[str], reference: Counts | None = None) -> Grade:
        counts_before = Counts.of(before.get(host) for host in members)
        if reference is not None and not counts_before.latency_count:
            counts_before = replace(
                counts_before, latency_sum_s=reference.latency_sum_s, latency_count=reference.latency_count
            )
        own = {host: measured[host] for host in members}
        return _grade_population(own, counts_before, {host: hosts[host] for host in members}, thresholds)

    whole = population(list(hosts))
    if not chosen:
        return FleetGrade(whole, hosts)
    others = [host for host in hosts if host not in chosen]
    touched_grade = population(chosen, Counts.of(measured[host] for host in others))
    return FleetGrade(
        grade=_worse(whole, touched_grade, chosen),
        hosts=hosts,
        touched=touched_grade,
        control=population(others) if others else None,
        failed_touched=tuple(host for host in chosen if hosts[host].severity == P0),
        touched_hosts=tuple(chosen),
    )


def _judge_counts(counts: Counts, before: Counts, bounds: Thresholds) -> list[Reason]:
    """The rules that look at sums only, for one host as for many."""
    return [
        *_judge_server_errors(counts, bounds),
        *_judge_response_rate(counts, bounds),
        *_judge_latency(counts, before, bounds),
        *_judge_intermittent(counts, before, bounds),
    ]


def _judge_server_errors(counts: Counts, bounds: Thresholds) -> list[Reason]:
    if not counts.requests:
        return []
    share = Fraction(100 * counts.errors, counts.requests)
    if share > bounds.server_errors_p0_pct:
        found = Reason("server_errors", P0, plain(share), plain(bounds.server_errors_p0_pct), "%")
    elif share >= bounds.server_errors_p1_pct:
        found = Reason("server_errors", P1, plain(share), plain(bounds.server_errors_p1_pct), "%")
    elif share >= bounds.server_errors_p2_pct:
        found = Reason("server_errors", P2, plain(share), plain(bounds.server_errors_p2_pct), "%")
    else:
        return []
    return _capped(found, counts.requests, bounds)


def _judge_response_rate(counts: Counts, bounds: Thresholds) -> list[Reason]:
    if not counts.attempted:
        return []
    rate = Fraction(100 * counts.answered, counts.attempted)
    if rate == 0 and not counts.silent:
        found = Reason("no_request_answered", P0, 0, 0, "%")
    elif rate < bounds.response_rate_p1_pct:
        found = Reason("response_rate", P1, plain(rate), plain(bounds.response_rate_p1_pct), "%")
    elif rate < 100:
        found = Reason("intermittent_no_answer", P2, plain(rate), 100, "%")
    else:
        return []
    return _capped(found, counts.attempted, bounds)


def _judge_latency(counts: Counts, before: Counts, bounds: Thresholds) -> list[Reason]:
    mean = counts.mean_latency_ms
    if mean is None:
        return []
    usual = before.mean_latency_ms
    if mean > bounds.latency_p1_ms:
        found = Reason("mean_latency", P1, plain(mean), plain(bounds.latency_p1_ms), "ms")
    elif mean >= bounds.latency_p2_ms:
        found = Reason("mean_latency", P2, plain(mean), plain(bounds.latency_p2_ms), "ms")
    elif usual and mean >= usual * bounds.latency_p2_factor:
        found = Reason("latency_over_baseline", P2, plain(mean), plain(usual * bounds.latency_p2_factor), "ms")
    else:
        return []
    return _capped(found, counts.latency_count, bounds)


def _judge_intermittent(counts: Counts, before: Counts, bounds: Thresholds) -> list[Reason]:
    reasons = []
    if 0 < counts.health_successes < counts.health_attempts:
        failed = counts.health_attempts - counts.health_successes
        reasons.append(Reason("intermittent_health_check", P2, failed, 0, "checks"))
    if 0 < counts.synthetic_successes < counts.synthetic_attempts:
        failed = counts.synthetic_attempts - counts.synthetic_successes
        reasons.append(Reason("intermittent_synthetic_request", P2, failed, 0, "requests"))
    if counts.restarts:
        reasons.append(Reason("process_restarted", P2, counts.restarts, 0, "restarts"))
    # As a rate, because the two windows need not be of the same length.
    more = counts.log_errors * before.log_window_s > before.log_errors * counts.log_window_s
    if counts.log_errors >= max(bounds.log_errors_p2, Fraction(1)) and (more or not before.log_window_s):
        reasons.append(Reason("log_errors", P2, counts.log_errors, plain(bounds.log_errors_p2), "lines"))
    return reasons


def _capped(reason: Reason, seen: Fraction, bounds: Thresholds) -> list[Reason]:
    """One request in three is no outage: too few of them make a share at most P2."""
    if seen >= bounds.minimum_requests or reason.severity not in (P0, P1):
        return [reason]
    few = Reason(
        "too_few_requests", P2, plain(Fraction(seen)), plain(bounds.minimum_requests), "requests", subject=reason.rule
    )
    return [replace(reason, severity=P2), few]


def _judge_host(measurement: Measurement, baseline: Measurement, bounds: Thresholds) -> list[Reason]:
    """The rules that make sense for a single host only; all of them are P0."""
    reasons = []
    for name, rule, bound in (
        ("health", "health_check_failed", bounds.health_p0_pct),
        ("synthetic", "synthetic_request_failed", bounds.synthetic_p0_pct),
    ):
        part = part_of(measurement, name)
        if part.get("attempts"):
            failed = Fraction(100 * (part["attempts"] - part["successes"]), part["attempts"])
            if failed > bound:
                reasons.append(Reason(rule, P0, plain(failed), plain(bound), "%"))
    slowest = part_of(measurement, "synthetic").get("latency_max_ms")
    if slowest is not None and exact(slowest) > bounds.synthetic_p0_ms:
        reasons.append(Reason("synthetic_request_slow", P0, plain(exact(slowest)), plain(bounds.synthetic_p0_ms), "ms"))
    status = part_of(measurement, "process").get("status")
    if status in _DOWN:
        reasons.append(Reason("process_down", P0, status, ONLINE, "state"))
    known = part_of(baseline, "log").get("patterns") or {}
    for name, count in sorted((part_of(measurement, "log").get("patterns") or {}).items()):
        if count and not known.get(name):
            reasons.append(Reason("critical_log_pattern", P0, count, 0, "lines", subject=name))
    return reasons


def _not_measured(measurement: Measurement | None) -> list[Reason]:
    """What keeps a host's grade from being complete."""
    if measurement is None:
        return [Reason("unmeasured", UNKNOWN, because("host_not_measured").to_record(), subject="host")]
    reasons = []
    for name in PARTS:
        if name not in measurement:
            continue
        part = measurement[name]
        if is_unmeasured(measurement, name):
            why = part["unmeasured"] if part else because("not_given").to_record()
            reasons.append(Reason("unmeasured", UNKNOWN, why, subject=name))
        elif name in ("health", "synthetic") and not part["attempts"]:
            reasons.append(Reason("unmeasured", UNKNOWN, because("no_attempt").to_record(), subject=name))
        elif name == "process" and part["status"] not in (*_DOWN, ONLINE, LAUNCHING):
            state = because("state_is", state=part["status"]).to_record()
            reasons.append(Reason("unmeasured", UNKNOWN, state, subject=name))
        elif name == "log" and part.get("unseen"):
            reasons.append(Reason("unmeasured", UNKNOWN, part["unseen"], subject=name))
    if not reasons and not _speaks(measurement):
        reasons.append(Reason("nothing_measured", UNKNOWN, None))
    return reasons


def _speaks(measurement: Measurement) -> bool:
    """Whether anything says how the host is.  A log without errors does not: the dead write none."""
    return bool(
        part_of(measurement, "health").get("attempts")
        or part_of(measurement, "synthetic").get("attempts")
        or part_of(measurement, "traffic").get("requests")
        or part_of(measurement, "process").get("status") in (*_DOWN, ONLINE)
    )


def _grade_population(
    measured: Mapping[str, Measurement | None], before: Counts, hosts: Mapping[str, Grade], bounds: Thresholds
) -> Grade:
    if not hosts:
        return graded([Reason("nothing_measured", UNKNOWN, None, subject="hosts")])
    counts = Counts.of(measured.values())
    own = _judge_sums(counts, before, bounds)
    if any(part_of(measurement, "traffic") for measurement in measured.values()):
        own += _judge_quiet(counts, bounds)
    own = _on_several_words(own, measured, before, bounds)
    own += _outweighing(own, measured)
    down = [host for host, grade in hosts.items() if grade.severity == P0]
    if down:
        most = 100 * len(down) > bounds.p0_hosts_p0_pct * len(hosts)
        limit = plain(bounds.p0_hosts_p0_pct * len(hosts) / 100)
        own.append(Reason("p0_hosts", P0 if most else P1, len(down), limit, "hosts", subject=", ".join(down)))
    unmeasured = [reason for grade in hosts.values() for reason in grade.reasons if reason.severity == UNKNOWN]
    grade = graded([*own, *unmeasured])
    # What is wrong with the hosts that are down is told along; it does not make the fleet P0.
    told = [reason for host in down for reason in hosts[host].reasons if reason.severity == P0]
    return replace(grade, reasons=grade.reasons + in_order(told))


def _judge_sums(counts: Counts, before: Counts, bounds: Thresholds) -> list[Reason]:
    """The rules that look at the sums of a population."""
    reasons = _judge_counts(counts, before, bounds)
    if counts.health_attempts and not counts.health_successes and not counts.silent:
        reasons.append(Reason("service_down", P0, 0, 1, "checks"))
    return reasons


def _judge_quiet(counts: Counts, bounds: Thresholds) -> list[Reason]:
    """That there were too few requests to grade by their share."""
    if counts.requests >= bounds.minimum_requests:
        return []
    rule = FEW_REQUESTS if counts.requests else NO_REQUESTS
    return [Reason(rule, OK, plain(counts.requests), plain(bounds.minimum_requests), "requests")]


def _on_several_words(
    reasons: list[Reason], measured: Mapping[str, Measurement | None], before: Counts, bounds: Thresholds
) -> list[Reason]:
    """*reasons*, of which those that are P0 on one host's word are P1, and that host is named.

    How many requests there were is not asked of a host: few on each may be enough together.
    """
    if len(measured) < SEVERAL:
        return reasons
    of_any_number = replace(bounds, minimum_requests=Fraction(1))
    saying: dict[str, list[str]] = {reason.rule: [] for reason in reasons if reason.severity == P0}
    for host, measurement in measured.items() if saying else ():
        for reason in _judge_sums(Counts.of([measurement]), before, of_any_number):
            if reason.severity == P0 and reason.rule in saying:
                saying[reason.rule].append(host)
    alone = {rule: hosts for rule, hosts in saying.items() if len(hosts) < WITNESSES}
    if not alone:
        return reasons
    named = ", ".join(sorted({host for hosts in alone.values() for host in hosts}))
    lowered = [replace(reason, severity=P1) if reason.rule in alone else reason for reason in reasons]
    return [*lowered, Reason("rests_on_one_host", P1, 1, WITNESSES, "hosts", subject=named)]


def _outweighing(reasons: Iterable[Reason], measured: Mapping[str, Measurement | None]) -> list[Reason]:
    """Whose requests count for less than it says, where *reasons* rest on requests."""
    resting = [reason.severity for reason in reasons if reason.rule in _OF_REQUESTS]
    names = [host for host, outweighs in zip(measured, outweigh(measured.values())) if outweighs] if resting else []
    if not names:
        return []
    worst = max(resting, key=lambda severity: RANK[severity])
    return [Reason("outweighing_hosts", worst, len(names), MOST_WEIGHT, "hosts", subject=", ".join(names))]


def _worse(whole: Grade, touched: Grade, names: Sequence[str]) -> Grade:
    """The whole fleet's grade, or the touched hosts' where that is worse."""
    if RANK[touched.severity] <= RANK[whole.severity]:
        return whole
    why = Reason(
        "touched_hosts", touched.severity, touched.severity, whole.severity, "severity", None, ", ".join(names)
    )
    others = [reason for reason in touched.reasons if reason not in whole.reasons]
    return replace(touched, reasons=(why, *others, *whole.reasons), complete=whole.complete and touched.complete)
