# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Call a module of the package in this process: it decides for the whole fleet, or speaks to somebody outside of it.

Plugins of this kind have the name of a module in ``library/``, which holds their documentation, and inherit from this
one.  To run them as modules on localhost would cost a third of a second each, several times in a run.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.loader import action_loader

PackageModule = action_loader.get("package_module", class_only=True)

from refit import modules  # noqa: E402  (found since package_module is loaded)


class ActionModule(PackageModule):
    _requires_connection = False

    def call(self, name: str, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        # Through JSON, as a module's: what comes from a template is more than text and numbers to Ansible.
        return modules.call(name, json.loads(json.dumps(params)), self._task.check_mode)
