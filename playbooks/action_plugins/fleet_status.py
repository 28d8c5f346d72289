# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What runs where, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from plugin_utils import bundle
from refit.config.invocation import Invocation
from refit.fleet import scripts, status
from refit.state import runs
from refit.words.reason import Reason
from refit.words.sentence import said

ARGUMENTS = {
    "argument_spec": {
        "service": {"type": "str", "required": True},
        "results": {"type": "dict", "required": True},
    }
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    invocation: Invocation = params["invocation"]
    here = bundle.build_of(bundle.sources())
    results = status.understood(params["results"])
    dead = runs.dead_runs(result.get("survey") for result in results.values())
    known = runs.with_dead({host: result.get("survey") for host, result in results.items()}, dead)
    results = {host: {**result, "survey": known[host]} for host, result in results.items()}
    where = (invocation.write, params["service"], invocation.at, invocation.language)
    return {
        "report": status.render_status(results, here, *where, keyring=params["keyring"]),
        "nobody": said(Reason("nobody_said"), invocation.language),
        "version": here.version,
        "scripts": {host: scripts.standing(survey, here) for host, survey in status.surveys_in(results).items()},
    }


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    JUDGES = True
    answer = staticmethod(run)
