# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What a command on an incident comes to, for the whole fleet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from refit.config.invocation import Invocation
from refit.core.answers import prose
from refit.core.system import Clock
from refit.fleet import answers
from refit.incidents import actions
from refit.incidents.actions import Asked, Author
from refit.incidents.copies import audit, plan_incident
from refit.incidents.policy import read_policy
from refit.incidents.report import Reader
from refit.state import runs

AUDIT = "audit"

ARGUMENTS = {
    "argument_spec": {
        "action": {"choices": [*actions.ACTIONS, AUDIT], "required": True},
        "service": {"type": "str", "required": True},
        "results": {"type": "dict", "required": True},
        "number": {"type": "str", "default": ""},
        "reason": {"type": "str", "default": ""},
        "severity": {"choices": ["", "P0", "P1", "P2"], "default": ""},
        "minutes": {"type": "float", "default": 0},
        "policy": {"type": "dict", "default": {}},
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    invocation: Invocation = params["invocation"]
    now = Clock().now()
    reader = Reader(invocation.language, invocation.write, now, invocation.at)
    copies, unread = answers.read_incidents(params["results"])
    if params["action"] == AUDIT:
        return {"report": audit(params["service"], copies, reader)}
    asked = Asked(
        params["action"],
        params["service"],
        number=params["number"].strip(),
        why=prose(params["reason"]),
        severity=params["severity"],
        minutes=params["minutes"],
    )
    author = Author(runs.owner(), os.uname().nodename, now)
    policy = read_policy(params["policy"])
    plan = plan_incident(asked, copies, policy, author, reader, unread=unread, planned=check_mode)
    return {**plan.to_record(), "readable": sorted(host for host, copy in copies.items() if copy is not None)}


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    REFUSES = True
    answer = staticmethod(run)
