"""Whether a webhook would take messages; sends nothing to its channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..core.http import FetchFailed
from .discord_answer import api_code, complaint, document, snowflake, text
from .discord_http import Transport, request
from .discord_webhook import Webhook
from .event_texts import DEFAULT_LANGUAGE, texts

#: "Invalid Webhook Token" and "Unknown Webhook".
_IN_WORDS = {50027: "webhook_wrong_token", 10015: "webhook_gone"}


@dataclass(frozen=True)
class WebhookCheck:
    """Whether a webhook would take messages, and what Discord says of it.

    Attributes:
        code: that of Discord's own error, if it was one.
        guild_id: that of Discord's server, which some take for a role's.
    """

    ok: bool
    name: str | None = None
    channel_id: str | None = None
    complaint: str | None = None
    code: int | None = None
    guild_id: str | None = None

    def in_words(self, thread_id: str | None = None, language: str = DEFAULT_LANGUAGE) -> str:
        """For the person who asked; *thread_id* is that of the webhook's URL."""
        words = texts(language).WORDS
        if not self.ok:
            known = words.get(_IN_WORDS.get(self.code or 0, ""))
            return known or words["webhook_unclear"].format(self.complaint)
        # Discord does not say what kind of channel it is.
        where = words["webhook_in_thread"].format(thread_id) if thread_id else words["webhook_in_forum"]
        return words["webhook_good"].format(name=self.name, channel=self.channel_id) + where


PingStanding = Literal["unset", "everyone", "unproven", "user"]


def ping_standing(target: Mapping[str, str] | None, guild_id: str | None) -> PingStanding:
    """What is known of a ping without trying it, of whom the settings name as *target*: a webhook may read no roles.

    Args:
        guild_id: that of Discord's server, which is also the id of the role that everybody there has.
    """
    if not target:
        return "unset"
    if "role" not in target:
        return "user"
    return "everyone" if target["role"] == guild_id else "unproven"


def check_webhook(webhook: Webhook, *, timeout_s: float = 5.0, transport: Transport = request) -> WebhookCheck:
    """Ask Discord whether *webhook* exists."""
    try:
        answer = transport("GET", webhook.endpoint(), None, {}, timeout_s)
    except FetchFailed as error:
        return WebhookCheck(False, complaint=webhook.shown(error.detail))
    said = document(answer)
    if answer.status != 200 or not snowflake(said.get("id")):
        return WebhookCheck(False, complaint=webhook.shown(complaint(answer)), code=api_code(answer))
    name, channel_id, guild_id = said.get("name"), snowflake(said.get("channel_id")), snowflake(said.get("guild_id"))
    return WebhookCheck(True, webhook.shown(text(name)), channel_id, guild_id=guild_id)
