"""What became of a deploy so far: who was touched, who must go back, and whether the release is to blame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.fleet.rollout import Course, overtaken_by
from support.outcomes import FAILED, GOOD, NEW, OLD, OVERTAKEN, REFUSED, RESTORED, UNCHANGED, any_record, outcome
from support.words import told

HALF_WAY = outcome("refused", live=NEW, check="busy", reason="stuck")


@pytest.mark.parametrize(
    ("record", "before", "back"),
    [
        (GOOD, OLD, True),
        (FAILED, OLD, True),
        (HALF_WAY, OLD, True),
        (None, OLD, True),
        (RESTORED, OLD, False),
        (REFUSED, OLD, False),
        (UNCHANGED, NEW, False),
        (UNCHANGED, OLD, True),
        (None, NEW, False),
        (GOOD, None, False),
        (None, None, False),
    ],
)
def test_a_host_goes_back_if_it_may_have_been_left_on_the_new_release(record, before, back):
    assert Course(NEW, {"a": before}, {"a": record}).take_back() == ({"a": OLD} if back else {})


@pytest.mark.parametrize(
    ("outcomes", "is_back"),
    [
        ({"a": RESTORED}, True),
        ({"a": RESTORED, "b": RESTORED}, True),
        ({"a": GOOD, "b": RESTORED}, False),
        ({"a": RESTORED, "b": None}, False),
        ({"a": FAILED}, False),
        ({"a": REFUSED}, False),
        ({}, False),
    ],
)
def test_all_is_back_where_each_touched_host_restored_itself(outcomes, is_back):
    assert Course(NEW, {"a": OLD, "b": OLD}, outcomes).is_back is is_back


def test_where_there_was_no_release_before_nothing_is_back():
    assert not Course(NEW, {"a": None}, {"a": outcome("failed", live=None, check="health")}).is_back


def test_a_host_whose_turn_had_not_come_stays_as_it_is():
    course = Course(NEW, {"a": OLD, "b": OLD}, {"a": GOOD})
    assert course.take_back() == {"a": OLD}
    assert course.touched == ["a"]
    assert not course.complete


def test_a_host_that_an_earlier_run_had_touched_goes_back_even_if_its_turn_had_not_come():
    assert Course(NEW, {"a": OLD, "b": OLD}, {"a": RESTORED}, resumed=["b"]).take_back() == {"b": OLD}


@pytest.mark.parametrize(
    ("record", "before", "touched"),
    [
        (GOOD, OLD, True),
        (None, OLD, True),
        (RESTORED, OLD, True),
        (HALF_WAY, OLD, True),
        (REFUSED, OLD, False),
        (UNCHANGED, NEW, False),
        (UNCHANGED, OLD, True),  # brought by the run that this one continues
        (GOOD, NEW, True),  # restarted, with other settings
    ],
)
def test_touched_is_what_was_activated_or_may_have_been(record, before, touched):
    assert Course(NEW, {"a": before}, {"a": record}).touched == (["a"] if touched else [])


@pytest.mark.parametrize("check", ["health", "process", "restarts", "severity", "version"])
def test_a_release_is_to_blame_where_a_check_of_it_failed(check):
    records = {"a": GOOD, "b": None, "c": {**RESTORED, "failed_check": check}}
    assert told(Course(NEW, dict.fromkeys(records, OLD), records).blame) == "failed on c: answered 503"


OF_THE_HOST = [
    {**RESTORED, "failed_check": check} for check in ("error", "manager", "release", "witness", "port", "disk")
]


@pytest.mark.parametrize("record", [None, GOOD, REFUSED, OVERTAKEN, *OF_THE_HOST])
def test_a_release_is_not_to_blame_for_its_host(record):
    assert Course(NEW, {"a": OLD}, {"a": record}).blame is None


def test_what_fails_with_the_release_before_too_is_not_booked_on_the_new_one():
    assert Course(NEW, {"a": OLD}, {"a": FAILED}).blame is None
    unwell = {**FAILED, "live": "legacy (/opt/app)"}
    assert Course(NEW, {"a": None}, {"a": unwell}).blame is None
    both = {"a": FAILED, "b": RESTORED}  # where the one before is well again, it was the new one
    assert told(Course(NEW, dict.fromkeys(both, OLD), both).blame) == "failed on b: answered 503"
    first = {**FAILED, "live": None}
    assert Course(NEW, {"a": None}, {"a": first}).blame is not None
    observed = {**FAILED, "live": NEW, "failed_check": "severity"}
    assert Course(NEW, {"a": OLD}, {"a": observed}).blame is not None


def test_who_has_taken_over_is_named():
    assert told(overtaken_by({"a": GOOD, "b": None, "c": OVERTAKEN})) == "a rollback by kim@ops-1"
    assert told(overtaken_by({"a": {"failed_check": "outranked"}})) == "a newer run"
    assert overtaken_by({"a": GOOD, "b": REFUSED, "c": None}) is None


hosts = st.sampled_from(["a", "b", "c", "d"])
fleets = st.dictionaries(hosts, st.sampled_from([OLD, NEW, None]), min_size=1)
records = st.dictionaries(hosts, any_record(NEW))


@given(fleets, records, st.lists(hosts))
def test_only_touched_hosts_go_back_and_only_to_their_own_release(before, outcomes, resumed):
    outcomes = {host: record for host, record in outcomes.items() if host in before}
    course = Course(NEW, before, outcomes, resumed)
    for host, version in course.take_back().items():
        # One that failed without having been touched is what a run that died had left.
        assert host in course.touched or host in resumed or outcomes[host]["outcome"] == "failed"
        assert version == before[host] != NEW


@given(fleets, records)
def test_touched_are_those_that_were_and_those_that_gave_no_answer(before, outcomes):
    touched = Course(NEW, before, outcomes).touched
    assert {host for host, record in outcomes.items() if record is None} <= set(touched)
    assert set(touched) <= set(outcomes)


@given(fleets, records, st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_changes_nothing(before, outcomes, random):
    course = Course(NEW, before, outcomes)
    other = Course(NEW, shuffled(before, random), shuffled(outcomes, random))
    assert (other.touched, other.take_back(), told(other.blame)) == (
        course.touched,
        course.take_back(),
        told(course.blame),
    )
    assert overtaken_by(other.outcomes) == overtaken_by(course.outcomes)


def shuffled(mapping, random):
    names = list(mapping)
    random.shuffle(names)
    return {name: mapping[name] for name in names}
