"""What a person asks for, as events to be added."""

from __future__ import annotations

import pytest

from refit.core.errors import InvalidInput
from refit.incidents.actions import act
from refit.incidents.numbers import letter_of, next_number
from refit.incidents.policy import DEFAULT, read_policy, steps_of
from refit.incidents.telling import tellings
from support.incidents import NOON, asked, author, done, opened


def refusal(known, action, **more):
    with pytest.raises(InvalidInput) as caught:
        act(asked(action, **more), known, DEFAULT, author())
    return caught.value


def test_the_same_command_again_adds_nothing():
    incident, events = opened()
    assert done(events, "open", severity="P0", why="no payments")[1] == events
    for action in ("ack", "note", "mitigate", "resolve"):
        _, events = done(events, action, number=incident.number, why="looked" if action == "note" else "")
        assert done(events, action, number=incident.number, why="looked" if action == "note" else "")[1] == events


def test_a_second_person_takes_it_over():
    _, events = done(opened()[1], "ack", "kim@ops-1", 10)
    incident, _ = done(events, "ack", "lee@ops-2", 20)
    assert incident.taken["by"] == "lee@ops-2"


def test_the_only_open_incident_needs_no_name_and_of_several_one_has_to_be_named():
    first, events = opened(why="no payments")
    assert done(events, "ack")[0].number == first.number
    second, events = done(events, "open", severity="P1", why="no logins")
    refused = refusal(events, "ack")
    assert refused.what.code == "several_incidents"
    assert [step.values["incident_id"] for step in refused.steps] == [first.number, second.number]
    assert done(events, "resolve", number=second.number.lower())[0].number == second.number


def test_what_is_missing_or_cannot_be_is_named_with_the_command_that_says_it():
    _, events = opened()
    assert refusal([], "ack").what.code == "no_open_incident"
    assert refusal(events, "show", number="INC-20240127-009").what.code == "no_such_incident"
    assert refusal([], "open", why="x").steps[0].values == {"incident_severity": "P1"}
    assert refusal([], "open", severity="P1").what.code == "incident_needs_why"
    assert refusal(events, "snooze", why="x").what.code == "incident_needs_minutes"
    _, over = done(events, "resolve")
    assert refusal(over, "ack", number="INC-20240127-001").steps[0].values["incident_action"] == "reopen"


def test_the_opening_calls_at_once_and_what_was_told_is_told_once():
    incident, events = opened()
    (told,) = tellings(incident, author(), lambda step: step.values["incident_action"])
    assert (told.event, told.facts["mention"], told.facts["message"]) == (
        "incident_opened", ["devops-oncall"], "no payments",
    )  # fmt: skip
    assert told.facts["commands"][0]["command"] == "ack"
    after, _ = done([*events, *told.then], "show")
    assert tellings(after, author(), str) == []
    assert tellings(after, author(now=NOON + 60), str, escalates=True) == []


def test_who_escalates_tells_all_that_are_due_in_one_message_and_acknowledging_is_told_besides():
    incident, events = done(opened()[1], "ack", at=60)
    assert [each.event for each in tellings(incident, author(), str)] == ["incident_opened", "incident_acknowledged"]
    for telling in tellings(incident, author(), str):
        events = [*events, *telling.then]
    incident, _ = done(events, "show")
    (late,) = tellings(incident, author(now=NOON + 31 * 60), str, escalates=True)
    assert late.event == "incident_escalated"
    assert late.facts["mention"] == ["ai-backend-lead", "cto"]


def test_a_run_that_died_before_it_wrote_down_what_it_told_tells_it_again():
    incident, _ = done(opened()[1], "resolve", at=60)
    assert [each.event for each in tellings(incident, author(), str)] == ["incident_opened", "incident_resolved"]
    assert tellings(incident, author(), str)[0].facts["mention"] == []


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"P3": []}, "refit_escalation.P3"),
        ({"P0": "devops-oncall"}, "refit_escalation.P0"),
        ({"P0": [{"ping": ["cto"]}]}, "refit_escalation.P0[0].after_min"),
        ({"P0": [{"after_min": -1, "ping": ["cto"]}]}, "refit_escalation.P0[0].after_min"),
        ({"P1": [{"after_min": 1, "ping": []}]}, "refit_escalation.P1[0].ping"),
        ({"P1": [{"after_min": 1, "ping": ["cto"], "unless": "told"}]}, "refit_escalation.P1[0].unless"),
        ({"P1": [{"after_min": 1, "ping": ["cto"], "times": 6}]}, "refit_escalation.P1[0].times"),
        ({"P1": [{"after_mins": 1, "ping": ["cto"]}]}, "refit_escalation.P1[0].after_mins"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_its_key(setting, named):
    with pytest.raises(InvalidInput) as caught:
        read_policy(setting)
    assert str(caught.value).startswith(named)


def test_a_site_says_only_what_differs_and_names_people_with_or_without_an_at():
    policy = read_policy({"P2": [{"after_min": 60, "ping": ["@cto"], "times": 2}]})
    assert policy["P0"] == DEFAULT["P0"]
    assert [step["at"] for step in steps_of(policy, "P2", NOON)] == [
        "2024-01-27T13:00:00.000Z", "2024-01-27T14:00:00.000Z",
    ]  # fmt: skip
    assert steps_of(policy, "P2", NOON)[0]["ping"] == ["cto"]
    assert read_policy(None) == DEFAULT


def test_numbers_go_on_from_those_of_the_day_and_a_lone_server_has_a_letter_of_its_own():
    assert next_number([], NOON) == "INC-20240127-001"
    known = ["INC-20240127-009a", "INC-20240126-040", "rubbish"]
    assert next_number(known, NOON, "b") == "INC-20240127-010b"
    names = [f"server{index:02d}" for index in range(30)]
    letters = [letter_of(name, [other for other in names if other != name]) for name in names]
    assert len(set(letters)) == 30
    assert (letters[0], letters[25], letters[26]) == ("a", "z", "aa")
