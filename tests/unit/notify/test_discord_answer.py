"""Whatever stands in Discord's place may answer anything: a message then waits, and nothing else comes of it."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refit.core.http import FetchFailed, Response
from refit.core.system import Clock
from refit.notify.config import NotifyConfig
from refit.notify.discord_answer import snowflake
from refit.notify.discord_check import check_webhook
from refit.notify.discord_delivery import deliver
from refit.notify.discord_webhook import Webhook
from refit.notify.notifier import Notifier
from refit.notify.outbox import Outbox
from refit.notify.rate_limits import LONGEST_PAUSE_S, RateState
from refit.words.reason import Reason

TOKEN = "s3cret-T0ken_value"
WEBHOOK = "https://discord.com/api/webhooks/123456/" + TOKEN
DEEP = b"[" * 100_000
NESTED = b'{"errors":' * 400 + b"1" + b"}" * 400  # deep, and yet JSON

FIELDS = ["id", "channel_id", "name", "message", "code", "errors", "_errors", "retry_after", "global", "embeds"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**400, "9", WEBHOOK]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", *map("x-ratelimit-{}".format, ("bucket", "remaining", "reset-after", "global"))]),
    st.sampled_from(["0", "1", "-1", "nan", "inf", "1e300", "9" * 400, "true"]) | st.text(),
)
OWN_ERRORS = st.builds(
    lambda code, message: json.dumps({"code": code, "message": message}).encode(),
    st.sampled_from([0, 404, 10003, 10008, 10015, 40067, 50001, 50027, 50035, 220001, 220003, 99999999]),
    st.text(max_size=5),
)
ANSWERS = st.builds(
    Response,
    st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 413, 429, 500, 503]) | st.integers(100, 999),
    HEADERS,
    JSON.map(lambda said: json.dumps(said).encode())
    | OWN_ERRORS
    | st.sampled_from([b"", DEEP, NESTED])
    | st.binary(max_size=50),
)


class NoTime(Clock):
    """A clock on which nobody waits."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Says:
    """A transport whose other side gives these answers in turn, and then no more."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.urls: list[str] = []

    def __call__(self, _method, url, _body, _headers, _timeout_s):
        self.urls.append(url)
        if not self.answers:
            raise FetchFailed("refused", Reason("connection_refused"))
        return self.answers.pop(0)


def sent(*answers, message_id=None):
    return deliver(
        Webhook.parse(WEBHOOK),
        {"content": "x"},
        deadline_s=1,
        message_id=message_id,
        clock=NoTime(),
        transport=Says(*answers),
    )


@given(st.lists(ANSWERS, max_size=4))
@example([Response(200, {}, DEEP)])
@example([Response(400, {}, NESTED)])
@example([Response(200, {}, b'{"id": 5}')])
@example([Response(200, {}, b'{"id": "9"}'), Response(429, {}, b'{"retry_after": 1e300}')])
@example([Response(429, {"x-ratelimit-bucket": "b" * 500_000}, b'{"retry_after": 1' + b"0" * 400 + b"}")])
def test_no_answer_is_an_error_and_none_reaches_further_than_its_message(answers):
    config, transport = NotifyConfig.from_mapping({"webhooks": {"alerts": WEBHOOK}}), Says(*answers)
    with tempfile.TemporaryDirectory() as spool:
        notifier = Notifier(config, Outbox(spool, NoTime()), NoTime(), run="one", transport=transport)
        results = [
            notifier.send("plain", {"title": "t"}, key="k"),
            notifier.update("k", "plain", {"title": "u"}),
            notifier.flush(deadline_s=1),
        ]
        kept = json.dumps(Outbox(spool).recall()).encode()
    results += [vars(check_webhook(Webhook.parse(WEBHOOK), transport=Says(*answers)))]
    assert len(json.dumps(results, ensure_ascii=False).encode()) < 10_000
    assert TOKEN not in repr(results)
    assert len(kept) < 10_000
    for url in transport.urls:
        assert re.fullmatch(
            re.escape(WEBHOOK) + r"(/messages/[0-9]{1,20}\?(thread_id=[0-9]{1,20}&)?with_components=true|\?wait=true)",
            url,
        )


def says_so_itself(answer: Response) -> bool:
    """Whether *answer* is an error in the shape of Discord's own API, with one of its codes."""
    try:
        said = json.loads(answer.body)
        return isinstance(said["message"], str) and type(said["code"]) is int and 10_000 <= said["code"] < 1_000_000
    except (ValueError, RecursionError, TypeError, KeyError):
        return False


@given(st.lists(ANSWERS, max_size=4), st.booleans())
@example([Response(403, {}, b"error code: 1010")], False)
@example([Response(404, {}, b"<html>404 Not Found</html>")], False)
@example([Response(401, {}, b'{"code": true, "message": ""}')], False)
@example([Response(401, {}, b'{"code": 50027, "message": ""}')], False)
@example([Response(400, {}, b'{"code": 220001, "message": ""}'), Response(404, {}, b"no")], False)
def test_only_discords_own_word_ends_a_webhook(answers, edits):
    delivery = sent(*answers, message_id="9" if edits else None)
    assert not delivery.dead_webhook or any(map(says_so_itself, answers))
    assert delivery.status != "refused" or any(says_so_itself(each) or b'"code": 0' in each.body for each in answers)


GOOD = st.builds(lambda answer, status: replace(answer, status=status), ANSWERS, st.integers(200, 299))


@given(st.lists(GOOD, min_size=6, max_size=9))
def test_good_answers_that_are_not_understood_cost_two_posts_at_most(answers):
    delivery = sent(*answers)
    assert delivery.arrived or delivery.attempts <= 2


@given(ANSWERS)
def test_no_answer_closes_a_route_for_longer_than_an_hour_also_not_on_the_disk(answer):
    rate = RateState()
    rate.learn("POST 1", answer, now=1_000.0)
    for each in (rate, RateState.from_record(json.loads(json.dumps(rate.to_record())))):
        assert 0 <= each.wait_s("POST 1", 1_000.0) <= LONGEST_PAUSE_S
        assert each.wait_s("POST 1", 1_000.0 + LONGEST_PAUSE_S) == 0


@given(st.dictionaries(st.sampled_from(["closed", "bucket_of"]), JSON) | JSON)
def test_whatever_stands_in_the_record_of_rate_limits_closes_no_route_for_longer(record):
    assert 0 <= RateState.from_record(record).wait_s("POST 1", 1_000.0) <= LONGEST_PAUSE_S


@pytest.mark.parametrize("value", [5, None, True, [], "", "1" * 21, "1\n", "١", "../../users/@me", "1\r\nX: y", " 1"])
def test_what_is_no_id_of_discords_is_none(value):
    assert snowflake(value) is None
    delivery = sent(Response(200, {}, json.dumps({"id": "9", "channel_id": value}).encode()))
    assert (delivery.status, delivery.message_id, delivery.channel_id) == ("sent", "9", None)


def test_a_good_answer_that_is_not_understood_may_have_been_one():
    for body in (b'{"id": 5}', DEEP, b"<html>"):
        delivery = sent(Response(200, {}, body))
        assert (delivery.status, delivery.maybe_arrived, delivery.message_id) == ("failed", True, None)


def test_a_complaint_is_short_and_of_one_line_whoever_complains():
    for said in ("x" * 600_000, "a\nb\x1b[2J\u202e" * 100, {"deep": [1]}, WEBHOOK * 100):
        complaint = sent(Response(403, {}, json.dumps({"code": 1, "message": said}).encode())).complaint
        assert len(complaint) <= 500
        assert complaint.isprintable()
        assert TOKEN[:5] not in complaint
