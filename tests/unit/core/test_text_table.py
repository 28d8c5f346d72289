"""Columns that stand in line on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from refit.core.text_table import folded, table


def test_columns_stand_in_line_also_with_letters_that_are_two_wide():
    assert table([["서버", "x"], ["a", "y"], ["abcd", "z"]]) == ["서버  x", "a     y", "abcd  z"]


cells = st.tuples(st.text("ab 가🚀", max_size=6), st.text("xy", min_size=1, max_size=3))


@given(st.lists(cells, min_size=1, max_size=5))
def test_every_cell_of_a_table_is_shown_on_its_own_line(rows):
    lines = table(rows)
    assert len(lines) == len(rows)
    assert all(line.startswith(first) and line.endswith(second) for line, (first, second) in zip(lines, rows))


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=5))
def test_no_cell_leaves_its_line_or_moves_the_cursor(rows):
    lines = table(rows)
    assert len(lines) == len(rows)
    assert all(line.isprintable() for line in lines)


def test_many_rows_that_say_the_same_are_one_and_few_stay_as_they_are() -> None:
    rows = [[f"app-{number:02}", "1", "ok"] for number in range(20)]
    rows[7] = ["app-07", "1", "failed"]
    assert folded(rows) == [["app-00 … app-19 (19)", "1", "ok"], ["app-07", "1", "failed"]]
    assert folded(rows[:12]) == rows[:12]
