"""Remember which severity the team was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..grades import RANK
from ..service import Service
from ..system import Clock
from ..told_severity import ToldSeverity

ARGUMENTS = {
    "argument_spec": {
        "service": {"type": "dict", "required": True},
        "severity": {"choices": list(RANK), "required": True},
        "at": {"type": "str", "required": True},
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    if not check_mode:
        service = Service.from_mapping(params["service"])
        ToldSeverity(service.state_dir, Clock()).write(params["severity"], params["at"])
    return {"changed": True, "severity": params["severity"]}
