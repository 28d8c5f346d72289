# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Tell one event to Discord."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Callable

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from refit.core.errors import NOTIFY_YML, RefitError, Step, Writer
from refit.notify.config import OF_THE_SITE, NotifyConfig
from refit.notify.discord_check import check_webhook
from refit.notify.discord_delivery import EDITED, SENT, SKIPPED
from refit.notify.discord_http import Transport, request
from refit.notify.event_texts import texts
from refit.notify.events import ON_CALL
from refit.notify.notifier import Notifier, in_words, is_trouble
from refit.notify.open_messages import OpenMessage, OpenMessages, address_of, is_ongoing
from refit.notify.outbox import Outbox
from refit.state import runs


def _over_requests() -> Callable[[], Transport] | None:
    """What makes a transport over ``requests``; None where that is not installed."""
    try:
        from plugin_utils.requests_transport import RequestsTransport
    except ImportError:
        return None
    return RequestsTransport


# With this file, which is once for a whole run: each task is a process of its own, made from the run's.
OVER_REQUESTS = _over_requests()
PLANNED = "planned"
WITHOUT_REQUESTS = (
    "requests is not installed for the Python that runs Ansible: Discord is told without it, over a new connection for "
    "each message. Next: make venv, or: python -m pip install requests"
)

ARGUMENTS = {
    "argument_spec": {
        "event": {"type": "str", "required": True},
        "facts": {"type": "dict", "default": {}},
        "key": {"type": "str", "no_log": False},
        "update_key": {"type": "str", "no_log": False},
        "channel": {"choices": ["alerts", "incidents"]},
        "webhooks": {"type": "dict", "default": {}, "no_log": True},
        "mentions": {"type": "dict", "default": {}},
        "language": {"choices": ["ko", "en"], "default": "ko"},
        "environment": {"type": "str", "default": ""},
        "runbook_url": {"type": "str", "default": ""},
        "repository_url": {"type": "str", "default": ""},
        "spool_dir": {"type": "path"},
        "patience_s": {"type": "float", "default": 5},
    },
    "mutually_exclusive": [("key", "update_key")],
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    event, facts, channel = params["event"], present(params["facts"]), params["channel"]
    update_key = params["update_key"]
    config = NotifyConfig.from_mapping({name: params[name] for name in OF_THE_SITE if params[name]})
    outbox = Outbox(params["spool_dir"]) if params["spool_dir"] and not check_mode else None
    transport = OVER_REQUESTS() if OVER_REQUESTS else request
    run_id, patience_s = runs.name_run(runs.playbook_process()), params["patience_s"]
    notifier = Notifier(config, outbox, run=run_id, patience_s=patience_s, transport=transport)
    if check_mode:
        preview = notifier.preview(event, facts, channel=channel)
        planned = plan(config, preview, transport, params["invocation"].write)
        result = {"event": event, "warnings": preview["warnings"], "unpinged": [], **planned}
    else:
        result = (
            notifier.update(update_key, event, facts, channel=channel)
            if update_key
            else notifier.send(event, facts, key=params["key"], channel=channel)
        )
        result = {**result, "told": in_words(result, config.language), "trouble": is_trouble(result)}
    if outbox and not check_mode and result["key"] and result["status"] != SKIPPED:
        keep_in_mind(OpenMessages(params["spool_dir"]), config, run_id, params, result)
    if config.webhooks and OVER_REQUESTS is None:
        result["warnings"] = [*result["warnings"], WITHOUT_REQUESTS]
    return {**result, "changed": result["status"] in (SENT, EDITED, PLANNED)}


def keep_in_mind(
    messages: OpenMessages, config: NotifyConfig, run_id: str, params: Mapping[str, Any], result: Mapping[str, Any]
) -> None:
    """Remember a message that says that work goes on, for whoever has to end it should this run not come to that."""
    key, channel, facts = result["key"], result["channel"], present(params["facts"])
    with contextlib.suppress(RefitError):  # a full disk, say
        if is_ongoing(facts):
            address = address_of(config.webhooks[channel])
            messages.note(OpenMessage(key, params["event"], facts, channel, run_id, address))
        else:
            messages.close(key)


def present(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that say something."""
    return {name: value for name, value in facts.items() if value not in (None, "", [], {})}


def plan(config: NotifyConfig, preview: Mapping[str, Any], transport: Transport, write: Writer) -> dict[str, Any]:
    """What check mode returns: the payload as a diff, and whether its webhook would take it."""
    channel = preview["channel"]
    shown = json.dumps(preview["payload"], ensure_ascii=False, indent=1) + "\n"
    found = {"channel": channel, "channel_id": None, "complaint": None, "note": None, "pending": 0}
    webhook = config.webhooks.get(channel)
    told = "Discord {}: {}".format
    if webhook is None:
        note = "no webhook is configured for the channel {}".format(channel)
        unset = told(channel, texts(config.language).WORDS["webhook_unset"])
        return {**found, "status": SKIPPED, "note": note, "told": unset, "trouble": False, "confirmed": False}
    answer = check_webhook(webhook, transport=transport)
    good, pings = pings_in_words(config, answer.guild_id, write)
    ok = answer.ok and good
    found.update(channel_id=answer.channel_id, complaint=answer.complaint, confirmed=ok, trouble=not ok)
    said = told(channel, answer.in_words(webhook.thread_id, config.language))
    found["told"] = "\n".join([said, *(pings if answer.ok else ())])
    return {**found, "status": PLANNED, "diff": {"before": "", "after": shown}}


def pings_in_words(config: NotifyConfig, guild_id: str | None, write: Writer) -> tuple[bool, list[str]]:
    """Whether nothing speaks against the pings of *config*, and what is known of each: a webhook may read no roles."""
    words, lines, good = texts(config.language).WORDS, [], True
    for name in {ON_CALL: None, **config.mentions}:
        target = config.mentions.get(name) or {}
        role = target.get("role")
        if not target:
            lines.append(words["ping_unset"].format(name))
        elif role and role == guild_id:
            good = False
            lines.append(words["ping_of_everyone"].format(name=name, role=role))
        elif role:
            trial = {"notify_event": "plain", "notify_title": words["ping_test"], "notify_mention": name}
            lines += [words["ping_unproven"].format(name=name, role=role), "  " + write(Step(NOTIFY_YML, values=trial))]
    return good, lines


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    answer = staticmethod(run)
