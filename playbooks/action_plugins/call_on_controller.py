# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Call a module of the package in this process: it decides for the whole fleet, or speaks to somebody outside of it.

Plugins of this kind have the name of a module in ``library/``, which holds their documentation, and inherit from this
one.  To run them as modules on localhost would cost a third of a second each, several times in a run.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

MODULE_UTILS = Path(__file__).resolve().parents[2] / "module_utils"
if str(MODULE_UTILS) not in sys.path:
    sys.path.insert(0, str(MODULE_UTILS))

from refit import modules  # noqa: E402  (found through the path above)


class ActionModule(ActionBase):
    """A plugin names its *module*, one of ``refit.modules``."""

    module: ModuleType
    _requires_connection = False
    _supports_check_mode = True

    @staticmethod
    def load(name: str) -> ModuleType:
        return importlib.import_module("refit.modules." + name)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        checked, params = self.validate_argument_spec(**self.module.ARGUMENTS)
        name = self.module.__name__.rpartition(".")[2]
        # Through JSON, as a module's: what comes from a template is more than text and numbers to Ansible.
        result = modules.call(name, json.loads(json.dumps(params)), self._task.check_mode)
        return remove_values(result, checked._no_log_values)
