"""What is said at a terminal is one line each, without anything that the terminal would obey."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.cli.terminal import answer, as_json, be_patient, say

# Characters of every kind, halves of one too, and those that terminals act on more often.
texts = st.text(st.characters(exclude_categories=[]) | st.sampled_from("\x1b\x9b\r\n\x7f\u202e\u2066\u2028\udcb0가"))
records = st.recursive(st.none() | st.integers() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


def said(write, *arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        write(*arguments)
    return out.getvalue(), err.getvalue()


@given(texts)
def test_whatever_is_said_is_one_line_that_moves_nothing(text):
    out, err = said(say, text)
    assert out == ""
    assert err.endswith("\n")
    assert err[:-1].isprintable()


@given(st.lists(texts))
def test_each_line_of_an_answer_is_one(lines):
    out, err = said(answer, lines)
    assert err == ""
    assert out.count("\n") == len(lines)
    assert out.replace("\n", "").isprintable()


@given(records, st.sampled_from([None, 1]))
def test_json_says_the_same_and_moves_nothing(record, indent):
    shown = as_json(record, indent)
    assert json.loads(shown) == json.loads(json.dumps(record))
    assert shown.replace("\n", "").isprintable()


def test_json_keeps_the_letters_of_people():
    assert as_json({"왜": "응답 지연 🚀"}) == '{"왜": "응답 지연 🚀"}'


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "euc-kr"])
def test_letters_that_the_terminal_does_not_know_stop_no_script(encoding: str) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        be_patient()
        answer(["느린 응답 é ✅"])
        say("느린 응답 é ✅")
    for stream in (out, err):
        stream.flush()
        shown = stream.buffer.getvalue().decode(encoding)
        assert shown.endswith("\\u2705\n")
        assert shown.startswith("느린" if encoding == "euc-kr" else "\\ub290\\ub9b0")
