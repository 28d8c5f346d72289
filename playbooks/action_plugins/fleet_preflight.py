# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Whether the fleet could roll back now, as a table."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from plugin_utils import bundle
from plugin_utils.discord_transport import OVER_REQUESTS
from refit.config.invocation import Invocation
from refit.core.errors import RefitError
from refit.notify.config import NotifyConfig
from refit.notify.discord_http import request
from refit.notify.event_texts import texts
from refit.preflight import controller, report
from refit.preflight.answer import understood
from refit.preflight.judge import BAD, Cell, Fault, Site, judge
from refit.words.printable import printable

# What of a site may be encrypted, by the names under which the roles have it and by those that people give it.
SETTINGS = {"notify_webhooks": "refit_discord_webhooks", "notify_mentions": "refit_discord_mentions"}
_MOST_SAID = 300

ARGUMENTS = {
    "argument_spec": {
        "service": {"type": "str", "required": True},
        "results": {"type": "dict", "required": True},
        "scripts_dir": {"type": "path", "required": True},
        "unit": {"type": "str", "default": ""},
        "user": {"type": "str", "default": ""},
        "spool_dir": {"type": "path"},
    }
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    invocation: Invocation = params["invocation"]
    language, keyring = invocation.language, params["keyring"]
    here = bundle.build_of(bundle.sources())
    known = understood(params["results"])
    places = {name: params[name] for name in ("service", "scripts_dir", "unit", "user")}
    site = Site(**places, here=here, now_s=time.time(), keyring=keyring)
    hosts = judge(known, site)
    surveys = {host: its.survey for host, its in known.items() if its.survey is not None}
    own, to_try = _of_the_controller(params, site.now_s, language)
    own["keys"] = controller.keys_cell(surveys, keyring, params["unreadable"])
    cells = {**hosts, "localhost": own}
    ready, headline = report.is_ready(hosts, own), report.headline(site.service, hosts, own, language)
    shown = report.render(hosts, own, invocation.write, language, to_try)
    return {
        "ready": ready,
        "headline": headline,
        "report": f"{shown}\n\n{invocation.at}{headline}" if ready else shown,
        "checks": {host: {check: cell.state for check, cell in its.items()} for host, its in cells.items()},
        "faults": [
            {"host": host, "check": check, "reason": fault.why.to_record()}
            for host, its in cells.items()
            for check, cell in its.items()
            for fault in cell.faults
        ],
    }


def _of_the_controller(params: Mapping[str, Any], now_s: float, language: str) -> tuple[dict[str, Cell], list[Any]]:
    """Its own checks but for the keys, and what only trying tells."""
    own = {"outbox": controller.outbox_cell(params["spool_dir"], now_s)} if params["spool_dir"] else {}
    try:
        config = NotifyConfig.from_mapping(params["discord"])
    except RefitError as error:
        return {**own, "discord": Cell(BAD, (Fault(error.reason),))}, []
    answers = controller.ask_discord(config, OVER_REQUESTS or (lambda: request))
    title = texts(config.language).WORDS["ping_test"]
    discord = controller.discord_cell(config, answers, language)
    return {**own, "discord": discord}, controller.unproven_pings(config, answers, title)


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    JUDGES = True
    answer = staticmethod(run)

    def call(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """With what the site says of Discord, which is no argument of the task: where it cannot be decrypted, that is
        one of the things to find out."""
        found: dict[str, Any] = {}
        unreadable: dict[str, str] = {}
        for name, setting in SETTINGS.items():
            try:
                found[name.partition("_")[2]] = self._templar.template(task_vars.get(name)) or {}
            except AnsibleError as error:
                unreadable[setting] = printable(str(error), _MOST_SAID)
        result: dict[str, Any] = super().call({**params, "discord": found, "unreadable": unreadable}, task_vars)
        return result
