"""What a playbook does for a plan: its files of tasks, in the order in which they run.  Pure.

To include a file costs the controller several times what a task does, for each host: what is not needed is not named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..deploy.steps import staging_steps
from ..state.operation import DEPLOY
from .memory import Reachable
from .plan import FleetPlan


def todo(
    plan: FleetPlan,
    batches: Sequence[Collection[str]],
    news: Mapping[str, Any],
    *,
    hooks: bool = False,
    check_mode: bool = False,
) -> list[str]:
    """The names of the files in the role's ``tasks``.

    Args:
        batches: the hosts in the order in which they are reached.
        news: what hosts have yet to write down.
        hooks: whether the site has tasks of its own around the steps.
        check_mode: whether only to show what would be done.
    """
    if plan.kind == DEPLOY:
        return _deploy(news, hooks, check_mode)
    return _rollback(plan, batches, news, hooks, check_mode)


def lacking(plan: FleetPlan, surveys: Reachable, sha256: str | None) -> list[str]:
    """The hosts of a deploy to which the content *sha256* has yet to come."""
    if plan.kind != DEPLOY:
        return []
    return [host for host in plan.from_versions if staging_steps(surveys[host], plan.targets[host], sha256)]


def _deploy(news: Mapping[str, Any], hooks: bool, check_mode: bool) -> list[str]:
    if check_mode:
        return ["show_plan"]
    return [*(["tell"] if news else []), "begin", "bring_between_hooks" if hooks else "bring", "finish"]


def _rollback(
    plan: FleetPlan, batches: Sequence[Collection[str]], news: Mapping[str, Any], hooks: bool, check_mode: bool
) -> list[str]:
    if check_mode:  # hooks are not shown: what they would do is not known
        return ["show_plan", "go_back_batches" if len(batches) > 1 else "go_back"]
    found = []
    if plan.brought:
        found.append("bring")
    if plan.fetched:
        found.append("fetch")
    found.append("go_back_batches" if len(batches) > 1 or hooks else "go_back")
    if news:  # after going back, which it must not delay
        found.append("tell")
    return found
