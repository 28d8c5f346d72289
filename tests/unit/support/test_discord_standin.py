"""The Discord stand-in is as strict as Discord: a test that passes against it means something."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timezone
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.discord import DiscordStandIn, Limit, columns, journal, page, transcript
from support.discord.buckets import RateLimiter
from support.discord.conversation import Conversation
from support.discord.rules import violations

ROOMY = Limit(10_000, 1.0)
ONCALL, LEAD, MINA = "111111111111111111", "222222222222222222", "333333333333333333"
PACKAGE = Path(columns.__file__).parent


class Reply:
    """A whole answer; anything less raises."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def error(self):
        return self.status, self.json["code"]


def call(method, url, payload=None, *, raw=None, agent="tests (https://example.com, 1)", content_type=None):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    body = raw if raw is not None else (None if payload is None else json.dumps(payload).encode())
    headers = {"Content-Type": content_type or "application/json"}
    if agent:
        headers["User-Agent"] = agent
    try:
        connection.request(method, "{}?{}".format(parts.path, parts.query), body, headers)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def post(url, payload, wait=True, **options):
    query = ("&" if "?" in url else "?") + "wait=true" if wait else ""
    return call("POST", url + query, payload, **options)


@pytest.fixture
def discord():
    roles = {"devops-oncall": ONCALL, "ai-backend-lead": LEAD}
    with DiscordStandIn(roles, {"mina": MINA}, limit=ROOMY, global_limit=ROOMY) as running:
        yield running


@pytest.fixture
def alerts(discord):
    return discord.webhook("ai-service-alerts")


class Clock:
    """Time that passes only when told."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tight(clock):
    with DiscordStandIn(limit=Limit(2, 2.0), global_limit=ROOMY, clock=clock) as running:
        yield running


# --- posting, editing, reading ---------------------------------------------------------------


def test_a_post_without_wait_is_204_and_kept(discord, alerts):
    reply = post(alerts, {"content": "hello"}, wait=False)
    assert (reply.status, reply.text) == (204, "")
    assert [each["content"] for each in discord.messages("ai-service-alerts")] == ["hello"]


def test_wait_returns_the_message_object(alerts):
    message = post(alerts.replace("/api/", "/api/v10/"), {"content": " hi \n", "username": "Re-Fit AI"}).json
    assert message["id"].isdigit()
    assert message["content"] == "hi"
    assert message["author"]["username"] == "Re-Fit AI"
    assert message["edited_timestamp"] is None
    assert message["channel_id"] == call("GET", alerts).json["channel_id"]
    assert message["timestamp"].endswith("+00:00")


def test_ids_rise_in_the_order_of_posting_even_when_the_clock_stands_still(clock):
    with DiscordStandIn(limit=ROOMY, clock=clock) as discord:
        url = discord.webhook("a")
        ids = [int(post(url, {"content": str(n)}).json["id"]) for n in range(5)]
    assert ids == sorted(set(ids))


def test_an_edit_changes_what_it_names_and_marks_the_message(discord, alerts):
    first = post(alerts, {"content": "0 of 8", "embeds": [{"title": "deploy"}]}).json
    edited = call("PATCH", "{}/messages/{}".format(alerts, first["id"]), {"content": "3 of 8"}).json
    assert (edited["id"], edited["content"]) == (first["id"], "3 of 8")
    assert edited["embeds"] == [{"title": "deploy", "type": "rich"}]
    assert edited["edited_timestamp"]
    (kept,) = discord.messages()
    assert [each["content"] for each in kept["revisions"]] == ["0 of 8"]


def test_buttons_are_kept_only_where_the_query_asks_for_them(discord, alerts):
    dropped = post(alerts, buttons(link(style=1))).json
    kept = post(alerts + "?with_components=1", buttons(link())).json
    assert dropped["components"] == []
    assert kept["components"] == buttons(link())["components"]
    assert post(alerts, {"components": buttons(link())["components"]}).error == (400, 50006)
    message = "{}/messages/{}".format(alerts, kept["id"])
    assert call("PATCH", message, {"content": "y", "components": []}).json["components"] == kept["components"]
    assert call("PATCH", message + "?with_components=true", {"components": []}).json["components"] == []
    assert discord.messages()[-1]["revisions"][-1]["components"] == kept["components"]
    conversation = discord.conversation()
    conversation.messages[0]["components"] = kept["components"]
    assert "[ l ] <https://example.com/1>" in transcript.render(conversation)
    assert '<a href="https://example.com/1" rel="noopener noreferrer">l</a>' in page.render(conversation)


def test_a_role_that_nobody_may_mention_is_shown_and_not_pinged():
    with DiscordStandIn({"a": ONCALL, "b": LEAD}, limit=ROOMY, unmentionable=["a"]) as discord:
        message = post(discord.webhook("x"), {"content": f"<@&{ONCALL}> <@&{LEAD}>"}).json
    assert message["mention_roles"] == [LEAD]
    assert discord.messages()[0]["pings"]["roles"] == [LEAD]


def test_an_edit_may_not_leave_an_empty_message(discord, alerts):
    first = post(alerts, {"content": "x"}).json
    reply = call("PATCH", "{}/messages/{}".format(alerts, first["id"]), {"content": None})
    assert reply.error == (400, 50006)
    assert discord.messages()[0]["content"] == "x"


def test_a_message_can_be_read_and_deleted_by_its_own_webhook_only(discord, alerts):
    other = discord.webhook("incident-response")
    message = "/messages/" + post(alerts, {"content": "x"}).json["id"]
    assert call("GET", other + message).error == (404, 10008)
    assert call("GET", alerts + message).json["content"] == "x"
    assert call("DELETE", alerts + message).status == 204
    assert call("PATCH", alerts + message, {"content": "y"}).error == (404, 10008)
    assert discord.messages() == []


def test_a_thread_takes_messages_of_its_own_channel_only(discord, alerts):
    thread = discord.thread("ai-service-alerts", "db")
    query = "?wait=true&thread_id=" + thread
    message = call("POST", alerts + query, {"content": "x"}).json
    assert message["channel_id"] == thread
    assert discord.messages("ai-service-alerts/db")[0]["id"] == message["id"]
    assert call("POST", discord.webhook("other") + query, {"content": "x"}).error == (404, 10003)
    assert call("POST", alerts + "?thread_id=abc", {"content": "x"}).error == (400, 50035)
    assert call("GET", "{}/messages/{}".format(alerts, message["id"])).error == (404, 10008)


def test_unknown_webhooks_wrong_tokens_and_wrong_methods_are_refused(discord, alerts):
    webhook_id = alerts.split("/")[-2]
    assert call("GET", alerts.replace(webhook_id, "1")).error == (404, 10015)
    assert call("GET", alerts[:-1]).error == (401, 50027)
    assert call("PUT", alerts, {}).status == 405
    assert call("GET", discord.url + "/api/users/1").status == 404
    discord.remove_webhook("ai-service-alerts")
    assert post(alerts, {"content": "x"}).error == (404, 10015)


def test_the_webhook_url_survives_a_restart(discord, alerts):
    discord.stop()
    with pytest.raises(ConnectionRefusedError):
        call("GET", alerts)
    discord.start()
    assert call("GET", alerts).status == 200
    assert discord.webhook("ai-service-alerts") == alerts


@pytest.mark.parametrize("agent", [None, "Python-urllib/3.11", "Java/1.8"])
def test_the_edge_blocks_requests_without_a_proper_user_agent(alerts, agent):
    parts = urlsplit(alerts)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    connection.request("GET", parts.path, headers={"User-Agent": agent} if agent else {})
    assert Reply(connection.getresponse()).error == (403, 40333)
    connection.close()


def test_a_body_that_is_too_large_is_413():
    with DiscordStandIn(limit=ROOMY, max_body_bytes=1000) as discord:
        url = discord.webhook("a")
        assert post(url, None, raw=b"{" + b" " * 999).error == (400, 50109)
        assert post(url, None, raw=b"{" + b" " * 1000).error == (413, 40005)
        assert post(url, None, raw=b" " * 3_000_000).error == (413, 40005)


@pytest.mark.parametrize("raw", [b"", b"{", b'{"content": "\xff"}', b'{"content": "cut \\ud83d"}'])
def test_what_is_not_json_text_is_refused(alerts, raw):
    assert post(alerts, None, raw=raw).error == (400, 50109)


def test_another_content_type_is_refused(alerts):
    reply = post(alerts, {"content": "x"}, content_type="text/plain")
    assert reply.error == (400, 50035)
    assert reply.json["errors"]["_errors"][0]["code"] == "CONTENT_TYPE_INVALID"


# --- limits ----------------------------------------------------------------------------------


def embed(**parts):
    return {"embeds": [{"title": "t", **parts}]}


def field(name="n", value="v", **more):
    return {"name": name, "value": value, **more}


def link(**more):
    return {"type": 2, "style": 5, "label": "l", "url": "https://example.com/1", **more}


def buttons(*items):
    return {"content": "x", "components": [{"type": 1, "components": list(items)}]}


TEXT_LIMITS = [
    (2000, lambda text: {"content": text}, "content"),
    (256, lambda text: embed(title=text), "embeds.0.title"),
    (4096, lambda text: embed(description=text), "embeds.0.description"),
    (256, lambda text: embed(fields=[field(name=text)]), "embeds.0.fields.0.name"),
    (1024, lambda text: embed(fields=[field(), field(value=text)]), "embeds.0.fields.1.value"),
    (2048, lambda text: embed(footer={"text": text}), "embeds.0.footer.text"),
    (256, lambda text: embed(author={"name": text}), "embeds.0.author.name"),
    (10, lambda text: {"embeds": [{"title": each} for each in text]}, "embeds"),
    (25, lambda text: embed(fields=[field(name=each) for each in text]), "embeds.0.fields"),
    (80, lambda text: buttons(link(label=text)), "components.0.components.0.label"),
    (5, lambda text: buttons(*(link(label=each) for each in text)), "components.0.components"),
    (5, lambda text: {"components": buttons(link())["components"] * len(text)}, "components"),
    (
        100,
        lambda text: {"content": "x", "allowed_mentions": {"users": list("1" * len(text))}},
        "allowed_mentions.users",
    ),
]


@pytest.mark.parametrize(("limit", "build", "path"), TEXT_LIMITS, ids=[each[2] for each in TEXT_LIMITS])
def test_each_limit_holds_at_and_just_above_it(alerts, limit, build, path):
    alerts += "?with_components=true"
    assert post(alerts, build("가" * limit)).status == 200
    reply = post(alerts, build("가" * (limit + 1)))
    assert reply.error == (400, 50035)
    assert reply.json["message"] == "Invalid Form Body"
    assert error_at(reply.json["errors"], path) == {
        "code": "BASE_TYPE_MAX_LENGTH",
        "message": "Must be {} or fewer in length.".format(limit),
    }


def error_at(errors, path):
    for step in path.split("."):
        errors = errors[step]
    return errors["_errors"][0]


def test_limits_count_code_points_without_the_blanks_around():
    assert violations({"content": "🚨" * 2000}) == {}
    assert violations({"content": "  " + "x" * 2000 + "\n"}) == {}


def test_all_texts_of_all_embeds_share_6000():
    embeds = [
        {"title": "t" * 256, "description": "d" * 4096},
        {"footer": {"text": "f" * 1000}, "author": {"name": "a" * 100}, "fields": [field("n" * 100, "v" * 448)]},
    ]
    assert violations({"embeds": embeds}) == {}
    embeds[1]["fields"].append(field("n", "v"))
    assert error_at(violations({"embeds": embeds}), "embeds")["code"] == "MAX_EMBED_SIZE_EXCEEDED"


ID = "12345678901234567"
BUTTON = "components.0.components.0"
REFUSED = [
    ({"content": 5}, "content", "STRING_TYPE_CONVERT"),
    ({"embeds": {"title": "x"}}, "embeds", "LIST_TYPE_CONVERT"),
    ({"embeds": ["x"]}, "embeds.0", "MODEL_TYPE_CONVERT"),
    (embed(color=-1), "embeds.0.color", "NUMBER_TYPE_MIN"),
    (embed(color=0x1000000), "embeds.0.color", "NUMBER_TYPE_MAX"),
    (embed(color="#ff0000"), "embeds.0.color", "NUMBER_TYPE_COERCE"),
    (embed(color=True), "embeds.0.color", "NUMBER_TYPE_COERCE"),
    (embed(url="ftp://example.com"), "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    (embed(url=""), "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    (embed(url="http://jenkins:8080/job/1"), "embeds.0.url", "URL_TYPE_INVALID_URL"),
    (embed(url="https://"), "embeds.0.url", "URL_TYPE_INVALID_URL"),
    (embed(url="https://example.com/" + "x" * 2048), "embeds.0.url", "BASE_TYPE_MAX_LENGTH"),
    (embed(author={"name": "a", "url": "javascript:x"}), "embeds.0.author.url", "URL_TYPE_INVALID_SCHEME"),
    (embed(footer={"text": "f", "icon_url": "x"}), "embeds.0.footer.icon_url", "URL_TYPE_INVALID_SCHEME"),
    (embed(image={"url": "data:x"}), "embeds.0.image.url", "URL_TYPE_INVALID_SCHEME"),
    (embed(timestamp="yesterday"), "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE"),
    (embed(timestamp="2024-02-30T00:00:00Z"), "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE"),
    (embed(timestamp=1700000000), "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE"),
    (embed(fields=[{"value": "v"}]), "embeds.0.fields.0.name", "BASE_TYPE_REQUIRED"),
    (embed(fields=[field(value="")]), "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"),
    (embed(fields=[field(value=" \n")]), "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"),
    (embed(fields=[field(inline="yes")]), "embeds.0.fields.0.inline", "BOOLEAN_TYPE_CONVERT"),
    ({"content": "x", "username": ""}, "username", "BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "username": "x" * 81}, "username", "BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "username": "my Discord bot"}, "username", "USERNAME_INVALID_CONTAINS"),
    ({"content": "x", "username": "CLYDE"}, "username", "USERNAME_INVALID_CONTAINS"),
    ({"content": "x", "username": "Everyone"}, "username", "USERNAME_INVALID"),
    ({"content": "x", "flags": 64}, "flags", "FLAGS_INVALID"),
    (buttons(), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
    ({"components": [link()]}, "components.0.type", "UNION_TYPE_CHOICES"),
    ({"components": [{"type": True, "components": [link()]}]}, "components.0.type", "UNION_TYPE_CHOICES"),
    (buttons({"type": 3, "custom_id": "menu"}), f"{BUTTON}.type", "UNION_TYPE_CHOICES"),
    (buttons(link(style=7)), f"{BUTTON}.style", "BASE_TYPE_CHOICES"),
    (buttons(link(style=1, url=None, custom_id="a")), f"{BUTTON}.style", "COMPONENT_INTERACTIVE"),
    (buttons(link(custom_id="a")), f"{BUTTON}.custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"),
    (buttons(link(url=None)), f"{BUTTON}.url", "BASE_TYPE_REQUIRED"),
    (buttons(link(url="javascript:x")), f"{BUTTON}.url", "URL_TYPE_INVALID_SCHEME"),
    (buttons(link(url="https://jenkins/1")), f"{BUTTON}.url", "URL_TYPE_INVALID_URL"),
    (buttons(link(url="https://example.com/" + "x" * 493)), f"{BUTTON}.url", "BASE_TYPE_MAX_LENGTH"),
    (buttons(link(label=" ")), BUTTON, "BUTTON_COMPONENT_INVALID_LABEL"),
    ({"content": "x", "allowed_mentions": []}, "allowed_mentions", "MODEL_TYPE_CONVERT"),
    ({"content": "x", "allowed_mentions": {"parse": ["role"]}}, "allowed_mentions.parse.0", "BASE_TYPE_CHOICES"),
    ({"content": "x", "allowed_mentions": {"roles": ["@a"]}}, "allowed_mentions.roles.0", "NUMBER_TYPE_COERCE"),
    ({"content": "x", "allowed_mentions": {"users": ["9" * 20]}}, "allowed_mentions.users.0", "NUMBER_TYPE_COERCE"),
    (
        {"content": "x", "allowed_mentions": {"parse": ["roles"], "roles": [ID]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
]


@pytest.mark.parametrize(("payload", "path", "code"), REFUSED)
def test_each_violation_is_named_at_its_place(payload, path, code):
    assert error_at(violations(payload), path)["code"] == code


@pytest.mark.parametrize(
    "payload",
    [
        embed(color=0),
        embed(color=0xFFFFFF),
        embed(color="3447003"),
        embed(url="https://10.0.0.1:8080/x"),
        embed(image={"url": "attachment://chart.png"}),
        embed(timestamp="2024-01-27T12:00:00.123+09:00"),
        embed(timestamp="2024-01-27T12:00:00Z"),
        {"content": "x", "username": "x" * 80},
        {"content": "x", "flags": 4 | 4096},
        {"content": "x", "allowed_mentions": {"parse": ["roles"], "roles": []}},
        {"content": "x", "allowed_mentions": {"parse": ["everyone"], "roles": [ID], "users": [ID]}},
        {"content": "x", "unknown": 1},
    ],
)
def test_what_discord_accepts_passes(payload):
    assert violations(payload) == {}


def test_an_edit_cannot_silence_what_was_said():
    assert violations({"flags": 4}, editing=True) == {}
    assert error_at(violations({"flags": 4096}, editing=True), "flags")["code"] == "FLAGS_INVALID"


@pytest.mark.parametrize(
    "payload", [{}, {"content": " \n"}, {"embeds": []}, {"embeds": [{}]}, {"embeds": [{"title": ""}]}]
)
def test_an_empty_message_is_50006(alerts, payload):
    assert post(alerts, payload).error == (400, 50006)


def test_a_refused_message_is_not_kept(discord, alerts):
    post(alerts, {"content": "x" * 2001})
    assert discord.messages() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["content", "embeds", "fields", "name", "color", "timestamp", "url", "allowed_mentions", "parse"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_at_all_breaks_the_rules_themselves(payload):
    assert isinstance(violations(payload), dict)


# --- pings -----------------------------------------------------------------------------------

EVERYBODY = "@here <@&{}> <@&{}> <@{}> <@!{}>".format(ONCALL, LEAD, MINA, MINA)


@pytest.mark.parametrize(
    ("allowed", "everyone", "roles", "users"),
    [
        (None, True, [ONCALL, LEAD], [MINA]),
        ({}, False, [], []),
        ({"parse": []}, False, [], []),
        ({"parse": [], "roles": [LEAD]}, False, [LEAD], []),
        ({"parse": ["roles"]}, False, [ONCALL, LEAD], []),
        ({"parse": ["everyone"], "users": [MINA]}, True, [], [MINA]),
        ({"users": [ID]}, False, [], []),
    ],
)
def test_pings_are_what_allowed_mentions_lets_through(discord, alerts, allowed, everyone, roles, users):
    payload = {"content": EVERYBODY, **({} if allowed is None else {"allowed_mentions": allowed})}
    message = post(alerts, payload).json
    assert discord.messages()[0]["pings"] == {"everyone": everyone, "roles": roles, "users": users}
    assert message["mention_everyone"] == everyone
    assert message["mention_roles"] == roles
    assert [each["id"] for each in message["mentions"]] == users


def test_embeds_ping_nobody(discord, alerts):
    post(alerts, {"embeds": [{"title": EVERYBODY, "description": EVERYBODY, "fields": [field(value=EVERYBODY)]}]})
    assert discord.messages()[0]["pings"] == {"everyone": False, "roles": [], "users": []}


def test_a_role_that_does_not_exist_is_not_pinged(discord, alerts):
    post(alerts, {"content": "<@&{}>".format(ID), "allowed_mentions": {"roles": [ID]}})
    assert discord.messages()[0]["pings"]["roles"] == []


def test_a_suppressed_notification_mentions_without_pinging(discord, alerts):
    message = post(alerts, {"content": "<@&{}>".format(ONCALL), "flags": 4096}).json
    assert message["mention_roles"] == [ONCALL]
    assert discord.messages()[0]["pings"]["roles"] == []


def test_an_edit_pings_nobody(discord, alerts):
    first = post(alerts, {"content": "quiet"}).json
    edited = call("PATCH", "{}/messages/{}".format(alerts, first["id"]), {"content": EVERYBODY}).json
    assert edited["mention_everyone"] is True
    assert discord.messages()[0]["pings"] == {"everyone": False, "roles": [], "users": []}


def test_a_guild_refuses_ids_that_cannot_exist():
    with pytest.raises(ValueError, match="devops-oncall"):
        DiscordStandIn(roles={"devops-oncall": "@oncall"})


# --- rate limits -----------------------------------------------------------------------------


def test_headers_count_a_bucket_down(tight, clock):
    url = tight.webhook("a")
    first, second = (post(url, {"content": "x"}).headers for _ in range(2))
    assert [each["X-RateLimit-Limit"] for each in (first, second)] == ["2", "2"]
    assert [each["X-RateLimit-Remaining"] for each in (first, second)] == ["1", "0"]
    assert float(second["X-RateLimit-Reset-After"]) == 2.0
    assert float(second["X-RateLimit-Reset"]) == clock.now + 2.0
    assert first["X-RateLimit-Bucket"] == second["X-RateLimit-Bucket"]


def test_an_exhausted_bucket_answers_429_until_it_resets(tight, clock):
    url = tight.webhook("a")
    for _ in range(2):
        post(url, {"content": "x"})
    clock.now += 0.7504
    reply = post(url, {"content": "early"})
    assert reply.status == 429
    assert reply.json == {"message": "You are being rate limited.", "retry_after": 1.25, "global": False}
    assert reply.headers["Retry-After"] == "2"
    assert reply.headers["X-RateLimit-Scope"] == "user"
    assert reply.headers["X-RateLimit-Remaining"] == "0"
    clock.now += reply.json["retry_after"]
    assert post(url, {"content": "in time"}).status == 200
    assert [each["content"] for each in tight.messages()] == ["x", "x", "in time"]


def test_buckets_are_per_webhook_and_per_route(tight):
    url, other = tight.webhook("a"), tight.webhook("b")
    message = [post(url, {"content": "x"}).json for _ in range(2)][0]
    assert post(other, {"content": "x"}).status == 200
    assert call("PATCH", "{}/messages/{}".format(url, message["id"]), {"content": "y"}).status == 200
    assert post(url, {"content": "x"}).status == 429


def test_requests_before_the_permitted_time_are_recorded(tight, clock):
    url = tight.webhook("a")
    for _ in range(2):
        post(url, {"content": "x"})
    assert tight.premature_requests == []
    clock.now += 1.5
    post(url, {"content": "too early"})
    clock.now += 0.5
    post(url, {"content": "in time"})
    (early,) = tight.premature_requests
    assert (early["status"], early["early_by"]) == (429, pytest.approx(0.5))


def test_a_request_is_premature_only_once_its_client_could_know(clock):
    limiter = RateLimiter(clock, Limit(1, 2.0), ROOMY)
    ruling = limiter.admit("POST", "1")
    assert limiter.early_by("POST", "1") is None
    ruling.announce()
    assert limiter.early_by("POST", "1") == 2.0
    assert limiter.early_by("POST", "2") is None
    clock.now += 2.0
    assert limiter.early_by("POST", "1") is None


def test_the_global_limit_holds_over_all_webhooks(clock):
    with DiscordStandIn(limit=ROOMY, global_limit=Limit(3, 1.0), clock=clock) as discord:
        urls = [discord.webhook(name) for name in ("a", "b", "c", "d")]
        replies = [post(url, {"content": "x"}) for url in urls]
        assert [each.status for each in replies] == [200, 200, 200, 429]
        assert replies[3].json["global"] is True
        assert replies[3].headers["X-RateLimit-Global"] == "true"
        assert replies[3].headers["X-RateLimit-Scope"] == "global"
        clock.now += 0.5
        post(urls[0], {"content": "too early"})
        assert len(discord.premature_requests) == 1
        clock.now += 0.5
        assert post(urls[3], {"content": "x"}).status == 200


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["400", "401", "403", "404", "500", "502", "503"])
def test_a_fault_answers_with_its_status_and_keeps_nothing(discord, alerts, kind):
    discord.fail(kind, times=2)
    assert [post(alerts, {"content": "x"}).status for _ in range(3)] == [int(kind), int(kind), 200]
    assert len(discord.messages()) == 1
    assert [each["fault"] for each in discord.requests] == [kind, kind, None]


def test_html_instead_of_json_is_a_200_that_is_none(discord, alerts):
    discord.fail("html")
    reply = post(alerts, {"content": "x"})
    assert (reply.status, reply.headers.get_content_type()) == (200, "text/html")
    assert discord.messages() == []


def test_a_hang_ends_without_an_answer(discord, alerts):
    discord.fail("hang", seconds=0.05)
    with pytest.raises(http.client.RemoteDisconnected):
        post(alerts, {"content": "x"})
    assert discord.requests[0]["status"] is None


def test_stopping_ends_a_hang(discord, alerts):
    discord.fail("hang", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(post, alerts, {"content": "x"})
        wait_for(lambda: discord.requests)
        discord.stop()
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            hanging.result(timeout=2)


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("kind", "kept"), [("cut", 0), ("saved-then-cut", 1)])
def test_a_cut_connection_loses_the_answer(discord, alerts, kind, kept, wait):
    discord.fail(kind)
    with pytest.raises(http.client.HTTPException):
        post(alerts, {"content": "x"}, wait=wait)
    assert len(discord.messages()) == kept


@pytest.mark.parametrize(("kind", "is_global"), [("429", False), ("global-429", True)])
def test_a_demanded_429_closes_the_bucket_for_its_time(tight, clock, kind, is_global):
    url = tight.webhook("a")
    tight.fail(kind, seconds=30.5)
    reply = post(url, {"content": "x"})
    assert (reply.status, reply.json["retry_after"], reply.json["global"]) == (429, 30.5, is_global)
    assert reply.headers["Retry-After"] == "31"
    clock.now += 30
    assert post(url, {"content": "x"}).json["retry_after"] == 0.5
    assert len(tight.premature_requests) == 1
    clock.now += 0.5
    assert post(url, {"content": "x"}).status == 200


def test_a_fault_can_be_for_one_channel_and_until_recovery(discord, alerts):
    other = discord.webhook("incident-response")
    discord.fail("500", times=None, channel="ai-service-alerts")
    assert [post(url, {"content": "x"}).status for url in (alerts, other, alerts)] == [500, 200, 500]
    discord.recover()
    assert post(alerts, {"content": "x"}).status == 200


def test_faults_can_be_ordered_over_http(discord, alerts):
    control = discord.url + "/_control"
    assert call("POST", control, {"fault": "500", "times": None}).status == 204
    assert post(alerts, {"content": "x"}).status == 500
    assert call("POST", control, {"recover": True, "fault": "502"}).status == 204
    assert [post(alerts, {"content": "x"}).status for _ in range(2)] == [502, 200]
    assert "earthquake" in call("POST", control, {"fault": "earthquake"}).json["message"]
    assert call("POST", control, {"fault": "500", "times": 0}).status == 400


def test_tokens_are_in_no_record(discord, alerts):
    token = alerts.rsplit("/", 1)[1]
    message = post(alerts, {"content": "x"}).json
    call("PATCH", "{}/messages/{}".format(alerts, message["id"]), {"content": "y"})
    seen = call("GET", discord.url + "/_messages")
    assert [each["method"] for each in seen.json["requests"]] == ["POST", "PATCH"]
    assert seen.json["messages"][0]["content"] == "y"
    assert seen.json["premature_requests"] == []
    assert token not in seen.text
    assert call("GET", discord.url + "/_webhooks").json == {"ai-service-alerts": alerts}


# --- as a process ----------------------------------------------------------------------------


def wait_for(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_as_a_process_it_serves_logs_and_ends_on_sigterm(tmp_path):
    port_file, log, html = tmp_path / "port", tmp_path / "log", tmp_path / "page.html"
    arguments = ["--port", "0", "--port-file", str(port_file), "--log", str(log), "--limit", "1/60"]
    arguments += ["--channel", "ai-service-alerts", "--channel", "silent", "--role", "devops-oncall=" + ONCALL]
    process = subprocess.Popen([sys.executable, str(PACKAGE / "__main__.py"), *arguments], cwd=tmp_path)
    try:
        wait_for(port_file.exists)
        url = call("GET", "http://127.0.0.1:{}/_webhooks".format(port_file.read_text().strip())).json
        message = post(url["ai-service-alerts"], {"content": "<@&{}> 🚨".format(ONCALL)}).json
        call("PATCH", "{}/messages/{}".format(url["ai-service-alerts"], message["id"]), {"content": "✅"})
        assert post(url["ai-service-alerts"], {"content": "x"}).status == 429
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    environ = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    show = [sys.executable, str(PACKAGE / "show.py"), str(log), "--page", str(html), "--width", "80"]
    shown = subprocess.run(show, cwd=tmp_path, env=environ, check=True, stdout=subprocess.PIPE).stdout.decode()
    assert "#ai-service-alerts" in shown
    assert "#silent" in shown
    assert "🔔 pinged @devops-oncall" in shown
    assert re.search(r"\(edited \d\d:\d\d:\d\d\)\n  ✅\n", shown)
    assert "devops-oncall" in html.read_text(encoding="utf-8")


def test_a_journal_ends_where_the_guild_did(tmp_path):
    log = journal.Journal(str(tmp_path / "log"), {"oncall": ONCALL}, {})
    with DiscordStandIn({"oncall": ONCALL}, limit=ROOMY, listener=log) as discord:
        url = discord.webhook("a")
        kept, gone = (post(url, {"content": text}).json["id"] for text in ("kept", "gone"))
        call("PATCH", "{}/messages/{}".format(url, kept), {"content": "edited"})
        call("DELETE", "{}/messages/{}".format(url, gone))
        log.close()
        assert journal.read(str(tmp_path / "log")) == discord.conversation()


# --- transcript ------------------------------------------------------------------------------


def said(content="", embeds=(), author="Re-Fit AI", pings=None, edited=None):
    """A conversation of one message."""
    message = {
        "channel": "alerts",
        "timestamp": "2024-01-27T12:00:00+00:00",
        "edited_timestamp": edited,
        "author": {"username": author},
        "content": content,
        "embeds": list(embeds),
        "pings": pings or {"everyone": False, "roles": [], "users": []},
    }
    return Conversation({"1": "alerts"}, {"devops-oncall": ONCALL}, {"mina": MINA}, [message])


def shown(conversation, width=60, color=False):
    return transcript.render(conversation, width, color, timezone.utc)


def test_a_transcript_reads_like_the_channel():
    embeds = [
        {
            "title": "🚨 P0 배포 실패",
            "description": "**3대** 중 `1`대",
            "color": 0xE74C3C,
            "fields": [
                field("서비스", "backend", inline=True),
                field("환경", "production", inline=True),
                field("로그", "a\nb"),
            ],
            "footer": {"text": "refit"},
            "timestamp": "2024-01-27T21:00:00+09:00",
        }
    ]
    pings = {"everyone": False, "roles": [ONCALL], "users": []}
    text = shown(said("<@&{}> <@{}>".format(ONCALL, MINA), embeds, pings=pings, edited="2024-01-27T12:00:05+00:00"), 70)
    assert text == (
        " #alerts\n"
        "\n"
        "12:00:00  Re-Fit AI  🔔 pinged @devops-oncall  (edited 12:00:05)\n"
        "  @devops-oncall @mina\n"
        "  ▌ 🚨 P0 배포 실패\n"
        "  ▌ 3대 중 1대\n"
        "  ▌\n"
        "  ▌ 서비스  backend    환경  production\n"
        "  ▌ 로그\n"
        "  ▌   a\n"
        "  ▌   b\n"
        "  ▌ refit • 12:00:00\n"
    )


def test_a_mention_that_reached_nobody_is_not_marked():
    text = shown(said("<@&{}> @everyone".format(ONCALL)))
    assert "@devops-oncall @everyone" in text
    assert "🔔" not in text


def test_colours_are_only_there_when_asked_for():
    conversation = said("**x**", [{"title": "t", "color": 0xFF8000}])
    assert "\x1b[38;2;255;128;0m▌" in shown(conversation, color=True)
    assert "\x1b" not in shown(conversation)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_colour_is_wanted_on_a_terminal_without_no_color():
    assert transcript.wants_color(Terminal(), {})
    assert not transcript.wants_color(Terminal(), {"NO_COLOR": "1"})
    assert not transcript.wants_color(io.StringIO(), {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 3),
        ("배포", 4),
        ("🚨", 2),
        ("⚠️", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇰🇷", 2),
        ("1️⃣", 2),
        ("é", 1),
        ("각", 2),
        ("a\u200bb", 2),
    ],
)
def test_width_is_what_a_terminal_shows(text, expected):
    assert columns.width(text) == expected


def test_lines_break_at_blanks_and_never_inside_a_character():
    lines = columns.wrap([columns.Span("가나다 라마바사아 👨‍👩‍👧‍👦👍🏽🇰🇷")], 7)
    assert ["".join(cell.text for cell in line) for line in lines] == ["가나다", "라마바", "사아", "👨‍👩‍👧‍👦👍🏽🇰🇷"]


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("가🚨\u200d\ufe0f\x1b*`_<@&>1 \n"), max_size=80
)
EMBEDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "title": TEXTS,
            "description": TEXTS,
            "url": TEXTS,
            "color": st.integers(0, 0xFFFFFF),
            "footer": st.fixed_dictionaries({"text": TEXTS}),
            "fields": st.lists(
                st.fixed_dictionaries({"name": TEXTS, "value": TEXTS, "inline": st.booleans()}), max_size=3
            ),
        },
    ),
    max_size=2,
)


@given(TEXTS, EMBEDS, TEXTS, st.integers(20, 90))
@settings(max_examples=60, deadline=None)
def test_no_message_steers_the_terminal_or_leaves_its_width(content, embeds, author, width):
    text = shown(said(content, embeds, author), width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert max(columns.width(line) for line in text.split("\n")) <= width


# --- page ------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self):
        super().__init__()
        self.found, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def elements(conversation):
    parser = Elements()
    parser.feed(page.render(conversation, timezone.utc))
    return parser


ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "nav",
    "main",
    "section",
    "article",
    "h1",
    "h2",
    "div",
    "p",
}
ELEMENTS |= {"a", "b", "code", "em", "pre", "s", "span", "strong", "time", "u"}


@given(TEXTS | st.text("<>\"'&/=ascriptonload:*`[]()h", max_size=60), EMBEDS, TEXTS)
@settings(max_examples=80, deadline=None)
def test_no_message_brings_an_element_or_attribute_of_its_own(content, embeds, author):
    for tag, attributes in elements(said(content, embeds, author)).found:
        assert tag in ELEMENTS
        assert set(attributes) <= {
            "class",
            "id",
            "href",
            "rel",
            "style",
            "lang",
            "charset",
            "name",
            "content",
            "http-equiv",
        }
        assert re.match("https?://|#c", attributes.get("href", "#c"))
        assert re.fullmatch("border-left-color:#[0-9a-f]{6}", attributes.get("style", "border-left-color:#000000"))


def test_hostile_text_is_shown_as_text():
    hostile = '<script>alert(1)</script><img src=x onerror="x"> [a](javascript:x) {0} {style} \x1b[31m'
    found = elements(
        said(hostile, [{"title": hostile, "description": hostile, "url": 'https://a.b/"><script>'}], hostile)
    )
    assert not {"script", "img"} & {tag for tag, _ in found.found}
    assert "<script>alert(1)</script>" in found.text
    assert "{0} {style} ␛[31m" in found.text


def test_a_page_needs_nothing_but_itself():
    rendered = page.render(said("https://example.com", [{"image": {"url": "https://example.com/x.png"}}]))
    assert not re.search(r"\bsrc=|@import|url\(|<link|<script", rendered)
    assert "default-src 'none'" in rendered


def test_a_page_shows_markdown_bars_pings_and_edits():
    content = "<@&{}> **bold** *it* __u__ ~~s~~ `c<d` \\*raw\\* [site](https://example.com/?a=1&b=2)".format(ONCALL)
    pings = {"everyone": False, "roles": [ONCALL], "users": []}
    embeds = [{"description": "```py\nx = '**'\n```", "color": 0x2ECC71}]
    rendered = page.render(said(content, embeds, pings=pings, edited="2024-01-27T12:00:05+00:00"), timezone.utc)
    for expected in (
        '<article class="pinged">',
        '<span class="mention reached">@devops-oncall</span>',
        "<strong>bold</strong> <em>it</em> <u>u</u> <s>s</s> <code>c&lt;d</code> *raw*",
        '<a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer">site</a>',
        '<span class="edited">(edited)</span>',
        "<pre><code>x = &#x27;**&#x27;</code></pre>",
        'style="border-left-color:#2ecc71"',
        "2024-01-27 12:00:00",
    ):
        assert expected in rendered


def test_a_mention_that_reached_nobody_is_a_plain_pill():
    rendered = page.render(said("@everyone <@&{}> <@{}>".format(ID, MINA)))
    for name in ("everyone", "unknown-role", "mina"):
        assert '<span class="mention">@{}</span>'.format(name) in rendered
    assert '<article class="quiet">' in rendered


def test_markdown_of_the_longest_message_is_read_at_once():
    started = time.monotonic()
    for piece in ("*", "**a", "~~", "`", "```", "[", "_a", "<@", "\\", "](https://"):
        page.render(said((piece * 4096)[:4096]))
    assert time.monotonic() - started < 5
