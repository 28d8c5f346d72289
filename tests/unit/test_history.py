"""What a ledger amounts to: which releases are proven, which are not, and what was left open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit import ledger as events
from refit.history import fold


def entries(*short):
    """Entries from tuples of event, version and further fields."""
    return [{"event": event, "version": version, **(more[0] if more else {})} for event, version, *more in short]


PROVEN = [(events.STAGED, "1"), (events.INTENT, "1", {"op": 3}), (events.ACTIVATED, "1"), (events.VERIFIED, "1")]


@pytest.mark.parametrize(
    ("what_happened", "result"),
    [
        ([], None),
        ([(events.STAGED, "1")], events.STAGED),
        ([(events.STAGED, "1"), (events.INTENT, "1")], events.STAGED),
        (PROVEN[:3], events.ACTIVATED),
        (PROVEN, events.VERIFIED),
        ([*PROVEN, (events.STAGED, "1")], events.VERIFIED),
        ([*PROVEN, (events.FAILED, "1")], events.FAILED),
        ([*PROVEN, (events.FAILED, "1"), (events.STAGED, "1")], events.FAILED),
        ([*PROVEN, (events.ROLLED_BACK, "1")], events.ROLLED_BACK),
        ([*PROVEN, (events.ROLLED_BACK, "1"), *PROVEN[1:]], events.VERIFIED),
        ([*PROVEN, (events.MARKED_BAD, "1"), (events.CLEARED, "1")], events.VERIFIED),
        ([*PROVEN, (events.PRUNED, "1")], events.PRUNED),
        ([*PROVEN, (events.PRUNED, "1"), (events.STAGED, "1")], events.STAGED),
        ([*PROVEN[:3], (events.ABANDONED, "1")], events.FAILED),
        ([*PROVEN, *PROVEN[1:3], (events.ABANDONED, "1")], events.VERIFIED),
        ([*PROVEN, (events.FAILED, "1"), *PROVEN[1:3], (events.ABANDONED, "1")], events.FAILED),
    ],
)
def test_a_release_is_what_its_last_entries_made_of_it(what_happened, result):
    assert fold(entries(*what_happened)).of("1").result == result


def test_the_latest_proof_is_first_whatever_the_names_say():
    proofs = [(events.VERIFIED, version) for version in ("2024", "0001", "zzz", "0001", "2024")]
    assert [release.version for release in fold(entries(*proofs)).newest_verified_first()] == ["2024", "0001", "zzz"]


@pytest.mark.parametrize("end", [events.VERIFIED, events.FAILED, events.ABANDONED])
def test_an_intent_is_open_until_it_is_verified_failed_or_abandoned(end):
    told = {"from": "1", "from_target": "releases/v1", "kind": "rollback", "op": 7, "at": "2024-01-27T12:00:00.000Z"}
    begun = entries((events.INTENT, "2", told), (events.ACTIVATED, "2"), (events.STAGED, "3"), (events.MARKED_BAD, "1"))
    intent = fold(begun).open_intent
    assert (intent.version, intent.before, intent.before_target, intent.kind) == ("2", "1", "releases/v1", "rollback")
    assert (intent.op, intent.at) == (7, told["at"])
    assert fold(begun).of("2").activated_op == 7
    assert fold(begun + entries((end, "2"))).open_intent is None


def test_an_intent_that_says_no_kind_was_a_deploy():
    assert fold(entries((events.INTENT, "2"))).open_intent.kind == "deploy"


@pytest.mark.parametrize("kind", ["rollback", "restore"])
def test_the_last_rollback_says_from_where_to_where_when_and_by_whom(kind):
    went = {"from": "2", "kind": kind, "at": "2024-01-27T12:00:00.000Z", "by": "kim@ops-1", "op": 4}
    rollback = fold(entries((events.VERIFIED, "1", went))).last_rollback
    assert (rollback.version, rollback.left, rollback.at, rollback.by, rollback.op) == (
        "1", "2", went["at"], "kim@ops-1", 4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "remembered"),
    [
        ((events.VERIFIED, "3", {"from": "1", "kind": "deploy"}), False),
        ((events.VERIFIED, "1", {"from": "1", "kind": "deploy"}), True),
        ((events.FAILED, "3"), True),
        ((events.MARKED_BAD, "1"), True),
    ],
)
def test_going_back_is_a_new_decision_once_something_new_went_live(since, remembered):
    back = (events.VERIFIED, "1", {"from": "2", "kind": "rollback"})
    assert (fold(entries(back, since)).last_rollback is not None) is remembered


def test_why_a_release_failed_is_kept_until_it_is_proven():
    failed = (events.FAILED, "1", {"reason": "answered 503"})
    assert fold(entries(failed)).of("1").failure == "answered 503"
    assert fold(entries(failed, (events.VERIFIED, "1"))).of("1").failure is None


def test_a_mark_says_why_and_by_whom_and_survives_whatever_is_done_with_the_release():
    mark = (events.MARKED_BAD, "1", {"reason": "5xx", "by": "kim", "at": "2024-01-27T12:00:00.000Z"})
    history = fold(entries(*PROVEN, mark, (events.STAGED, "1"), *PROVEN, (events.PRUNED, "1")))
    assert (history.of("1").bad.reason, history.of("1").bad.by) == ("5xx", "kim")
    assert fold(entries(mark, (events.CLEARED, "1"))).of("1").bad is None


def test_freezing_says_nothing_about_a_release():
    history = fold([{"event": events.FROZEN}, {"event": events.RESUMED, "version": None}])
    assert history.releases == {}


anything = st.one_of(st.none(), st.integers(), st.booleans(), st.text(max_size=5), st.lists(st.integers(), max_size=2))
any_entry = st.fixed_dictionaries(
    {"event": st.sampled_from(events.EVENTS)},
    optional={
        "version": st.one_of(st.sampled_from("123"), anything),
        **dict.fromkeys(("op", "from", "from_target", "kind", "at", "by", "reason", "sha256", "to"), anything),
    },
)


@given(st.lists(any_entry, max_size=30))
def test_any_entries_can_be_folded(found):
    history = fold(found)
    assert set(history.releases) <= {entry["version"] for entry in found if isinstance(entry.get("version"), str)}
    for release in history.newest_verified_first():
        assert found[release.verified_order]["event"] == events.VERIFIED
        assert found[release.verified_order]["version"] == release.version


@given(st.lists(any_entry, max_size=20), st.sampled_from("123"))
def test_a_new_proof_is_the_newest_whatever_happened_before(earlier, version):
    history = fold([*earlier, {"event": events.VERIFIED, "version": version}])
    assert history.newest_verified_first()[0].version == version
    assert history.open_intent is None
