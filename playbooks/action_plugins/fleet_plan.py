# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""One decision for the whole fleet, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from refit.config.invocation import Invocation
from refit.fleet import announcement, answers, batches, freeze, report, steps, todo
from refit.fleet import plan as fleet_plan
from refit.fleet.memory import Surveys, names_in
from refit.state import runs
from refit.state.operation import DEFAULT_EXPIRES_S, ROLLBACK
from refit.words.reason import Record

ARGUMENTS = {
    "argument_spec": {
        "kind": {"choices": ["deploy", "rollback"], "required": True},
        "service": {"type": "str", "required": True},
        "results": {"type": "dict", "required": True},
        "version": {"type": "str"},
        "further": {"type": "bool", "default": False},
        "allow_divergent": {"type": "bool", "default": False},
        "may_fetch": {"type": "bool", "default": False},
        "override_freeze": {"type": "str"},
        "sha256": {"type": "str"},
        "reason": {"type": "raw"},
        "max_unreachable": {"type": "int", "default": 0},
        "batches": {"type": "list", "elements": "raw", "default": ["100%"]},
        "back_batches": {"type": "list", "elements": "raw", "default": ["100%"]},
        "groups": {"type": "dict", "default": {}},
        "hooks": {"type": "bool", "default": False},
        "distrusted": {"type": "list", "elements": "str", "default": []},
    },
    "required_if": [("kind", "deploy", ("version",))],
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    invocation: Invocation = params["invocation"]
    surveys, unread = answers.read_surveys(params["results"])
    surveys = runs.with_dead(surveys, runs.dead_runs(surveys.values()))
    plan = _plan(params, surveys, unread, check_mode)
    known = {host: survey for host, survey in surveys.items() if survey}
    order = _batches(plan, params, params["batches"], f"{plan.kind}_batches", len(surveys))
    _batches(
        plan, params, params["back_batches"], "rollback_batches", len(surveys)
    )  # refused now, not when it is needed
    operation = {
        "number": plan.number,
        "kind": plan.kind,
        "run": runs.name_run(runs.playbook_process()),
        "owner": runs.owner(),
        "target": plan.target,
        "expires_s": DEFAULT_EXPIRES_S,
        "takes_over": plan.takes_over,
    }
    found = steps.steps_of(plan, known, sha256=params["sha256"], reason=params["reason"])
    notes = steps.notes_on(plan, known) + batches.describe(order)
    news = _news(plan, operation)
    return {
        "plan": plan.to_record(),
        "operation": operation,
        "batches": order,
        "resumed": [host for host in plan.from_versions if _is_resumed(plan, host, known[host])],
        "steps": {host: [step.to_record() for step in told] for host, told in found.items()},
        "todo": todo.todo(plan, order, news, hooks=params["hooks"], check_mode=check_mode),
        "lacking": todo.lacking(plan, known, params["sha256"]),
        "news": news,
        "compare": _compared(plan, known),
        "resume_command": invocation.write(freeze.LIFT),
        "report": report.render_plan(
            plan.kind, plan.target, found, plan.missing, plan.why, notes, invocation.at, invocation.language
        ),
    }


def _batches(
    plan: fleet_plan.FleetPlan, params: Mapping[str, Any], spec: list[Any], option: str, fleet_size: int
) -> list[list[str]]:
    return batches.split(plan.from_versions, params["groups"], spec, fleet_size=fleet_size, option=option)


def _plan(
    params: Mapping[str, Any], surveys: Surveys, unread: Mapping[str, Record], looks: bool
) -> fleet_plan.FleetPlan:
    distrusted = names_in(params["distrusted"])
    if params["kind"] == "deploy":
        return fleet_plan.plan_deploy(
            surveys,
            params["version"],
            unread=unread,
            max_unreachable=params["max_unreachable"],
            override_freeze=params["override_freeze"] or None,
            distrusted=distrusted,
            keyring=params["keyring"],
        )
    return fleet_plan.plan_rollback(
        surveys,
        params["version"] or None,
        unread=unread,
        further=params["further"],
        allow_divergent=params["allow_divergent"],
        may_fetch=params["may_fetch"],
        distrusted=distrusted,
        keyring=params["keyring"],
        looks=looks,
    )


def _news(plan: fleet_plan.FleetPlan, operation: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What each host has to write down: what others know, and that a freeze was overridden."""
    if not plan.override or not plan.target:
        return plan.lessons
    entry = freeze.override_entry(plan.target, plan.override, operation["owner"], operation["run"])
    return {**plan.lessons, **{host: [*plan.lessons.get(host, []), entry] for host in plan.from_versions}}


def _compared(plan: fleet_plan.FleetPlan, known: Mapping[str, Any]) -> dict[str, str]:
    """The commits of the older and of the newer release, whichever way the fleet goes."""
    if plan.kind == ROLLBACK:
        return announcement.compared(known, [plan.target], [plan.leaving])
    return announcement.compared(known, plan.from_versions.values(), [plan.target])


def _is_resumed(plan: fleet_plan.FleetPlan, host: str, survey: Mapping[str, Any]) -> bool:
    """Whether a deploy that did not end had brought the version to *host* already."""
    return plan.kind == "deploy" and survey["current"] == plan.target != plan.from_versions[host]


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    JUDGES = True
    REFUSES = True
    answer = staticmethod(run)
