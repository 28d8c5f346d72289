"""No release that is not really up passes the gate; what was live before is put back and proven."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from refit.supervisors.pm2 import Pm2Supervisor
from support.fleet import TOOLS, wait_until
from support.host import Host
from support.words import told

pytestmark = pytest.mark.fleet

# As short as a release takes that is well, on a busy machine.
HASTY = {"deadline_s": 2.5, "interval_s": 0.05, "stable_s": 0.5}

STRANGER = """
import http.server, json, sys
class Stranger(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = sys.argv[3].encode()
        self.send_response(int(sys.argv[2]))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Stranger).serve_forever()
"""


@contextlib.contextmanager
def stranger_on(host: Host, answer: int, **says: str) -> Iterator[None]:
    """A process outside the service that holds its port and gives everybody *answer* and the JSON *says*."""
    port = host.server.port
    process = subprocess.Popen([sys.executable, "-c", STRANGER, str(port), str(answer), json.dumps(says)])
    try:
        wait_until(lambda: _answers(port))
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture
def fresh(host: Host) -> Host:
    """The server with nothing deployed."""
    host.health = dict(HASTY)
    host.wipe()
    return host


@pytest.fixture
def live(host: Host) -> Host:
    """The server with release ``good`` live and proven."""
    host.health = dict(HASTY)
    if not os.path.lexists(host.server.root / "current") or host.running() != "good":
        host.wipe()
        host.must_deploy("good")
    return host


def assert_back_on_good(host: Host, outcome: Mapping[str, Any], bad: str) -> None:
    assert outcome["outcome"] == "restored", outcome
    assert (outcome["from"], outcome["to"], outcome["live"]) == ("good", bad, "good")
    assert outcome["restore_proof"]["proven"]
    assert set(outcome["restore_proof"]["releases"].values()) == {"good"}
    assert host.server.current == "good"
    assert host.running() == "good"
    record = host.record()
    assert record["running"]["running"] == ["good"]
    assert record["open_intent"] is None
    assert (host.release("good")["state"], host.release(bad)["state"]) == ("verified", "failed")
    assert host.release(bad)["why_not"]
    assert host.operation().finished


@pytest.mark.parametrize(
    ("mode", "options", "checks"),
    [
        pytest.param(
            "crash_loop", {"after_ms": 500}, {"restarts", "process", "health"}, id="answers UP and crash-loops"
        ),
        pytest.param("crash_at_start", {}, {"restarts", "process", "health"}, id="crashes at start"),
        pytest.param("never_ready", {}, {"health"}, id="never becomes ready"),
        pytest.param("hangs", {}, {"health"}, id="accepts and never answers"),
        pytest.param("unhealthy", {}, {"health"}, id="answers DOWN"),
        pytest.param("degrades", {"after_answers": 2}, {"health"}, id="turns unhealthy after some good answers"),
        pytest.param("wrong_version", {}, {"version"}, id="names another version"),
    ],
)
def test_a_release_that_is_not_up_is_taken_back(
    live: Host, mode: str, options: dict[str, Any], checks: set[str]
) -> None:
    bad = mode.replace("_", "-")
    outcome = live.deploy(bad, mode, **options)
    assert outcome["failed_check"] in checks, outcome
    assert outcome["reason"] == outcome["proof"]["reason"]
    assert not outcome["proof"]["proven"]
    if options:  # it did answer well, so that a gate that believes the first answer fails this test
        assert outcome["proof"]["health"]["passes"] > 0
    assert_back_on_good(live, outcome, bad)


def test_a_crash_loop_is_recognised_long_before_the_deadline(live: Host) -> None:
    live.health = {**HASTY, "deadline_s": 60}
    outcome = live.deploy("looping", "crash_loop", after_ms=100)
    assert outcome["proof"]["duration_s"] < 15
    assert_back_on_good(live, outcome, "looping")


def test_a_release_that_starts_slowly_passes_once_it_is_up(live: Host) -> None:
    outcome = live.deploy("slow", "slow_start", start_ms=900)
    assert outcome["outcome"] == "activated"
    assert outcome["proof"]["health"]["first_pass_s"] > 0
    assert live.running() == "slow"


def test_a_rollback_by_hand_that_fails_quotes_what_its_target_logged(live: Host) -> None:
    live.stage("silent", "crash_at_start")
    done = live.drive("rollback", arguments=["--json", "silent"])
    assert done.code == 6, done.err
    assert "NullPointerException: the configuration is missing" in " ".join(done.result["outcome"]["log_tail"])
    assert live.running() == "good"


# -- the first release ever --------------------------------------------------------------------


def assert_stopped_and_said_so(host: Host, outcome: Mapping[str, Any]) -> None:
    assert outcome["outcome"] == "failed"
    assert outcome["from"] is None
    assert outcome["live"] is None
    assert "no release before it, so the service was stopped" in told(outcome["reason"])
    assert not os.path.lexists(host.server.root / "current")
    assert host.supervisor.state().status == "absent"


def test_a_first_release_that_fails_is_stopped_and_said_so(fresh: Host) -> None:
    outcome = fresh.deploy("first", "unhealthy")
    assert outcome["failed_check"] == "health"
    assert_stopped_and_said_so(fresh, outcome)
    assert fresh.server.ask("/health") is None
    assert fresh.release("first")["state"] == "failed"


def test_a_first_release_whose_port_is_taken_fails(fresh: Host) -> None:
    with stranger_on(fresh, 404):
        assert_stopped_and_said_so(fresh, fresh.deploy("first"))


def test_a_stranger_who_answers_up_on_the_port_is_never_taken_for_the_release(fresh: Host) -> None:
    """It answers all that the release would, even its version: only the processes give it away."""
    with stranger_on(fresh, 200, status="UP", version="first"):
        outcome = fresh.deploy("first")
        assert outcome["failed_check"] == "port"
        assert outcome["proof"]["health"]["passes"] > 0
        assert_stopped_and_said_so(fresh, outcome)


def test_a_stranger_who_answers_up_does_not_stand_in_for_a_release_that_never_listens(fresh: Host) -> None:
    with stranger_on(fresh, 200, status="UP", version="someone-else"):
        outcome = fresh.deploy("deaf", "never_ready")
        assert outcome["failed_check"] == "version"
        assert_stopped_and_said_so(fresh, outcome)


# -- what was live before is not well itself ---------------------------------------------------


def test_a_restore_that_cannot_succeed_says_that_the_old_release_was_unhealthy_before(live: Host) -> None:
    live.pm2("stop", "backend")
    with stranger_on(live, 503, status="DOWN"):
        outcome = live.deploy("blocked")
    assert outcome["outcome"] == "failed"
    assert outcome["live"] == "good"
    assert "going back to good, which was not healthy before either, failed" in told(outcome["reason"])
    assert live.server.current == "good"
    assert (live.release("good")["bad"], live.release("good")["state"]) == (None, "verified")
    assert live.release("blocked")["state"] == "failed"

    # With the cause gone, the old release needs no more than to be named again, if PM2 has not brought it up by then.
    assert live.activate("good")["outcome"] in {"activated", "unchanged"}
    assert live.running() == "good"


# -- the process manager goes on with the old code ----------------------------------------------


class OnlyStartOrReload(Pm2Supervisor):
    """What most deploy scripts do: write the file, reload, believe the exit code."""

    def reload(self, definition: str | None = None) -> Mapping[str, Any]:
        Path(self.definition_path).write_text(definition or self.definition())
        self._client.run("startOrReload", self.definition_path, "--only", self.service.name, "--update-env")
        return {"action": "reloaded", "why": None}


@pytest.fixture
def pinned(live: Host) -> Host:
    """``good`` started by hand in its own directory, which PM2 then never leaves."""
    live.pm2("delete", "backend")
    directory = live.server.root / "releases" / "vgood"
    node = str(TOOLS / "node")
    live.pm2(
        "start", "server.js", "--name", "backend", "--interpreter", node, cwd=directory, PORT=str(live.server.port)
    )
    wait_until(lambda: live.running() == "good")
    return live


def test_old_code_that_the_manager_still_serves_does_not_pass(pinned: Host) -> None:
    """Nothing but the kernel tells: the service is not asked for its version, and answers UP."""
    pinned.health = {**pinned.health, "version_url": None}
    pinned.stage("new")
    outcome = pinned.activate("new", by=OnlyStartOrReload(pinned.service, pinned.service.manager, pinned.world))
    assert outcome["failed_check"] == "release"
    assert "runs release good, not new" in told(outcome["reason"])
    assert_back_on_good(pinned, outcome, "new")


def test_the_supervisor_replaces_a_process_that_is_frozen_in_an_old_release(pinned: Host) -> None:
    before = pinned.supervisor.state().pids
    pinned.stage("newer")
    supervisor = pinned.supervisor
    outcome = pinned.activate("newer", by=supervisor)
    assert outcome["outcome"] == "activated"
    assert pinned.running() == "newer"
    assert pinned.record()["running"]["running"] == ["newer"]
    assert not set(before) & set(supervisor.state().pids)


def test_an_old_process_outside_the_manager_that_kept_the_port_does_not_pass(live: Host) -> None:
    live.pm2("delete", "backend")
    directory = live.server.root / "releases" / "vgood"
    environment = {**os.environ, "PORT": str(live.server.port)}
    old = subprocess.Popen([TOOLS / "node", "server.js"], cwd=directory, env=environment)
    try:
        wait_until(lambda: live.running() == "good")
        live.health = {**live.health, "version_url": None}
        outcome = live.deploy("deaf", "never_ready")
    finally:
        old.kill()
        old.wait(timeout=10)
    assert outcome["failed_check"] == "release"
    assert f"still held by process {old.pid} of release good" in told(outcome["reason"])
