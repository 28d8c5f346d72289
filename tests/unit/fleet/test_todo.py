"""What a playbook does for a plan."""

from __future__ import annotations

from typing import Any

import pytest

from refit.fleet.plan import FleetPlan
from refit.fleet.todo import lacking, todo

ONE, TWO = [["a", "b"]], [["a"], ["b"]]
NEWS = {"a": [{"event": "frozen"}]}


def plan(kind: str, **more: Any) -> FleetPlan:
    versions = {"a": "1", "b": "1"}
    return FleetPlan(kind, "2", None, 1, targets=dict.fromkeys(versions, "2"), from_versions=versions, **more)


@pytest.mark.parametrize(
    ("batches", "news", "options", "wanted"),
    [
        (ONE, {}, {}, ["begin", "bring", "finish"]),
        (TWO, {}, {}, ["begin", "bring", "finish"]),  # batches are for what follows
        (ONE, NEWS, {}, ["tell", "begin", "bring", "finish"]),
        (ONE, {}, {"hooks": True}, ["begin", "bring_between_hooks", "finish"]),
        (ONE, NEWS, {"hooks": True, "check_mode": True}, ["show_plan"]),
    ],
)
def test_a_deploy_stages(batches: Any, news: Any, options: dict[str, bool], wanted: list[str]) -> None:
    assert todo(plan("deploy"), batches, news, **options) == wanted


@pytest.mark.parametrize(
    ("more", "batches", "news", "options", "wanted"),
    [
        ({}, ONE, {}, {}, ["go_back"]),
        ({}, TWO, {}, {}, ["go_back_batches"]),
        ({}, ONE, {}, {"hooks": True}, ["go_back_batches"]),
        ({}, ONE, NEWS, {}, ["go_back", "tell"]),
        ({"brought": {"b": "a"}}, ONE, {}, {}, ["bring", "go_back"]),
        ({"fetched": {"a": "https://x/y"}}, TWO, NEWS, {}, ["fetch", "go_back_batches", "tell"]),
        ({"brought": {"b": "a"}}, ONE, NEWS, {"hooks": True, "check_mode": True}, ["show_plan", "go_back"]),
        ({}, TWO, {}, {"check_mode": True}, ["show_plan", "go_back_batches"]),
    ],
)
def test_a_rollback_goes_back(more: Any, batches: Any, news: Any, options: dict[str, bool], wanted: list[str]) -> None:
    assert todo(plan("rollback", **more), batches, news, **options) == wanted


def test_a_host_lacks_what_is_not_there_whole_with_the_same_content() -> None:
    release = {"version": "2", "usable": True, "sha256": "x"}
    surveys = {"a": {"releases": [release]}, "b": {"releases": []}}

    assert lacking(plan("deploy"), surveys, "x") == ["b"]
    assert lacking(plan("deploy"), surveys, "y") == ["a", "b"]
    assert lacking(plan("deploy"), {**surveys, "a": {"releases": [{**release, "usable": False}]}}, "x") == ["a", "b"]
    assert lacking(plan("rollback"), surveys, None) == []
