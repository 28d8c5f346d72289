"""A log that says one thing again and again is short, and nothing that it says is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.notify.folding import folded, folded_names


@pytest.mark.parametrize(
    "line",
    [
        "13:57:{:02d} ERROR Cannot connect to database: ECONNREFUSED 10.0.9.9:5432",
        "2026-11-28T13:57:{:02d}.123Z ERROR no such table",
        "[2026-11-28 13:57:{:02d},123] ERROR no such table",
        "2026-11-28 13:57:{:02d} +09:00: ERROR no such table",
    ],
)
def test_a_line_that_differs_in_its_time_only_is_said_once_with_how_often(line):
    lines = [line.format(n) for n in range(19)]
    assert folded("\n".join(["first", *lines, "last"])) == f"first\n{lines[-1]} (×19)\nlast"


def test_a_crash_that_is_repeated_with_its_stack_is_shown_as_a_whole():
    crash = ["13:57:{:02d} ERROR boom", "    at main (app.js:1)", "    at start (app.js:9)"]
    log = "\n".join(line.format(n) for n in range(5) for line in crash)
    assert folded(log) == "\n".join(["┌ ×5", "13:57:04 ERROR boom", *crash[1:], "└"])


def test_lines_that_differ_in_what_they_say_all_stand():
    log = "\n".join(f"13:57:00 attempt {n} of 3" for n in (1, 2, 3))
    assert folded(log) == log


def said(text: str) -> set[str]:
    """What lines say, without digits, marks and white space around."""
    return {re.sub(r"[\W\d]", "", line) for line in text.split("\n")} - {""}


@given(st.lists(st.sampled_from(["12:00:01 a", "12:00:02 a", "b", "  c", "", "┌ ×2", "d\t", "\u2028"]), max_size=60))
def test_nothing_that_is_said_is_lost_and_nothing_becomes_longer(lines):
    text = "\n".join(lines)
    short = folded(text)
    assert said(short) == said(text)
    assert len(short.split("\n")) <= len(text.strip("\n").split("\n"))


@given(st.text())
def test_any_text_can_be_folded(text):
    folded(text)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["app-1", "app-2", "app-3"], "app-1, app-2, app-3"),
        ([f"app-{n}" for n in range(1, 51)], "app-1 … app-50"),
        ([f"app-{n:02}.kr" for n in range(8, 13)] + ["db"], "app-08.kr … app-12.kr, db"),
        ([f"w{n}" for n in range(0, 40, 2)], ", ".join(f"w{n}" for n in range(0, 20, 2)) + " +10/20"),
        (["a1", "b2", "a3", "a4"], "a1, b2, a3, a4"),
    ],
)
def test_names_are_said_as_a_range_and_of_many_the_first(names, said):
    assert folded_names(names, "+{more}/{total}") == said
