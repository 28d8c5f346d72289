"""Remember which severity the team was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core.system import Clock
from ..health.grades import RANK
from ..health.told_severity import ToldSeverity
from . import SERVICE

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "severity": {"choices": list(RANK), "required": True},
        "at": {"type": "str", "required": True},
    },
}
RETURNS = ("severity",)


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    if not check_mode:
        service = Service.from_mapping(params["service"])
        ToldSeverity(service.state_dir, Clock()).write(params["severity"], params["at"])
    return {"changed": True, "severity": params["severity"]}
