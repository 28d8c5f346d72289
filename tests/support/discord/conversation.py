"""What was said in which channel, with the names that its ids stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Conversation:
    """Channels in their order (names by id), roles and users (ids by name), and messages."""

    channels: dict[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def in_channels(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Each channel's name with its messages, oldest first; silent channels too."""
        return [(name, [each for each in self.messages if each["channel"] == name]) for name in self.channels.values()]

    def role(self, role_id: str) -> str:
        """The name that Discord shows for a role."""
        return _name_of(role_id, self.roles, "unknown-role")

    def user(self, user_id: str) -> str:
        return _name_of(user_id, self.users, "unknown-user")

    def channel(self, channel_id: str) -> str:
        return self.channels.get(channel_id, "unknown")

    def pinged(self, message: Mapping[str, Any]) -> list[str]:
        """The names that *message* really notified, in the order everyone, roles, users."""
        pings = message["pings"]
        names = ["everyone"] if pings["everyone"] else []
        names += [self.role(each) for each in pings["roles"]]
        return names + [self.user(each) for each in pings["users"]]

    @staticmethod
    def links(message: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The label and the target of each button below *message*."""
        rows = message.get("components") or ()  # a log of an older stand-in has none
        return [(each.get("label", ""), each["url"]) for row in rows for each in row["components"]]


def _name_of(wanted: str, ids: Mapping[str, str], unknown: str) -> str:
    return next((name for name, each in ids.items() if str(each) == wanted), unknown)
