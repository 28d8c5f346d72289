# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What plugins that answer for a module of ours have in common: see call_on_host.py and call_on_controller.py.

Loading this file makes the package ``refit``, and ``plugin_utils`` beside this directory, importable.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))


class ActionModule(ActionBase):
    """A plugin says what it accepts, and inherits how that is answered."""

    _supports_check_mode = True

    def arguments(self) -> Mapping[str, Any]:
        """What the module accepts, in the words of ``AnsibleModule``: ``argument_spec``, ``required_if`` …"""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        checked, params = self.validate_argument_spec(**self.arguments())
        result = self.call(params, task_vars or {})
        shown: dict[str, Any] = remove_values(result, checked._no_log_values)
        return shown

    def call(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """What the module answers to *params*, which have been checked."""
        raise NotImplementedError
