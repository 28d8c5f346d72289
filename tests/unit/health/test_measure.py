"""A service measured over a window, over real HTTP, a real log and real processes."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import json
import os
import pwd
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from refit.config.service import Service
from refit.core.errors import InvalidInput, SupervisorError
from refit.core.system import real
from refit.health.children import Mistake
from refit.health.measure import measure
from refit.supervisors.base import ABSENT, ERRORED, ONLINE, ProcessState, Supervisor, Worker
from support.words import told

WINDOW_S = 0.3
LONGER_S = 2.0  # where something is done in the middle of it
UP = b'{"status": "UP"}'
NOBODY = 65534


class Application:
    """Answers each path as it is told, by a handler ``(request)`` or by ``(status, body)``."""

    def __init__(self):
        self.paths = {"/health": (200, UP)}
        self.asked = []
        application = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                application.asked.append(self)
                answer = application.paths.get(self.path, (404, b""))
                with contextlib.suppress(OSError):  # the client may have gone
                    if callable(answer):
                        answer(self)
                    else:
                        self.answer(*answer)

            do_POST = do_GET

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def url(self, path):
        return "http://127.0.0.1:{}{}".format(self.server.server_port, path)

    def hang(self, _request):
        self.closing.wait(10)

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Manager(Supervisor):
    """Says one state after the other, the last one for ever; an exception is raised, an event is waited for."""

    def __init__(self, *states):
        self.states = list(states)

    def state(self):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        if isinstance(state, threading.Event):
            state.wait(10)
        return state


class Holding(Manager):
    """Reads a text that takes longer than anybody lives, and lets no other thread run meanwhile."""

    def __init__(self):
        super().__init__(ProcessState(ONLINE))

    def state(self):
        re.match("(a+)+b", "a" * 80)


@pytest.fixture
def app():
    application = Application()
    yield application
    application.close()


@pytest.fixture
def described(app, tmp_path):
    """The service as the inventory has it, with a health check only."""
    return {
        "name": "backend",
        "root": str(tmp_path / "app"),
        "state_dir": str(tmp_path / "state"),
        "health": {"url": app.url("/health"), "interval_s": 0.02, "timeout_s": 5},
        "pm2": {"app": {"script": "server.js"}},
    }


def measured(described, manager=None, window_s=WINDOW_S, **more):
    service = Service.from_mapping({**described, **more})
    return measure(service, real(), manager or Manager(ProcessState(ONLINE)), window_s)


class TestHealth:
    def test_every_attempt_in_the_window_is_counted(self, app, described):
        health = measured(described, window_s=LONGER_S)["health"]
        assert health["attempts"] == health["answered"] == health["successes"] == len(app.asked) > 3
        assert (health["failures"], health["last_failure"], health["status"]) == ({}, None, 200)
        assert health["mean_latency_ms"] > 0

    def test_a_window_of_nothing_is_one_look(self, app, described):
        assert measured(described, window_s=0)["health"]["attempts"] == len(app.asked) == 1

    def test_answers_that_are_not_the_expected_ones_are_answers(self, app, described):
        app.paths["/health"] = (503, b'{"status": "DOWN"}')
        health = measured(described)["health"]
        assert health["answered"] == health["attempts"] > health["successes"] == 0
        assert health["failures"] == {"bad_status": health["attempts"]}
        assert "answered 503 instead of 200" in told(health["last_failure"])

    def test_who_does_not_answer_has_no_latency(self, app, described):
        app.paths["/health"] = app.hang
        described["health"]["timeout_s"] = 0.3
        health = measured(described)["health"]
        assert (health["answered"], health["successes"], health["mean_latency_ms"], health["status"]) == (
            0,
            0,
            None,
            None,
        )
        assert health["failures"] == {"timeout": health["attempts"]}

    def test_a_service_that_falters_shows_both(self, app, described):
        turns = iter(range(10_000))
        app.paths["/health"] = lambda request: request.answer(503 if next(turns) % 2 else 200, UP)
        health = measured(described, window_s=LONGER_S)["health"]
        assert 0 < health["successes"] < health["attempts"]


class TestProcess:
    def test_what_runs_is_what_the_kernel_says(self, described, tmp_path):
        release = tmp_path / "app" / "releases" / "v20240127-120000"
        release.mkdir(parents=True)
        (tmp_path / "app" / "current").symlink_to("releases/v20240126-090000")
        (release.parent / "v20240126-090000").mkdir()
        with subprocess.Popen([sys.executable, "-c", "input()"], cwd=release, stdin=subprocess.PIPE) as process:
            state = ProcessState(ONLINE, (Worker(process.pid, ONLINE, 7),))
            record = measured(described, Manager(state))
            process.communicate(b"\n")
        assert record["current"] == "20240126-090000"
        assert record["process"] == {
            "status": "online",
            "pids": [process.pid],
            "same_pids": True,
            "restarts": 0,
            "versions": ["20240127-120000"],
            "unknown": None,
        }

    def test_a_process_that_cannot_be_placed_has_a_reason(self, described):
        state = ProcessState(ONLINE, (Worker(os.getpid(), ONLINE, 0),))
        process = measured(described, Manager(state))["process"]
        assert process["versions"] == []
        assert "not a release" in told(process["unknown"])

    @pytest.mark.parametrize(
        ("before", "after", "restarts"),
        [
            ((3, 4), (3, 4), 0),
            ((3, 4), (5, 4), 2),
            ((3, 4), (0, 0), 1),  # the manager began to count anew
            ((), (0, 0), 0),
        ],
    )
    def test_restarts_are_those_in_the_window(self, described, before, after, restarts):
        states = [
            ProcessState(ONLINE if counts else ABSENT, tuple(Worker(0, ONLINE, count) for count in counts))
            for counts in (before, after)
        ]
        assert measured(described, Manager(*states))["process"]["restarts"] == restarts

    def test_a_process_that_falls_over_meanwhile_is_seen_fallen(self, described):
        states = ProcessState(ONLINE, (Worker(0, ONLINE, 0),)), ProcessState(ERRORED, (Worker(0, ERRORED, 0),))
        assert measured(described, Manager(*states))["process"]["status"] == "errored"

    @pytest.mark.parametrize("healthy_first", [False, True])
    def test_a_manager_that_cannot_be_asked_is_a_reason(self, described, healthy_first):
        failure = SupervisorError("pm2 jlist printed no list")
        manager = Manager(*([ProcessState(ONLINE)] if healthy_first else []), failure)
        record = measured(described, manager)
        assert record["process"] == {"unmeasured": "pm2 jlist printed no list"}
        assert record["health"]["successes"] > 0

    @pytest.mark.parametrize("healthy_first", [False, True])
    def test_a_manager_that_hangs_is_left_behind_in_time(self, described, monkeypatch, healthy_first):
        monkeypatch.setattr("refit.health.measure.MANAGER_TIMEOUT_S", 0.2)
        never = threading.Event()
        manager = Manager(*([ProcessState(ONLINE)] if healthy_first else []), never)
        began = time.monotonic()
        record = measured(described, manager)
        took_s = time.monotonic() - began
        never.set()
        assert record["process"] == {"unmeasured": {"code": "manager_silent", "seconds": 0.2}}
        assert took_s < WINDOW_S + 0.2 + 1
        assert record["health"]["successes"] > 0


STARTED = "process_start_time_seconds 1706356800\n"


def counters(status_and_counts, started=STARTED):
    page = "".join(
        'http_requests_total{{handler="{}",method="GET",status="{}"}} {}\n'.format(handler, status, count)
        for (handler, status), count in status_and_counts.items()
    )
    return (page + started).encode()


class TestTraffic:
    def test_only_the_window_counts_and_only_real_requests(self, app, described):
        pages = [
            {("/analyse", "2xx"): 1000, ("/analyse", "5xx"): 500, ("/up", "2xx"): 90},
            {("/analyse", "2xx"): 1030, ("/analyse", "5xx"): 510, ("/up", "2xx"): 190},
        ]
        app.paths["/metrics"] = lambda request: request.answer(200, counters(pages.pop(0)))
        app.paths["/up"] = (200, UP)
        record = measured(
            described,
            health={**described["health"], "url": app.url("/up")},
            traffic={"kind": "prometheus", "url": app.url("/metrics")},
        )
        assert (record["traffic"]["requests"], record["traffic"]["errors"]) == (40, 10)
        assert record["traffic"]["answered"] is None
        assert record["traffic"]["window_s"] == pytest.approx(WINDOW_S, abs=0.3)

    def test_a_path_may_be_left_out(self, app, described):
        pages = [{("/a", "2xx"): 0, ("/internal/b", "2xx"): 0}, {("/a", "2xx"): 1, ("/internal/b", "2xx"): 5}]
        app.paths["/metrics"] = lambda request: request.answer(200, counters(pages.pop(0)))
        source = {"kind": "prometheus", "url": app.url("/metrics"), "ignore": ["/internal/*"]}
        assert measured(described, traffic=source)["traffic"]["requests"] == 1

    @pytest.mark.parametrize(
        ("pids", "restarts", "measured_as"),
        [
            (((7, 0), (7, 0)), 0, "several processes"),
            (((7, 0), (8, 1)), 1, None),
            (((), ()), 0, None),  # a manager that does not know the processes contradicts nobody
        ],
    )
    def test_a_restart_that_the_manager_knows_nothing_of_is_several_processes(
        self, app, described, pids, restarts, measured_as
    ):
        opened = []

        def page(request):  # one while the window opens, however often it is read, and another when it ends
            opened.append(time.monotonic())
            count = 940 if opened[-1] < opened[0] + LONGER_S / 2 else 700
            request.answer(200, counters({("/a", "2xx"): count}, started=""))

        app.paths["/metrics"] = page
        states = [ProcessState(ONLINE, (Worker(pid[0], ONLINE, pid[1]),) if pid else ()) for pid in pids]
        source = {"kind": "prometheus", "url": app.url("/metrics")}
        record = measured(described, Manager(*states), window_s=LONGER_S, traffic=source)
        assert record["process"]["restarts"] == restarts
        if measured_as:
            assert measured_as in told(record["traffic"]["unmeasured"])
        else:
            assert (record["traffic"]["requests"], record["traffic"]["restarted"]) == (700, True)


class TestLog:
    def test_lines_written_in_the_window_count_and_older_ones_do_not(self, described, tmp_path):
        log = tmp_path / "application.log"
        log.write_text("ERROR long ago\n" * 100)

        with Writer(log, "ERROR now\njava.lang.OutOfMemoryError: Java heap space\n"):
            found = measured(described, window_s=LONGER_S, log={"path": str(log)})["log"]
        assert (found["errors"], found["patterns"]) == (1, {"OutOfMemoryError": 1, "NullPointerException": 0})
        assert found["samples"] == ["ERROR now", "java.lang.OutOfMemoryError: Java heap space"]
        assert found["window_s"] == pytest.approx(LONGER_S, abs=0.3)

    def test_lines_of_the_seconds_before_count_on_request(self, described, tmp_path):
        log, now = tmp_path / "application.log", time.time()
        for age_s in (400, 200, 100):
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - age_s))
            with log.open("a") as handle:
                handle.write("{} ERROR {} s ago\n".format(stamp, age_s))
        os.utime(log, (now - 100, now - 100))
        found = measured(described, log={"path": str(log), "lookback_s": 300, "zone": "UTC"})["log"]
        assert [line[20:] for line in found["samples"]] == ["ERROR 200 s ago", "ERROR 100 s ago"]
        assert found["window_s"] == pytest.approx(300 + WINDOW_S, abs=0.3)

    def test_lines_without_a_time_that_are_written_meanwhile_count_with_a_lookback_too(self, described, tmp_path):
        log = tmp_path / "application.log"
        log.write_text("[2024-01-27 10:48:47 +0000] [1] [INFO] Starting gunicorn 22.0.0\n")
        with Writer(log, "ERROR:    Exception in ASGI application\njava.lang.OutOfMemoryError: heap\n"):
            found = measured(described, window_s=LONGER_S, log={"path": str(log), "lookback_s": 30})["log"]
        assert (found["errors"], found["patterns"]["OutOfMemoryError"], found["unseen"]) == (1, 1, None)

    def test_patterns_are_the_services_own(self, described, tmp_path):
        log = tmp_path / "application.log"
        settings = {"path": str(log), "error": "SEVERE", "critical": {"gpu": "CUDA out of memory"}}
        with Writer(log, "ERROR not ours\nSEVERE ours\nCUDA out of memory\n"):
            found = measured(described, window_s=LONGER_S, log=settings)["log"]
        assert (found["errors"], found["patterns"]) == (1, {"gpu": 1})

    def test_a_log_that_is_rotated_meanwhile_loses_nothing(self, described, tmp_path):
        log = tmp_path / "application.log"
        log.write_text("INFO before\n")

        def rotate():
            with log.open("a") as handle:
                handle.write("ERROR one\n")
            log.rename(tmp_path / "application.log.1")
            log.write_text("ERROR two\n")

        with Later(rotate):
            found = measured(described, window_s=LONGER_S, log={"path": str(log)})["log"]
        assert (found["errors"], found["truncated"]) == (2, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up rights")
class TestRights:
    """As root, a log is read with the rights of those who may put anything in its place."""

    @pytest.fixture
    def folder(self):
        with tempfile.TemporaryDirectory() as path:  # pytest's own is closed to everybody else
            os.chmod(path, 0o755)
            (Path(path) / "logs").mkdir()
            os.chown(Path(path) / "logs", NOBODY, NOBODY)
            yield Path(path)

    @pytest.fixture
    def secret(self, folder):
        path = folder / "secret"
        path.write_text("")
        path.chmod(0o600)
        return path

    @staticmethod
    def found(described, path, written, **more):
        with Writer(written, "ERROR of root's own\n"):
            return measured(described, window_s=LONGER_S, log={"path": str(path)}, **more)["log"]

    @pytest.mark.parametrize("user", [{}, {"user": pwd.getpwuid(65534).pw_name}], ids=["no user", "its user"])
    def test_what_its_writer_may_not_read_is_not_read(self, described, folder, secret, user):
        log = folder / "logs" / "app.log"
        os.link(secret, log)
        assert "Permission denied" in told(self.found(described, log, secret, **user)["unmeasured"])
        os.chown(secret, NOBODY, NOBODY)
        assert self.found(described, log, secret, **user)["errors"] == 1

    def test_a_directory_that_leads_elsewhere_is_its_owners_word(self, described, folder, secret):
        (folder / "logs" / "today").symlink_to(folder)
        os.chown(folder / "logs" / "today", NOBODY, NOBODY, follow_symlinks=False)
        found = self.found(described, folder / "logs" / "today" / "secret", secret)
        assert "Permission denied" in told(found["unmeasured"])

    def test_a_link_of_roots_own_on_the_way_is_followed(self, described, folder, secret):
        (folder / "elsewhere").symlink_to("logs/../logs")
        log = folder / "logs" / "app.log"
        os.link(secret, log)
        assert "Permission denied" in told(
            self.found(described, folder / "elsewhere" / "app.log", secret)["unmeasured"]
        )

    def test_in_roots_own_directory_it_is_read_as_root(self, described, secret):
        assert self.found(described, secret, secret)["samples"] == ["ERROR of root's own"]

    def test_a_user_that_is_gone_is_an_error(self, described, secret):
        found = self.found(described, secret, secret, user="nobody-is-called-so")
        assert "there is no user 'nobody-is-called-so'" in told(found["unmeasured"])
        assert "refit_services.backend.user" in told(found["unmeasured"])


class Later:
    """Do something in the middle of a window."""

    def __init__(self, action):
        self._timer = threading.Timer(LONGER_S / 2, action)

    def __enter__(self):
        self._timer.start()

    def __exit__(self, *_):
        self._timer.join()


class Writer(Later):
    """Append *text* to the log in the middle of a window."""

    def __init__(self, log, text):
        def write():
            with log.open("a") as handle:
                handle.write(text)

        super().__init__(write)


class TestSyntheticRequest:
    def test_it_is_sent_once_as_it_is_described(self, app, described):
        app.paths["/api/ai/analyse"] = (200, b'{"result": {"reps": 3}}')
        record = measured(
            described,
            synthetic={
                "url": app.url("/api/ai/analyse"),
                "headers": {"Authorization": "Bearer s3cret"},
                "body": {"text": "스쿼트"},
                "json": {"result.reps": 3},
            },
        )
        sent = [request for request in app.asked if request.path == "/api/ai/analyse"]
        assert len(sent) == 1
        assert (sent[0].command, json.loads(sent[0].body)) == ("POST", {"text": "스쿼트"})
        assert sent[0].headers["Content-Type"] == "application/json"
        assert sent[0].headers["Authorization"] == "Bearer s3cret"
        found = record["synthetic"]
        assert (found["attempts"], found["answered"], found["successes"], found["failure"]) == (1, 1, 1, None)
        assert found["latency_max_ms"] > 0
        assert "s3cret" not in json.dumps(record)

    @pytest.mark.parametrize(
        ("answer", "kind", "answered"),
        [((500, b"boom"), "bad_status", 1), ((200, b"<html>"), "bad_body", 1), ("hang", "timeout", 0)],
    )
    def test_what_is_wrong_is_named(self, app, described, answer, kind, answered):
        app.paths["/ask"] = app.hang if answer == "hang" else answer
        request = {"url": app.url("/ask"), "json": {"ok": True}, "timeout_s": 0.3}
        found = measured(described, synthetic=request)["synthetic"]
        assert (found["successes"], found["answered"], found["failure"]["kind"]) == (0, answered, kind)

    def test_a_slow_one_is_waited_for_beyond_the_window(self, app, described):
        def slow(request):
            time.sleep(2 * WINDOW_S)
            request.answer(200, b"done")

        app.paths["/ask"] = slow
        found = measured(described, synthetic={"url": app.url("/ask")})["synthetic"]
        assert found["successes"] == 1
        assert found["latency_max_ms"] >= 2000 * WINDOW_S


def endless(request):
    request.send_response(200)
    request.end_headers()
    for _ in range(300):
        request.wfile.write(b"#" * 1_000_000)


def redirected(request):
    request.answer(302, b"", Location=request.path)


BROKEN = {
    "HTML": ((200, b"<!DOCTYPE html><p>Sign in"), "HTML came"),
    "404": ((404, b""), "answered 404"),
    "half of it": ((200, b'{"name": "http.server.requests", "measure'), None),
    "300 MB": (endless, "longer than 1000000 bytes"),
    "a redirect loop": (redirected, "redirect is not followed"),
    "hanging": ("hang", "no complete answer within 0."),  # the half second, less what the question took
    "no TLS": ("tls", "TLS"),
    "refused": ("refused", "connection refused"),
}


class TestBrokenSources:
    """A reason each, in bounded time and memory; the other parts are measured all the same."""

    @pytest.mark.parametrize("kind", ["prometheus", "spring_actuator"])
    @pytest.mark.parametrize("name", BROKEN)
    def test_traffic_that_cannot_be_read(self, app, described, kind, name):
        answer, reason = BROKEN[name]
        url = app.url("/source")
        if answer == "refused":
            url = "http://127.0.0.1:1/source"
        elif answer == "tls":
            url = url.replace("http:", "https:")
        else:
            app.paths["/source"] = app.hang if answer == "hang" else answer
        began = time.monotonic()
        record = measured(described, traffic={"kind": kind, "url": url, "timeout_s": 2 if name == "300 MB" else 0.5})
        took_s = time.monotonic() - began
        assert list(record["traffic"]) == ["unmeasured"]
        assert (reason or "") in told(record["traffic"]["unmeasured"]) != ""
        assert took_s < WINDOW_S + 4
        assert record["health"]["successes"] > 0
        assert record["process"]["status"] == "online"

    def test_a_source_that_breaks_within_the_window(self, app, described):
        answers = [(200, counters({("/a", "2xx"): 5})), (200, b"<html>")]
        app.paths["/metrics"] = lambda request: request.answer(*answers.pop(0))
        record = measured(described, traffic={"kind": "prometheus", "url": app.url("/metrics")})
        assert "HTML came" in told(record["traffic"]["unmeasured"])

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda _path: None, "not there"),
            (lambda path: path.mkdir(), "not a regular file"),
            (lambda path: os.mkfifo(path), "not a regular file"),
            (lambda path: path.write_bytes(gzip.compress(b"ERROR\n")), "compressed"),
            (lambda path: path.write_bytes(b"\0\1\2ERROR\n"), "binary"),
            (lambda path: path.symlink_to("/etc/passwd"), "it is a link"),
        ],
        ids=["missing", "a directory", "a pipe", "gzip", "binary", "a link"],
    )
    def test_a_log_that_cannot_be_read(self, described, tmp_path, make, reason):
        make(tmp_path / "application.log")
        record = measured(described, log={"path": str(tmp_path / "application.log")})
        assert list(record["log"]) == ["unmeasured"]
        assert reason in told(record["log"]["unmeasured"])
        assert record["health"]["successes"] > 0


class TestWindow:
    def test_everything_is_measured_at_the_same_time(self, app, described, tmp_path):
        (tmp_path / "application.log").touch()
        pages = {"/health": UP, "/metrics": counters({("/a", "2xx"): 5}), "/ask": UP}
        asked = {path: threading.Event() for path in pages}

        def when_all_are_asked(request):
            asked[request.path].set()
            together = all(event.wait(2) for event in asked.values())
            request.answer(200 if together else 500, pages[request.path])

        app.paths = dict.fromkeys(pages, when_all_are_asked)
        record = measured(
            described,
            traffic={"kind": "prometheus", "url": app.url("/metrics")},
            log={"path": str(tmp_path / "application.log")},
            synthetic={"url": app.url("/ask")},
        )
        assert record["health"]["failures"] == {}
        assert not [part for part, value in record.items() if isinstance(value, dict) and "unmeasured" in value]
        assert json.loads(json.dumps(record)) == record

    def test_what_is_not_configured_is_not_there(self, described):
        assert set(measured(described)) == {"at", "window_s", "current", "health", "process"}

    def test_a_part_that_holds_the_interpreter_for_ever_is_ended_and_the_others_are_measured(
        self, described, monkeypatch
    ):
        monkeypatch.setattr("refit.health.measure.MANAGER_TIMEOUT_S", 0.2)
        monkeypatch.setattr("refit.health.measure.MARGIN_S", 0.2)
        described["health"]["timeout_s"] = 1
        record = measured(described, Holding())
        assert record["process"] == {"unmeasured": {"code": "no_answer_within", "seconds": 2.5}}
        assert record["health"]["successes"] > 0

    def test_a_mistake_of_ours_does_not_wait_for_the_windows_end(self, described):
        began = time.monotonic()
        with pytest.raises(Mistake, match="process: (?s:.*)ZeroDivisionError"):
            measured(described, Manager(ZeroDivisionError()), window_s=30)
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize("window_s", [-1, 3601, float("nan"), float("inf")])
    def test_a_window_that_is_none_is_refused(self, described, window_s):
        with pytest.raises(InvalidInput, match="window"):
            measured(described, window_s=window_s)


class TestSettings:
    """What the inventory may say of the sources; a mistake is named by its key."""

    @pytest.mark.parametrize(
        ("part", "value", "named"),
        [
            ("traffic", {"kind": "jolokia", "url": "http://a/b"}, "traffic.kind is 'jolokia'"),
            ("traffic", {"kind": "prometheus"}, "traffic.url is missing"),
            ("traffic", {"kind": "prometheus", "url": "http://a/b", "ignores": []}, "did you mean 'ignore'"),
            ("log", {"path": "logs/app.log"}, "log.path must be an absolute path"),
            ("log", {"path": "/a.log", "error": "("}, "not a regular expression"),
            ("log", {"path": "/a.log", "zone": "KST"}, "log.zone must be UTC or an offset"),
            ("log", {"path": "/a.log", "zone": "+99:00"}, "log.zone must be UTC or an offset"),
            ("synthetic", {"url": "ftp://a"}, "synthetic.url must be"),
            ("synthetic", {"url": "http://a", "body": 3}, "synthetic.body must be"),
            ("synthetic", {"url": "http://a", "timeout_s": 0}, "synthetic.timeout_s must be"),
            ("severity", {"server_error_p0_pct": 5}, "did you mean 'server_errors_p0_pct'"),
            ("severity", {"health_p0_pct": 101}, "from 0 to 100"),
        ],
    )
    def test_a_mistake_is_named(self, described, part, value, named):
        with pytest.raises(InvalidInput, match=named.replace("(", r"\(")):
            Service.from_mapping({**described, part: value})

    def test_a_zone_is_an_offset(self, described):
        service = Service.from_mapping({**described, "log": {"path": "/a.log", "zone": "+09:00"}})
        assert service.log.zone.utcoffset(None).total_seconds() == 9 * 3600

    def test_our_own_questions_are_never_traffic(self, described):
        health = {**described["health"], "url": "http://a/[up]", "version_url": "http://a/who"}
        traffic = {"kind": "prometheus", "url": "http://a/stats", "ignore": []}
        source = Service.from_mapping({**described, "health": health, "traffic": traffic}).traffic
        assert [source.ignores(path) for path in ("/[up]", "/who", "/stats", "/u", "/")] == [True] * 3 + [False] * 2

    def test_our_own_questions_are_never_traffic_under_their_routes_templates_either(self, described):
        health = {**described["health"], "url": "http://a/management/health/readiness"}
        traffic = {"kind": "spring_actuator", "url": "http://a/management/metrics/http.server.requests", "ignore": []}
        source = Service.from_mapping({**described, "health": health, "traffic": traffic}).traffic
        assert source.ignores("/management/health/**")
        assert source.ignores("/management/metrics/{requiredMetricName}")
        assert not source.ignores("/api/tiles/{z:[0-9]{1,2}}")
