"""A grade as a person reads it at three in the morning: how bad, which hosts, what to do, by when, whom to call."""

from __future__ import annotations

import datetime
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Optional

from ..core.errors import HEALTH_CHECK_YML, ROLLBACK_YML, STATUS_YML, Step, Writer, lines_of
from ..core.text_table import table
from ..core.timestamps import clock
from ..words.reason import Reason, Record
from ..words.sentence import said
from .grades import OK, P0, P1, FleetGrade, Grade
from .severity import NO_REQUESTS
from .severity_texts import action_text, describe, role_text

_SHOWN_REASONS = 12
_SHOWN_TEXT = 80
_TALLIES = ("p0_hosts", "touched_hosts", "rests_on_one_host", "outweighing_hosts")

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "ko": {
        "columns": "서버|버전|상태|5xx|응답률|응답 시간|심각도",
        "reasons": "근거",
        "more": "외 {count}건",
        "incomplete": "측정하지 못한 항목이 있어 통과로 볼 수 없습니다",
        "respond": "대응 시한: {minutes}분 이내 ({until}까지)",
        "call": "연락: {contacts}",
        "later": "{minutes}분 안에 해결되지 않으면 ",
        "next": "다음:",
        "closed": "fail_on={fail_on} 기준을 통과하지 못했습니다",
        "unmeasured_gate": "측정하지 못한 항목이 있어 fail_on={fail_on} 기준을 통과할 수 없습니다",
        "see_or_measure": "위의 표를 확인하거나 다시 측정하세요:",
        "none": "없음",
        "mixed": "{versions} (프로세스), {current} (current)",
        "lost": "연결 안 됨",
        "unmeasured": "측정 불가",
        "no_traffic": "요청 없음",
        "touched": "이번에 배포한 서버 {hosts}",
        "control": "나머지 서버",
        "absent": "아직 없음",
    },
    "en": {
        "columns": "HOST|VERSION|STATE|5XX|ANSWERED|LATENCY|SEVERITY",
        "reasons": "Why",
        "more": "and {count} more",
        "incomplete": "Something was not measured, so this passes no gate",
        "respond": "Respond within {minutes} minutes (until {until})",
        "call": "Call: {contacts}",
        "later": "unresolved after {minutes} minutes: ",
        "next": "Next:",
        "closed": "Closed at fail_on={fail_on}",
        "unmeasured_gate": "Not everything was measured, so it is closed at fail_on={fail_on}",
        "see_or_measure": "Next: see the table above, or measure again:",
        "none": "none",
        "mixed": "{versions} (processes), {current} (current)",
        "lost": "unreachable",
        "unmeasured": "not measured",
        "no_traffic": "no requests",
        "touched": "the hosts of this deploy, {hosts}",
        "control": "The other hosts",
        "absent": "nothing yet",
    },
}

Measurements = Mapping[str, Optional[Mapping[str, Any]]]


def render(
    service: str,
    fleet: FleetGrade,
    measurements: Measurements,
    write: Writer,
    *,
    at: str = "",
    lost: Mapping[str, Record] | None = None,
    now: float | None = None,
    zone: datetime.tzinfo | None = None,
    back: Sequence[Step] = (Step(ROLLBACK_YML),),
    refused: str = "",
    language: str = "ko",
) -> str:
    """Headline, a line per host, the reasons, and what follows from them.

    Args:
        fleet: the grade of *measurements* (see :mod:`.severity`).
        write: what makes a command of a step.
        at: where that is.
        lost: for hosts without a measurement, why there is none.
        now: seconds since the epoch, and the *zone* of who reads it; by default this machine's.
        back: the commands that take the fleet back now.
        refused: why the one that usually does would be refused now; empty where it would not.
        language: one of :data:`.severity_texts.LANGUAGES`.
    """
    words = _TEXTS[language]
    grade = fleet.grade
    rows = [words["columns"].split("|")]
    rows += [_row(host, measurements.get(host), fleet.hosts[host], lost or {}, words, language) for host in fleet.hosts]
    lines = [headline(service, grade, language, at), "", *table(rows)]
    if grade.reasons:
        lines += ["", words["reasons"] + ":", *("  " + line for line in reason_lines(grade, language))]
    if not grade.complete:
        lines += ["", words["incomplete"]]
    if grade.respond_within_minutes is not None:
        now, minutes = time.time() if now is None else now, grade.respond_within_minutes
        lines += ["", words["respond"].format(minutes=minutes, until=clock(now + 60 * minutes, zone, now))]
    if grade.contacts:
        lines.append(words["call"].format(contacts=_contacts(grade, words, language)))
    steps = next_steps(grade, back, refused)
    if steps:
        lines += [
            "",
            *([said(refused, language)] if refused and grade.severity == P0 else []),
            words["next"],
            *lines_of(steps, write, language),
        ]
    return "\n".join(lines)


def render_observed(
    service: str,
    fleet: FleetGrade,
    touched: Grade,
    measurements: Measurements,
    *,
    absent: Collection[str] = (),
    at: str = "",
    lost: Mapping[str, Record] | None = None,
    language: str = "ko",
) -> str:
    """What a deploy sees of the hosts that run the release, and of the others beside them.

    What follows from it the deploy decides: nobody is told to do anything meanwhile.

    Args:
        touched: the grade of the hosts of this deploy.
        absent: hosts that this deploy comes to later, on which nothing runs yet.
        at: as of :func:`headline`.
    """
    words = _TEXTS[language]
    rows = [words["columns"].split("|")]
    rows += [
        [host, "", words["absent"], "", "", "", "-"]
        if host in absent
        else _row(host, measurements.get(host), fleet.hosts[host], lost or {}, words, language)
        for host in sorted({*fleet.hosts, *absent})
    ]
    names = words["touched"].format(hosts=", ".join(fleet.touched_hosts))
    lines = [at + "{} {}: {}".format(touched.severity, service, names), "", *table(rows)]
    if touched.reasons:
        lines += ["", words["reasons"] + ":", *("  " + line for line in reason_lines(touched, language))]
    if fleet.control is not None and fleet.control.severity != OK:
        lines += ["", words["control"] + ":", *("  " + line for line in reason_lines(fleet.control, language))]
    if not touched.complete:
        lines += ["", words["incomplete"]]
    return "\n".join(lines)


def headline(service: str, grade: Grade, language: str = "ko", at: str = "") -> str:
    """The one line that says how bad it is, after *at* which place, and what to do or that nobody used the service."""
    quiet = [reason for reason in grade.reasons if reason.rule == NO_REQUESTS and grade.severity == OK]
    told = describe(quiet[0], language) if quiet else action_text(grade.action, language)
    return at + "{} {}: {}".format(grade.severity, service, told)


def closed(service: str, grade: Grade, fail_on: str, write: Writer, language: str) -> str:
    """That the gate *fail_on* is closed, why, and how to measure again."""
    words, why = _TEXTS[language], worst_reason(grade)
    found = headline(service, grade, language) + (f" ({said(why, language)})" if why else "")
    which = words["closed" if grade.complete else "unmeasured_gate"].format(fail_on=fail_on)
    again = lines_of([Step(HEALTH_CHECK_YML, again=True)], write, language)
    return "\n".join([f"{found}. {which}", words["see_or_measure"], *again])


def reason_lines(grade: Grade, language: str = "ko", shown: int = _SHOWN_REASONS) -> list[str]:
    """The worst reasons, one a line; of many only the first, and how many more there are."""
    lines = ["{} {}".format(reason.severity, describe(reason, language)) for reason in grade.reasons[:shown]]
    more = len(grade.reasons) - shown
    return lines + [_TEXTS[language]["more"].format(count=more)] if more > 0 else lines


def worst_reason(grade: Grade, name_host: bool = True) -> Reason | None:
    """The one reason to tell where there is room for one; None if there is none.

    How many hosts are bad, and whose counts weigh how much, is told only if nothing says what is wrong.
    """
    telling = [reason for reason in grade.reasons if reason.rule not in _TALLIES] or grade.reasons
    if not telling:
        return None
    return telling[0].told(with_host=name_host)


def next_steps(grade: Grade, back: Sequence[Step] = (Step(ROLLBACK_YML),), refused: str = "") -> list[Step]:
    """What the person on call does next; *back* and *refused* as of :func:`render`."""
    status = Step(STATUS_YML)
    if grade.severity == P0:
        return [status, *back] if refused else [*back, status]
    if grade.severity == P1:
        return [status, Step(ROLLBACK_YML, options=("--check", "--diff"))]
    return [status] if grade.reasons else []


def _contacts(grade: Grade, words: Mapping[str, str], language: str) -> str:
    return ", ".join(
        "{}{} ({})".format(
            words["later"].format(minutes=contact.after_minutes) if contact.after_minutes else "",
            contact.name,
            role_text(contact.role, language),
        )
        for contact in grade.contacts
    )


def _row(
    host: str,
    measurement: Mapping[str, Any] | None,
    grade: Grade,
    lost: Mapping[str, Record],
    words: Mapping[str, str],
    language: str,
) -> list[str]:
    if measurement is None:
        why = said(lost.get(host), language)[:_SHOWN_TEXT]
        return [host, "", why or words["lost"], "", "", "", grade.severity]
    return [
        host,
        _version(measurement, words),
        _state(measurement, words, language),
        _server_errors(measurement, words),
        _answered(measurement, words),
        _latency(measurement, words),
        grade.severity,
    ]


def _known(measurement: Mapping[str, Any], part: str) -> Mapping[str, Any] | None:
    found = measurement.get(part)
    return None if not found or "unmeasured" in found else found


def _version(measurement: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """What runs; together with what should run, where that is something else."""
    current = measurement.get("current") or words["none"]
    running: Sequence[str] = (_known(measurement, "process") or {}).get("versions") or ()
    if not running or list(running) == [current]:
        return current
    return words["mixed"].format(versions=", ".join(running), current=current)


def _state(measurement: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    process, health = _known(measurement, "process"), _known(measurement, "health")
    state = process["status"] if process else words["unmeasured"]
    if not health or not health["attempts"]:
        return state
    if health["successes"] == health["attempts"]:
        return state + ", UP"
    return "{}, UP {}/{}: {}".format(
        state, health["successes"], health["attempts"], said(health.get("last_failure"), language)[:_SHOWN_TEXT]
    )


def _server_errors(measurement: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if "traffic" not in measurement:
        return "-"
    traffic = _known(measurement, "traffic")
    if traffic is None:
        return words["unmeasured"]
    if not traffic["requests"]:
        return words["no_traffic"]
    share = 100 * traffic["errors"] / traffic["requests"]
    return "{}% ({}/{})".format(_number(share), traffic["errors"], traffic["requests"])


def _answered(measurement: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """As :mod:`.severity` counts it: of the traffic where its source sees the attempts, else of our own requests."""
    traffic = _known(measurement, "traffic")
    if traffic and traffic.get("answered") is not None:
        attempts, answered = traffic["requests"], traffic["answered"]
    else:
        own = [part for part in (_known(measurement, "health"), _known(measurement, "synthetic")) if part]
        attempts, answered = sum(part["attempts"] for part in own), sum(part["answered"] for part in own)
    return _number(100 * answered / attempts) + "%" if attempts else words["unmeasured"]


def _latency(measurement: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The traffic's mean; without traffic the health check's, which is all there is."""
    traffic = _known(measurement, "traffic")
    if traffic and traffic.get("mean_latency_ms") is not None:
        return _number(traffic["mean_latency_ms"]) + " ms"
    health = _known(measurement, "health")
    if health and health.get("mean_latency_ms") is not None:
        return "{} ms (health)".format(_number(health["mean_latency_ms"]))
    return words["unmeasured"]


def _number(value: float) -> str:
    """With two decimals at most, and none from a thousand on."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.2f}".rstrip("0").rstrip(".")
