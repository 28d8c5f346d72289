"""A deploy that ended half-way: what a server remembers of it, and what the next plan makes of that."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from refit.core.errors import NothingToRollBackTo
from refit.core.system import System
from refit.deploy import activation, staging, survey
from refit.deploy.activation import Request
from refit.deploy.outcomes import ACTIVATED, FAILED, REFUSED
from refit.deploy.survey_record import read_survey
from refit.fleet import plan
from refit.state.operation import DEPLOY, ROLLBACK, Operation, Operations
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball, no_command
from support.words import told

OLD, NEW, OTHER = "1", "2", "3"


class Server:
    """One server; *runs* counts the operations that worked on it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.service = a_service(base)
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
        os.makedirs(self.system.proc)
        self.supervisor = FakeSupervisor(self.service, self.system)
        self.runs = 0

    def operation(self, version: str, kind: str = DEPLOY) -> Operation:
        self.runs += 1
        return Operation(self.runs, kind, f"run-{self.runs}", "kim@ops-1", version)

    def stage(self, version: str) -> None:
        artifact = self.base / f"{version}.tar.gz"
        a_tarball(artifact, {"app.js": version})
        staging.stage(self.service, version, str(artifact), self.system)

    def deploy(self, version: str, *, stopped: bool | Mapping[str, str] = False) -> None:
        """A run that activates *version* here, and ends complete or half-way."""
        self.stage(version)
        operation = self.operation(version)
        assert self.activate(Request(version, operation)).outcome == ACTIVATED
        Operations(self.service.state_dir, self.system).finish(operation, stopped)

    def activate(self, request: Request, on_step: activation.OnStep | None = None) -> activation.Outcome:
        check = self.supervisor.check
        return activation.activate(self.service, self.system, self.supervisor, request, on_step=on_step, check=check)

    def before(self, version: str) -> str | None:
        """What a deploy of *version* would go back to here."""
        record = survey.full_record(self.service, self.system, self.supervisor)
        return plan.plan_deploy({"a": record}, version).from_versions["a"]


@pytest.fixture
def server(tmp_path: Path) -> Server:
    server = Server(tmp_path)
    server.deploy(OLD)
    return server


def test_a_deploy_that_continues_a_stopped_one_goes_back_to_what_that_one_had_replaced(server):
    server.deploy(NEW, stopped=True)
    assert server.before(NEW) == OLD


def test_a_deploy_of_another_release_goes_back_to_what_the_stopped_one_left(server):
    server.deploy(NEW, stopped=True)
    assert server.before(OTHER) == NEW


def test_a_server_that_a_stopped_deploy_did_not_reach_goes_back_only_to_a_release_that_is_named(server):
    server.deploy(NEW)
    server.stage(OTHER)
    operations, operation = Operations(server.service.state_dir, server.system), server.operation(OTHER)
    operations.take(operation)
    operations.finish(operation, stopped=True)
    here = {"a": survey.full_record(server.service, server.system, server.supervisor)}

    with pytest.raises(NothingToRollBackTo, match=f"the stopped deploy of {OTHER} by kim@ops-1 did not replace {NEW}"):
        plan.plan_rollback(here)

    back = plan.plan_rollback(here, OLD)
    request = Request(OLD, server.operation(OLD, ROLLBACK), kind=ROLLBACK, mark_bad=back.leaving, finish=True)
    assert server.activate(request).outcome == ACTIVATED


def test_once_it_was_completed_a_repeated_deploy_goes_back_nowhere(server):
    server.deploy(NEW, stopped=True)
    server.activate(Request(NEW, server.operation(NEW), finish=True))
    assert server.before(NEW) == NEW


def test_a_stopped_deploy_is_remembered_and_keeps_nobody_waiting(server):
    server.deploy(NEW, stopped=True)
    operations = Operations(server.service.state_dir, server.system)
    standing = operations.read()
    assert standing.stopped
    assert not standing.unfinished(server.system.clock.now())
    operations.take(server.operation(OTHER))


def test_why_a_deploy_stopped_is_remembered_with_it(server):
    by = {"severity": "P1", "why": "P1: 5xx 27 %"}
    server.deploy(NEW, stopped=by)
    record = survey.full_record(server.service, server.system, server.supervisor)
    found = read_survey(json.loads(json.dumps(record)))
    assert found["operation"]["stopped"] == by


def test_an_activation_that_a_rollback_overtakes_names_whose_it_is(server):
    server.stage(NEW)
    operation = server.operation(NEW)

    def overtake(step: str, _detail: str) -> None:
        if step == "intent":
            Operations(server.service.state_dir, server.system).take(server.operation(OLD, ROLLBACK))

    outcome = server.activate(Request(NEW, operation), overtake)

    assert (outcome.outcome, outcome.failed_check, outcome.touched) == (REFUSED, "outranked", False)
    assert told(outcome.overtaken_by) == "a rollback by kim@ops-1"


def test_a_disk_that_fills_after_the_switch_does_not_hide_that_the_host_was_touched(server):
    server.stage(NEW)
    ledger = Path(server.service.state_dir) / "ledger.jsonl"

    def fill(step: str, _detail: str) -> None:
        if step == "activated":
            ledger.rename(ledger.with_suffix(".aside"))
            ledger.mkdir()

    outcome = server.activate(Request(NEW, server.operation(NEW)), fill)

    assert (outcome.outcome, outcome.touched, outcome.live) == (FAILED, True, NEW)
    assert "ledger.jsonl" in told(outcome.reason)
