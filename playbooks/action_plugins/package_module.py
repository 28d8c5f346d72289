# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What plugins that call a module of the package have in common: see call_on_host.py and call_on_controller.py."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

MODULE_UTILS = Path(__file__).resolve().parents[2] / "module_utils"
if str(MODULE_UTILS) not in sys.path:
    sys.path.insert(0, str(MODULE_UTILS))


class ActionModule(ActionBase):
    """A plugin names its *module*, one of ``refit.modules``, and inherits how that is called."""

    module: ModuleType
    _supports_check_mode = True

    @staticmethod
    def load(name: str) -> ModuleType:
        """The module *name*: now, in the process that all workers are forked from, and not in each of them."""
        return importlib.import_module("refit.modules." + name)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        checked, params = self.validate_argument_spec(**self.module.ARGUMENTS)
        result = self.call(self.module.__name__.rpartition(".")[2], params, task_vars or {})
        return remove_values(result, checked._no_log_values)

    def call(self, name: str, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """What module *name* answers to *params*, which have been checked."""
        raise NotImplementedError
