"""What a person reads of a grade: outside a deploy what to do, during one only how the hosts are."""

from __future__ import annotations

from typing import Any

import pytest

from refit.core.errors import ROLLBACK_YML, STATUS_YML, Step, in_words, lines_of
from refit.health import report
from refit.health.severity import grade_fleet


def host(successes: int = 10, requests: int | None = None, **more: Any) -> dict[str, Any]:
    measured: dict[str, Any] = {
        "current": "2",
        "health": {"attempts": 10, "answered": 10, "successes": successes},
        "process": {"status": "online" if successes else "absent", "restarts": 0, "versions": []},
        **more,
    }
    if requests is not None:
        measured["traffic"] = {
            "requests": requests, "errors": 0, "answered": None, "latency_sum_s": None, "latency_count": None,
        }  # fmt: skip
    return measured


def observed(measurements: dict[str, Any], absent: tuple[str, ...] = ()) -> str:
    there = {name: each for name, each in measurements.items() if name not in absent}
    fleet = grade_fleet(there, touched=["a"])
    assert fleet.touched is not None
    return report.render_observed("backend", fleet, fleet.touched, measurements, absent=absent)


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        (0, "OK backend: 요청 없음: 5xx 비율과 응답 시간은 확인하지 못함"),
        (3, "OK backend: 조치할 것이 없습니다"),
        (20, "OK backend: 조치할 것이 없습니다"),
        (None, "OK backend: 조치할 것이 없습니다"),
    ],
)
def test_all_well_without_a_request_is_said_to_be_without_one(requests: int | None, said: str) -> None:
    grade = grade_fleet({"a": host(requests=requests), "b": host(requests=requests)}).grade
    assert report.headline("backend", grade) == said


def test_what_is_bad_is_not_hidden_by_there_being_no_request() -> None:
    grade = grade_fleet({"a": host(0, requests=0)}).grade
    assert report.headline("backend", grade) == "P0 backend: 즉시 롤백하세요"


def test_a_first_deploy_that_goes_well_is_not_told_that_the_hosts_it_comes_to_later_are_down() -> None:
    text = observed({"a": host(requests=50), "b": host(0), "c": host(0)}, absent=("b", "c"))
    assert text.splitlines() == [
        "OK backend: 이번에 배포한 서버 a",
        "",
        "서버  버전  상태        5xx        응답률  응답 시간  심각도",
        "a     2     online, UP  0% (0/50)  100%    측정 불가  OK",
        "b           아직 없음                                 -",
        "c           아직 없음                                 -",
    ]


@pytest.mark.parametrize(
    "a", [host(requests=50), host(0, requests=50), host(9, requests=0, log={"unmeasured": "gone"})]
)
@pytest.mark.parametrize("b", [host(), host(0), None])
def test_during_a_deploy_nobody_is_told_what_to_do(a: dict[str, Any], b: dict[str, Any] | None) -> None:
    text = observed({"a": a, "b": b})
    for order in ("롤백하세요", "대응 시한", "연락", "ansible-playbook", "@"):
        assert order not in text


def test_the_other_hosts_are_told_of_apart_and_are_not_what_is_graded() -> None:
    lines = observed({"a": host(), "b": host(log={"unmeasured": "the log is not there"})}).splitlines()
    assert lines[0] == "OK backend: 이번에 배포한 서버 a"
    assert lines[-2:] == ["나머지 서버:", "  UNKNOWN b: 측정하지 못함 - log: the log is not there"]


def test_what_was_not_measured_on_the_hosts_of_the_deploy_passes_for_nothing() -> None:
    text = observed({"a": host(log={"unmeasured": "the log is not there"})})
    assert text.startswith("UNKNOWN backend: ")
    assert text.endswith("통과로 볼 수 없습니다")


def test_at_p0_the_command_that_would_be_refused_is_not_the_next_one() -> None:
    found = {"a": host(successes=0)}
    fleet = grade_fleet(found)
    further = Step(ROLLBACK_YML, "to go back one more", {"rollback_further": "true"})
    refused = "A rollback without a version is refused until 12:10"

    usual = report.render("backend", fleet, found, in_words)
    told = report.render("backend", fleet, found, in_words, back=[further], refused=refused)

    assert usual.endswith("다음:\n" + "\n".join(lines_of([Step(ROLLBACK_YML), Step(STATUS_YML)], in_words)))
    steps = lines_of([Step(STATUS_YML), further], in_words)
    assert told.endswith("\n".join(["", refused, "다음:", *steps]))
