"""One verdict from all hosts' outcomes; what is not known counts as having happened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.verdict import (
    ABORTED,
    PARTLY_ROLLED_BACK,
    ROLLED_BACK,
    SUCCEEDED,
    deploy_verdict,
    hosts_to_take_back,
    release_is_to_blame,
    rollback_verdict,
    staging_verdict,
)

OLD, NEW = "1", "2"


def outcome(result, to=NEW, live=NEW, *, touched=True, check=None, reason=None):
    return {"outcome": result, "to": to, "live": live, "touched": touched, "failed_check": check, "reason": reason}


GOOD = outcome("activated")
UNCHANGED = outcome("unchanged", touched=False)
RESTORED = outcome("restored", live=OLD, check="health", reason="answered 503")
FAILED = outcome("failed", live=OLD, check="health", reason="answered 503; going back failed, too")
REFUSED = outcome("refused", live=OLD, touched=False, check="operation", reason="another run is at work")
STOPPED = outcome("refused", live=NEW, check="operation", reason="a newer run has taken over")
BACK = outcome("activated", to=OLD, live=OLD)
NOT_BACK = outcome("failed", to=OLD, live=OLD, check="process", reason="it does not start")


# -- who goes back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "before", "back"),
    [
        (GOOD, OLD, True),
        (FAILED, OLD, True),
        (STOPPED, OLD, True),
        (None, OLD, True),
        (RESTORED, OLD, False),
        (REFUSED, OLD, False),
        (UNCHANGED, NEW, False),
        (None, NEW, False),
        (GOOD, None, False),
        (None, None, False),
    ],
)
def test_a_host_goes_back_if_it_may_have_been_left_on_the_new_release(record, before, back):
    assert hosts_to_take_back({"a": before}, {"a": record}, NEW) == ({"a": OLD} if back else {})


def test_a_host_without_a_record_may_have_been_activated():
    assert hosts_to_take_back({"a": OLD, "b": OLD}, {"a": RESTORED}, NEW) == {"b": OLD}


# -- deploys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "taken_back", "verdict"),
    [
        ({"a": GOOD, "b": GOOD}, {}, SUCCEEDED),
        ({"a": UNCHANGED, "b": GOOD}, {}, SUCCEEDED),
        ({"a": RESTORED, "b": RESTORED}, {}, ROLLED_BACK),
        ({"a": RESTORED, "b": GOOD}, {"b": BACK}, ROLLED_BACK),
        ({"a": REFUSED, "b": GOOD}, {"b": BACK}, ROLLED_BACK),
        ({"a": RESTORED, "b": GOOD}, {"b": NOT_BACK}, PARTLY_ROLLED_BACK),
        ({"a": RESTORED, "b": GOOD}, {}, PARTLY_ROLLED_BACK),
        ({"a": FAILED, "b": GOOD}, {"a": BACK, "b": BACK}, ROLLED_BACK),
        ({"a": RESTORED}, {"b": BACK}, ROLLED_BACK),
        ({"a": RESTORED}, {}, PARTLY_ROLLED_BACK),
        ({"a": GOOD, "b": None}, {"a": BACK, "b": None}, PARTLY_ROLLED_BACK),
    ],
)
def test_how_a_deploy_to_two_hosts_ended(first, taken_back, verdict):
    found = deploy_verdict(NEW, {"a": OLD, "b": OLD}, first, taken_back)
    assert found.verdict == verdict
    assert found.succeeded is (verdict == SUCCEEDED)
    assert (found.to_record()["divergent"] == []) is (verdict != PARTLY_ROLLED_BACK)


def test_a_failure_names_the_host_what_it_runs_and_the_check():
    record = deploy_verdict(NEW, {"a": OLD, "b": OLD}, {"a": RESTORED, "b": GOOD}, {"b": BACK}).to_record()
    assert record["failures"] == [{"host": "a", "runs": OLD, "check": "health", "detail": "answered 503"}]
    assert record["hosts"]["b"]["why"] is None
    assert (record["hosts"]["b"]["runs"], record["hosts"]["b"]["proven"]) == (OLD, True)


def test_a_host_that_failed_twice_tells_both_reasons():
    end = deploy_verdict(NEW, {"a": OLD}, {"a": FAILED}, {"a": NOT_BACK}).hosts[0]
    assert end.why == "answered 503; going back failed, too; it does not start"
    assert (end.proven, end.good) == (False, False)


def test_a_lost_host_is_reported_as_running_nobody_knows_what():
    end = deploy_verdict(NEW, {"a": OLD}, {}, {}).hosts[0]
    assert (end.runs, end.proven, end.good, end.failed_check) == (None, False, False, "reach")
    assert "lost" in end.why


def test_a_first_release_that_succeeded_here_and_failed_elsewhere_is_told_as_not_back():
    found = deploy_verdict(NEW, {"a": None, "b": OLD}, {"a": GOOD, "b": RESTORED}, {})
    assert found.verdict == PARTLY_ROLLED_BACK
    assert found.hosts[0].why == "there was no release before it to go back to"


@pytest.mark.parametrize("check", ["health", "process", "release", "restarts", "version"])
def test_a_release_is_to_blame_where_a_check_of_it_failed(check):
    records = {"a": GOOD, "b": None, "c": {**RESTORED, "failed_check": check}}
    assert release_is_to_blame(records) == "failed on c: answered 503"


@pytest.mark.parametrize("record", [None, GOOD, REFUSED, STOPPED, {**FAILED, "failed_check": "operation"}])
def test_a_release_is_not_to_blame_for_its_host(record):
    assert release_is_to_blame({"a": record}) is None


# -- staging and rollbacks ---------------------------------------------------------------------------------


def test_nothing_is_activated_unless_it_is_staged_everywhere():
    before = {"a": OLD, "b": OLD, "c": OLD}
    staged = {"a": {"version": NEW}, "b": {"msg": "too little disk space"}}
    found = staging_verdict(NEW, before, staged)
    assert found.verdict == ABORTED
    assert [(end.host, end.why, end.runs) for end in found.culprits] == [
        ("b", "too little disk space", OLD),
        ("c", "the host could not be reached", OLD),
    ]
    assert staging_verdict(NEW, before, dict.fromkeys(before, {"version": NEW})).verdict == SUCCEEDED


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
def test_a_rollback_succeeded_if_every_host_is_proven_on_the_target(record, good):
    found = rollback_verdict(OLD, {"a": NEW, "b": NEW}, {"a": BACK, "b": record})
    assert found.verdict == (SUCCEEDED if good else PARTLY_ROLLED_BACK)
    assert [end.host for end in found.culprits] == ([] if good else ["b"])


# -- in general --------------------------------------------------------------------------------------------


def any_record(to):
    """What may come back from a host that was told to go to *to*; None if nothing does."""
    return st.none() | st.builds(
        outcome,
        st.sampled_from(["activated", "unchanged", "restored", "failed", "refused"]),
        st.just(to),
        st.sampled_from([OLD, NEW, None]),
        touched=st.booleans(),
        check=st.sampled_from([None, "health", "operation"]),
        reason=st.sampled_from([None, "why"]),
    )


hosts = st.sampled_from(["a", "b", "c", "d"])
fleets = st.dictionaries(hosts, st.sampled_from([OLD, NEW, None]), min_size=1)
forward, back = (st.dictionaries(hosts, any_record(to)) for to in (NEW, OLD))


@given(fleets, forward, back)
def test_every_host_is_in_the_verdict_once_and_each_that_is_not_good_says_why(before, first, taken_back):
    for found in (
        deploy_verdict(NEW, before, first, taken_back),
        rollback_verdict(OLD, before, taken_back),
        staging_verdict(NEW, before, {}),
    ):
        assert [end.host for end in found.hosts] == sorted(before)
        assert found.succeeded is all(end.good for end in found.hosts) or found.verdict == ROLLED_BACK
        assert all(end.why for end in found.hosts if not end.good)


@given(fleets, forward)
def test_only_hosts_that_were_or_may_have_been_touched_go_back_and_only_to_their_own_release(before, first):
    for host, version in hosts_to_take_back(before, first, NEW).items():
        record = first.get(host)
        # "unchanged" on a host that had another release before: a run that died had brought the new one.
        assert record is None or record["touched"] or record["outcome"] in ("activated", "unchanged", "failed")
        assert version == before[host] != NEW


@given(fleets, forward, back, st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_never_matters(before, first, taken_back, random):
    def shuffled(mapping):
        names = list(mapping)
        random.shuffle(names)
        return {name: mapping[name] for name in names}

    once = deploy_verdict(NEW, before, first, taken_back)
    again = deploy_verdict(NEW, shuffled(before), shuffled(first), shuffled(taken_back))
    assert again.to_record() == once.to_record()
    assert release_is_to_blame(shuffled(first)) == release_is_to_blame(first)
