from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.words.particles import with_particle
from refit.words.reason import Reason, as_it_came, from_record
from refit.words.sentence import LANGUAGES, said

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["code", "why", "next"]), inner),
    max_leaves=12,
)
codes = st.sampled_from(["health_status", "error", "out_of_time", "several", "as_it_came", "no code"])
records = json_values | st.builds(
    lambda code, values: {**values, "code": code},
    codes,
    st.dictionaries(st.sampled_from(["why", "answered", "expected", "body", "what", "next", "passed"]), json_values),
)


@given(records, st.sampled_from(LANGUAGES))
def test_whatever_a_host_gives_as_a_reason_is_one_line_of_a_bounded_length(record, language):
    found = from_record(record)
    told = said(found, language)
    assert len(told) <= 4096
    assert told.isprintable()
    assert said(record, language) in (told, "")
    assert from_record(json.loads(json.dumps(found.to_record()))) == found


def test_a_moment_in_a_reason_is_told_in_the_readers_words_and_kept_as_the_record_has_it():
    reason = Reason("deploy_since", target="2", owner="kim", since="2024-01-27T12:00:00.000Z")
    assert re.search(r"배포, \d+일 전 \(2024-01-27 12:00 UTC\) 시작$", said(reason, "ko"))
    assert re.search(r" by kim, begun \d+ days ago \(2024-01-27 12:00 UTC\)$", said(reason, "en"))
    older_hosts = Reason("deploy_since", target="2", owner="kim", since="2024-01-27 12:00:00 UTC")
    assert said(older_hosts, "en").endswith("begun 2024-01-27 12:00:00 UTC")


def test_a_reason_is_the_same_after_it_was_written_and_read():
    inner = Reason("health_status", answered=503, expected=200, body=None)
    reason = Reason("processes_changed", before=[1, 2], after=[], why=inner, ok=True, seconds=1.5)
    assert from_record(json.loads(json.dumps(reason.to_record()))) == reason
    assert inner.to_record() == {"code": "health_status", "answered": 503, "expected": 200, "body": None}


def test_a_sentence_of_an_older_host_stays_what_it_is():
    assert from_record("it was \x1b[31mred").to_record() == "it was ?[31mred"
    assert said("its directory is gone", "ko") == "its directory is gone"


def test_a_code_that_is_not_known_here_is_shown_with_its_values():
    assert said({"code": "of_tomorrow", "host": "app-1", "count": 3}, "ko") == "of_tomorrow: host=app-1, count=3"
    assert said({"code": "health_status", "answered": 503}, "en") == "health_status: answered=503"


@pytest.mark.parametrize(
    "record",
    [
        {"code": "UPPER"},
        {"code": 5},
        {"code": "as_it_came", "text": "x"},
        {"code": "a", "No Name": 1},
        {"code": "a", **{f"n{number}": 1 for number in range(30)}},
        ["health_status"],
        7,
    ],
)
def test_what_is_no_reason_is_shown_as_it_came(record):
    assert isinstance(from_record(record).to_record(), str)


def test_a_reason_within_reasons_without_end_is_read_without_end():
    record: object = "deep"
    for _ in range(100_000):
        record = {"code": "both", "first": record, "second": "x"}
    assert len(said(record, "en")) <= 4096


def test_a_strangers_text_is_no_template():
    reason = Reason("health_status", answered=503, expected=200, body="{answered}[{why}]")
    assert said(reason, "en") == "answered 503 instead of 200: {answered}[{why}]"
    assert said(Reason("health_status", answered=503, expected=200, body=""), "en") == "answered 503 instead of 200"


def test_texts_within_a_reason_can_be_changed():
    reason = Reason("both", first=as_it_came("/tmp/secret"), second=["/tmp/secret", 1])
    assert reason.with_texts(lambda text: text.replace("secret", "***")).to_record() == {
        "code": "both",
        "first": "/tmp/***",
        "second": ["/tmp/***", 1],
    }


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("서버", "은/는", "서버는"),
        ("배포판", "은/는", "배포판은"),
        ("503", "으로/로", "503으로"),
        ("201", "으로/로", "201로"),
        ("200", "을/를", "200을"),
        ("app-2", "이/가", "app-2가"),
        ("서울", "으로/로", "서울로"),
        ("(server1)", "과/와", "(server1)과"),
        ("", "이/가", "가"),
    ],
)
def test_a_particle_goes_with_how_the_word_ends(word, particle, expected):
    assert with_particle(word, particle) == expected


def test_english_counts_in_words():
    assert said(Reason("restarted", times=1), "en") == "restarted once"
    assert said(Reason("restarted", times=3), "en") == "restarted 3 times"
    assert said(Reason("restarted", times="?"), "en") == "restarted ? times"
