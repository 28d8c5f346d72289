# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Pack the package as one file for the servers' scripts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from plugin_utils import bundle
from refit.core.errors import RefitError, why_failed
from refit.words.reason import Reason

ARGUMENTS = {
    "argument_spec": {
        "package": {"type": "path", "required": True},
        "dest": {"type": "path", "required": True},
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    dest = params["dest"]
    try:
        packed = bundle.bundle(params["package"])
        changed = read(dest) != packed
        if changed and not check_mode:
            os.makedirs(os.path.dirname(dest), exist_ok=True)
            with open(dest + ".tmp", "wb") as handle:
                handle.write(packed)
            os.replace(dest + ".tmp", dest)
    except OSError as error:
        raise RefitError(Reason("package_not_packed", path=params["package"], why=why_failed(error))) from error
    return {"changed": changed, "dest": dest}


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read()
    except FileNotFoundError:
        return b""


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    answer = staticmethod(run)
