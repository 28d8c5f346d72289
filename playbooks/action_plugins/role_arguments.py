# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Check what a role was given, and say of a wrong value one sentence: Ansible's own check shows the whole spec."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.loader import action_loader

PackageModule: Any = action_loader.get("package_module", class_only=True)

ARGUMENTS = {
    "argument_spec": {
        "role": {"type": "path", "required": True},
        "entry": {"type": "str", "default": "main"},
    },
}


class ActionModule(PackageModule):
    ARGUMENTS = ARGUMENTS
    _requires_connection = False

    def arguments(self) -> dict[str, Any]:
        return self.ARGUMENTS

    def call(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        specs = self._loader.load_from_file(str(Path(params["role"]) / "meta" / "argument_specs.yml"))
        options = specs["argument_specs"][params["entry"]]["options"]
        given = self._templar.template({name: task_vars[name] for name in options if name in task_vars})
        wrong = ArgumentSpecValidator(options).validate(given).error_messages
        if wrong:
            return {"failed": True, "changed": False, "msg": "; ".join(_said(each, options) for each in wrong)}
        return {"changed": False}


def _said(error: str, options: dict[str, Any]) -> str:
    """*error*, which may quote the value that it is about, unless that is a secret."""
    for name, option in options.items():
        if option.get("no_log") and re.search(rf"\b{name}\b", error):
            return (
                f"{name} is not what it should be ({option['type']}); what it is is not shown, since it may be secret"
            )
    return error
