"""Discord's webhook endpoints, from a request to an answer; nothing here knows of sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import rules
from .buckets import RateLimiter, Ruling
from .guild import Channel, Guild, Message, Webhook

MAX_BODY_BYTES = 10 * 1024 * 1024

_WEBHOOK = re.compile(r"/api(?:/v10)?/webhooks/(?P<id>[^/]+)/(?P<token>[^/]+)(?:/messages/(?P<message>[^/]+))?\Z")
_TRUE = ("true", "True", "1")
# Discord's edge turns these away before the API sees them.
_BLOCKED_AGENTS = ("Python-urllib/", "Java/1.")


@dataclass(frozen=True)
class Request:
    """One HTTP request; *body* is None if it was larger than allowed, *query* has single values."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def redacted_path(self) -> str:
        """The path without the webhook's token."""
        return re.sub(r"(/webhooks/[^/]+/)[^/]+", r"\1***", self.path)


@dataclass
class Answer:
    """What goes back: a JSON document, a page, or nothing at all."""

    status: int
    document: Any = None
    page: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[str, bytes]:
        """The content type and the body; both empty without content."""
        if self.page is not None:
            return "text/html; charset=utf-8", self.page.encode()
        if self.document is not None:
            return "application/json", json.dumps(self.document).encode()
        return "", b""


class ApiError(Exception):
    """A request that Discord refuses, with its status, code and message."""

    def __init__(self, status: int, code: int, message: str, errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.document: dict[str, Any] = {"message": message, "code": code}
        if errors:
            self.document["errors"] = errors


@dataclass
class Call:
    """A request to one webhook, as far as the address alone tells."""

    request: Request
    webhook_id: str
    token: str
    message_id: str | None
    webhook: Webhook | None

    @property
    def route(self) -> str:
        """The name of its rate limit bucket."""
        return "{} /webhooks/{}".format(self.request.method, "messages" if self.message_id else "")

    @property
    def channel(self) -> str | None:
        """The name of the channel that it is for, if the webhook exists."""
        return self.webhook.channel.name if self.webhook else None


class WebhookApi:
    """Answers calls as Discord does.

    Args:
        guild: where messages are kept.
        limiter: counts every call to a webhook that exists.
    """

    def __init__(self, guild: Guild, limiter: RateLimiter) -> None:
        self._guild = guild
        self._limiter = limiter

    def call(self, request: Request) -> Call | None:
        """The webhook call that *request* is, None for any other address."""
        match = _WEBHOOK.match(request.path)
        if match is None:
            return None
        webhook = self._guild.webhooks.get(match["id"])
        return Call(request, match["id"], match["token"], match["message"], webhook)

    def answer(self, call: Call) -> tuple[Answer, Ruling | None]:
        """Carry out *call*.

        Returns:
            The answer, and what the rate limits ruled, if it came that far.
        """
        try:
            webhook = self._authorised(call)
        except ApiError as error:
            return Answer(error.status, error.document), None
        ruling = self._limiter.admit(call.route, webhook.id)
        if ruling.refused:
            return limited(ruling), ruling
        try:
            answer = self._carry_out(call, webhook)
        except ApiError as error:
            answer = Answer(error.status, error.document)
        answer.headers.update(ruling.headers)
        return answer, ruling

    def _authorised(self, call: Call) -> Webhook:
        agent = call.request.headers.get("User-Agent", "").strip()
        if not agent or agent.startswith(_BLOCKED_AGENTS):
            raise ApiError(403, 40333, "internal network error")
        if call.request.body is None:
            raise ApiError(413, 40005, "Request entity too large")
        if call.webhook is None:
            raise ApiError(404, 10015, "Unknown Webhook")
        if call.token != call.webhook.token:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return call.webhook

    def _carry_out(self, call: Call, webhook: Webhook) -> Answer:
        channel = self._channel(call, webhook)
        method = call.request.method
        if call.message_id is None:
            if method == "GET":
                return Answer(200, webhook.as_json())
            if method == "POST":
                message = self._post(call.request, webhook, channel)
                waits = call.request.query.get("wait") in _TRUE
                return Answer(200, message.body) if waits else Answer(204)
            raise ApiError(405, 0, "405: Method Not Allowed")
        found = self._guild.message(call.message_id, webhook, channel)
        if found is None:
            raise ApiError(404, 10008, "Unknown Message")
        if method == "GET":
            return Answer(200, found.body)
        if method == "PATCH":
            self._edit(call.request, found)
            return Answer(200, found.body)
        if method == "DELETE":
            self._guild.delete(found)
            return Answer(204)
        raise ApiError(405, 0, "405: Method Not Allowed")

    def _channel(self, call: Call, webhook: Webhook) -> Channel:
        thread_id = call.request.query.get("thread_id")
        if thread_id is None:
            return webhook.channel
        if not rules.is_snowflake(thread_id):
            message = 'Value "{}" is not snowflake.'.format(thread_id)
            raise _invalid_form({"thread_id": {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": message}]}})
        thread = self._guild.channel_by_id(thread_id)
        if thread is None or thread.parent != webhook.channel.name:
            raise ApiError(404, 10003, "Unknown Channel")
        return thread

    def _post(self, request: Request, webhook: Webhook, channel: Channel) -> Message:
        payload = _payload(request)
        _drop_components(request, payload)
        _check(payload, payload, editing=False)
        return self._guild.post(webhook, self._post_of_a_forum(channel, payload), payload)

    def _post_of_a_forum(self, channel: Channel, payload: Mapping[str, Any]) -> Channel:
        """The thread that *payload* begins in *channel*; *channel* itself where it begins none."""
        name = payload.get("thread_name")
        if channel.parent is None and channel.name in self._guild.forums:
            if not name:
                raise ApiError(400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id")
            if self._guild.forums[channel.name]:
                raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
            return self._guild.thread(channel.name, name)
        if name and channel.parent in self._guild.forums:
            message = "Webhooks posted to forum channels cannot have both a thread_name and thread_id"
            raise ApiError(400, 220002, message)
        if name:
            raise ApiError(400, 220003, "Webhooks can only create threads in forum channels")
        return channel

    def _edit(self, request: Request, message: Message) -> None:
        payload = _payload(request)
        _drop_components(request, payload)
        _check(payload, {**message.body, **payload}, editing=True)
        self._guild.edit(message, payload)


def limited(ruling: Ruling) -> Answer:
    """The 429 that *ruling* amounts to."""
    document: dict[str, Any] = {
        "message": "You are being rate limited.",
        "retry_after": ruling.retry_after,
        "global": ruling.is_global,
    }
    if ruling.scope == "shared":
        document["message"] = "The resource is being rate limited."
        document["code"] = 20028
    return Answer(429, document, headers=ruling.headers)


def _payload(request: Request) -> dict[str, Any]:
    content_type = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        message = "Expected \"Content-Type\" header to be one of {'application/json'}."
        raise _invalid_form({"_errors": [{"code": "CONTENT_TYPE_INVALID", "message": message}]})
    try:
        payload = json.loads((request.body or b"").decode("utf-8"))
        # Half a surrogate pair is valid JSON, but no text: a cut emoji must not pass.
        json.dumps(payload, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None
    if not isinstance(payload, dict):
        raise _invalid_form(rules.violations(payload))
    return payload


def _drop_components(request: Request, payload: dict[str, Any]) -> None:
    """Without a word, as Discord does where a webhook that no application owns does not ask for them."""
    if request.query.get("with_components") not in _TRUE:
        payload.pop("components", None)


def _check(payload: Mapping[str, Any], result: Mapping[str, Any], editing: bool) -> None:
    """Refuse a *payload* that breaks a rule, or whose *result* would be an empty message."""
    errors = rules.violations(payload, editing)
    if errors:
        raise _invalid_form(errors)
    content, embeds = (result.get("content") or "").strip(), rules.trimmed(result.get("embeds") or [])
    if rules.is_empty(content, embeds, result.get("components")):
        raise ApiError(400, 50006, "Cannot send an empty message")


def _invalid_form(errors: Mapping[str, Any]) -> ApiError:
    return ApiError(400, 50035, "Invalid Form Body", errors)
