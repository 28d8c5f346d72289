"""Stage a release, remove old ones, mark one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..artifacts.incoming import incoming
from ..config.kept_directories import check_directories
from ..config.service import Service
from ..core import system
from ..core.answers import reason
from ..deploy import fetching, marking, pruning, staging, survey
from ..state import ledger_events
from ..state.operation import Operation, Operations
from ..state.signed import Word, staged_facts
from ..state.versions import normalise
from . import SERVICE

if TYPE_CHECKING:  # no host has a key
    from ..state.signatures import Keyring

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "state": {"choices": ["staged", "pruned", "ended", "marked_bad", "cleared"], "default": "staged"},
        "version": {"type": "str"},
        "artifact": {"type": "str"},
        "sha256": {"type": "str"},
        "incoming": {"type": "bool", "default": False},
        "download": {
            "type": "dict",
            "options": {
                "url": {"type": "str", "required": True},
                "query": {"type": "str", "default": "", "no_log": True},
                "headers": {"type": "dict", "default": {}, "no_log": True},
                "ca": {"type": "str", "default": ""},
                "proxy": {"type": "str", "default": "", "no_log": True},
                "max_bytes": {"type": "int", "default": 8 << 30},
                "deadline_s": {"type": "float", "default": 1800},
            },
        },
        "source": {"type": "str"},
        "git_sha": {"type": "str"},
        "reason": {"type": "raw"},
        "freeze": {"type": "bool", "default": False},
        "keep": {"type": "int", "default": 5},
        "operation": {"type": "dict"},
        "signed": {"type": "dict", "default": {}},
        "stopped": {"type": "bool", "default": False},
        "stopped_by": {
            "type": "dict",
            "options": {"severity": {"type": "str", "required": True}, "why": {"type": "raw", "required": True}},
        },
    },
    "required_if": [
        ("state", "staged", ("version", "artifact")),
        ("state", "ended", ("operation",)),
        ("state", "marked_bad", ("version", "reason")),
        ("state", "cleared", ("version", "reason")),
    ],
    "required_by": {"download": ["sha256"]},
}


@dataclass(frozen=True)
class _Task:
    """What is asked for, and where; *operation* is the run that it belongs to."""

    params: Mapping[str, Any]
    check_mode: bool
    service: Service
    world: system.System
    operation: Operation | None


RETURNS = ("version", "sha256", "received_bytes", "removed")


def sign(params: Mapping[str, Any], keyring: Keyring) -> Mapping[str, Word]:
    """On the controller: what it knows of what the host will write down, for O(signed)."""
    state, operation = params["state"], params["operation"]
    if state == "staged" and params["sha256"]:
        facts = staged_facts(normalise(params["version"]), params["sha256"].strip().lower(), params["source"])
        return {ledger_events.STAGED: keyring.sign(ledger_events.STAGED, facts)}
    if state == "marked_bad" and operation:
        why, by = reason(params["reason"]), Operation.from_mapping(operation)
        return marking.sign(keyring, by, normalise(params["version"]), why, freeze=params["freeze"])
    if state == "cleared":
        return {marking.LIFT: keyring.sign_lift(normalise(params["version"]), reason(params["reason"]))}
    return {}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    service, world = Service.from_mapping(params["service"]), system.real()
    operation = Operation.from_mapping(params["operation"]) if params["operation"] else None
    act = {"staged": _staged, "pruned": _pruned, "ended": _pruned}.get(params["state"], _marked)
    result = act(_Task(params, check_mode, service, world, operation))
    if params["state"] == "ended" and operation and not check_mode:
        Operations(service.state_dir, world).finish(operation, params["stopped"] and (params["stopped_by"] or True))
    return result


def _staged(task: _Task) -> dict[str, Any]:
    params, service, world = task.params, task.service, task.world
    artifact = os.path.expanduser(params["artifact"])
    if params["download"]:
        return _fetched(task, fetching.Fetch.from_mapping(params["download"], artifact, params["sha256"]))
    if task.check_mode:
        return _told(service, staging.plan_staging(service, params["version"], artifact, world, params["sha256"]))
    with incoming(artifact, world.clock) if params["incoming"] else contextlib.nullcontext():
        plan = staging.stage(
            service,
            params["version"],
            artifact,
            world,
            sha256=params["sha256"],
            source=params["source"],
            git_sha=params["git_sha"],
            operation=task.operation,
            word=params["signed"].get(ledger_events.STAGED),
        )
    return _told(service, plan)


def _fetched(task: _Task, fetch: fetching.Fetch) -> dict[str, Any]:
    params, service = task.params, task.service
    if task.check_mode:
        return _told(service, fetching.plan_fetched(service, params["version"], fetch))
    plan, received = fetching.stage_fetched(
        service,
        params["version"],
        fetch,
        task.world,
        operation=task.operation,
        source=params["source"],
        git_sha=params["git_sha"],
        word=params["signed"].get(ledger_events.STAGED),
    )
    return {**_told(service, plan), "received_bytes": received}


def _told(service: Service, plan: staging.StagePlan) -> dict[str, Any]:
    after = f"staged {service.release_dir(plan.version)}\n"
    return {
        "changed": plan.changed,
        "version": plan.version,
        "sha256": plan.sha256,
        "diff": {"before": "" if plan.changed else after, "after": after},
    }


def _pruned(task: _Task) -> dict[str, Any]:
    keep = task.params["keep"]
    if task.check_mode:
        check_directories(task.service)
        found = survey.survey(task.service, task.world)
        removed = pruning.prunable(found, keep, pruning.running_versions(task.service, task.world))
    else:
        removed, found = pruning.prune(task.service, task.world, keep, task.operation)
    there = sorted(release.version for release in found.releases if release.on_disk)
    left = [version for version in there if version not in removed]
    return {
        "changed": bool(removed),
        "removed": removed,
        "diff": {"before": "\n".join(there) + "\n", "after": "\n".join(left) + "\n"},
    }


def _marked(task: _Task) -> dict[str, Any]:
    params = task.params
    version, changed = marking.mark(
        task.service,
        task.world,
        params["version"],
        bad=params["state"] == "marked_bad",
        reason=reason(params["reason"]),
        operation=task.operation,
        freeze=params["freeze"],
        words=params["signed"],
        dry_run=task.check_mode,
    )
    word = params["state"].replace("_", " ")
    return {
        "changed": changed,
        "version": version,
        "diff": {"before": "", "after": f"{word} {version}\n" if changed else ""},
    }
