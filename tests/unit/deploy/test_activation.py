"""What an activation tells of its end, whichever door asked for it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from refit.core.system import System
from refit.deploy import staging
from refit.deploy.activation import ACTIVATED, RESTORED, Outcome, Request, activate
from refit.state.operation import Operation, Operations
from support.fakes import DOWN, FakeClock, FakeSupervisor, a_service, a_tarball, no_command


class Server:
    """A server with two releases staged; its service logs a line at each step of an activation."""

    def __init__(self, base: Path) -> None:
        self.log = base / "app.log"
        self.service = a_service(base, log={"path": str(self.log)})
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
        os.makedirs(self.system.proc)
        self.supervisor = FakeSupervisor(self.service, self.system)
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


def test_where_all_went_well_nothing_is_told_of_the_log(server: Server) -> None:
    assert server.activate("1").log_tail == []
    assert server.activate("1").log_tail == []
