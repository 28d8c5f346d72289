"""One health check against a real server, and the sentence that says what was wrong."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.service import HealthCheck
from refit.health.probe import Check, Failure, check_once
from refit.words.reason import Reason, as_it_came
from support.words import told


class Application:
    """A service whose every path answers as it is told: ``(status, body, delay in seconds)``."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                application.asked.append(self.path)
                status, body, delay_s = application.answers.get(self.path, (404, b"", 0))
                time.sleep(delay_s)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                with contextlib.suppress(OSError):  # who asked may have gone
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def url(self, path):
        return "http://127.0.0.1:{}{}".format(self.server.server_port, path)

    def says(self, path, body, status=200, delay_s=0.0):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, content, delay_s)

    def health(self, **options):
        return HealthCheck(url=self.url("/health"), **options)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def running():
    application = Application()
    yield application
    application.close()


@pytest.fixture
def app(running):
    running.answers.clear()
    running.asked.clear()
    running.says("/health", {"status": "UP"})
    return running


# --- Health ---------------------------------------------------------------------------------------------------------


def test_a_service_that_answers_as_configured_is_healthy(app):
    result = check_once(app.health())
    assert (result.ok, result.failure, result.status, result.version) == (True, None, 200, None)
    assert result.latency_ms > 0


def test_another_status_is_bad_even_where_the_body_says_up(app):
    app.says("/health", {"status": "UP"}, status=503)
    result = check_once(app.health())
    assert (result.ok, result.status, result.failure.kind) == (False, 503, "bad_status")
    assert told(result.failure.reason) == 'answered 503 instead of 200: {"status": "UP"}'


def test_a_redirect_is_not_health(app):
    app.says("/health", b"", status=302)
    assert check_once(app.health()).failure == Failure(
        "bad_status", Reason("health_status", answered=302, expected=200, body="")
    )


def test_another_status_can_be_the_healthy_one(app):
    app.says("/health", b"", status=204)
    assert check_once(app.health(status=204, json={})).ok


def test_a_wrong_field_is_shown_with_what_was_expected(app):
    app.says("/health", {"status": "DOWN"})
    assert check_once(app.health()).failure == Failure(
        "bad_body", Reason("answer_differs", path="status", value='"DOWN"', expected='"UP"')
    )


def test_a_missing_field_is_named(app):
    app.says("/health", {"state": "UP"})
    assert check_once(app.health()).failure == Failure(
        "bad_body", Reason("answer_lacks", path="status", body='{"state": "UP"}')
    )


@pytest.mark.parametrize("body", [b"<html>It works</html>", b'{"status": "U', b"", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_not_json_is_a_bad_body(app, body):
    app.says("/health", body)
    result = check_once(app.health())
    assert (result.ok, result.failure.kind) == (False, "bad_body")


def test_a_body_nobody_asks_about_is_not_read_as_json(app):
    app.says("/health", b"OK")
    assert check_once(app.health(json={})).ok


def test_dotted_paths_lead_through_objects_and_lists(app):
    app.says("/health", {"components": {"db": {"status": "UP"}}, "nodes": [{"up": True}]})
    assert check_once(app.health(json={"components.db.status": "UP", "nodes.0.up": True})).ok
    for path in ("components.db.status.more", "nodes.1.up", "nodes.x", "nodes.-1.up", "components..db"):
        assert check_once(app.health(json={path: True})).failure.kind == "bad_body"


@pytest.mark.parametrize(
    ("answer", "expected", "same"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, "1", True),
        ("1", 1, True),
        (1.5, "1.5", True),
        (1, "2", False),
        (True, 1, False),
        (1, True, False),
        (True, "True", False),
        (True, True, True),
        (None, None, True),
        (None, "None", False),
        (None, False, False),
        ("UP", "up", False),
        ([1, 2], [1, 2], True),
        ([1, 2], "[1, 2]", False),
        ({"a": 1}, {"a": 1}, True),
    ],
)
def test_values_are_compared_as_json_and_numbers_may_be_given_as_text(app, answer, expected, same):
    app.says("/health", {"value": answer})
    assert check_once(app.health(json={"value": expected})).ok is same


def test_what_the_service_said_is_cut_and_cannot_move_the_cursor(app):
    app.says("/health", b"\x1b[2J\x1b[31mbad\r\n\tthing " + b"x" * 5000, status=500)
    detail = told(check_once(app.health()).failure.reason)
    assert detail.isprintable()
    assert len(detail) < 150
    assert "bad thing xx" in detail


def test_no_answer_is_the_failure_of_the_request(app):
    app.says("/health", {"status": "UP"}, delay_s=0.5)
    result = check_once(app.health(timeout_s=0.1))
    assert (result.ok, result.status, result.latency_ms, result.failure.kind) == (False, None, None, "timeout")


# --- Version --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "expected", "same"),
    [
        ("20240127-120000", "20240127-120000", True),
        ("v20240127-120000", "20240127-120000", True),
        ("20240127-120000", "v20240127-120000", True),
        ("20240127-120001", "20240127-120000", False),
        ("20240127-12000", "20240127-120000", False),
        (17, "17", True),
        ("vanilla", "anilla", False),
    ],
)
def test_the_version_that_the_service_names_is_compared(app, answered, expected, same):
    app.says("/version", {"version": answered})
    result = check_once(app.health(version_url=app.url("/version")), expected)
    assert result.ok is same
    if not same:
        assert result.failure.kind == "wrong_version"
        assert str(answered) in told(result.failure.reason)
        assert expected in told(result.failure.reason)


def test_the_version_may_stand_deeper_in_the_answer(app):
    app.says("/info", {"build": {"release": "7"}})
    health = app.health(version_url=app.url("/info"), version_field="build.release")
    assert check_once(health, "7").version == "7"


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"version": ""}', b'{"version": true}', b'{"version": null}'])
def test_an_answer_without_a_version_proves_none(app, body):
    app.says("/version", body)
    result = check_once(app.health(version_url=app.url("/version")), "1")
    assert (result.ok, result.failure.kind, result.version) == (False, "no_version", None)


def test_a_version_that_cannot_be_asked_for_is_no_version(app):
    failure = check_once(app.health(version_url=app.url("/nothing")), "1").failure
    assert failure == Failure("no_version", Reason("version_unreadable", why=Reason("answered", status=404)))


def test_without_an_expected_version_it_is_reported_and_nothing_fails(app):
    app.says("/version", {"version": "v3"})
    assert check_once(app.health(version_url=app.url("/version"))).version == "3"
    assert check_once(app.health(version_url=app.url("/nothing"))).ok


def test_one_answer_serves_both_questions_where_the_url_is_the_same(app):
    app.says("/health", {"status": "UP", "version": "5"})
    assert check_once(app.health(version_url=app.url("/health")), "5").ok
    assert app.asked == ["/health"]


def test_an_unhealthy_service_is_not_asked_for_its_version(app):
    app.says("/health", {"status": "DOWN"})
    check_once(app.health(version_url=app.url("/version")), "1")
    assert app.asked == ["/health"]


def test_both_questions_share_one_time_limit(app):
    app.says("/health", {"status": "UP"}, delay_s=0.5)
    app.says("/version", {"version": "1"}, delay_s=2)
    started = time.monotonic()
    result = check_once(app.health(version_url=app.url("/version"), timeout_s=0.6), "1")
    assert result.failure.kind == "no_version"
    assert time.monotonic() - started < 0.95


# --- Records --------------------------------------------------------------------------------------------------------


def test_a_check_can_be_recorded_as_json():
    record = Check(False, Failure("timeout", as_it_came("no answer"))).to_record()
    assert json.loads(json.dumps(record))["failure"] == {"kind": "timeout", "detail": "no answer"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_a_value_equals_itself_after_a_round_trip_and_nothing_else_is_said(running, value):
    running.says("/health", {"value": value})
    assert check_once(running.health(json={"value": json.loads(json.dumps(value))})).ok


@given(json_values)
def test_any_document_is_judged_without_a_traceback(running, value):
    running.says("/health", value)
    result = check_once(running.health(json={"status.deep.0": "UP"}))
    assert result.ok or told(result.failure.reason).isprintable()
