"""Whatever an application says where it fails, nothing that it is handed leaves the host in a module's answer."""

from __future__ import annotations

import contextlib
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from refit import modules
from support.words import told

PASSWORD, KEY = "pass-w0rd", "k3y-of-requests"


@pytest.fixture
def service(tmp_path):
    """A service that tells all that it knows."""

    class Telling(BaseHTTPRequestHandler):
        def do_GET(self):
            with (tmp_path / "app.log").open("a") as log:
                log.write(f"ERROR cannot log in with {PASSWORD}, Authorization: Basic eHg6eXk=\n")
            self.send_response(500)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(f"{PASSWORD} at http://kim:pw@db/?sig=1 for {self.headers.get('X-Key')}".encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Telling) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        (tmp_path / "pid").write_text(str(os.getpid()))
        yield {
            "name": "backend",
            "root": str(tmp_path / "opt"),
            "state_dir": str(tmp_path / "state"),
            "process_manager": "command",
            "command": {"reload": ["sh", "-c", f"echo {PASSWORD} >&2; exit 1"], "pid_file": str(tmp_path / "pid")},
            "health": {"url": url, "interval_s": 0.1, "timeout_s": 30, "deadline_s": 1, "stable_s": 0.1},
            "log": {"path": str(tmp_path / "app.log")},
            "synthetic": {"url": url, "headers": {"X-Key": KEY}},
            "wheel": {"python": "3.11", "app": "x:y", "import_env": {"DB_PASSWORD": PASSWORD}},
        }
        server.shutdown()


def without_secrets(answer):
    told = json.dumps(answer)
    assert not [secret for secret in (PASSWORD, KEY, "kim:pw", "sig=1", "eHg6eXk=") if secret in told]
    assert "***" in told
    return answer


def test_a_measurement(service):
    params = {"service": service, "window_s": 0.5, "operation": None, "survey": False}
    measured = without_secrets(modules.call("health_probe", params, False))["measurement"]
    assert measured["log"]["samples"]
    assert told(measured["health"]["last_failure"]).startswith("answered 500 instead of 200: ***")
    assert told(measured["synthetic"]["failure"]["detail"]).endswith("***")


def test_what_is_seen_of_a_service(service):
    left_out = {"scripts_dir": None, "config_dir": None, "incidents": False, "version": None}
    params = {"service": service, "observe": True, "wait_s": 0, **left_out}
    running = without_secrets(modules.call("release_info", params, False))["survey"]["running"]
    assert running["failure"]["kind"] == "bad_status"
    assert told(running["failure"]["detail"]) == "answered 500 instead of 200: *** at http://***@db/?*** for None"


def test_an_activation_that_fails(service, tmp_path):
    release = tmp_path / "opt" / "releases" / "v1"
    release.mkdir(parents=True)
    (release / "version.txt").write_text("1\n")
    operation = {"number": 1, "kind": "deploy", "run": "run-1", "owner": "kim@ops-1", "target": "1"}
    params = {
        "service": service,
        "version": "1",
        "operation": operation,
        "kind": "deploy",
        "mark_bad": None,
        "reason": None,
        "lock_wait_s": 1,
        "signed": {},
        "finish": True,
    }
    answer = without_secrets(modules.call("release_activate", params, False))
    assert answer["failed"]


def test_an_error(service):
    service["health"]["url"] = f"ftp://kim:{PASSWORD}@db/?sig=1"
    params = {"service": service, "window_s": 0, "operation": None, "survey": False}
    assert without_secrets(modules.call("health_probe", params, False))["kind"] == "invalid_input"
