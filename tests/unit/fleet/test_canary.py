"""What a grade after an activation says of the release: only P0 takes it back, and never the wrong hosts."""

from __future__ import annotations

import itertools

import pytest

from refit.fleet.canary import absent, failures, outcomes_after, summary, unjudged
from refit.fleet.gate import GO_ON, STOP, TAKE_BACK, conclusion, decide
from refit.fleet.rollout import Course
from refit.health import report
from refit.health.severity import grade_fleet
from refit.words.reason import Reason
from support.words import told


def well(**more):
    return {"health": {"attempts": 10, "answered": 10, "successes": 10}, **more}


def traffic(requests, errors):
    return {"requests": requests, "errors": errors, "answered": None, "latency_sum_s": None, "latency_count": None}


DOWN = {"health": {"attempts": 10, "answered": 10, "successes": 0}}
BEFORE = {"a": "1", "b": "1"}
ACTIVATED = {host: {"outcome": "activated", "to": "2", "live": "2"} for host in BEFORE}


def failed(measurements, touched):
    return failures(grade_fleet(measurements, touched=touched), touched)


def test_a_touched_host_that_is_p0_fails_alone():
    found = failed({"a": well(), "b": DOWN, "c": well()}, ["a", "b"])
    assert list(found) == ["b"]
    assert told(found["b"]) == "100% of the health checks failed (bound 50%)"


def test_hosts_that_are_bad_only_together_fail_together():
    one = well(traffic=traffic(15, 14))  # too few of its own to mean anything
    found = failed({"a": one, "b": one}, ["a", "b"])
    assert list(found) == ["a", "b"]
    assert "5xx" in told(found["a"])


def test_an_untouched_host_that_is_down_is_not_this_releases_fault():
    assert failed({"a": well(), "b": well(), "c": DOWN}, ["a", "b"]) == {}
    assert failed({"a": well(), "c": DOWN, "d": DOWN, "e": DOWN}, ["a"]) == {}


@pytest.mark.parametrize(
    "measurement", [None, well(traffic={"unmeasured": "answered 404"}), well(traffic=traffic(100, 20))]
)
def test_what_is_not_p0_takes_nothing_back(measurement):
    assert failed({"a": measurement, "b": well()}, ["a", "b"]) == {}


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ((10, 10), ""),
        ((10, 9), "only 19 requests (of at least 20): 5xx and latency say little"),
        ((0, 0), "no requests: nothing is known of 5xx and latency"),
        ((None, 20), ""),
        ((None, 19), "only 19 requests (of at least 20): 5xx and latency say little"),
        ((None, None), ""),
    ],
)
def test_requests_are_enough_when_all_touched_hosts_together_have_them(requests, said):
    measurements = {
        host: well(traffic={"unmeasured": "refused"} if count is None else traffic(count, 0))
        for host, count in zip("ab", requests)
    }
    fleet = grade_fleet({**measurements, "untouched": well(traffic=traffic(1000, 0))}, touched=["a", "b"])
    assert told(unjudged(fleet)) == said


def test_without_a_source_of_traffic_waiting_longer_would_not_help():
    assert unjudged(grade_fleet({"a": well(), "b": None}, touched=["a", "b"])) == ""


def test_a_host_found_bad_takes_all_touched_ones_back_and_the_release_is_to_blame():
    bad = {"b": "OutOfMemoryError in the log"}
    course = Course("2", BEFORE, outcomes_after(ACTIVATED, bad))
    assert decide(course, bad, "P0").decision == TAKE_BACK
    assert course.take_back() == {"a": "1", "b": "1"}
    assert "OutOfMemoryError" in told(course.blame)


def test_a_host_that_an_earlier_run_had_touched_may_be_found_bad_as_well():
    unchanged = {"a": {"outcome": "unchanged", "to": "2", "live": "2"}}
    assert outcomes_after(unchanged, {"a": "why"})["a"]["outcome"] == "failed"


def test_of_nothing_found_bad_nothing_follows():
    assert outcomes_after(ACTIVATED, {}) == ACTIVATED
    lost = {"a": None, "b": {"outcome": "restored", "to": "2", "live": "1"}}
    assert outcomes_after(lost, {"a": "lost", "b": "restored already"}) == lost


# -- the hosts that the deploy comes to later --------------------------------------------------------------


EMPTY = {**DOWN, "process": {"status": "absent", "restarts": 0}}


@pytest.mark.parametrize(
    ("live", "measurement", "is_absent"),
    [
        (None, EMPTY, True),
        (None, {**EMPTY, "process": {"unmeasured": "PM2's daemon is down"}}, True),
        (None, well(process={"status": "online", "restarts": 0}), False),  # started by hand, it is in use
        (None, None, False),  # it was there when the deploy began
        ("1", EMPTY, False),
    ],
)
def test_where_nothing_ran_before_and_nothing_does_yet_there_is_nothing_to_grade(live, measurement, is_absent):
    measurements = {"a": well(), "b": measurement}
    assert absent({"a": None, "b": live}, ["a"], measurements) == (["b"] if is_absent else [])


def test_what_a_deploy_does_next_is_one_word_for_each_decision():
    course = Course("2", BEFORE, ACTIVATED)
    bad = {"b": "OutOfMemoryError in the log"}
    assert conclusion(decide(course, {}), "ko") == "→ 계속"
    assert conclusion(decide(course, {}, "UNKNOWN", "log"), "ko") == "→ 중단 (되돌리지 않음)"
    assert conclusion(decide(Course("2", BEFORE, outcomes_after(ACTIVATED, bad)), bad, "P0"), "ko") == "→ 되돌림"


# -- the word on a batch -----------------------------------------------------------------------------------


def word(measurements, touched):
    return told(summary(grade_fleet(measurements, touched=touched)))


def test_of_hosts_that_are_well_there_is_nothing_to_say():
    assert word({"a": well(), "b": DOWN}, ["a"]) == ""
    assert summary(grade_fleet({"a": DOWN})) == ""  # nothing was touched


def test_what_a_bad_grade_rests_on_is_said_and_whether_the_others_are_no_better():
    bad = well(traffic=traffic(100, 20))
    assert word({"a": bad, "b": well()}, ["a"]).endswith("(bound 10%)")
    assert word({"a": bad, "b": bad}, ["a"]).endswith(
        "(the hosts that were not touched are P1 as well, so it may not be this release)"
    )


NO_LOG = {"unmeasured": Reason("no_log").to_record()}
MEASURED = {
    "well": well(traffic=traffic(100, 0), log={"errors": 0, "patterns": {}, "window_s": 10, "unseen": None}),
    "no log yet": well(traffic=traffic(100, 0), log=NO_LOG),
    "no log, and P1": well(traffic=traffic(100, 20), log=NO_LOG),
    "P1": well(traffic=traffic(100, 20)),
    "down": DOWN,
    "lost": None,
}


@pytest.mark.parametrize(("here", "there"), [*itertools.product(MEASURED, MEASURED)])
def test_a_deploy_does_what_its_own_report_says_of_what_was_not_measured(here: str, there: str) -> None:
    measurements = {"a": MEASURED[here], "b": MEASURED[there]}
    fleet = grade_fleet(measurements, touched=["a"])
    course = Course("2", BEFORE, {"a": ACTIVATED["a"]}, ())
    bad = failures(fleet, ["a"])
    decision = decide(course, bad, fleet.touched.severity, summary(fleet)).decision
    text = report.render_observed("backend", fleet, fleet.touched, measurements, language="en")

    assert ("so this passes no gate" in text) is (here in ("no log yet", "no log, and P1", "lost"))
    if "so this passes no gate" in text:
        assert "UNKNOWN" in text
        assert decision == STOP
    if decision == GO_ON:
        assert text.startswith("OK backend")
        assert here == "well"
