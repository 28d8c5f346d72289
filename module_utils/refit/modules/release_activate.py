"""Make a release live on a host, prove it, or put back what was there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..config.kept_directories import check_directories
from ..config.service import Service
from ..core import system
from ..core.answers import optional, reason
from ..core.errors import RefitError
from ..deploy import activation, marking, steps, survey
from ..deploy.outcomes import ACTIVATED, REFUSED, UNCHANGED
from ..deploy.progress import Report
from ..deploy.survey_record import live_in
from ..state.operation import ROLLBACK, Operation
from ..state.releases import link_text
from ..state.signed import Word
from ..state.versions import normalise
from ..supervisors import registry
from ..words.reason import from_record
from . import SERVICE

if TYPE_CHECKING:  # no host has a key
    from ..state.signatures import Keyring

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "version": {"type": "str", "required": True},
        "operation": {"type": "dict", "required": True},
        "kind": {"choices": ["deploy", "rollback", "restore"], "default": "deploy"},
        "mark_bad": {"type": "str"},
        "reason": {"type": "raw"},
        "lock_wait_s": {"type": "float", "default": 30},
        "finish": {"type": "bool", "default": False},
        "signed": {"type": "dict", "default": {}},
    },
}
RETURNS = ("outcome", "plan")
TELLS_PROGRESS = True


def sign(params: Mapping[str, Any], keyring: Keyring) -> Mapping[str, Word]:
    """On the controller: what it knows of what the host will write down, for O(signed)."""
    if not params["mark_bad"]:
        return {}
    operation, why = Operation.from_mapping(params["operation"]), optional(reason)(params["reason"])
    return marking.sign(keyring, operation, params["mark_bad"], why, freeze=params["kind"] == ROLLBACK)


def run(params: Mapping[str, Any], check_mode: bool, watched: bool = False) -> dict[str, Any]:
    service, world = Service.from_mapping(params["service"]), system.real()
    manager = registry.for_service(service, world)
    request = activation.Request(
        version=normalise(params["version"]),
        operation=Operation.from_mapping(params["operation"]),
        kind=params["kind"],
        mark_bad=params["mark_bad"],
        reason=optional(reason)(params["reason"]),
        finish=params["finish"],
        lock_wait_s=params["lock_wait_s"],
        words=params["signed"],
    )
    record = survey.full_record(service, world, manager)
    if check_mode:
        check_directories(service)
        plan = steps.activation_steps(record, request.version, mark_bad=request.mark_bad, reason=request.reason)
        return {
            "changed": bool(plan),
            "plan": [step.to_record() for step in plan],
            "diff": _link_diff(record, request.version) if plan else {},
        }
    try:
        report = Report(world.clock.monotonic) if watched else None
        told = (report.on_step, report.on_poll) if report else ()
        outcome = activation.activate(service, world, manager, request, *told).to_record()
    except RefitError as error:
        outcome = _refused(request, record, error)
    if outcome["outcome"] == UNCHANGED:
        return {"outcome": outcome}
    if outcome["outcome"] == ACTIVATED:
        return {"changed": True, "outcome": outcome, "diff": _link_diff(record, outcome["to"])}
    return {"failed": True, "msg": str(from_record(outcome["reason"])), "reason": outcome["reason"], "outcome": outcome}


def _link_diff(before: Mapping[str, Any], version: str) -> dict[str, str]:
    link = before["current_link"]
    target = link["target"] if link else "absent"
    return {"before": f"current -> {target}\n", "after": f"current -> {link_text(version)}\n"}


def _refused(request: activation.Request, found: Mapping[str, Any], error: RefitError) -> dict[str, Any]:
    outcome = activation.Outcome(request.version, REFUSED, live=live_in(found), before=found["current"])
    outcome.reason, outcome.failed_check = error.reason, error.kind
    return outcome.to_record()
