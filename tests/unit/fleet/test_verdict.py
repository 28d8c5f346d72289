"""One verdict from all hosts' outcomes; what is not known counts as having happened."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import STATUS_YML, Step, in_words
from refit.fleet.gate import GO_ON, STOP, TAKE_BACK, Decision, decide
from refit.fleet.memory import UNREACHABLE
from refit.fleet.report import headline, next_steps, render
from refit.fleet.rollout import Course
from refit.fleet.verdict import (
    ABORTED,
    PARTLY_ROLLED_BACK,
    ROLLED_BACK,
    STOPPED,
    SUCCEEDED,
    deploy_verdict,
    failures_so_far,
    rollback_verdict,
    staging_verdict,
)
from support.outcomes import (
    BACK,
    FAILED,
    GOOD,
    NEW,
    NOT_BACK,
    OLD,
    OVERTAKEN,
    REFUSED,
    RESTORED,
    UNCHANGED,
    any_record,
    outcome,
)  # fmt: skip
from support.words import told

BOTH = {"a": OLD, "b": OLD}


def verdict(before, outcomes, taken_back=None, severity="OK", why="", ended=None, **more):
    course = Course(NEW, before, outcomes, **more)
    return deploy_verdict(course, decide(course, {}, severity, why), taken_back, ended)


def of(found, host):
    return next(end for end in found.hosts if end.host == host)


# -- deploys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "taken_back", "expected"),
    [
        ({"a": GOOD, "b": GOOD}, {}, SUCCEEDED),
        ({"a": UNCHANGED, "b": GOOD}, {}, SUCCEEDED),
        ({"a": RESTORED, "b": RESTORED}, {}, ROLLED_BACK),
        ({"a": RESTORED, "b": GOOD}, {"b": BACK}, ROLLED_BACK),
        ({"a": REFUSED, "b": GOOD}, {"b": BACK}, ROLLED_BACK),
        ({"a": RESTORED, "b": GOOD}, {"b": NOT_BACK}, PARTLY_ROLLED_BACK),
        ({"a": RESTORED, "b": GOOD}, {"b": None}, PARTLY_ROLLED_BACK),
        ({"a": FAILED, "b": GOOD}, {"a": BACK, "b": BACK}, ROLLED_BACK),
        ({"a": RESTORED, "b": None}, {"b": BACK}, ROLLED_BACK),
        ({"a": RESTORED, "b": None}, {"b": None}, PARTLY_ROLLED_BACK),
        ({"a": GOOD, "b": None}, {"a": BACK, "b": None}, PARTLY_ROLLED_BACK),
        ({"a": RESTORED}, {}, ROLLED_BACK),
        ({"a": None}, {"a": BACK}, ROLLED_BACK),
    ],
)
def test_how_a_deploy_to_two_hosts_ended(first, taken_back, expected):
    found = verdict(BOTH, first, taken_back)
    assert found.verdict == expected
    assert found.succeeded is (expected == SUCCEEDED)
    assert (found.divergent == []) is (expected != PARTLY_ROLLED_BACK)


def test_a_failure_names_the_host_what_it_runs_and_the_check():
    record = verdict(BOTH, {"a": RESTORED, "b": GOOD}, {"b": BACK}).to_record()
    assert record["failures"] == [{"host": "a", "runs": OLD, "check": "health", "detail": "answered 503"}]
    assert record["hosts"]["b"]["why"] is None
    assert (record["hosts"]["b"]["runs"], record["hosts"]["b"]["proven"]) == (OLD, True)
    assert record["hosts"]["b"]["outcome"] == "taken_back"


def test_a_host_whose_turn_had_not_come_is_told_as_untouched_on_what_it_had():
    end = of(verdict(BOTH, {"a": RESTORED}, {}), "b")
    assert (end.runs, end.proven, end.good, end.outcome, end.why) == (OLD, True, True, "untouched", None)


def test_a_host_that_failed_twice_tells_both_reasons():
    end = verdict({"a": OLD}, {"a": FAILED}, {"a": NOT_BACK}).hosts[0]
    assert told(end.why) == "answered 503; going back failed, too; it does not start"
    assert (end.proven, end.good) == (False, False)


def test_a_lost_host_is_reported_as_running_nobody_knows_what():
    end = verdict({"a": OLD}, {"a": None}, {"a": None}).hosts[0]
    assert (end.runs, end.proven, end.good, end.failed_check) == (None, False, False, "reach")
    assert "lost" in told(end.why)


def test_of_a_host_that_nobody_could_ask_it_is_not_said_that_nothing_runs():
    found = verdict(BOTH, {"a": None}, missing={"c": UNREACHABLE})
    failures = {end.host: end.to_failure() for end in found.culprits}
    assert "runs" not in failures["a"]
    assert "runs" not in failures["c"]
    nothing = verdict({"a": None}, {"a": outcome("failed", live=None, reason="crashed")})
    assert nothing.culprits[0].to_failure()["runs"] is None


def test_what_was_no_release_counts_as_back_where_it_is_healthy_and_is_named():
    place = "legacy (/opt/legacy)"
    before, live = {"a": None, "b": None}, {"a": place, "b": place}
    found = verdict(before, {"a": outcome("restored", live=place, reason="answered 503")}, live=live)
    assert (found.verdict, found.divergent) == (ROLLED_BACK, [])
    assert [(end.runs, end.outcome) for end in found.hosts] == [(place, "restored"), (place, "untouched")]
    assert next_steps("deploy", found) == [Step(STATUS_YML)]
    unwell = verdict(before, {"a": outcome("failed", live=place, reason="is back, and not healthy")}, live=live)
    assert (unwell.verdict, unwell.divergent, told(unwell.why)) == (PARTLY_ROLLED_BACK, ["a"], "")
    assert "legacy (/opt/legacy) (unproven)" in render("deploy", unwell, [], in_words, language="en")


def test_a_first_release_that_succeeded_here_and_failed_elsewhere_is_told_as_not_back():
    found = verdict({"a": None, "b": OLD}, {"a": GOOD, "b": RESTORED}, {})
    assert (found.verdict, found.divergent, told(found.why)) == (PARTLY_ROLLED_BACK, ["a"], "")
    assert told(of(found, "a").why) == "there was no release before it to go back to"


def test_a_first_release_that_fails_says_that_there_is_nothing_to_go_back_to():
    stopped = outcome("failed", live=None, check="health", reason="answered 503; so the service was stopped")
    found = verdict({"a": None, "b": None}, {"a": stopped}, {})
    assert (found.verdict, found.divergent) == (PARTLY_ROLLED_BACK, ["a"])
    assert told(found.why) == "there was no release before it to go back to"
    assert (of(found, "b").outcome, of(found, "b").runs) == ("untouched", None)


@pytest.mark.parametrize(
    ("first", "taken_back", "expected"),
    [({"a": GOOD}, {}, SUCCEEDED), ({"a": RESTORED}, {}, ROLLED_BACK), ({"a": GOOD}, {}, STOPPED)],
)
def test_a_host_that_was_missing_from_the_start_changes_no_verdict_and_is_always_named(first, taken_back, expected):
    severity = "P1" if expected == STOPPED else "OK"
    found = verdict({"a": OLD}, first, taken_back, severity, missing={"z": UNREACHABLE})
    assert (found.verdict, found.divergent) == (expected, ["z"])
    assert told(of(found, "z").why) == "could not be reached from the start"
    assert found.succeeded is (expected == SUCCEEDED)


# -- deploys that stop -------------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", ["P1", "UNKNOWN"])
def test_a_deploy_that_a_person_must_decide_on_leaves_everything_as_it_is(severity):
    found = verdict(BOTH, {"a": GOOD}, severity=severity, why="5xx 12%")
    assert (found.verdict, told(found.why), found.done, found.divergent) == (STOPPED, f"{severity}: 5xx 12%", 1, [])
    assert [(end.runs, end.outcome) for end in found.hosts] == [(NEW, "activated"), (OLD, "untouched")]


def test_a_deploy_may_stop_after_its_last_batch_too():
    assert verdict(BOTH, {"a": GOOD, "b": GOOD}, severity="P1", why="5xx 12%").verdict == STOPPED


def test_a_host_that_an_earlier_run_brought_there_is_not_shown_on_what_it_had_before():
    found = verdict(BOTH, {"a": GOOD}, severity="P1", resumed=["b"])
    assert of(found, "b").runs == NEW


@pytest.mark.parametrize(
    ("outcomes", "taken_back", "ended"),
    [
        ({"a": OVERTAKEN}, None, None),
        ({"a": GOOD, "b": OVERTAKEN}, None, None),
        ({"a": GOOD, "b": RESTORED}, {"a": OVERTAKEN}, None),
        ({"a": GOOD, "b": GOOD}, None, {"a": OVERTAKEN}),
    ],
)
def test_a_deploy_that_a_rollback_has_overtaken_says_so_and_claims_nothing_else(outcomes, taken_back, ended):
    found = verdict(BOTH, outcomes, taken_back, ended=ended)
    assert found.verdict == STOPPED
    assert told(found.overtaken_by) == "a rollback by kim@ops-1"
    assert found.divergent == []


def test_a_lost_host_is_named_also_where_a_rollback_has_taken_over():
    assert verdict(BOTH, {"a": None, "b": OVERTAKEN}).divergent == ["a"]


# -- every case of two hosts -------------------------------------------------------------------------------

FIRST = {
    "good": GOOD, "unchanged": UNCHANGED, "restored": RESTORED, "failed": FAILED, "refused": REFUSED, "lost": None,
    "untried": ...,
}  # fmt: skip
SECOND = {"back": BACK, "not back": NOT_BACK, "lost": None}


@pytest.mark.parametrize("first", list(itertools.product(FIRST, FIRST)), ids="-".join)
@pytest.mark.parametrize("second", list(itertools.product(SECOND, SECOND)), ids="-".join)
def test_the_verdict_is_what_the_hosts_really_run(first, second):
    outcomes = {host: FIRST[name] for host, name in zip("ab", first) if name != "untried"}
    course = Course(NEW, BOTH, outcomes)
    taken_back = {host: SECOND[name] for host, name in zip("ab", second) if host in course.take_back()}
    found = verdict(BOTH, outcomes, taken_back)

    home = {"restored", "refused", "untried"}
    back = {
        host: name in home or (taken_back.get(host) or {}).get("outcome") == "activated"
        for host, name in zip("ab", first)
    }
    if all(name in ("good", "unchanged") for name in first):
        assert found.verdict == SUCCEEDED
    else:
        assert found.verdict == (ROLLED_BACK if all(back.values()) else PARTLY_ROLLED_BACK)
        assert found.divergent == [host for host in "ab" if not back[host]]
        assert all(end.runs == OLD for end in found.hosts if end.good)


# -- staging and rollbacks ---------------------------------------------------------------------------------


def test_nothing_is_activated_unless_it_is_staged_everywhere():
    before = {"a": OLD, "b": OLD, "c": OLD}
    staged = {"a": {"version": NEW}, "b": {"reason": "too little disk space"}}
    found = staging_verdict(NEW, before, staged)
    assert found.verdict == ABORTED
    assert [(end.host, told(end.why), end.runs) for end in found.culprits] == [
        ("b", "too little disk space", OLD),
        ("c", "it gave no answer", OLD),
    ]
    assert staging_verdict(NEW, before, dict.fromkeys(before, {"version": NEW})).verdict == SUCCEEDED


def test_a_host_whose_turn_had_not_come_runs_what_it_ran_and_not_what_it_would_go_back_to():
    live = {"a": "3", "b": OLD}
    found = verdict({"a": OLD, "b": OLD}, {"b": RESTORED}, live=live)
    assert [(end.host, end.runs, end.outcome) for end in found.hosts] == [
        ("a", "3", "untouched"),
        ("b", OLD, "restored"),
    ]


def test_a_host_that_answered_is_not_said_to_be_out_of_reach():
    missing = {"y": UNREACHABLE, "z": "`current` is no link"}
    found = verdict({"a": OLD}, {"a": GOOD}, missing=missing)
    assert [(of(found, host).failed_check, told(of(found, host).why)) for host in missing] == [
        ("reach", "could not be reached from the start"),
        ("survey", "`current` is no link"),
    ]


def test_a_host_to_which_the_release_did_not_come_says_why_it_did_not():
    refused = outcome("refused", live=NEW, touched=False, check="version_not_found", reason="it is not there")
    back = outcome("activated", to=OLD, live=OLD)
    obstacles = {"a": "", "b": "could not be brought from a: No space left on device"}
    found = rollback_verdict({"a": OLD, "b": OLD}, {"a": back, "b": refused}, target=OLD, obstacles=obstacles)
    assert (told(of(found, "a").why), told(of(found, "b").why)) == (None, f"{OLD} {obstacles['b']}")
    assert (found.verdict, of(found, "b").failed_check) == (PARTLY_ROLLED_BACK, "stage")


@pytest.mark.parametrize(
    ("record", "good"),
    [
        (BACK, True),
        ({**BACK, "outcome": "unchanged"}, True),
        (NOT_BACK, False),
        (None, False),
        (outcome("restored", to=OLD, check="health"), False),
        (outcome("refused", to=OLD, live=NEW, touched=False), False),
        (outcome("refused", to=OLD, live=OLD, touched=False), False),
    ],
)
def test_a_rollback_succeeded_if_every_host_is_proven_on_its_target(record, good):
    found = rollback_verdict({"a": OLD, "b": OLD}, {"a": BACK, "b": record}, target=OLD)
    assert found.verdict == (SUCCEEDED if good else PARTLY_ROLLED_BACK)
    assert [end.host for end in found.culprits] == ([] if good else ["b"])


def test_a_rollback_may_take_each_host_to_its_own_release():
    found = rollback_verdict({"a": OLD, "b": "0"}, {"a": BACK, "b": outcome("activated", to="0", live="0")})
    assert (found.verdict, found.target) == (SUCCEEDED, None)


def test_a_rollback_that_could_not_reach_a_host_is_not_complete():
    found = rollback_verdict({"a": OLD}, {"a": BACK}, missing={"b": UNREACHABLE}, target=OLD)
    assert (found.verdict, found.divergent) == (PARTLY_ROLLED_BACK, ["b"])


@pytest.mark.parametrize(("record", "nothing"), [(BACK, True), (NOT_BACK, False)])
def test_only_a_rollback_that_succeeded_is_told_as_one_that_left_nothing(record, nothing):
    found = rollback_verdict({"a": OLD}, {"a": record}, target=OLD, leaves_nothing=True)
    assert found.left_nothing is nothing
    assert headline("rollback", found, language="en").startswith(
        "NOTHING TO LEAVE: 1 was live" if nothing else "MANUAL ACTION NEEDED"
    )


# -- in general --------------------------------------------------------------------------------------------

hosts = st.sampled_from(["a", "b", "c", "d"])
fleets = st.dictionaries(hosts, st.sampled_from([OLD, NEW, None]), min_size=1)
forward, back = (st.dictionaries(hosts, any_record(to)) for to in (NEW, OLD))
decisions = st.builds(Decision, st.sampled_from([GO_ON, STOP, TAKE_BACK]), st.just("why"))
missing = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([UNREACHABLE, "its answer is odd"]))


@given(fleets, forward, back, decisions, missing)
def test_every_host_is_in_the_verdict_once_and_each_that_is_not_good_says_why(
    before, outcomes, taken_back, decision, missing
):
    outcomes = {host: record for host, record in outcomes.items() if host in before}
    course = Course(NEW, before, outcomes, missing=missing)
    targets = dict.fromkeys(before, OLD)
    for found in (deploy_verdict(course, decision, taken_back), rollback_verdict(targets, taken_back, missing)):
        assert [end.host for end in found.hosts] == sorted([*before, *missing])
        assert set(missing) <= set(found.divergent)
        assert all(end.why for end in found.hosts if not end.good)
    assert {failure["host"] for failure in failures_so_far(course)} <= set(outcomes)


@given(fleets, forward, back, decisions, st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_never_matters(before, outcomes, taken_back, decision, random):
    def shuffled(mapping):
        names = list(mapping)
        random.shuffle(names)
        return {name: mapping[name] for name in names}

    once = deploy_verdict(Course(NEW, before, outcomes), decision, taken_back)
    again = deploy_verdict(Course(NEW, shuffled(before), shuffled(outcomes)), decision, shuffled(taken_back))
    assert again.to_record() == once.to_record()
