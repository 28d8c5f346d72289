"""What is said of an incident is said in the reader's language: all that is shown of one, and all that is refused."""

from __future__ import annotations

import re

import pytest

from refit.core.errors import InvalidInput
from refit.incidents.copies import audit, plan_incident
from refit.incidents.policy import DEFAULT, read_policy
from refit.incidents.report import Reader
from refit.words.sentence import said
from support.incidents import NOON, asked, author

WORDS = {"why": "결제 안 됨", "severity": "P0", "minutes": 20}
SENTENCE = re.compile(r"(?:[A-Za-z][a-z']+[ ,.]+){2,}[A-Za-z][a-z']+")
HANGUL = re.compile("[가-힣]")
COURSE = ("open", "note", "ack", "escalate", "mitigate", "snooze", "show", "severity", "resolve", "reopen", "list")


def course(language: str) -> list[str]:
    """What is shown after each step of an incident that has all of them, an hour apart; and what a status says."""
    known: list = []
    shown = []
    for hour, action in enumerate(COURSE):
        now = NOON + 3600 * hour
        more = {**WORDS, "severity": "P1"} if action == "severity" else WORDS
        reader = Reader(language, lambda step: step.playbook, now, "[production] ")
        copies = {"server1": known, "server2": None}
        plan = plan_incident(asked(action, **more), copies, DEFAULT, author("kim@ops-1", now), reader, planned=True)
        known = [*known, *plan.news.get("server1", []), *(event for each in plan.told for event in each.then)]
        shown += [plan.report, audit("backend", {"server1": known}, reader)]
    return shown


def test_all_that_is_shown_of_an_incident_is_korean_to_a_korean_reader() -> None:
    told = "\n".join(course("ko"))
    assert SENTENCE.findall(told) == []
    for word in ("접수", "대응 시작", "완화", "미룸", "해결", "다시 열림", "체크 모드", "다음:", "늦음:"):
        assert word in told, word


def test_and_english_to_an_english_one_but_for_what_people_wrote() -> None:
    told = "\n".join(course("en")).replace(WORDS["why"], "")
    assert HANGUL.findall(told) == []


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("open", {"why": "", "severity": "P1"}),
        ("open", {"why": "느림", "severity": ""}),
        ("ack", {}),
        ("resolve", {"number": "INC-20240127-009"}),
    ],
)
def test_a_refusal_has_words_in_both_languages(action: str, more: dict[str, str]) -> None:
    reader = Reader("ko", lambda step: step.playbook, NOON)
    with pytest.raises(InvalidInput) as caught:
        plan_incident(asked(action, **more), {"server1": []}, DEFAULT, author(), reader)
    assert HANGUL.search(said(caught.value.what, "ko"))
    assert not HANGUL.search(said(caught.value.what, "en"))


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        ("P0", "refit_escalation "),
        ({"P3": []}, "refit_escalation.P3 "),
        ({"P0": {}}, "refit_escalation.P0 "),
        ({"P0": ["cto"]}, "refit_escalation.P0[0] "),
        ({"P0": [{"ping": ["cto"]}]}, "refit_escalation.P0[0].after_min "),
        ({"P0": [{"after_min": 1, "ping": []}]}, "refit_escalation.P0[0].ping "),
        ({"P0": [{"after_min": 1, "ping": ["cto"], "unless": "asleep"}]}, "refit_escalation.P0[0].unless "),
        ({"P0": [{"after_min": 1, "ping": ["cto"], "times": 6}]}, "refit_escalation.P0[0].times "),
    ],
)
def test_what_is_wrong_with_the_policy_is_named_by_its_key_in_both_languages(setting: object, where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(setting)
    assert said(caught.value.what, "en").startswith(where)
    assert HANGUL.search(said(caught.value.what, "ko"))
    assert HANGUL.search(said(caught.value.next_command, "ko"))
