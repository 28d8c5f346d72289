"""Whether a rollback would find all that it needs on a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core import system
from ..core.build_info import installed
from ..core.errors import InvalidInput
from ..deploy import survey
from ..preflight.host import Asked, examine
from ..supervisors import registry
from ..words.reason import Reason
from . import SERVICE

_MOST_MIB = 10**9

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "scripts_dir": {"type": "path", "required": True},
        "config_dir": {"type": "path", "required": True},
        "spool_dir": {"type": "path", "required": True},
        "timer": {"type": "bool", "default": True},
        "sudoers_path": {"type": "str", "default": ""},
        "sudoers": {"type": "str", "default": ""},
        "free_mib": {"type": "float", "default": 512},
    },
}
RETURNS = ("survey", "examined", "asked")
#: The action plugin says when it asked, and when it was answered, by the controller's clock.
TELLS_TIME = True


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    if not 0 <= params["free_mib"] <= _MOST_MIB:
        allowed, value = Reason("type_number"), str(params["free_mib"])
        raise InvalidInput(Reason("variable_wrong", name="preflight_free_mib", allowed=allowed, value=value))
    service, world = Service.from_mapping(params["service"]), system.real()
    manager = registry.for_service(service, world)
    standing = survey.survey(service, world, manager)
    record = survey.full_record(service, world, manager, look=True, found=standing)
    record["scripts"] = installed(params["scripts_dir"])
    record["other_settings"] = survey.has_other_settings(standing, params["config_dir"])
    told = ("spool_dir", "timer", "sudoers_path", "sudoers", "free_mib")
    asked = Asked(**{name: params[name] for name in told})
    return {"survey": record, "examined": examine(standing, world, manager, asked)}
