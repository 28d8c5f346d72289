"""Marks and freezes: what stands is the same whoever is asked, and whatever was told in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from refit.state import ledger_events
from refit.state.holds import Hold, Holds, lift_entry

AT = "2024-01-27T12:00:00.000Z"
MARK = Hold("run-1/3", "5xx", "kim@ops-1", AT, "3")
FREEZE = Hold("run-1/freeze", "3 was taken back", "kim@ops-1", AT)


def holds(*told):
    found = Holds()
    for order, entry in enumerate(told):
        found.learn(entry, order)
    return found


def standing(found):
    return {hold.id for hold in found.standing()}


def test_a_mark_stands_on_its_release_and_a_freeze_on_the_service():
    found = holds(MARK.to_entry(), FREEZE.to_entry())
    assert (found.mark_of("3"), found.mark_of("2"), found.freezes()) == (MARK, None, [FREEZE])


def test_what_is_lifted_by_its_id_stays_lifted_even_if_it_is_heard_of_later():
    lift = lift_entry([FREEZE], "mended", "lee")
    assert standing(holds(FREEZE.to_entry(), lift)) == standing(holds(lift, FREEZE.to_entry())) == set()


def test_lifting_names_what_it_lifts_and_nothing_else():
    later = Hold("run-2/freeze", "end of the quarter", "lee", AT)
    assert holds(FREEZE.to_entry(), lift_entry([FREEZE], "mended", "lee"), later.to_entry()).freezes() == [later]


def test_entries_without_ids_are_told_apart_and_lifted_by_what_follows_them():
    bad = {"event": ledger_events.MARKED_BAD, "version": "3", "reason": "5xx", "by": "kim", "at": AT}
    cleared = {"event": ledger_events.CLEARED, "version": "3", "at": AT}
    assert holds(bad, cleared).mark_of("3") is None
    assert holds(bad, cleared, bad).mark_of("3").reason == "5xx"
    assert holds({**bad, "version": "2"}, cleared).mark_of("2").reason == "5xx"


def test_a_record_says_all_that_is_known():
    found = holds(MARK.to_entry(), FREEZE.to_entry(), lift_entry([FREEZE], "mended", "lee", AT))
    assert Holds.from_record(found.to_record()) == found
    assert Holds.from_record(None) == Holds()


# -- in general --------------------------------------------------------------------------------------------

all_holds = [
    Hold(f"run-{number}/{kind or 'freeze'}", why, by, at, kind)
    for number, (kind, why, by, at) in enumerate(
        [("1", "5xx", "kim", AT), ("1", "slow", None, None), ("2", "5xx", "lee", AT), (None, "quarter", "lee", AT),
         (None, "taken back", "kim", "2024-01-28T12:00:00.000Z")]
    )
]  # fmt: skip
ledger_entries = st.one_of(
    st.sampled_from([hold.to_entry() for hold in all_holds]),
    st.sampled_from([lift_entry([hold], "mended", "lee", AT) for hold in all_holds]),
)
ledgers = st.lists(st.lists(ledger_entries, max_size=6), min_size=1, max_size=4)


def union(hosts):
    return Holds().joined_with(holds(*host) for host in hosts)


@given(ledgers, st.randoms(use_true_random=False))
def test_the_order_of_hosts_and_of_entries_changes_nothing(hosts, random):
    shuffled = [random.sample(host, len(host)) for host in hosts]
    random.shuffle(shuffled)
    assert union(shuffled).standing() == union(hosts).standing()


@given(ledgers, st.lists(ledger_entries, max_size=6))
def test_a_hold_disappears_from_the_fleet_only_because_somebody_lifted_it(hosts, one_more):
    before, after = union(hosts), union([*hosts, one_more])
    assert before.placed.keys() <= after.placed.keys()
    assert standing(before) - standing(after) <= set(holds(*one_more).lifted)


@given(ledgers)
def test_a_host_that_is_told_what_it_lacks_holds_what_the_fleet_holds_and_lacks_nothing(hosts):
    fleet = union(hosts)
    for host in hosts:
        lessons = fleet.lessons_for(holds(*host))
        told = holds(*host, *lessons)
        assert standing(told) == standing(fleet)
        assert fleet.lessons_for(told) == []
        assert all(holds(*host).is_news(entry) for entry in lessons)
        assert not any(told.is_news(entry) for entry in lessons)
