"""Where a service stands on a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core import system
from ..deploy import survey
from ..state import runs, versions
from ..state.operation import Operations
from ..supervisors import registry
from . import SERVICE

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "observe": {"type": "bool", "default": False},
        "scripts_dir": {"type": "path"},
        "config_dir": {"type": "path"},
        "wait_s": {"type": "float", "default": 0},
        "version": {"type": "str"},
    },
}
RETURNS = ("survey", "plan")


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    service, world = Service.from_mapping(params["service"]), system.real()
    manager = registry.for_service(service, world)
    if not check_mode:
        Operations(service.state_dir, world).await_end(params["wait_s"], runs.is_dead)
    record = survey.full_record(service, world, manager, look=params["observe"])
    if params["scripts_dir"]:
        from ..core.build_info import installed  # no deploy or rollback asks for it

        record["scripts"] = installed(params["scripts_dir"])
    if params["config_dir"]:
        from ..config.installed import installed_service

        there = installed_service(params["config_dir"], service.name)
        history = survey.survey(service, world).history
        record["other_settings"] = there is not None and history.went_by_others(there.fingerprint)
    if not params["version"]:
        return {"survey": record}
    from ..deploy import steps  # only a plan asks for it

    return {"survey": record, "plan": steps.activation_steps(record, versions.normalise(params["version"]))}
