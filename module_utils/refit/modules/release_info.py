"""Where a service stands on a host."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..config.service import Service
from ..core import system
from ..core.errors import RefitError
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
        "incidents": {"type": "bool", "default": False},
        "wait_s": {"type": "float", "default": 0},
        "version": {"type": "str"},
    },
}
RETURNS = ("survey", "plan", "events")


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    service, world = Service.from_mapping(params["service"]), system.real()
    manager = registry.for_service(service, world)
    if not check_mode:
        Operations(service.state_dir, world).await_end(params["wait_s"], runs.is_dead)
    standing = survey.survey(service, world, manager)
    record = survey.full_record(service, world, manager, look=params["observe"], found=standing)
    if params["scripts_dir"]:
        from ..core.build_info import installed  # no deploy or rollback asks for it

        record["scripts"] = installed(params["scripts_dir"])
    if params["config_dir"]:
        record["other_settings"] = survey.has_other_settings(standing, params["config_dir"])
    found: dict[str, Any] = {"survey": record}
    if params["incidents"]:
        from ..incidents.store import IncidentStore  # only who looks at all of it asks for them

        with suppress(RefitError):  # whoever asks for the incidents alone hears why
            found["events"] = IncidentStore(service.state_dir, world.clock).newest()
    if params["version"]:
        from ..deploy import steps  # only a plan asks for it

        plan = steps.activation_steps(record, versions.normalise(params["version"]))
        found["plan"] = [step.to_record() for step in plan]
    return found
