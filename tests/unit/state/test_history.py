"""What a ledger amounts to: which releases are proven, which are not, and what was left open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.state import ledger_events
from refit.state.history import fold


def ledger_of(*short):
    """Entries from tuples of event, version and further fields."""
    return [{"event": event, "version": version, **(more[0] if more else {})} for event, version, *more in short]


def newest_proof_first(history):
    proven = [release for release in history.releases.values() if release.result == ledger_events.VERIFIED]
    return [release.version for release in sorted(proven, key=lambda release: release.verified_order, reverse=True)]


PROVEN = [
    (ledger_events.STAGED, "1"),
    (ledger_events.INTENT, "1", {"op": 3}),
    (ledger_events.ACTIVATED, "1"),
    (ledger_events.VERIFIED, "1"),
]


@pytest.mark.parametrize(
    ("what_happened", "result"),
    [
        ([], None),
        ([(ledger_events.STAGED, "1")], ledger_events.STAGED),
        ([(ledger_events.STAGED, "1"), (ledger_events.INTENT, "1")], ledger_events.STAGED),
        (PROVEN[:3], ledger_events.ACTIVATED),
        (PROVEN, ledger_events.VERIFIED),
        ([*PROVEN, (ledger_events.STAGED, "1")], ledger_events.VERIFIED),
        ([*PROVEN, (ledger_events.FAILED, "1")], ledger_events.FAILED),
        ([*PROVEN, (ledger_events.FAILED, "1"), (ledger_events.STAGED, "1")], ledger_events.FAILED),
        ([*PROVEN, (ledger_events.ROLLED_BACK, "1")], ledger_events.ROLLED_BACK),
        ([*PROVEN, (ledger_events.ROLLED_BACK, "1"), *PROVEN[1:]], ledger_events.VERIFIED),
        ([*PROVEN, (ledger_events.MARKED_BAD, "1"), (ledger_events.CLEARED, "1")], ledger_events.VERIFIED),
        ([*PROVEN, (ledger_events.PRUNED, "1")], ledger_events.PRUNED),
        ([*PROVEN, (ledger_events.PRUNED, "1"), (ledger_events.STAGED, "1")], ledger_events.STAGED),
        ([*PROVEN[:3], (ledger_events.ABANDONED, "1")], ledger_events.FAILED),
        ([*PROVEN, *PROVEN[1:3], (ledger_events.ABANDONED, "1")], ledger_events.VERIFIED),
        ([*PROVEN, (ledger_events.FAILED, "1"), *PROVEN[1:3], (ledger_events.ABANDONED, "1")], ledger_events.FAILED),
    ],
)
def test_a_release_is_what_its_last_entries_made_of_it(what_happened, result):
    assert fold(ledger_of(*what_happened)).of("1").result == result


def test_the_latest_proof_is_first_whatever_the_names_say():
    proofs = [(ledger_events.VERIFIED, version) for version in ("2024", "0001", "zzz", "0001", "2024")]
    assert newest_proof_first(fold(ledger_of(*proofs))) == ["2024", "0001", "zzz"]


@pytest.mark.parametrize("end", [ledger_events.VERIFIED, ledger_events.FAILED, ledger_events.ABANDONED])
def test_an_intent_is_open_until_it_is_verified_failed_or_abandoned(end):
    told = {"from": "1", "from_target": "releases/v1", "kind": "rollback", "op": 7, "at": "2024-01-27T12:00:00.000Z"}
    begun = ledger_of(
        (ledger_events.INTENT, "2", told),
        (ledger_events.ACTIVATED, "2"),
        (ledger_events.STAGED, "3"),
        (ledger_events.MARKED_BAD, "1"),
    )
    intent = fold(begun).open_intent
    assert (intent.version, intent.before, intent.before_link, intent.kind) == ("2", "1", "releases/v1", "rollback")
    assert (intent.op, intent.at) == (7, told["at"])
    assert fold(begun).of("2").activated_op == 7
    assert fold(begun + ledger_of((end, "2"))).open_intent is None


def test_an_intent_that_says_no_kind_was_a_deploy():
    assert fold(ledger_of((ledger_events.INTENT, "2"))).open_intent.kind == "deploy"


@pytest.mark.parametrize("kind", ["rollback", "restore"])
def test_the_last_rollback_says_from_where_to_where_when_and_by_whom(kind):
    went = {"from": "2", "kind": kind, "at": "2024-01-27T12:00:00.000Z", "by": "kim@ops-1", "op": 4}
    rollback = fold(ledger_of((ledger_events.VERIFIED, "1", went))).last_rollback
    assert (rollback.version, rollback.left, rollback.at, rollback.by, rollback.op) == (
        "1", "2", went["at"], "kim@ops-1", 4,
    )  # fmt: skip


def test_starting_the_live_release_again_is_no_way_back():
    assert fold(ledger_of((ledger_events.VERIFIED, "2", {"from": "2", "kind": "rollback"}))).last_rollback is None


@pytest.mark.parametrize(
    ("since", "remembered"),
    [
        ((ledger_events.VERIFIED, "3", {"from": "1", "kind": "deploy"}), False),
        ((ledger_events.VERIFIED, "1", {"from": "1", "kind": "deploy"}), True),
        ((ledger_events.VERIFIED, "1", {"from": "1", "kind": "rollback"}), True),
        ((ledger_events.FAILED, "3"), True),
        ((ledger_events.MARKED_BAD, "1"), True),
    ],
)
def test_going_back_is_a_new_decision_once_something_new_went_live(since, remembered):
    back = (ledger_events.VERIFIED, "1", {"from": "2", "kind": "rollback"})
    assert (fold(ledger_of(back, since)).last_rollback is not None) is remembered


def test_why_a_release_failed_is_kept_until_it_is_proven():
    failed = (ledger_events.FAILED, "1", {"reason": "answered 503"})
    assert fold(ledger_of(failed)).of("1").failure == "answered 503"
    assert fold(ledger_of(failed, (ledger_events.VERIFIED, "1"))).of("1").failure is None


def test_a_mark_says_why_and_by_whom_and_survives_whatever_is_done_with_the_release():
    mark = (ledger_events.MARKED_BAD, "1", {"reason": "5xx", "by": "kim", "at": "2024-01-27T12:00:00.000Z"})
    history = fold(ledger_of(*PROVEN, mark, (ledger_events.STAGED, "1"), *PROVEN, (ledger_events.PRUNED, "1")))
    assert (history.of("1").bad.reason, history.of("1").bad.by) == ("5xx", "kim")
    assert fold(ledger_of(mark, (ledger_events.CLEARED, "1"))).of("1").bad is None


def test_freezing_says_nothing_about_a_release():
    history = fold([{"event": ledger_events.FROZEN}, {"event": ledger_events.RESUMED, "version": None}])
    assert history.releases == {}


anything = st.one_of(st.none(), st.integers(), st.booleans(), st.text(max_size=5), st.lists(st.integers(), max_size=2))
any_entry = st.fixed_dictionaries(
    {"event": st.sampled_from(ledger_events.EVENTS)},
    optional={
        "version": st.one_of(st.sampled_from("123"), anything),
        **dict.fromkeys(("op", "from", "from_target", "kind", "at", "by", "reason", "sha256", "to"), anything),
    },
)


@given(st.lists(any_entry, max_size=30))
def test_any_entries_can_be_folded(found):
    history = fold(found)
    assert set(history.releases) <= {entry["version"] for entry in found if isinstance(entry.get("version"), str)}
    for version in newest_proof_first(history):
        proof = found[history.of(version).verified_order]
        assert (proof["event"], proof["version"]) == (ledger_events.VERIFIED, version)


@given(st.lists(any_entry, max_size=20), st.sampled_from("123"))
def test_a_new_proof_is_the_newest_whatever_happened_before(earlier, version):
    history = fold([*earlier, {"event": ledger_events.VERIFIED, "version": version}])
    assert newest_proof_first(history)[0] == version
    assert history.open_intent is None


WORD = {
    **{"event": "staged", "facts": {"version": "1"}, "at": "2024-01-27T12:00:00.000Z", "run": "run-1"},
    **{"key": "ab12cd34", "mac": "a" * 64},
}


def test_what_is_signed_of_a_release_stays_until_other_content_or_none_is_there():
    content = {"sha256": "a" * 64, "at": "2024-01-27T12:00:00.000Z"}
    later = {**content, "at": "2024-01-28T12:00:00.000Z", "staged_at": content["at"], "signed": WORD}
    staged, signed = (ledger_events.STAGED, "1", content), (ledger_events.STAGED, "1", later)
    known = fold(ledger_of(staged, signed)).of("1")
    assert (known.signed, known.staged_at) == (WORD, content["at"])
    assert fold(ledger_of(staged, signed, staged)).of("1").signed == WORD
    for end in ((ledger_events.STAGED, "1", {"sha256": "b" * 64}), (ledger_events.PRUNED, "1")):
        assert fold(ledger_of(staged, signed, end)).of("1").signed is None
