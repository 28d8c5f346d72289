"""What an incident's events come to, in whatever order a copy has them."""

from __future__ import annotations

import itertools

import pytest

from refit.incidents.incident import incidents_of
from support.incidents import NOON, done, opened


def one(events):
    (incident,) = incidents_of(events)
    return incident


def pings(incident, minutes):
    return [(step.ping, step.unless) for step in incident.due(NOON + minutes * 60)]


def test_resolved_beats_acknowledged_beats_open_in_every_order_and_number_of_copies():
    _, begun = opened()
    _, acked = done(begun, "ack", "lee@ops-2", 60)
    _, over = done(begun, "resolve", "kim@ops-1", 30)  # whose clock is behind
    events = [*acked, over[-1]]
    for order in itertools.permutations(events):
        assert one([*order, order[0]]).state == "resolved"
    assert one(acked).state == "acknowledged"
    assert one(begun).state == "open"


def test_what_reopens_an_incident_beats_the_resolves_that_it_names_and_no_other():
    _, begun = opened()
    _, over = done(begun, "resolve", at=600)
    # Reopened where the clock is ten minutes behind, so that its time is before the resolve's.
    _, again = done(over, "reopen", "lee@ops-2", 10, why="still slow")
    for order in itertools.permutations(again):
        assert one(order).state == "open"
    _, elsewhere = done(over[:1], "resolve", "park@ops-3", 5)
    assert one([*again, elsewhere[-1]]).state == "resolved"


def test_a_copy_without_the_beginning_has_no_incident_yet():
    _, begun = opened()
    _, acked = done(begun, "ack")
    assert incidents_of(acked[1:]) == []


def test_the_teams_table_calls_on_call_at_once_the_second_line_and_after_30_minutes_the_cto():
    incident, _ = opened("P0")
    oncall, second, cto = ("devops-oncall",), ("ai-backend-lead",), ("cto",)
    assert pings(incident, 0) == [(oncall, "resolved")]
    assert pings(incident, 5)[1:] == [(oncall, "acknowledged")]
    assert pings(incident, 15)[2:] == [(second, "resolved")]
    assert pings(incident, 29.9) == pings(incident, 15)
    assert pings(incident, 30)[3:] == [(cto, "resolved")]
    assert len(pings(incident, 59)) == 4
    assert [len(pings(incident, 60 * hours)) for hours in range(1, 7)] == [5, 6, 7, 8, 9, 9]
    assert [step.ping for step in opened("P1")[0].due(NOON + 86400)] == [oncall, cto]
    assert opened("P2")[0].due(NOON + 86400) == []


def test_who_acknowledges_quiets_what_asks_for_that_and_nothing_else():
    incident, acked = done(opened()[1], "ack", at=60)
    assert [unless for _, unless in pings(incident, 30)] == ["resolved"] * 3
    resolved, _ = done(acked, "resolve", at=120)
    assert resolved.due(NOON + 86400) == []


def test_a_snooze_puts_off_all_steps_and_the_next_one_takes_its_place():
    incident, events = done(opened()[1], "snooze", at=60, minutes=30, why="the provider repairs it")
    assert pings(incident, 30.9) == []
    assert len(pings(incident, 31)) == 4
    shorter, _ = done(events, "snooze", at=120, minutes=1, why="they are done")
    assert len(pings(shorter, 3)) == 1


def test_another_severity_begins_its_own_steps_and_a_reopened_one_keeps_it():
    incident, events = done(opened("P2")[1], "severity", at=600, severity="P0")
    assert (incident.severity, pings(incident, 9), len(pings(incident, 10))) == ("P0", [], 1)
    _, over = done(events, "resolve", at=700)
    again, _ = done(over, "reopen", at=1200, why="it is back")
    assert (again.severity, len(pings(again, 20)), len(pings(again, 19))) == ("P0", 1, 0)


def test_a_step_that_was_told_is_told_to_nobody_again():
    incident, events = opened()
    step = incident.due(NOON)[0]
    told = {
        **events[0], "event": "escalated", "id": "f" * 32, "steps": [step.id], "by": "server1", "source": "server1",
    }  # fmt: skip
    assert pings(one([*events, told]), 0) == []


def test_two_that_were_given_one_number_can_both_be_named():
    _, first = opened(why="no payments")
    _, second = opened(why="no logins", at=60)
    numbers = [incident.number for incident in incidents_of([*second, *first])]
    assert numbers == ["INC-20240127-001", f"INC-20240127-001-{second[0]['id'][:4]}"]


@pytest.mark.parametrize("service", ["backend", "ai-service"])
def test_the_incidents_of_one_service_are_told_apart(service):
    assert len(incidents_of(opened()[1], service)) == (service == "backend")
