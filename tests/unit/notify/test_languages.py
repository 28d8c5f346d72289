"""A message is in one language: why something failed, too."""

from __future__ import annotations

import re

import pytest

from refit.notify.events import EVENTS, compose
from refit.words.catalogue import TEXTS
from refit.words.reason import Reason, from_record
from refit.words.sentence import names_in

# Three words in a row: a name, a command or a version is shorter.
ENGLISH = re.compile(r"[A-Za-z]+(?:,? [a-z]+){2,}")
# But for those that a person types.
COMMANDS = re.compile(r"apt-get install \S+|sudo systemctl (?:re)?start \S+|python -m pip install \S+")


def with_values(code: str) -> Reason:
    """A reason of *code* with a value for each place."""
    return Reason(code, **dict.fromkeys(names_in(TEXTS[code]["ko"]), 3))


def told(event: str, reason: Reason) -> str:
    """All that a message says in Korean of what *reason* is the reason for."""
    record = reason.to_record()
    failure = {"host": "app-1", "check": "health", "detail": record, "runs": "1.0"}
    facts = {"reason": record, "message": record, "failures": [failure], "service": "backend", "severity": "P0"}
    message = compose(event, facts)
    fields = (text for field in message.fields for text in (field.name, field.value))
    return "\n".join([message.title, message.description, *fields, *(each.label for each in message.excerpts)])


@pytest.mark.parametrize("event", EVENTS)
def test_no_english_sentence_reaches_a_korean_message(event):
    for code in TEXTS:
        text = told(event, with_values(code))
        assert not ENGLISH.search(COMMANDS.sub("", text)), (code, text)


def test_a_reason_within_a_reason_is_in_the_readers_language_as_well():
    refused = Reason("health_status", answered=503, expected=200, body=None)
    why = Reason("out_of_time", why=refused, passed=0, needed=3, deadline_s=5.0)
    text = told("deploy_failed", Reason("failed_on", host="server1", why=why))
    said = "server1에서 실패했습니다: 200 대신 503으로 응답했습니다 (5초 동안 연속 3번 중 0번 성공)"
    assert said in text


def test_what_a_person_wrote_stays_as_it_is():
    message = compose("deploys_frozen", {"reason": "end of the quarter", "service": "backend"})
    assert "end of the quarter" in [field.value for field in message.fields]
    assert from_record("end of the quarter").to_record() == "end of the quarter"
