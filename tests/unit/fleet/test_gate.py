"""After each batch: only what is known to be well lets the next one begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.fleet.batches import split
from refit.fleet.canary import outcomes_after
from refit.fleet.gate import GO_ON, STAND_ASIDE, STOP, TAKE_BACK, decide
from refit.fleet.rollout import Course
from refit.fleet.verdict import deploy_verdict
from refit.health.grades import OK, P0, P1, P2, UNKNOWN
from support.outcomes import FAILED, GOOD, NEW, OLD, OVERTAKEN, REFUSED, RESTORED, UNCHANGED, any_record
from support.words import told

BEFORE = {"a": OLD, "b": OLD, "c": OLD}


def decided(outcomes, bad_hosts=(), severity=OK, why=""):
    bad_hosts = dict(bad_hosts)
    found = decide(Course(NEW, BEFORE, outcomes_after(outcomes, bad_hosts)), bad_hosts, severity, why)
    return found.decision, told(found.why)


def test_a_batch_that_is_well_lets_the_next_one_begin():
    assert decided({"a": GOOD, "b": UNCHANGED}) == (GO_ON, "")


def test_p2_is_told_and_lets_it_begin():
    assert decided({"a": GOOD}, severity=P2, why="2 log errors") == (GO_ON, "P2: 2 log errors")


@pytest.mark.parametrize("severity", [P1, UNKNOWN])
def test_p1_and_what_was_not_measured_are_for_a_person_to_decide(severity):
    assert decided({"a": GOOD}, severity=severity, why="5xx 12%") == (STOP, f"{severity}: 5xx 12%")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (RESTORED, "b: answered 503"),
        (FAILED, "b: answered 503; going back failed, too"),
        (REFUSED, "b: another run is at work"),
        (None, "b was lost"),
    ],
)
def test_a_host_that_failed_or_was_lost_takes_the_others_back(record, why):
    assert decided({"a": GOOD, "b": record}) == (TAKE_BACK, why)


@pytest.mark.parametrize("record", [GOOD, UNCHANGED])
def test_a_host_that_is_p0_after_its_proof_takes_the_others_back(record):
    assert decided({"a": GOOD, "b": record}, {"b": "5xx 80%"}, P0, "5xx 80%") == (TAKE_BACK, "b: 5xx 80%")


def test_a_newer_run_is_not_disturbed_whatever_else_went_wrong():
    assert decided({"a": None, "b": OVERTAKEN, "c": FAILED}) == (STAND_ASIDE, "a rollback by kim@ops-1 has taken over")


# -- the loop that the playbook runs -----------------------------------------------------------------------

HOSTS = [f"h{number}" for number in range(1, 9)]
specs = st.lists(st.sampled_from([1, 2, 3, "25%", "50%", "100%"]), min_size=1, max_size=3)
grades = st.tuples(st.sampled_from([OK, OK, OK, P2, P1, UNKNOWN, P0]), st.sets(st.sampled_from(HOSTS), max_size=2))


def rehearse(before, spec, record_of, grade_of, resumed=()):
    """The playbook's loop: what was decided after each batch, and the course in the end."""
    decisions, outcomes, bad = [], {}, {}
    course = Course(NEW, before, outcomes, resumed)
    for number, batch in enumerate(split(before, {}, spec)):
        outcomes = {**outcomes, **{host: record_of[host] for host in batch}}
        course = Course(NEW, before, outcomes, resumed)
        decision = decide(course, {})
        if decision.decision == GO_ON:
            severity, bad = grade_of[number % len(grade_of)]
            bad = dict.fromkeys(bad & set(course.touched), "bad") if severity == P0 else {}
            course = Course(NEW, before, outcomes_after(outcomes, bad), resumed)
            decision = decide(course, bad, severity if bad or severity != P0 else OK, "why")
        decisions.append(decision)
        if decision.decision != GO_ON:
            break
    return decisions, course


fleets = st.dictionaries(st.sampled_from(HOSTS), st.sampled_from([OLD, OLD, OLD, NEW, None]), min_size=1)
all_records = st.fixed_dictionaries({host: st.just(GOOD) | any_record(NEW) for host in HOSTS})


@given(fleets, specs, all_records, st.lists(grades, min_size=1, max_size=4))
def test_no_batch_begins_after_one_that_was_not_well(before, spec, record_of, grade_of):
    decisions, course = rehearse(before, spec, record_of, grade_of)
    assert all(decision.decision == GO_ON for decision in decisions[:-1])
    tried = [host for batch in split(before, {}, spec)[: len(decisions)] for host in batch]
    assert sorted(course.outcomes) == sorted(tried)
    assert set(course.touched) <= set(tried)


@given(fleets, specs, all_records, st.lists(grades, min_size=1, max_size=4))
def test_a_deploy_that_is_not_stopped_ends_on_one_release_or_back_and_names_who_is_not(
    before, spec, record_of, grade_of
):
    decisions, course = rehearse(before, spec, record_of, grade_of)
    last = decisions[-1]
    back = course.take_back() if last.decision == TAKE_BACK else {}
    home = {host: {"outcome": "activated", "to": version, "live": version} for host, version in back.items()}
    found = deploy_verdict(course, last, home)
    if found.succeeded:
        assert last.decision == GO_ON
        assert {end.runs for end in found.hosts} == {NEW}
    elif last.decision == TAKE_BACK:
        assert all(end.runs == before[end.host] for end in found.hosts if end.good)
        assert all(end.why for end in found.hosts if not end.good)
    else:
        assert found.verdict == "stopped"
        assert not home
