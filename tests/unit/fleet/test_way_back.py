"""Whoever shows the command that goes back shows what it would do: by the judge that decides when it is typed."""

from __future__ import annotations

import pytest

from refit.core.errors import ROLLBACK_YML, RefitError, Step
from refit.core.timestamps import until
from refit.fleet.plan import plan_rollback
from refit.fleet.way_back import way_back
from support.surveys import release, rolled_back, survey

TWO = [release("2", 20), release("1", 10)]


def test_where_a_rollback_goes_it_is_the_plain_command():
    back = way_back({"a": survey("2", *TWO), "b": None})
    assert (back.targets, back.steps, back.refused) == ({"a": "1"}, (Step(ROLLBACK_YML),), None)


def test_one_that_is_refused_for_minutes_says_until_when_and_the_command_that_goes_further():
    back = way_back({"a": survey("2", *TWO, last_rollback=rolled_back("2", "3", 130))})
    assert str(back.refused) == (
        f"A rollback without a version is refused {until('2024-01-27T12:10:00.000Z')}: "
        "the fleet went back from 3 to 2 2 min ago by lee@ops-2"
    )
    assert [step.values for step in back.steps] == [{"rollback_further": "true"}]
    assert (back.targets, back.for_now) == ({"a": "1"}, True)


@pytest.mark.parametrize(
    "fleet",
    [
        {"a": survey("2", TWO[0])},
        {"a": survey("2", *TWO), "b": survey("2", TWO[0])},
        {"a": None},
    ],
)
def test_one_that_has_nowhere_to_go_is_refused_as_the_act_refuses_it(fleet):
    with pytest.raises(RefitError) as refused:
        plan_rollback(fleet, may_fetch=True)
    back = way_back(fleet)
    assert str(back.refused) == f"A rollback without a version is refused: {refused.value.what}"
    assert (back.steps, back.targets, back.for_now) == (refused.value.steps, {}, False)
