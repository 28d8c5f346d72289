"""How a deploy's end is told: the right message, and every host that stands apart is in it."""

from __future__ import annotations

import pytest

from refit.fleet.announcement import compared, ending
from refit.fleet.gate import decide
from refit.fleet.memory import UNREACHABLE
from refit.fleet.rollout import Course
from refit.fleet.verdict import deploy_verdict
from refit.notify.events import EVENTS, compose
from support.outcomes import BACK, GOOD, NEW, OLD, OVERTAKEN, RESTORED, outcome
from support.words import told

STOPPED_FIRST = outcome("failed", live=None, check="health", reason="answered 503; so the service was stopped")


def ended(before, outcomes, taken_back=None, severity="OK", missing=None):
    course = Course(NEW, before, outcomes, missing=missing or {})
    verdict = deploy_verdict(course, decide(course, {}, severity, "5xx 12%"), taken_back)
    return ending(verdict, verdict.to_record()["failures"], course.blame, ["continue", "roll back"])


@pytest.mark.parametrize(
    ("before", "outcomes", "taken_back", "severity", "event", "shown"),
    [
        (OLD, {"a": GOOD, "b": GOOD}, {}, "OK", "deploy_succeeded", "succeeded"),
        (OLD, {"a": GOOD}, {}, "P1", "deploy_stopped", "stopped"),
        (OLD, {"a": OVERTAKEN}, {}, "OK", "deploy_stopped", "stopped"),
        (OLD, {"a": RESTORED}, {}, "OK", "rollback_succeeded", "rolled_back"),
        (OLD, {"a": GOOD, "b": RESTORED}, {"a": BACK}, "OK", "rollback_succeeded", "rolled_back"),
        (OLD, {"a": GOOD, "b": RESTORED}, {"a": None}, "OK", "rollback_failed", "failed"),
        (None, {"a": STOPPED_FIRST}, {}, "OK", "deploy_failed", "failed"),
    ],
)
def test_each_end_has_its_message(before, outcomes, taken_back, severity, event, shown):
    found = ended({"a": before, "b": before}, outcomes, taken_back, severity)
    assert (found.event, found.outcome) == (event, shown)
    assert found.back is event.startswith("rollback")
    assert event in EVENTS
    assert compose(event, found.facts).title
    assert found.facts.get("nothing_before", False) is (event == "deploy_failed")
    assert found.facts.get("overtaken", False) is (outcomes.get("a") is OVERTAKEN)


@pytest.mark.parametrize("severity", ["OK", "P1"])
def test_a_host_that_is_missing_is_named_in_the_message(severity):
    found = ended({"a": OLD}, {"a": GOOD}, severity=severity, missing={"z": UNREACHABLE})
    assert [failure["host"] for failure in found.facts["failures"]] == ["z"]


def test_that_nobody_used_the_release_meanwhile_is_told_with_its_success():
    course = Course(NEW, {"a": OLD}, {"a": GOOD})
    verdict = deploy_verdict(course, decide(course, {}), unjudged="요청 없음")
    assert ending(verdict, [], None, []).facts["message"] == "요청 없음"


def test_of_a_successful_way_back_only_who_was_missing_is_named_again():
    found = ended({"a": OLD, "b": OLD}, {"a": GOOD, "b": RESTORED}, {"a": BACK}, missing={"z": UNREACHABLE})
    assert [failure["host"] for failure in found.facts["failures"]] == ["z"]
    assert told(found.facts["reason"]) == "failed on b: answered 503"


def test_a_person_who_must_decide_reads_why_and_the_commands():
    facts = ended({"a": OLD, "b": OLD}, {"a": GOOD}, severity="P1").facts
    assert (told(facts["reason"]), facts["commands"]) == ("P1: 5xx 12%", ["continue", "roll back"])


def test_the_likelier_way_comes_first_and_what_only_looks_not_at_all():
    way_on, way_back = ({"why": {"code": code}, "command": code} for code in ("on", "back"))
    commands = [way_on, way_back, {"why": "", "command": "look"}]

    def stopped(severity):
        course = Course(NEW, {"a": OLD, "b": OLD}, {"a": GOOD})
        verdict = deploy_verdict(course, decide(course, {}, severity, "5xx 12%"))
        return ending(verdict, [], None, commands).facts

    assert stopped("P1")["commands"] == [way_back, way_on]
    assert stopped("UNKNOWN")["commands"] == [way_on, way_back]
    assert stopped("P1")["decide_within_minutes"] == 15
    assert stopped("P1")["running"] == {"a": NEW, "b": OLD}


def test_where_hosts_are_not_back_the_command_that_brings_them_back_is_told():
    assert ended({"a": OLD, "b": OLD}, {"a": GOOD, "b": RESTORED}, {"a": None}).facts["commands"] == [
        "continue",
        "roll back",
    ]
    assert "commands" not in ended({"a": OLD}, {"a": RESTORED}).facts


def test_who_has_taken_over_is_told():
    assert told(ended({"a": OLD}, {"a": OVERTAKEN}).facts["reason"]) == "a rollback by kim@ops-1 has taken over"


def ledger(**commits):
    return {"releases": [{"version": version, "git_sha": commit} for version, commit in commits.items()]}


@pytest.mark.parametrize(
    ("surveys", "before", "after", "found"),
    [
        ({"a": ledger(v1="aaa", v2="bbb")}, ["v1"], ["v2"], ("aaa", "bbb")),
        ({"a": ledger(v1="aaa"), "b": ledger(v1="aaa", v2="bbb")}, ["v1", "v1"], ["v2"], ("aaa", "bbb")),
        ({"a": ledger(v1="aaa"), "b": ledger(v1="ccc", v2="bbb")}, ["v1"], ["v2"], ("", "bbb")),
        ({"a": ledger(v1="aaa", v2="bbb")}, ["v1", "v2"], ["v3"], ("", "")),
        ({"a": ledger(v1=None)}, ["v1", None], [None], ("", "")),
        ({}, [], [], ("", "")),
    ],
)
def test_commits_are_compared_where_hosts_agree_on_them_and_there_is_one(surveys, before, after, found):
    assert tuple(compared(surveys, before, after).values()) == found
