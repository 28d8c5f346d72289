"""Measure how a service really is on a host."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core import system
from ..core.errors import RefitError
from ..health import measure
from ..health.told_severity import ToldSeverity
from ..state.operation import Operation, Operations
from ..supervisors import registry
from . import SERVICE

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "window_s": {"type": "float", "default": 10},
        "operation": {"type": "dict"},
        "survey": {"type": "bool", "default": False},
    },
}
RETURNS = ("measurement", "told", "survey")


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    service, world = Service.from_mapping(params["service"]), system.real()
    manager = registry.for_service(service, world)
    seen = params["operation"] and not check_mode
    operation = Operation.from_mapping(params["operation"]) if seen else None
    with Operations(service.state_dir, world).lasting(operation, params["window_s"]):
        record = measure.measure(service, world, manager, params["window_s"])
    found = {"measurement": record, "told": ToldSeverity(service.state_dir, world.clock).read()}
    if params["survey"]:
        from ..deploy.survey import full_record  # no deploy asks for it

        with contextlib.suppress(RefitError):  # what was measured is told all the same
            found["survey"] = full_record(service, world, manager)
    return found
