"""What a plan has to do is named by files of tasks, which are there."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from refit.fleet.plan import FleetPlan
from refit.fleet.todo import todo

ROLES = Path(__file__).resolve().parents[3] / "roles"


@pytest.mark.parametrize(("kind", "role"), [("deploy", "stage"), ("rollback", "rollback")])
def test_every_file_that_a_plan_may_name_is_there(kind: str, role: str) -> None:
    news = {"a": [{"event": "frozen"}]}
    names: set[str] = set()
    for batches, told, brought, hooks, check_mode in itertools.product(
        ([["a", "b"]], [["a"], ["b"]]), ({}, news), ({}, {"b": "a"}), (False, True), (False, True)
    ):
        fetched = {"a": "https://x/y"} if brought else {}
        targets = dict.fromkeys("ab", "2")
        plan = FleetPlan(kind, "2", None, 1, targets, dict.fromkeys("ab", "1"), brought=brought, fetched=fetched)
        names.update(todo(plan, batches, told, hooks=hooks, check_mode=check_mode))
    assert len(names) > 4
    assert sorted(name for name in names if not (ROLES / role / "tasks" / f"{name}.yml").is_file()) == []
