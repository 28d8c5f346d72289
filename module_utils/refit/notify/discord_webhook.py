"""A webhook's address: who has it can post as us, so it is checked once and never shown."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..core.errors import InvalidInput
from ..core.masking import HIDDEN, without_token

_PATH = re.compile(r"(?P<api>.*/api(?:/v\d+)?/webhooks)/(?P<id>\d{1,20})/(?P<token>[A-Za-z0-9_.-]+)/?\Z")


@dataclass(frozen=True)
class Webhook:
    """One incoming webhook.  Its text forms show the id, never the token.

    Attributes:
        id: Discord's id of the webhook; not secret.
        thread_id: where to post in place of the channel itself.
    """

    id: str
    address: str = field(repr=False)
    token: str = field(repr=False)
    thread_id: str | None = None

    @classmethod
    def parse(cls, url: Any, where: str = "webhook") -> Webhook:
        """The webhook at *url*, as Discord's "Copy Webhook URL" gives it.

        Args:
            url: https; http only on the loopback interface, or the token would travel openly.
            where: names the setting in an error.

        Raises:
            InvalidInput: says what is wrong without quoting the URL.
        """

        def wrong(problem: str) -> InvalidInput:
            return InvalidInput(
                "{} {}".format(where, problem),
                next_command="copy the URL from the channel's settings: Integrations > Webhooks > Copy Webhook URL",
            )

        if not isinstance(url, str) or not url.strip():
            raise wrong("is not a webhook URL")
        try:
            parts = urlsplit(url.strip())
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise wrong("is not a URL") from None
        match = _PATH.match(parts.path)
        if not host or match is None or parts.username is not None:
            raise wrong("does not have the form https://discord.com/api/webhooks/ID/TOKEN")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise wrong("must begin with https://")
        address = "{}://{}{}/{}/{}".format(parts.scheme, parts.netloc, match["api"], match["id"], match["token"])
        return cls(match["id"], address, match["token"], dict(parse_qsl(parts.query)).get("thread_id"))

    def endpoint(self, message_id: str | None = None, wait: bool = False) -> str:
        """The URL to post to, or that of the message with *message_id*."""
        path = self.address + ("/messages/" + message_id if message_id else "")
        query = {"wait": "true"} if wait else {}
        if self.thread_id:
            query["thread_id"] = self.thread_id
        return path + ("?" + urlencode(query) if query else "")

    def redact(self, text: str) -> str:
        """*text* without this webhook's token."""
        return without_token(text.replace(self.token, HIDDEN))

    def __str__(self) -> str:
        return "webhook {}".format(self.id)


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
