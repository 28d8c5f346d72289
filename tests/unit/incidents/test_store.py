"""A host's copy of the incidents' events, and what it takes from others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.answers import NotUnderstood
from refit.core.errors import RefitError
from refit.incidents.events import MOST_EVENTS, read_event, read_events, union
from refit.incidents.store import IncidentStore, NumberTaken
from support.fakes import FakeClock
from support.incidents import author, done, opened


@pytest.fixture
def store(tmp_path):
    return IncidentStore(str(tmp_path / "refit" / "backend"), FakeClock())


def test_what_it_learns_is_there_once_and_beside_the_services_ledgers(store, tmp_path):
    _, events = done(opened()[1], "ack")
    assert store.read() == []
    assert list(store.learn([*events, *events])) == events
    assert store.learn(events) == []
    assert store.read() == events
    assert store.path == str(tmp_path / "refit" / "incidents" / "events.jsonl")
    assert IncidentStore(str(tmp_path / "refit" / "ai-service"), FakeClock()).read() == events


def test_a_line_that_was_cut_off_is_gone_with_the_next_event_and_nothing_else_is(store):
    _, events = done(opened()[1], "ack")
    store.learn(events[:1])
    with open(store.path, "a", encoding="utf-8") as file:
        file.write(json.dumps(events[1])[:40])
    assert store.read() == events[:1]
    store.learn(events)
    assert store.read() == events
    assert len(Path(store.path).read_text(encoding="utf-8").splitlines()) == 2


def test_a_number_that_another_incident_has_is_claimed_by_nobody(store):
    _, first = opened(why="no payments")
    _, second = opened(why="no logins")
    store.learn(first, claims=True)
    with pytest.raises(NumberTaken) as caught:
        store.learn(second, claims=True)
    assert "INC-20240127-001" in str(caught.value)
    assert store.read() == first
    assert store.learn(first, claims=True) == []
    store.learn(second)
    assert len(store.read()) == 2


def test_nothing_is_written_for_a_plan(store, tmp_path):
    _, events = opened()
    assert list(store.learn(events, dry_run=True)) == events
    assert not (tmp_path / "refit").exists()


def test_a_host_answers_with_whole_incidents_the_newest_first_within_its_bounds(store):
    _, old = opened(why="old", at=-86400)
    _, flood = opened(why="flood", at=-3600)
    notes = [author().event("noted", flood[0]["id"], f"note {index}") for index in range(MOST_EVENTS)]
    _, new = opened(why="new")
    store.learn([*old, *flood, *notes, *new])
    assert [event["why"] for event in store.newest()] == ["old", "new"]


events_of_ours = done(opened()[1], "snooze", minutes=5, why="x")[1]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
nearly = st.builds(
    lambda event, key, value: {**event, key: value},
    st.sampled_from(events_of_ours),
    st.sampled_from(sorted({key for event in events_of_ours for key in event})),
    anything,
)


@given(anything | nearly)
def test_any_event_is_one_of_ours_within_bounds_or_none(value):
    try:
        event = read_event(value)
    except NotUnderstood:
        return
    assert read_event(json.loads(json.dumps(event))) == event
    assert len(json.dumps(event)) < 20000
    assert event["by"].isprintable()


def test_what_a_host_says_that_is_no_event_keeps_nothing_else_from_being_read():
    _, events = opened()
    bad = [{**events[0], "by": "kim\x1b[2J"}, {**events[0], "at": "9999-01-01T00:00:00.000Z"}, {"event": "noted"}, 7]
    assert read_events([*bad, *events]) == events
    for answer in (None, {}, "x", [1] * (MOST_EVENTS + 1)):
        with pytest.raises(RefitError):
            read_events(answer)


def test_of_two_events_with_one_id_the_same_counts_in_either_order():
    _, events = opened()
    forged = {**events[0], "severity": "P2"}
    assert union(events, [forged]) == union([forged], events)
