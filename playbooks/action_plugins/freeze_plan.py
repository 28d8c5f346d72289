# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What freezing or resuming a service comes to, for the whole fleet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from refit.config.invocation import Invocation
from refit.core.answers import prose
from refit.fleet import answers, freeze
from refit.fleet.memory import names_in
from refit.state import runs

ARGUMENTS = {
    "argument_spec": {
        "kind": {"choices": ["freeze", "resume"], "required": True},
        "service": {"type": "str", "required": True},
        "results": {"type": "dict", "required": True},
        "reason": {"type": "str", "required": True},
        "distrusted": {"type": "list", "elements": "str", "default": []},
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    invocation: Invocation = params["invocation"]
    owner, reason = runs.owner(), prose(params["reason"])
    surveys, unread = answers.read_surveys(params["results"])
    asked = (surveys, params["service"])
    how: dict[str, Any] = {"unread": unread, "distrusted": names_in(params["distrusted"]), "keyring": params["keyring"]}
    if params["kind"] == freeze.FREEZE:
        name = runs.name_run(runs.playbook_process())
        plan = freeze.plan_freeze(*asked, reason=reason, by=owner, run=name, **how)
    else:
        plan = freeze.plan_resume(*asked, reason=reason, by=owner, **how)
    return {
        "news": plan.entries,
        "freezes": [asdict(hold) for hold in plan.freezes],
        "missing": plan.missing,
        "owner": owner,
        "report": plan.describe(invocation.write, invocation.at, invocation.language, planned=check_mode),
    }


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    JUDGES = True
    REFUSES = True
    answer = staticmethod(run)
