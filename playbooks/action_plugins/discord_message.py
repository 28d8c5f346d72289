# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Tell one event to Discord."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from plugin_utils.discord_transport import OVER_REQUESTS
from refit.config.invocation import Invocation
from refit.core.errors import NOTIFY_YML, ROLLBACK_YML, RefitError, Step, Writer, commands_of
from refit.notify.config import OF_THE_SITE, NotifyConfig
from refit.notify.discord_check import check_webhook, ping_standing
from refit.notify.discord_delivery import EDITED, SENT, SKIPPED
from refit.notify.discord_http import Transport, request
from refit.notify.event_texts import texts
from refit.notify.events import ON_CALL
from refit.notify.links import message_url
from refit.notify.notifier import Notifier, in_words, is_trouble
from refit.notify.open_messages import OpenMessage, OpenMessages, address_of, is_ongoing
from refit.notify.outbox import Outbox
from refit.state import runs
from refit.words.reason import Reason
from refit.words.sentence import said

PLANNED = "planned"

ARGUMENTS = {
    "argument_spec": {
        "event": {"type": "str", "required": True},
        "facts": {"type": "dict", "default": {}},
        "key": {"type": "str", "no_log": False},
        "update_key": {"type": "str", "no_log": False},
        "replace_key": {"type": "str", "no_log": False},
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
    "mutually_exclusive": [("key", "update_key", "replace_key")],
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    event, channel, invocation = params["event"], params["channel"], params["invocation"]
    facts = with_command(event, present(params["facts"]), invocation.write)
    update_key, replace_key = params["update_key"], params["replace_key"]
    config = NotifyConfig.from_mapping({name: params[name] for name in OF_THE_SITE if params[name]})
    outbox = Outbox(params["spool_dir"]) if params["spool_dir"] and not check_mode else None
    transport = OVER_REQUESTS() if OVER_REQUESTS else request
    run_id, patience_s = runs.name_run(runs.playbook_process()), params["patience_s"]
    notifier = Notifier(config, outbox, run=run_id, patience_s=patience_s, transport=transport)
    if check_mode:
        preview = notifier.preview(event, facts, channel=channel)
        planned = plan(config, preview, transport, invocation)
        result = {
            "event": event,
            "warnings": [warning.to_record() for warning in preview["warnings"]],
            "unpinged": [],
            **planned,
        }
    else:
        if update_key:
            result = notifier.update(update_key, event, facts, channel=channel)
        elif replace_key:
            result = notifier.replace(replace_key, event, facts, channel=channel)
        else:
            result = notifier.send(event, facts, key=params["key"], channel=channel)
        result = {**result, "told": in_words(result, invocation.language), "trouble": is_trouble(result)}
        if os.environ.get("GITHUB_STEP_SUMMARY") and result["status"] == SENT:
            result["url"] = where_shown(config, result, transport)
    if outbox and not check_mode and result["key"] and result["status"] != SKIPPED:
        keep_in_mind(OpenMessages(params["spool_dir"]), config, run_id, params, result)
    if config.webhooks and OVER_REQUESTS is None:
        result["warnings"] = [*result["warnings"], Reason("discord_without_requests").to_record()]
    result["warnings"] = [said(warning, invocation.language) for warning in result["warnings"]]  # Ansible shows them
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


def where_shown(config: NotifyConfig, result: Mapping[str, Any], transport: Transport) -> str:
    """The URL of the message that was sent, for the job's summary; empty where Discord does not say which server."""
    ids = result["channel_id"], result["message_id"]
    guild_id = check_webhook(config.webhooks[result["channel"]], transport=transport).guild_id
    return message_url(guild_id, *ids) if guild_id and all(ids) else ""


def with_command(event: str, facts: dict[str, Any], write: Writer) -> dict[str, Any]:
    """*facts*; of a P0 that a person reports with what the team's runbook asks for first: a rollback."""
    if event != "incident_opened" or str(facts.get("severity")).upper() != "P0" or not facts.get("service"):
        return facts
    back = Step(ROLLBACK_YML, Reason("to_take_back_what_is_live"))
    return {"commands": commands_of([back], write), **facts}


def present(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that say something."""
    return {name: value for name, value in facts.items() if value not in (None, "", [], {})}


def plan(
    config: NotifyConfig, preview: Mapping[str, Any], transport: Transport, invocation: Invocation
) -> dict[str, Any]:
    """What check mode returns: the payload as a diff, and whether its webhook would take it."""
    channel = preview["channel"]
    shown = json.dumps(preview["payload"], ensure_ascii=False, indent=1) + "\n"
    found = {"channel": channel, "channel_id": None, "complaint": None, "note": None, "pending": 0}
    webhook = config.webhooks.get(channel)
    told = "Discord {}: {}".format
    if webhook is None:
        note = Reason("webhook_not_set", channel=channel).to_record()
        unset = told(channel, texts(invocation.language).WORDS["webhook_unset"])
        return {**found, "status": SKIPPED, "note": note, "told": unset, "trouble": False, "confirmed": False}
    answer = check_webhook(webhook, transport=transport)
    good, pings = pings_in_words(config, answer.guild_id, invocation)
    ok = answer.ok and good
    found.update(channel_id=answer.channel_id, complaint=answer.complaint, confirmed=ok, trouble=not ok)
    first = told(channel, answer.in_words(webhook.thread_id, invocation.language))
    found["told"] = "\n".join([first, *(pings if answer.ok else ())])
    return {**found, "status": PLANNED, "diff": {"before": "", "after": shown}}


def pings_in_words(config: NotifyConfig, guild_id: str | None, invocation: Invocation) -> tuple[bool, list[str]]:
    """Whether nothing speaks against the pings of *config*, and what is known of each: a webhook may read no roles."""
    words, lines, good = texts(invocation.language).WORDS, [], True
    for name in {ON_CALL: None, **config.mentions}:
        standing, role = ping_standing(config.mentions.get(name), guild_id), config.mentions.get(name, {}).get("role")
        if standing == "unset":
            lines.append(words["ping_unset"].format(name))
        elif standing == "everyone":
            good = False
            lines.append(words["ping_of_everyone"].format(name=name, role=role))
        elif standing == "unproven":
            trial = {"notify_event": "plain", "notify_title": words["ping_test"], "notify_mention": name}
            command = invocation.write(Step(NOTIFY_YML, values=trial))
            lines += [words["ping_unproven"].format(name=name, role=role), f"  {command}"]
    return good, lines


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    answer = staticmethod(run)
