"""What an activation tells of its end, whichever door asked for it."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from refit.core.durable import replace_link
from refit.core.errors import StartFailed
from refit.core.system import System
from refit.deploy import staging
from refit.deploy.activation import Outcome, Request, activate
from refit.deploy.outcomes import ACTIVATED, FAILED, RESTORED, read_outcome
from refit.deploy.survey import full_record
from refit.state.operation import Operation, Operations
from support.fakes import DOWN, LEGACY, REFUSED, FakeClock, FakeSupervisor, a_service, a_tarball, no_command
from support.words import told


class Server:
    """A server with two releases staged; its service logs a line at each step of an activation."""

    def __init__(self, base: Path) -> None:
        self.log = base / "app.log"
        self.service = a_service(base, log={"path": str(self.log)})
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
        os.makedirs(self.system.proc)
        self.supervisor = FakeSupervisor(self.service, self.system)
        self.says: dict[str, str] = {}
        self.runs = 0
        for version in ("1", "2"):
            artifact = base / f"{version}.tar.gz"
            a_tarball(artifact, {"app.js": version})
            staging.stage(self.service, version, str(artifact), self.system)

    def activate(self, version: str) -> Outcome:
        self.runs += 1
        operation = Operation(self.runs, "deploy", f"run-{self.runs}", "kim@ops-1")
        Operations(self.service.state_dir, self.system).take(operation)
        request = Request(version, operation, finish=True)
        return activate(self.service, self.system, self.supervisor, request, self.write, check=self.supervisor.check)

    def write(self, step: str, detail: str) -> None:
        with self.log.open("a") as file:
            file.write(f"{step} of {detail}\n")
            if step in self.says:
                file.write(f"{self.says[step]}\n")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_an_outcome_says_on_which_host(server: Server) -> None:
    assert server.activate("1").to_record()["host"] == socket.gethostname()


def test_a_release_that_was_given_up_is_told_with_what_it_logged_and_nothing_from_before_or_after(
    server: Server,
) -> None:
    server.write("a line", "another day")
    assert server.activate("1").outcome == ACTIVATED
    server.supervisor.health["2"] = DOWN
    outcome = server.activate("2")
    assert outcome.outcome == RESTORED
    assert outcome.log_tail[0] == "lock of deploy"
    assert outcome.log_tail[-1].startswith("prove of ")


@pytest.mark.parametrize(
    ("line", "check"),
    [
        ("Error: listen EADDRINUSE: address already in use 0.0.0.0:8080", "port"),
        ("OSError: [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000)", "port"),
        ("Web server failed to start. Port 8080 was already in use.", "port"),
        ("java.io.IOException: No space left on device", "disk"),
        ("listening on 8080; 98 errors so far", "health"),
    ],
)
def test_what_of_the_host_was_in_the_way_is_not_booked_on_the_release(server: Server, line: str, check: str) -> None:
    assert server.activate("1").outcome == ACTIVATED
    server.supervisor.health["2"] = DOWN
    server.says["activated"] = line
    outcome = server.activate("2")
    assert (outcome.outcome, outcome.failed_check) == (RESTORED, check)
    assert (f"it logged: {line}" in str(outcome.reason)) is (check != "health")


def test_a_manager_that_fails_is_not_the_release_and_one_that_cannot_start_it_says_that_it_is(server: Server) -> None:
    assert server.activate("1").outcome == ACTIVATED
    server.supervisor.health["2"] = REFUSED
    assert server.activate("2").failed_check == "manager"
    server.supervisor.refusal = StartFailed
    assert server.activate("2").failed_check == "process"


def test_where_all_went_well_nothing_is_told_of_the_log(server: Server) -> None:
    assert server.activate("1").log_tail == []
    assert server.activate("1").log_tail == []


# -- where `current` names no release ------------------------------------------------------------------------------


@pytest.fixture
def with_legacy(server: Server, tmp_path: Path) -> Server:
    """A server on which an application that was never deployed runs."""
    (tmp_path / "legacy").mkdir()
    os.symlink(tmp_path / "legacy", server.service.current_link)
    server.supervisor.reload()
    server.supervisor.health["2"] = DOWN
    return server


def test_a_healthy_application_from_before_is_put_back_and_told_as_what_is_live(
    with_legacy: Server, tmp_path: Path
) -> None:
    outcome = with_legacy.activate("2")
    assert (outcome.outcome, outcome.live) == (RESTORED, f"legacy ({tmp_path}/legacy)")
    assert os.readlink(with_legacy.service.current_link) == f"{tmp_path}/legacy"
    assert told(outcome.reason).endswith(f"legacy ({tmp_path}/legacy) is back, healthy")
    assert with_legacy.supervisor.running == LEGACY
    assert read_outcome(outcome.to_record())["live"] == outcome.live


def test_one_that_is_not_healthy_is_put_back_too_and_said_to_be_so(with_legacy: Server, tmp_path: Path) -> None:
    with_legacy.supervisor.health[LEGACY] = DOWN
    outcome = with_legacy.activate("2")
    assert (outcome.outcome, outcome.live) == (FAILED, f"legacy ({tmp_path}/legacy)")
    assert "is back, and not healthy: answered 503" in told(outcome.reason)


def test_where_the_link_leads_nowhere_what_still_runs_is_what_was_live(server: Server) -> None:
    assert server.activate("1").outcome == ACTIVATED
    replace_link(server.service.current_link, "releases/v9")
    record = full_record(server.service, server.system, server.supervisor)
    assert (record["current"], record["previous"]) == ("1", None)
    server.supervisor.health["2"] = DOWN
    outcome = server.activate("2")
    assert (outcome.outcome, outcome.before, outcome.live) == (RESTORED, "1", "1")
    assert os.readlink(server.service.current_link) == "releases/v1"


def test_a_server_is_the_same_place_by_whatever_name(server: Server, tmp_path: Path) -> None:
    def place() -> str | None:
        return full_record(server.service, server.system, server.supervisor)["place"]

    assert place() is None  # of a kernel that says nothing nothing is said
    boot_id = tmp_path / "proc/sys/kernel/random/boot_id"
    boot_id.parent.mkdir(parents=True)
    boot_id.write_text("b8f0\n")
    here = place()
    assert here is not None
    assert here.startswith("b8f0/")
    assert place() == here
    shutil.copytree(server.service.state_dir, tmp_path / "copy")
    shutil.rmtree(server.service.state_dir)
    (tmp_path / "copy").rename(server.service.state_dir)
    assert place() != here


def test_going_to_what_still_runs_mends_the_link(server: Server) -> None:
    assert server.activate("1").outcome == ACTIVATED
    replace_link(server.service.current_link, "releases/v9")
    assert server.activate("1").outcome == ACTIVATED
    assert os.readlink(server.service.current_link) == "releases/v1"


def test_where_nothing_runs_either_the_link_never_leads_nowhere_again(server: Server) -> None:
    os.symlink("releases/v9", server.service.current_link)
    server.supervisor.health["2"] = DOWN
    outcome = server.activate("2")
    assert (outcome.outcome, outcome.live) == (FAILED, None)
    assert "`current` led to releases/v9, which is gone, so the service was stopped" in told(outcome.reason)
    assert not os.path.lexists(server.service.current_link)
