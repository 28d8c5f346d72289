"""The little world behind the webhooks: channels, roles, members and messages."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable

from . import mentions, rules

_DISCORD_EPOCH_MS = 1420070400000

Event = dict[str, Any]


@dataclass(frozen=True)
class Channel:
    """A text channel, or a thread of one (*parent* is then the channel's name)."""

    id: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class Webhook:
    """A webhook of one channel.

    Its id and token follow from the channel's name, so that they stay the same when
    the stand-in is started again.
    """

    id: str
    token: str
    channel: Channel

    @classmethod
    def of(cls, channel: Channel) -> Webhook:
        digest = hashlib.sha512("webhook of #{}".format(channel.name).encode()).digest()
        token = base64.urlsafe_b64encode(digest).decode()[:68]
        return cls(_derived_id("webhook", channel.name), token, channel)

    def as_json(self) -> dict[str, Any]:
        """What "Get Webhook with Token" answers."""
        return {
            "application_id": None,
            "avatar": None,
            "channel_id": self.channel.id,
            "guild_id": _derived_id("guild", ""),
            "id": self.id,
            "name": "stand-in",
            "type": 1,
            "token": self.token,
        }


@dataclass
class Message:
    """One message: *body* is Discord's own message object, the rest is ours.

    *pings* says who was notified when it was posted; *revisions* holds what the
    message was before each edit.
    """

    channel: str
    body: dict[str, Any]
    pings: dict[str, Any]
    revisions: list[dict[str, Any]] = field(default_factory=list)

    def as_record(self) -> dict[str, Any]:
        """The body with our own keys beside it, safe to keep."""
        return {
            **self.body,
            "channel": self.channel,
            "pings": dict(self.pings),
            "revisions": list(self.revisions),
        }


class Guild:
    """Keeps what the webhooks posted.

    Args:
        clock: seconds since the epoch.
        roles, users: ids by name.
        listener: called with every change, as :mod:`.journal` writes it.
        unmentionable: the names of the roles that their settings let nobody mention.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        roles: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        listener: Callable[[Event], None] = lambda _event: None,
        unmentionable: Collection[str] = (),
    ) -> None:
        self._clock = clock
        self._listener = listener
        self._lock = threading.RLock()
        self._last_id = 0
        self._messages: dict[str, Message] = {}
        self.roles = {name: str(each) for name, each in (roles or {}).items()}
        self.users = {name: str(each) for name, each in (users or {}).items()}
        self.unmentionable = set(unmentionable)
        self.channels: dict[str, Channel] = {}
        self.forums: dict[str, bool] = {}
        self.webhooks: dict[str, Webhook] = {}
        for kind, ids in (("role", self.roles), ("user", self.users)):
            for name, each in ids.items():
                if not rules.is_snowflake(each):
                    raise ValueError("the id of {} {} is {!r}; it must be a snowflake".format(kind, name, each))

    def webhook(self, channel: str) -> Webhook:
        """The webhook of *channel*; both are made on first use."""
        with self._lock:
            found = self._add_channel(Channel(_derived_id("channel", channel), channel))
            webhook = Webhook.of(found)
            return self.webhooks.setdefault(webhook.id, webhook)

    def remove_webhook(self, channel: str) -> None:
        """Delete the webhook of *channel*, as someone might in the channel's settings."""
        with self._lock:
            del self.webhooks[Webhook.of(self.channels[channel]).id]

    def make_forum(self, channel: str, tag_required: bool = False) -> None:
        """From now on *channel* holds posts only, each with a tag if *tag_required*."""
        self.forums[channel] = tag_required

    def thread(self, channel: str, name: str) -> Channel:
        """A thread of *channel*, or a post of a forum, made on first use; its full name is ``channel/name``."""
        with self._lock:
            full = "{}/{}".format(channel, name)
            return self._add_channel(Channel(_derived_id("thread", full), full, parent=channel))

    def channel_by_id(self, channel_id: str) -> Channel | None:
        return next((each for each in self.channels.values() if each.id == channel_id), None)

    def messages(self, channel: str | None = None) -> list[dict[str, Any]]:
        """What stands in *channel* (in all, if None), in the order of posting."""
        with self._lock:
            found = [each for each in self._messages.values() if channel in (None, each.channel)]
            return [each.as_record() for each in found]

    def message(self, message_id: str, webhook: Webhook, channel: Channel) -> Message | None:
        """The message with this id, if this webhook posted it there."""
        found = self._messages.get(message_id)
        if found is None or found.body["webhook_id"] != webhook.id or found.channel != channel.name:
            return None
        return found

    def post(self, webhook: Webhook, channel: Channel, payload: Mapping[str, Any]) -> Message:
        """Keep a message that passed the rules."""
        with self._lock:
            flags = int(payload.get("flags") or 0)
            body = {
                "id": self._next_id(),
                "type": 0,
                "channel_id": channel.id,
                "webhook_id": webhook.id,
                "author": {
                    "id": webhook.id,
                    "username": (payload.get("username") or "stand-in").strip(),
                    "avatar": None,
                    "discriminator": "0000",
                    "bot": True,
                },
                "attachments": [],
                "pinned": False,
                "tts": bool(payload.get("tts")),
                "timestamp": self._timestamp(),
                "edited_timestamp": None,
            }
            body.update(self._shown(payload, flags))
            quiet = flags & rules.SUPPRESS_NOTIFICATIONS
            pings = mentions.Mentions() if quiet else self._mentions(body["content"], payload)
            message = Message(channel.name, body, pings.as_dict())
            self._messages[body["id"]] = message
            self._listener({"event": "message", "message": message.as_record()})
            return message

    def edit(self, message: Message, payload: Mapping[str, Any]) -> None:
        """Change what *payload* names; the mentions are found anew, but nobody is pinged."""
        with self._lock:
            kept = ("content", "embeds", "components", "timestamp", "edited_timestamp")
            before = {key: message.body[key] for key in kept}
            message.revisions.append(before)
            flags = message.body["flags"]
            if payload.get("flags") is not None:
                flags = flags & ~rules.SUPPRESS_EMBEDS | int(payload["flags"])
            message.body.update(self._shown({**message.body, **payload}, flags))
            message.body["edited_timestamp"] = self._timestamp()
            self._listener({"event": "message", "message": message.as_record()})

    def delete(self, message: Message) -> None:
        with self._lock:
            del self._messages[message.body["id"]]
            self._listener({"event": "deleted", "id": message.body["id"]})

    def _add_channel(self, channel: Channel) -> Channel:
        if channel.name not in self.channels:
            self.channels[channel.name] = channel
            self._listener({"event": "channel", "id": channel.id, "name": channel.name})
        return self.channels[channel.name]

    def _mentions(self, content: str, payload: Mapping[str, Any]) -> mentions.Mentions:
        allowed = payload.get("allowed_mentions")
        roles = {each for name, each in self.roles.items() if name not in self.unmentionable}
        return mentions.find(content, allowed, roles, set(self.users.values()))

    def _shown(self, payload: Mapping[str, Any], flags: int) -> dict[str, Any]:
        """The part of a message object that depends on what was sent."""
        content = (payload.get("content") or "").strip()
        hidden = flags & rules.SUPPRESS_EMBEDS
        embeds = [] if hidden else [{**rules.trimmed(each), "type": "rich"} for each in payload.get("embeds") or ()]
        found = self._mentions(content, payload)
        names = {each: name for name, each in self.users.items()}
        return {
            "content": content,
            "embeds": embeds,
            "components": rules.trimmed(payload.get("components") or []),
            "flags": flags,
            "mention_everyone": found.everyone,
            "mention_roles": list(found.roles),
            "mentions": [{"id": each, "username": names[each]} for each in found.users],
        }

    def _next_id(self) -> str:
        now_ms = int(self._clock() * 1000) - _DISCORD_EPOCH_MS
        self._last_id = max(now_ms << 22, self._last_id + 1)
        return str(self._last_id)

    def _timestamp(self) -> str:
        return datetime.fromtimestamp(self._clock(), timezone.utc).isoformat(timespec="microseconds")


def _derived_id(kind: str, name: str) -> str:
    number = int.from_bytes(hashlib.sha256("{} {}".format(kind, name).encode()).digest()[:8], "big")
    return str(10**18 + number % 10**17)
