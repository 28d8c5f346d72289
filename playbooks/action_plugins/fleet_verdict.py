# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""fleet_verdict: see call_on_controller.py."""

from __future__ import annotations

from ansible.plugins.loader import action_loader

CallOnController = action_loader.get("call_on_controller", class_only=True)


class ActionModule(CallOnController):
    module = CallOnController.load("fleet_verdict")
