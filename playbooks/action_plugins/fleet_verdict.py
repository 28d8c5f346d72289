# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""All hosts' outcomes become one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from refit.config.invocation import Invocation
from refit.core.errors import commands_of
from refit.fleet import announcement, batches, canary, gate, report, verdict
from refit.fleet.answers import is_failed, is_unreachable, read_no_copy, read_outcome_of, read_refusal, read_staged
from refit.fleet.rollout import Course
from refit.state.operation import DEPLOY, ROLLBACK, Kind
from refit.words.reason import Reason, from_record
from refit.words.sentence import said

Params = Mapping[str, Any]

ARGUMENTS = {
    "argument_spec": {
        "stage": {"choices": ["staged", "batch", "deploy", "rollback"], "required": True},
        "service": {"type": "str", "required": True},
        "target": {"type": "str"},
        "targets": {"type": "dict", "default": {}},
        "before": {"type": "dict", "default": {}},
        "live": {"type": "dict"},
        "missing": {"type": "dict", "default": {}},
        "resumed": {"type": "list", "elements": "str", "default": []},
        "lacking": {"type": "list", "elements": "str"},
        "copied": {"type": "dict", "default": {}},
        "obstacles": {"type": "dict", "default": {}},
        "tried": {"type": "list", "elements": "str", "default": []},
        "back_batches": {"type": "list", "elements": "raw", "default": ["100%"]},
        "groups": {"type": "dict", "default": {}},
        "records": {"type": "dict", "required": True},
        "taken_back": {"type": "dict", "default": {}},
        "ended": {"type": "dict", "default": {}},
        "marked": {"type": "dict", "default": {}},
        "leaves_nothing": {"type": "bool", "default": False},
        "observed": {
            "type": "dict",
            "default": {},
            "apply_defaults": True,
            "options": {
                "bad_hosts": {"type": "dict", "default": {}},
                "severity": {"type": "str", "default": "OK"},
                "why": {"type": "raw", "default": ""},
                "unjudged": {"type": "raw", "default": ""},
            },
        },
        "artifact": {"type": "str", "default": "PATH_OR_URL"},
        "override": {"type": "str"},
        "stops": {"type": "list", "elements": "dict", "default": []},
        "frozen": {"type": "bool", "default": False},
    },
    "required_if": [
        ("stage", "staged", ("target", "lacking", "live")),
        ("stage", "batch", ("target",)),
        ("stage", "deploy", ("target",)),
    ],
}


def run(params: Params, check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    if params["stage"] == "batch":
        return batch(params)
    invocation: Invocation = params["invocation"]
    kind: Kind = ROLLBACK if params["stage"] == ROLLBACK else DEPLOY
    found = ended(params)
    record = found.to_record()
    with_logs(record["failures"], params["records"], params["taken_back"])
    frozen = bool(params["override"]) or params["frozen"]
    steps = report.next_steps(kind, found, params["artifact"], frozen or is_marked(params))
    # Discord is told of a freeze, and how it is lifted, by itself.
    commands = commands_of(report.next_steps(kind, found, params["artifact"], frozen), invocation.write)
    where = (invocation.write, invocation.at, invocation.language)
    result = {
        "verdict": record,
        "report": report.render(kind, found, steps, *where, stands_after(kind, found, params)),
        "duration_s": longest_s(params["records"]),
        "commands": commands,
    }
    if params["stage"] == "deploy":
        blame = course_of(params).blame
        result["ending"] = announcement.ending(found, record["failures"], blame, commands).to_record()
    return result


def stands_after(kind: Kind, found: verdict.Verdict, params: Params) -> list[Reason]:
    if kind == DEPLOY:
        return report.stands_after_a_deploy(params["override"], params["target"] if is_marked(params) else None)
    return report.stands_after_a_rollback(params["stops"], params["frozen"]) if found.succeeded else []


def is_marked(params: Params) -> bool:
    """Whether some host remembers now that the release is bad, and lets no deploy begin."""
    return any(
        result and not (is_failed(result) or is_unreachable(result) or result.get("skipped"))
        for result in params["marked"].values()
    )


def with_logs(failures: list[dict[str, Any]], *results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """*failures*, each with what the first of *results* that knows of its host has of the log."""
    for failure in failures:
        outcomes = (read_outcome_of(each.get(failure["host"])) or {} for each in results)
        failure["log_tail"] = next((found["log_tail"] for found in outcomes if found.get("log_tail")), [])
    return failures


def longest_s(results: Mapping[str, Any]) -> float:
    """How long the activation took on the host where it took longest."""
    return max(((read_outcome_of(result) or {}).get("duration_s", 0.0) for result in results.values()), default=0.0)


def course_of(params: Params) -> Course:
    """The deploy so far; a host that was found bad after its activation counts as failed."""
    outcomes = {host: read_outcome_of(params["records"].get(host)) for host in params["tried"]}
    return Course(
        target=params["target"],
        before=params["before"],
        outcomes=canary.outcomes_after(outcomes, params["observed"]["bad_hosts"]),
        resumed=params["resumed"],
        missing=params["missing"],
        live=params["live"] or {},
    )


def decision_of(params: Params, course: Course) -> gate.Decision:
    """What the deploy does next, by its course and what was observed."""
    observed = params["observed"]
    return gate.decide(course, observed["bad_hosts"], observed["severity"], observed["why"])


def batch(params: Params) -> dict[str, Any]:
    """What the playbook does next."""
    course, language = course_of(params), params["invocation"].language
    decision = decision_of(params, course)
    takes_back = decision.decision == gate.TAKE_BACK
    back = course.take_back() if takes_back else {}
    return {
        **decision.to_record(),
        "told": said(decision.why, language),
        "conclusion": gate.conclusion(decision, language),
        "touched": course.touched,
        "take_back": back,
        "take_back_batches": batches.split(
            back, params["groups"], params["back_batches"], fleet_size=len(course.before), option="rollback_batches"
        ),
        "blame": course.blame if takes_back else None,
        "is_back": takes_back and course.is_back,
        "failures": with_logs(verdict.failures_so_far(course), params["records"]),
    }


def ended(params: Params) -> verdict.Verdict:
    """How a deploy ended, or a rollback."""
    target, taken_back = params["target"], params["taken_back"]
    if params["stage"] == "staged":
        there = {host: {"version": target} for host in params["live"] if host not in params["lacking"]}
        staged = {host: read_staged(result) for host, result in params["records"].items()}
        no_copy = {host: read_no_copy(result) for host, result in params["copied"].items() if is_failed(result)}
        return verdict.staging_verdict(target, params["live"], {**staged, **no_copy, **there})
    if params["stage"] == "rollback":
        outcomes = {host: read_outcome_of(params["records"].get(host)) for host in params["targets"]}
        obstacles = {host: from_record(why).to_record() for host, why in params["obstacles"].items() if why}
        return verdict.rollback_verdict(
            params["targets"], outcomes, params["missing"], target, params["leaves_nothing"], obstacles
        )
    course = course_of(params)
    decision = decision_of(params, course)
    back = course.take_back() if decision.decision == gate.TAKE_BACK else {}
    return verdict.deploy_verdict(
        course,
        decision,
        {host: read_outcome_of(taken_back.get(host)) for host in back},
        {host: read_refusal(result) for host, result in params["ended"].items()},
        params["observed"]["unjudged"],
    )


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    answer = staticmethod(run)
