"""A webhook's address: who has it can post as us, so it is checked once and never shown."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..core.errors import InvalidInput
from ..core.masking import HIDDEN, without_token
from ..words.reason import Reason
from .discord_text import clean, cut, one_line, plain

_SNOWFLAKE = re.compile(r"[0-9]{1,20}\Z")
_LONGEST_NAME = 100
_LONGEST_COMPLAINT = 500
_PATH = re.compile(r"(?P<api>.*/api(?:/v\d+)?/webhooks)/(?P<id>\d{1,20})/(?P<token>[A-Za-z0-9_.-]+)/?\Z")


@dataclass(frozen=True)
class Webhook:
    """One incoming webhook.  Its text forms show the id, never the token.

    Attributes:
        id: Discord's id of the webhook; not secret.
        thread_id: where to post in place of the channel itself.
        thread_name: in a forum, what each message is called, which is a post of its own there; without it by its title.
    """

    id: str
    address: str = field(repr=False)
    token: str = field(repr=False)
    thread_id: str | None = None
    thread_name: str | None = None

    @classmethod
    def parse(cls, url: Any, where: str = "webhook") -> Webhook:
        """The webhook at *url*, as Discord's "Copy Webhook URL" gives it.

        Args:
            url: https; http only on the loopback interface, or the token would travel openly.  Of a query it may
                have ``thread_id`` or ``thread_name``, and ``wait``, which is always asked for.
            where: names the setting in an error.

        Raises:
            InvalidInput: says what is wrong without quoting the URL.
        """

        def wrong(problem: Reason) -> InvalidInput:
            return InvalidInput(
                Reason("setting_wrong", setting=where, problem=problem), next_command=Reason("copy_webhook_url")
            )

        if not isinstance(url, str) or not url.strip():
            raise wrong(Reason("is_no_webhook_url"))
        try:
            parts = urlsplit(url.strip())
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise wrong(Reason("is_no_url")) from None
        match = _PATH.match(parts.path)
        if not host or match is None or parts.username is not None:
            raise wrong(Reason("is_no_webhook_form"))
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise wrong(Reason("must_be_https"))
        address = "{}://{}{}/{}/{}".format(parts.scheme, parts.netloc, match["api"], match["id"], match["token"])
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        problem = _problem_of(query)
        if problem:
            raise wrong(problem)
        return cls(match["id"], address, match["token"], query.get("thread_id"), query.get("thread_name"))

    def endpoint(
        self,
        message_id: str | None = None,
        wait: bool = False,
        thread_id: str | None = None,
        with_components: bool = False,
    ) -> str:
        """The URL to post to, or that of the message with *message_id*; in the thread with *thread_id*.

        Without *with_components* Discord drops the buttons of a webhook that belongs to no application.
        """
        path = self.address + ("/messages/" + message_id if message_id else "")
        query = {"wait": "true"} if wait else {}
        if thread_id:
            query["thread_id"] = thread_id
        if with_components:
            query["with_components"] = "true"
        return path + ("?" + urlencode(query) if query else "")

    def redact(self, text: str) -> str:
        """*text* without this webhook's token."""
        return without_token(text.replace(self.token, HIDDEN))

    def shown(self, said: str) -> str:
        """What a stranger *said* of it, short and harmless enough for a terminal."""
        return cut(one_line(self.redact(clean(said))), _LONGEST_COMPLAINT, "…")

    def __str__(self) -> str:
        return "webhook {}".format(self.id)


def _problem_of(query: Mapping[str, str]) -> Reason | None:
    """What is wrong with the query of a webhook's URL, whose values may be secret; None if nothing is."""
    for name in query:
        if name not in ("thread_id", "thread_name", "wait"):
            return Reason("query_unknown", name=cut(plain(name), 40))
    if "thread_id" in query and not _SNOWFLAKE.match(query["thread_id"]):
        return Reason("thread_id_is_none")
    if "thread_id" in query and "thread_name" in query:
        return Reason("thread_id_and_name")
    if not 1 <= len(query.get("thread_name", "x").strip()) <= _LONGEST_NAME:
        return Reason("thread_name_too_long", most=_LONGEST_NAME)
    return None


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
