"""A payload reaches Discord whatever the day is like, no sooner than allowed, and the token reaches nobody."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from refit.core.errors import InvalidInput
from refit.core.http import FetchFailed, Response
from refit.core.http_environment import ca_bundle_from_environment
from refit.core.masking import without_token
from refit.core.system import Clock
from refit.notify.discord_check import check_webhook
from refit.notify.discord_delivery import deliver
from refit.notify.discord_payload import POSSIBLE_DUPLICATE
from refit.notify.discord_webhook import Webhook
from refit.notify.rate_limits import LONGEST_PAUSE_S, RateState
from refit.words.reason import Reason
from support.discord import DiscordStandIn, Limit

ROOMY = Limit(1000, 1.0)


class PatientClock(Clock):
    """A clock on which nobody waits."""

    def __init__(self):
        self.time = 1_700_000_000.0
        self.slept = []

    def now(self):
        return self.time

    def monotonic(self):
        return self.time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds


class Answers:
    """A transport that gives these answers in turn, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, method, url, body, _headers, timeout_s):
        self.requests.append((method, url, json.loads(body), timeout_s))
        answer = self.answers.pop(0)
        if isinstance(answer, FetchFailed):
            raise answer
        status, document, headers = (*answer, {})[:3]
        return Response(status, headers, json.dumps(document).encode())


WEBHOOK = Webhook.parse("https://discord.com/api/webhooks/123456/s3cret-T0ken_value")
OK = (200, {"id": "9", "channel_id": "8"})


def payload(text="hello", **more):
    return {"embeds": [{"title": text}], "allowed_mentions": {"parse": []}, "username": "Re-Fit Ops", **more}


def send(transport, clock=None, *, deadline_s=60.0, **more):
    more = {"jitter": lambda: 1.0, **more}
    return deliver(
        WEBHOOK, more.pop("body", payload()), deadline_s=deadline_s, clock=clock or PatientClock(), transport=transport,
        **more,
    )  # fmt: skip


@pytest.fixture
def discord():
    with DiscordStandIn(limit=ROOMY) as running:
        yield running


def to(discord, channel="alerts"):
    return Webhook.parse(discord.webhook(channel))


# --- What is said --------------------------------------------------------------------------------------------------


def test_a_message_is_saved_and_its_id_returned(discord):
    delivery = deliver(to(discord), payload(), deadline_s=5)
    [message] = discord.messages("alerts")
    assert (delivery.status, delivery.message_id, delivery.channel_id) == ("sent", message["id"], message["channel_id"])
    assert (delivery.attempts, delivery.complaint, delivery.retry_later) == (1, None, False)
    assert discord.requests[0]["query"] == {"wait": "true"}
    assert message["author"]["username"] == "Re-Fit Ops"


def test_an_edit_changes_the_message_in_place(discord):
    first = deliver(to(discord), payload("before"), deadline_s=5)
    edit = deliver(to(discord), payload("after"), deadline_s=5, message_id=first.message_id)
    [message] = discord.messages("alerts")
    assert (edit.status, edit.message_id) == ("edited", first.message_id)
    assert message["embeds"][0]["title"] == "after"


def row(*labels):
    buttons = [{"type": 2, "style": 5, "label": each, "url": f"https://example.com/{each}"} for each in labels]
    return [{"type": 1, "components": buttons}] if labels else []


def test_buttons_are_asked_for_and_an_edit_replaces_them(discord):
    first = deliver(to(discord), payload(components=row("a", "b")), deadline_s=5)
    [message] = discord.messages()
    assert message["components"] == row("a", "b")
    for labels in (["c"], []):
        deliver(to(discord), payload(components=row(*labels)), deadline_s=5, message_id=first.message_id)
        assert discord.messages()[0]["components"] == row(*labels)


def test_a_message_that_is_refused_with_its_buttons_is_reduced_to_one_that_names_their_targets(discord):
    refused = row("a", "b", "c", "d", "e", "f")
    delivery = deliver(to(discord), payload(components=refused), deadline_s=5)
    [message] = discord.messages()
    assert (delivery.status, delivery.reduced) == ("sent", True)
    assert "c: https://example.com/c" in message["content"]
    assert message["components"] == []


@pytest.mark.parametrize(
    ("answered", "unpinged"),
    [({"mention_roles": []}, ("7",)), ({"mention_roles": ["7"]}, ()), ({}, ()), ({"mention_roles": "7"}, ())],
)
def test_a_ping_is_proven_by_discords_answer_and_what_that_does_not_say_is_not_known(answered, unpinged):
    body = payload(content="<@&7>", allowed_mentions={"parse": [], "roles": ["7"]})
    answer = (200, {"id": "9", "channel_id": "8", **answered})
    assert send(Answers(answer), body=body).unpinged == unpinged
    assert send(Answers(answer), body=body, message_id="9").unpinged == ()


def test_a_thread_in_the_url_is_where_the_message_goes(discord):
    discord.webhook("alerts")
    thread_id = discord.thread("alerts", "deploys")
    deliver(Webhook.parse(f"{discord.webhook('alerts')}?thread_id={thread_id}"), payload(), deadline_s=5)
    assert [message["channel"] for message in discord.messages()] == ["alerts/deploys"]


# --- Rate limits ---------------------------------------------------------------------------------------------------


def test_two_hundred_messages_through_a_tight_bucket_arrive_in_order_and_none_too_early():
    with DiscordStandIn(limit=Limit(20, 0.25), global_limit=Limit(35, 0.3)) as discord:
        rate = RateState()
        webhook = to(discord)
        results = [deliver(webhook, payload(str(n)), deadline_s=30, rate=rate) for n in range(200)]
        assert {result.status for result in results} == {"sent"}
        assert [message["embeds"][0]["title"] for message in discord.messages()] == [str(n) for n in range(200)]
        assert discord.premature_requests == []


def test_what_one_process_learned_keeps_the_next_from_asking_too_early():
    with DiscordStandIn(limit=Limit(1, 0.4)) as discord:
        rate = RateState()
        deliver(to(discord), payload("1"), deadline_s=5, rate=rate)
        later = RateState.from_record(json.loads(json.dumps(rate.to_record())))
        assert deliver(to(discord), payload("2"), deadline_s=5, rate=later).attempts == 1
        assert discord.premature_requests == []


@pytest.mark.parametrize("kind", ["429", "global-429"])
def test_a_429_is_waited_out(discord, kind):
    discord.fail(kind, seconds=0.3)
    delivery = deliver(to(discord), payload(), deadline_s=5)
    assert (delivery.status, delivery.attempts) == ("sent", 2)
    assert delivery.waited_s >= 0.25
    assert discord.premature_requests == []


@pytest.mark.parametrize(("kind", "asked"), [("429", 1), ("global-429", 0)])
def test_a_global_429_holds_back_every_webhook_and_any_other_only_its_own(discord, kind, asked):
    rate = RateState()
    discord.fail(kind, seconds=0.5)
    assert deliver(to(discord, "alerts"), payload(), deadline_s=0.2, rate=rate).status == "failed"
    assert deliver(to(discord, "incidents"), payload(), deadline_s=0.2, rate=rate).attempts == asked
    assert discord.premature_requests == []


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        ((429, {"retry_after": 1.25, "global": False}, {"retry-after": "2"}), 1.25),
        ((429, {"retry_after": 0.2}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "3.5"}), 3.5),
        ((429, "not an object", {"retry-after": "7"}), 7.0),
        ((429, {"retry_after": "soon"}, {}), 5.0),
        ((429, {"retry_after": -1, "message": "?"}, {"retry-after": "nan"}), 5.0),
    ],
)
def test_a_429_is_waited_out_as_long_as_it_says(answer, wait_s):
    clock = PatientClock()
    assert send(Answers(answer, OK), clock).status == "sent"
    assert sum(clock.slept) == pytest.approx(wait_s)


def test_a_429_that_says_zero_does_not_become_a_loop_without_a_pause():
    clock = PatientClock()
    answers = [(429, {"retry_after": 0.0, "global": False})] * 1000
    delivery = send(Answers(*answers), clock, deadline_s=60)
    assert delivery.status == "failed"
    assert delivery.attempts < 20


def test_a_wait_that_would_not_end_in_time_is_not_begun():
    clock = PatientClock()
    delivery = send(Answers((429, {"retry_after": 100.0, "global": False})), clock, deadline_s=5)
    assert (delivery.status, delivery.retry_later, clock.slept) == ("failed", True, [])
    assert not delivery.maybe_arrived


def test_a_clock_that_is_set_back_does_not_hold_messages_for_hours():
    rate = RateState()
    rate.learn("POST 1", Response(429, {}, b'{"retry_after": 2.0, "global": true}'), now=1_000_000.0)
    assert rate.wait_s("POST 1", 1_000_001.0) == 1.0
    assert rate.wait_s("POST 1", 900_000.0) == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        Response(429, {}, b'{"retry_after": 1e300, "global": true}'),
        Response(429, {"retry-after": "1e12"}, b"no JSON"),
        Response(429, {"retry-after": "7"}, b"[" * 100_000),
        Response(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1e15"}, b"{}"),
    ],
)
def test_no_answer_closes_a_route_for_longer_than_an_hour(answer):
    rate = RateState()
    rate.learn("POST 1", answer, now=1_000.0)
    assert 0 < rate.wait_s("POST 1", 1_000.0) <= LONGEST_PAUSE_S
    assert rate.wait_s("POST 1", 1_000.0 + LONGEST_PAUSE_S) == 0.0


def test_a_record_that_was_kept_does_not_close_a_route_for_longer_either():
    rate = RateState.from_record({"closed": {"*": [1_000.0, 1e300]}, "bucket_of": {}})
    assert rate.wait_s("POST 1", 1_000.0) == LONGEST_PAUSE_S


def test_a_damaged_record_of_rate_limits_is_an_empty_one():
    for record in (None, [], {"closed": 1}, {"closed": {"a": "b"}, "bucket_of": {}}, {"closed": {}}):
        assert RateState.from_record(record).wait_s("POST 1", 0.0) == 0.0


# --- Faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["500", "502", "503", "html", "cut"])
def test_what_may_pass_is_tried_again(discord, kind):
    discord.fail(kind)
    delivery = deliver(to(discord), payload(), deadline_s=5, jitter=lambda: 0.0)
    assert (delivery.status, delivery.attempts) == ("sent", 2)
    assert len(discord.messages()) == 1


def test_a_hang_ends_at_the_deadline(discord):
    discord.fail("hang", seconds=30)
    started = time.monotonic()
    delivery = deliver(to(discord), payload(), deadline_s=0.5)
    assert time.monotonic() - started < 1.5
    assert (delivery.status, delivery.maybe_arrived, delivery.retry_later) == ("failed", True, True)


def test_a_server_that_drips_one_byte_at_a_time_ends_at_the_deadline():
    with dripping_server() as url:
        started = time.monotonic()
        delivery = deliver(Webhook.parse(url), payload(), deadline_s=0.6)
        assert time.monotonic() - started < 1.5
        assert delivery.status == "failed"


def test_a_message_whose_answer_was_lost_is_sent_again_as_a_possible_duplicate(discord):
    discord.fail("saved-then-cut")
    assert deliver(to(discord), payload(), deadline_s=5, jitter=lambda: 0.0).status == "sent"
    first, second = discord.messages()
    assert "footer" not in first["embeds"][0]
    assert second["embeds"][0]["footer"]["text"] == POSSIBLE_DUPLICATE


def test_a_message_that_cannot_have_arrived_is_not_called_a_duplicate(discord):
    url = discord.webhook("alerts")
    discord.stop()
    delivery = deliver(Webhook.parse(url), payload(), deadline_s=0.3)
    assert (delivery.status, delivery.maybe_arrived) == ("failed", False)
    assert delivery.complaint == "connection refused"
    clock = PatientClock()
    transport = Answers(
        FetchFailed("refused", Reason("connection_refused"), sent=False), (429, {"retry_after": 1.0}), OK
    )
    send(transport, clock)
    assert not any("footer" in body["embeds"][0] for _method, _url, body, _timeout in transport.requests)


def test_pauses_grow_with_jitter_up_to_the_deadline():
    clock = PatientClock()
    delivery = send(Answers(*[(503, {})] * 50), clock, deadline_s=60, jitter=lambda: 0.0)
    assert clock.slept[:6] == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0]
    assert sum(clock.slept) < 60
    assert delivery.complaint == "HTTP 503 without an answer of Discord's API"


def test_a_refused_payload_is_reduced_once_and_the_complaint_is_kept(discord):
    delivery = deliver(to(discord), payload("t" * 300), deadline_s=5)
    assert (delivery.status, delivery.reduced, delivery.attempts) == ("sent", True, 2)
    assert delivery.complaint == "HTTP 400: Invalid Form Body: embeds.0.title: Must be 256 or fewer in length."
    assert discord.messages()[0]["content"] == "t" * 300


def test_a_payload_that_is_refused_twice_is_given_up(discord):
    discord.fail("400", times=None)
    delivery = deliver(to(discord), payload(), deadline_s=5)
    assert (delivery.status, delivery.attempts, delivery.dead_webhook) == ("refused", 2, False)


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_a_dead_webhook_is_asked_once(discord, kind):
    discord.fail(kind, times=None)
    delivery = deliver(to(discord), payload(), deadline_s=5)
    assert (delivery.status, delivery.attempts, delivery.dead_webhook, delivery.retry_later) == (
        "refused", 1, True, False,
    )  # fmt: skip
    assert delivery.complaint.startswith(f"HTTP {kind}: ")


@pytest.mark.parametrize("kind", ["proxy-403", "proxy-404"])
def test_a_page_that_is_not_discords_word_is_tried_again(discord, kind):
    discord.fail(kind)
    delivery = deliver(to(discord), payload(), deadline_s=5, jitter=lambda: 0.0)
    assert (delivery.status, delivery.attempts, len(discord.messages())) == ("sent", 2, 1)


@pytest.mark.parametrize(
    "answer",
    [
        (403, "error code: 1010"),
        (404, {"message": "Not Found", "code": 404}),
        (404, {"message": "404: Not Found", "code": 0}),
        (401, {"code": 50027}),
        (401, {"message": "Invalid Webhook Token", "code": "50027"}),
        (400, "Bad Request"),
        (407, {}),
        (413, "Request Entity Too Large"),
    ],
)
def test_what_does_not_have_the_shape_of_discords_errors_ends_neither_webhook_nor_message(answer):
    delivery = send(Answers(*[answer] * 50), deadline_s=20)
    assert (delivery.status, delivery.dead_webhook, delivery.retry_later) == ("failed", False, True)
    assert delivery.attempts < 20


def test_a_good_answer_without_a_message_costs_one_marked_copy(discord):
    discord.fail("saved-then-empty", times=None)
    delivery = deliver(to(discord), payload(), deadline_s=60, clock=PatientClock())
    first, copy = discord.messages()
    assert (delivery.status, delivery.maybe_arrived, delivery.unclear) == ("failed", True, True)
    assert "footer" not in first["embeds"][0]
    assert copy["embeds"][0]["footer"]["text"] == POSSIBLE_DUPLICATE


def test_what_may_have_arrived_before_is_a_copy_already(discord):
    discord.fail("saved-then-empty", times=None)
    assert deliver(to(discord), payload(), deadline_s=60, clock=PatientClock(), maybe_arrived=True).attempts == 1


# --- Forums --------------------------------------------------------------------------------------------------------


def test_in_a_forum_each_message_is_a_post_with_its_title_and_can_be_edited(discord):
    webhook = Webhook.parse(discord.forum("incidents"))
    sent = deliver(webhook, payload("🚨 P0 " + "x" * 200), deadline_s=5)
    known = {"message_id": sent.message_id, "channel_id": sent.channel_id}
    edit = deliver(webhook, payload("after"), deadline_s=5, **known)
    [message] = discord.messages()
    assert (sent.status, edit.status, message["embeds"][0]["title"]) == ("sent", "edited", "after")
    assert message["channel"] == "incidents/🚨 P0 " + "x" * 94 + "…"


def test_in_a_forum_a_name_in_the_url_is_that_of_the_posts(discord):
    webhook = Webhook.parse(discord.forum("incidents") + "?thread_name=%EB%B0%B0%ED%8F%AC%20%EC%95%8C%EB%A6%BC")
    assert deliver(webhook, payload(), deadline_s=5).attempts == 1
    assert [message["channel"] for message in discord.messages()] == ["incidents/배포 알림"]


def test_a_name_of_posts_keeps_no_message_from_a_channel_that_is_no_forum(discord):
    webhook = Webhook.parse(discord.webhook("alerts") + "?thread_name=deploys")
    assert deliver(webhook, payload(), deadline_s=5).status == "sent"
    assert [message["channel"] for message in discord.messages()] == ["alerts"]


def test_a_forum_that_wants_a_tag_says_what_to_do_and_the_message_is_kept(discord):
    delivery = deliver(Webhook.parse(discord.forum("incidents", tag_required=True)), payload(), deadline_s=5)
    assert (delivery.status, delivery.dead_webhook) == ("refused", True)
    assert "A tag is required" in delivery.complaint
    assert "?thread_id=" in delivery.complaint


def test_a_thread_that_is_gone_is_named_and_the_message_is_kept(discord):
    delivery = deliver(Webhook.parse(discord.webhook("alerts") + "?thread_id=42"), payload(), deadline_s=5)
    assert (delivery.status, delivery.dead_webhook) == ("refused", True)
    assert (
        delivery.complaint
        == "HTTP 404: Unknown Channel; a ?thread_id= in the webhook's URL names a thread that is gone"
    )


def test_no_answers_on_threads_become_a_loop():
    wants, wants_not = ({"message": "?", "code": code} for code in (220001, 220003))
    delivery = send(Answers(*[(400, wants), (400, wants_not)] * 5))
    assert (delivery.status, delivery.attempts, delivery.dead_webhook) == ("refused", 2, True)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("thread=5", "?thread="),
        ("thread_id=5&with_components=true", "?with_components="),
        ("thread_id=deploys", "?thread_id="),
        ("thread_id=", "?thread_id="),
        ("thread_name=", "?thread_name="),
        ("thread_name=" + "x" * 101, "?thread_name="),
        ("thread_id=5&thread_name=x", "keep one"),
    ],
)
def test_nothing_in_the_query_of_a_url_is_dropped_without_a_word(query, named):
    with pytest.raises(InvalidInput) as raised:
        Webhook.parse("https://discord.com/api/webhooks/1/s3cret?" + query)
    assert named in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_an_edit_of_a_message_that_is_gone_leaves_the_webhook_alive(discord):
    delivery = deliver(to(discord), payload(), deadline_s=5, message_id="42")
    assert (delivery.status, delivery.dead_webhook) == ("refused", False)
    assert "Unknown Message" in delivery.complaint


def test_without_time_nothing_is_asked():
    delivery = send(Answers(), deadline_s=0)
    assert (delivery.status, delivery.attempts, delivery.complaint) == ("failed", 0, "there was no time left")


def test_a_webhook_is_checked_without_saying_anything(discord):
    good = check_webhook(to(discord))
    assert good.ok
    assert good.in_words().startswith("웹훅 확인됨 (stand-in, 채널 ")
    assert "?thread_id=" in good.in_words()
    assert good.in_words("5").endswith(", 스레드 5에 씁니다")
    discord.fail("404")
    check = check_webhook(to(discord))
    assert (check.ok, check.complaint) == (False, "HTTP 404: Unknown Webhook")
    assert check.in_words().startswith("404 없는 웹훅")
    discord.fail("proxy-404")
    assert check_webhook(to(discord)).in_words() == "웹훅을 확인하지 못함: HTTP 404 without an answer of Discord's API"
    discord.fail("cut")
    assert not check_webhook(to(discord)).ok
    assert discord.messages() == []


# --- The address ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://discord.com/api/webhooks/1/t-o_k.en",
        "https://ptb.discord.com/api/v10/webhooks/1/token/",
        " https://discordapp.com/api/webhooks/1/token\n",
        "http://127.0.0.1:8080/api/webhooks/1/token",
        "http://[::1]:8080/api/webhooks/1/token",
        "http://localhost/api/webhooks/1/token?thread_id=5",
    ],
)
def test_a_webhook_url_is_accepted(url):
    assert Webhook.parse(url).id == "1"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        "http://discord.com/api/webhooks/1/s3cret",
        "https://discord.com/api/webhooks/1",
        "https://discord.com/api/webhooks/1/s3cret/slack",
        "https://discord.com/api/webhooks/x/s3cret",
        "https://user:s3cret@discord.com/api/webhooks/1/token",
        "ftp://discord.com/api/webhooks/1/s3cret",
        "https://[discord/api/webhooks/1/s3cret",
        "discord.com/api/webhooks/1/s3cret",
    ],
)
def test_another_url_is_refused_without_being_quoted(url):
    with pytest.raises(InvalidInput, match=r"^webhooks\.alerts ") as raised:
        Webhook.parse(url, "webhooks.alerts")
    assert "s3cret" not in str(raised.value)


def test_no_text_form_of_a_webhook_holds_its_token():
    for text in (repr(WEBHOOK), str(WEBHOOK), f"{[WEBHOOK]}", without_token(WEBHOOK.endpoint("5", wait=True))):
        assert "s3cret" not in text
        assert "123456" in text


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/api/webhooks/1/s3cret", "https://host.invalid/api/webhooks/1/s3cret"]
)
def test_no_failure_quotes_the_token(url, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    delivery = deliver(Webhook.parse(url), payload(), deadline_s=0.4)
    assert delivery.status == "failed"
    assert delivery.complaint
    assert "s3cret" not in repr(delivery)


def test_a_server_that_echoes_the_token_does_not_get_it_into_the_result():
    said = {"message": "no " + WEBHOOK.endpoint() + " and " + WEBHOOK.token, "code": 50027}
    assert "s3cret" not in repr(send(Answers((401, said))))


# --- The environment -----------------------------------------------------------------------------------------------


def test_the_proxy_of_the_environment_is_used_and_never_sees_the_token(monkeypatch):
    with recording_server(b"HTTP/1.1 403 Blocked\r\n\r\n") as (port, received):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        delivery = deliver(Webhook.parse("https://discord.invalid/api/webhooks/1/s3cret"), payload(), deadline_s=0.4)
    assert delivery.complaint == "the proxy 127.0.0.1 answered 403 Blocked"
    assert not delivery.maybe_arrived
    assert received[0].startswith(b"CONNECT discord.invalid:443 ")
    assert b"s3cret" not in b"".join(received)


def test_the_loopback_is_never_asked_through_a_proxy(discord, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert deliver(to(discord), payload(), deadline_s=5).status == "sent"


def test_the_certificate_authorities_of_the_environment_are_used(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/company-ca.pem")
    assert ca_bundle_from_environment() == "/etc/company-ca.pem"
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/other.pem")  # read by the TLS library itself
    assert ca_bundle_from_environment() is None


def test_a_redirect_is_not_followed():
    with recording_server(b"HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/steal\r\nContent-Length: 0\r\n\r\n") as (
        port,
        _,
    ):
        url = f"http://127.0.0.1:{port}/api/webhooks/1/s3cret"
        delivery = deliver(Webhook.parse(url), payload(), deadline_s=0.4)
    assert delivery.complaint == "HTTP 307 without an answer of Discord's API"


@contextmanager
def recording_server(answer):
    """A server that remembers each request's head and answers the same to all."""
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(65536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@contextmanager
def dripping_server():
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/webhooks/1/token"
        stop.set()
    thread.join(5)
