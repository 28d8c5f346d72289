"""What the controller itself needs for a rollback that the team hears of: its outbox, Discord, keys and vault.

Pure but for :func:`ask_discord`.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from ..core.errors import NOTIFY_YML, SAME_PLAYBOOK, RefitError, Step
from ..notify.config import NotifyConfig
from ..notify.discord_check import WebhookCheck, check_webhook, ping_standing
from ..notify.discord_http import Transport
from ..notify.events import ON_CALL
from ..notify.outbox import Outbox
from ..state.signatures import SETTING, UNKNOWN, WRONG, Keyring
from ..state.signing import Surveys, verdicts
from ..words.reason import Reason, as_it_came
from .judge import ALL_GOOD, BAD, GOOD, NOTHING_THERE, Cell, Fault, messages_wait
from .judge import UNKNOWN as NOT_CERTAIN

#: The checks of the controller; the table has them behind those of hosts, with which it shares the outbox.
OF_THE_CONTROLLER = ("outbox", "discord", "keys")
_TIMEOUT_S = 3.0
_TRIAL = Step(
    NOTIFY_YML,
    values={"notify_event": "incident_opened", "notify_message": Reason("placeholder_what_happened")},
    options=("--check", "--diff"),
)


def outbox_cell(spool_dir: str, now_s: float) -> Cell:
    """Whether messages wait on this machine, which the next run sends."""
    try:
        waits = Outbox(spool_dir).waits_there()
    except RefitError as error:
        return Cell(NOT_CERTAIN, (Fault(error.reason),))
    if not waits.messages:
        return ALL_GOOD
    return Cell(BAD, (Fault(messages_wait(waits.messages, waits.since, now_s), (_TRIAL,)),))


def ask_discord(config: NotifyConfig, transport: Callable[[], Transport]) -> dict[str, WebhookCheck]:
    """What Discord says of each channel's webhook; nothing is sent to any.

    Args:
        transport: makes what carries a request; all are asked at once.
    """
    channels = list(config.webhooks)
    if not channels:
        return {}

    def ask(channel: str) -> WebhookCheck:
        return check_webhook(config.webhooks[channel], timeout_s=_TIMEOUT_S, transport=transport())

    with ThreadPoolExecutor(max_workers=len(channels)) as threads:
        return dict(zip(channels, threads.map(ask, channels)))


def discord_cell(config: NotifyConfig, answers: Mapping[str, WebhookCheck], language: str) -> Cell:
    """Whether the team would hear of it, and who is on call be pinged; nothing where no webhook is configured."""
    if not answers:
        return NOTHING_THERE
    faults = [
        Fault(
            Reason("webhook_does_not_answer", channel=channel, why=as_it_came(answer.in_words(None, language))),
            (_TRIAL,),
        )
        for channel, answer in answers.items()
        if not answer.ok
    ]
    guilds = _guilds(answers)
    for name in {ON_CALL: None, **config.mentions}:
        target = config.mentions.get(name)
        standings = {ping_standing(target, guild) for guild in guilds}
        if "unset" in standings:
            faults.append(Fault(Reason("nobody_is_pinged", name=name)))
        elif "everyone" in standings:
            faults.append(Fault(Reason("pings_everyone", name=name, role=(target or {}).get("role"))))
    return Cell(BAD, tuple(faults)) if faults else Cell(GOOD)


def _guilds(answers: Mapping[str, WebhookCheck]) -> set[str | None]:
    """The Discord servers that are known, or that none is."""
    return {answer.guild_id for answer in answers.values() if answer.guild_id} or {None}


def unproven_pings(config: NotifyConfig, answers: Mapping[str, WebhookCheck], title: str) -> list[Step]:
    """What tries those pings of which only trying tells whether they are any."""
    if not answers:
        return []
    guilds = _guilds(answers)
    return [
        Step(
            NOTIFY_YML,
            Reason("to_try_a_ping", name=name),
            {"notify_event": "plain", "notify_title": title, "notify_mention": name},
        )
        for name, target in config.mentions.items()
        if {ping_standing(target, guild) for guild in guilds} == {"unproven"}
    ]


def keys_cell(surveys: Surveys, keyring: Keyring | None, unreadable: Mapping[str, str]) -> Cell:
    """Whether what is encrypted can be read here, and the key is the one by which the ledgers are signed.

    Args:
        unreadable: per setting of the site why it cannot be evaluated.
    """
    faults = [
        Fault(
            Reason("setting_unreadable", setting=setting, why=as_it_came(why)),
            (Step(SAME_PLAYBOOK, Reason("where_it_is_encrypted"), again=True, options=("--ask-vault-pass",)),),
        )
        for setting, why in unreadable.items()
    ]
    if keyring is not None:
        counts = {host: verdicts(survey, keyring) for host, survey in surveys.items()}
        unknown = [host for host, each in counts.items() if each[UNKNOWN]]
        wrong = [host for host, each in counts.items() if each[WRONG]]
        if unknown:
            faults.append(Fault(Reason("signed_by_unknown_key", hosts=unknown, setting=SETTING)))
        if wrong:
            faults.append(Fault(Reason("signatures_are_wrong", hosts=wrong)))
    if faults:
        return Cell(BAD, tuple(faults))
    return NOTHING_THERE if keyring is None else ALL_GOOD
