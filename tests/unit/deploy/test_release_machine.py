"""Whatever happens to one server in whatever order, what must hold holds.

The release core works on real directories; only the processes, the clock and death are
:mod:`support.fakes`.  Every command is decided as the playbooks decide it: read, plan, act.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from refit.core.errors import NothingToRollBackTo, RecentRollback, RefitError
from refit.core.system import System
from refit.deploy import activation, marking, pruning, staging, survey
from refit.deploy.activation import ACTIVATED, FAILED, RESTORED, UNCHANGED, Request
from refit.fleet import plan as fleet_plan
from refit.fleet.plan import RECENT_S, FleetPlan
from refit.state import ledger_events, releases
from refit.state.ledger import Ledger
from refit.state.operation import Operation, Operations
from refit.state.runs import with_dead
from support.fakes import DOWN, REFUSED, UP, FakeClock, FakeSupervisor, a_service, a_tarball, killed_after, no_command

HOST = "app-1"
HANDMADE = "handmade"
NAMES = ("1", "2", "3", "4", "5")
SCRATCH = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk that does not make fsync slow


@functools.cache
def artifact(version: str) -> str:
    """The path of *version*'s archive, made once."""
    folder = tempfile.mkdtemp(prefix="refit-artifacts-", dir=SCRATCH)
    atexit.register(shutil.rmtree, folder)
    path = Path(folder, "backend.tar.gz")
    a_tarball(path, {"app.js": f"// {version}", "public/index.html": version})
    return str(path)


# Deploys after a rollback are frozen; whoever plays here says every time why it cannot wait.
INSISTS = "a person says so"


class Server:
    """One server and whoever operates it: each command returns how it ended, in a word."""

    def __init__(self, base: Path, clock: FakeClock):
        self.base = base
        self.service = a_service(base)
        self.clock = clock
        self.system = System(clock=clock, run=no_command, proc=str(base / "proc"))
        os.makedirs(self.system.proc, exist_ok=True)
        self.supervisor = FakeSupervisor(self.service, self.system)
        self.runs = 0
        self.last_run = ""
        self.dead: list[str] = []
        self.plan: FleetPlan | None = None

    def twin(self, base: Path) -> Server:
        """A second server in the same state."""
        base.mkdir()
        for part in ("opt", "state"):
            if (self.base / part).exists():
                shutil.copytree(self.base / part, base / part, symlinks=True)
        current = base / "opt" / "app" / "current"
        if current.is_symlink() and os.path.isabs(os.readlink(current)):
            version = releases.read_current(self.service).version
            current.unlink()
            current.symlink_to(base / "opt" / "app" / "releases" / f"v{version}")
        twin = Server(base, FakeClock(self.clock.time))
        twin.supervisor = self.supervisor.twin(twin.service, twin.system)
        twin.runs, twin.dead = self.runs, list(self.dead)
        return twin

    def survey(self) -> survey.Survey:
        return survey.survey(self.service, self.system)

    def record(self) -> dict[str, Any]:
        return survey.full_record(self.service, self.system, self.supervisor)

    # -- commands ------------------------------------------------------------------------------------------

    def stage(self, version: str) -> str:
        return "changed" if staging.stage(self.service, version, artifact(version), self.system).changed else "same"

    def deploy(self, version: str) -> str:
        self.plan = fleet_plan.plan_deploy(self._surveys(), version, override_freeze=INSISTS)
        operation = self._operation(self.plan)
        self._stage(version, operation)
        return self._activate(Request(version, operation, finish=True))

    def _surveys(self) -> dict[str, Any]:
        return with_dead({HOST: self.record()}, self.dead)

    def activate_handmade(self) -> str:
        self.plan = fleet_plan.plan_deploy(self._surveys(), HANDMADE, override_freeze=INSISTS)
        return self._activate(Request(HANDMADE, self._operation(self.plan), finish=True))

    def deploy_and_take_back(self, version: str) -> str:
        """A deploy that succeeds here and fails on another host, so that this one goes back, too."""
        self.plan = fleet_plan.plan_deploy(self._surveys(), version, override_freeze=INSISTS)
        operation, before = self._operation(self.plan), self.plan.from_versions[HOST]
        self._stage(version, operation)
        outcome = self._activate(Request(version, operation))
        if outcome == ACTIVATED and before not in (None, version):
            outcome = self._activate(Request(before, operation, "restore", finish=True))
        else:
            Operations(self.service.state_dir, self.system).finish(operation)
        return outcome

    def roll_back(self, version: str | None = None, further: bool = False) -> str:
        self.plan = plan = fleet_plan.plan_rollback({HOST: self.record()}, version, further=further)
        return self._activate(
            Request(plan.target, self._operation(plan), "rollback", mark_bad=plan.leaving, reason="5xx", finish=True)
        )

    def prune(self, keep: int) -> str:
        return ",".join(pruning.prune(self.service, self.system, keep)[0])

    def mark(self, version: str, bad: bool) -> str:
        return str(marking.mark(self.service, self.system, version, bad=bad, reason="says a person")[1])

    def _stage(self, version: str, operation: Operation) -> None:
        try:
            staging.stage(self.service, version, artifact(version), self.system, operation=operation)
        except RefitError:
            Operations(self.service.state_dir, self.system).finish(operation)
            raise

    def _operation(self, plan: FleetPlan) -> Operation:
        self.runs += 1
        self.last_run = f"run-{self.runs}"
        return Operation(plan.number, plan.kind, self.last_run, "kim@ops-1", plan.target, takes_over=plan.takes_over)

    def _activate(self, request: Request) -> str:
        check = self.supervisor.check
        return activation.activate(self.service, self.system, self.supervisor, request, check=check).outcome

    # -- what can be compared ------------------------------------------------------------------------------

    def standing(self) -> dict[str, Any]:
        """Everything that a person could see the difference of."""
        found = self.survey()
        intent = found.history.open_intent
        unfinished = found.operation is not None and found.operation.unfinished(self.clock.now())
        return {
            "live": found.live,
            "link": found.current and found.current.points_to.replace(str(self.base), ""),
            "runs": self.supervisor.running,
            "settings": self.supervisor.installed,
            "previous": found.previous,
            "releases": {release.version: release.state for release in found.releases},
            "bad": {release.version for release in found.releases if release.history.bad},
            "open": intent and (intent.version, intent.before, intent.kind),
            "unfinished": unfinished,
            "half-made": [name for name in self._names() if name.startswith(".")],
        }

    def decisions(self) -> list[dict[str, Any]]:
        """The ledger without who and when."""
        entries = Ledger(self.service.state_dir, self.clock).read().entries
        return [
            {key: str(entry[key]).replace(str(self.base), "") for key in entry.keys() - {"at", "op", "by"}}
            for entry in entries
        ]

    def _names(self) -> list[str]:
        directory = self.service.releases_dir
        return os.listdir(directory) if os.path.isdir(directory) else []


Command = Callable[[Server], str]
ENDS = (ACTIVATED, UNCHANGED, RESTORED, FAILED)


def attempt(server: Server, command: Command) -> str:
    """How *command* ended; a refusal that a person reads is an end like any other."""
    try:
        return command(server)
    except RefitError as error:
        server.dead.append(server.last_run)
        return error.kind


def uninterrupted(server: Server, command: Command, scratch: Path) -> tuple[Any, Any, Any]:
    """What becomes of a server like *server*: its decisions and standing after *command*, and its standing
    after the same command once more."""
    twin = server.twin(scratch)
    attempt(twin, command)
    decisions, once = twin.decisions(), twin.standing()
    attempt(twin, command)
    return decisions, once, twin.standing()


def die_and_rerun(server: Server, command: Command, writes: int, expected: tuple[Any, Any, Any]) -> bool:
    """Kill *command* after *writes* changes to the disk and run it again: the end is as :func:`uninterrupted`
    says.  Returns whether it got as far as being killed."""
    decisions, once, twice = expected
    if not killed_after(writes, lambda: attempt(server, command)):
        assert server.standing() == once
        return False
    server.dead.append(server.last_run)
    # Killed after all was decided, running it again is running it twice.
    wanted = dict(twice if server.decisions() == decisions else once)
    end, standing = attempt(server, command), server.standing()
    if end not in ENDS:  # refused before it began: the dead run's operation stands until it expires
        del standing["unfinished"], wanted["unfinished"]
    assert standing == wanted
    return True


versions = st.sampled_from(NAMES)
named = st.sampled_from((*NAMES, HANDMADE))
health = st.sampled_from((UP, UP, UP, DOWN, REFUSED))
commands = st.one_of(
    st.builds(lambda version: lambda server: server.deploy(version), versions),
    st.builds(lambda version: lambda server: server.stage(version), versions),
    st.builds(lambda further: lambda server: server.roll_back(further=further), st.booleans()),
    st.builds(lambda version: lambda server: server.roll_back(version), named),
)


class ReleaseMachine(RuleBasedStateMachine):
    """Model: *bad* as a person would remember it, *left* as what unnamed rollbacks in a row went away from."""

    def __init__(self) -> None:
        super().__init__()
        for version in NAMES:
            artifact(version)  # before anybody can be killed while it is made
        self.scratch = Path(tempfile.mkdtemp(prefix="refit-machine-", dir=SCRATCH))
        self.server = Server(self.scratch / "server", FakeClock())
        self.twins = 0
        self.bad: set[str] = set()
        self.left: set[str] = set()
        self.went_live = False

    def teardown(self) -> None:
        shutil.rmtree(self.scratch)

    @initialize(adopted=st.booleans())
    def a_server_that_somebody_kept_by_hand_or_a_new_one(self, adopted: bool) -> None:
        if adopted:
            directory = Path(self.server.service.release_dir(HANDMADE))
            directory.mkdir(parents=True)
            (directory / "app.js").write_text("// by hand")
            Path(self.server.service.current_link).symlink_to(directory)  # absolute, as people link
            self.server.supervisor.reload()
            self.went_live = True

    # -- what happens --------------------------------------------------------------------------------------

    @rule(version=versions)
    def stage(self, version: str) -> None:
        attempt(self.server, lambda server: server.stage(version))

    @rule(version=versions, health=health)
    def deploy(self, version: str, health: str) -> None:
        self.server.supervisor.health[version] = health
        before, settings = self.server.survey(), self.server.supervisor.installed
        outcome = attempt(self.server, lambda server: server.deploy(version))
        self._note_activation(outcome)
        running = self.server.supervisor.running
        if outcome in (ACTIVATED, UNCHANGED):
            assert running == version
            assert health == UP or (outcome == UNCHANGED and health == REFUSED)  # what runs is not started anew
            self.left.clear()
        elif outcome == RESTORED and before.history.open_intent is None:
            assert running == before.live
            assert self.server.supervisor.installed == settings
        if outcome in ENDS:
            assert self.server.standing()["half-made"] == []

    @rule(version=versions)
    def deploy_that_fails_on_another_host(self, version: str) -> None:
        before = self.server.survey()
        outcome = attempt(self.server, lambda server: server.deploy_and_take_back(version))
        self._note_activation(outcome)
        if outcome == ACTIVATED and before.live not in (None, version) and before.history.open_intent is None:
            assert self.server.supervisor.running == before.live
        self.left.clear()

    @rule(further=st.booleans())
    def roll_back(self, further: bool) -> None:
        before = self.server.survey()
        outcome = attempt(self.server, lambda server: server.roll_back(further=further))
        if outcome not in ENDS:
            return
        target, leaving = self.server.plan.target, self.server.plan.leaving
        self._note_activation(outcome)
        self._is_fit(target)
        begun = before.history.open_intent
        if begun is None or begun.version != target:
            assert target in self.server.supervisor.healthy_once
        if leaving is not None:
            self.bad.add(leaving)
        if outcome == ACTIVATED:
            assert target not in self.left
            self.left.add(leaving)
        if outcome in (ACTIVATED, UNCHANGED):
            self._pressing_again_changes_nothing()

    @rule(version=named)
    def roll_back_to(self, version: str) -> None:
        outcome = attempt(self.server, lambda server: server.roll_back(version))
        if outcome not in ENDS:
            return
        self._note_activation(outcome)
        self._is_fit(version)
        if self.server.plan.leaving is not None:
            self.bad.add(self.server.plan.leaving)
        self.left.clear()

    @rule()
    @precondition(lambda self: os.path.isdir(self.server.service.release_dir(HANDMADE)))
    def activate_what_was_made_by_hand(self) -> None:
        self._note_activation(attempt(self.server, Server.activate_handmade))
        self.left.clear()

    @rule(command=commands, writes=st.integers(0, 70), rerun=st.booleans())
    def die(self, command: Command, writes: int, rerun: bool) -> None:
        if rerun:
            self.twins += 1
            expected = uninterrupted(self.server, command, self.scratch / f"twin-{self.twins}")
            die_and_rerun(self.server, command, writes, expected)
        elif killed_after(writes, lambda: attempt(self.server, command)):
            self.server.dead.append(self.server.last_run)
        # How far it came is not known here, so the server is believed.
        self.bad = self.server.standing()["bad"]
        self.left.clear()
        releases_now = self.server.survey().history.releases.values()
        self.went_live = self.went_live or any(known.result == ledger_events.VERIFIED for known in releases_now)

    @rule(keep=st.integers(1, 3), writes=st.one_of(st.none(), st.integers(0, 12)))
    def prune(self, keep: int, writes: int | None) -> None:
        before = self.server.survey()
        good = [release.version for release in before.releases if release.state == "verified"]
        if writes is not None:
            killed_after(writes, lambda: attempt(self.server, lambda server: server.prune(keep)))
        attempt(self.server, lambda server: server.prune(keep))
        after = self.server.survey()
        assert (after.live, after.previous) == (before.live, before.previous)
        assert good[:keep] == [release.version for release in after.releases if release.state == "verified"][:keep]
        made_by_hand = [release.version for release in before.releases if release.handmade]
        assert made_by_hand == [release.version for release in after.releases if release.handmade]

    @rule(version=versions, bad=st.booleans())
    def a_person_judges(self, version: str, bad: bool) -> None:
        if attempt(self.server, lambda server: server.mark(version, bad)) in ("True", "False"):
            (self.bad.add if bad else self.bad.discard)(version)

    @rule(version=named, health=health)
    def its_health_changes(self, version: str, health: str) -> None:
        self.server.supervisor.health[version] = health

    @rule(version=versions, lost=st.sampled_from((["version.txt"], [".release.json"], [".release.json", "app.js"])))
    def files_are_lost(self, version: str, lost: list[str]) -> None:
        if self.server.survey().live != version:
            for name in lost:
                Path(self.server.service.release_dir(version), name).unlink(missing_ok=True)

    @rule(number=st.integers(1, 3))
    def settings_change(self, number: int) -> None:
        self.server.supervisor.settings = f"settings {number}"

    @rule(seconds=st.sampled_from((100.0, RECENT_S + 100.0)))
    def time_passes(self, seconds: float) -> None:
        self.server.clock.sleep(seconds)

    # -- what holds ----------------------------------------------------------------------------------------

    def _note_activation(self, outcome: str) -> None:
        self.went_live = self.went_live or outcome in (ACTIVATED, UNCHANGED)
        if outcome in ENDS:
            standing = self.server.standing()
            assert (standing["open"], standing["unfinished"]) == (None, False)

    def _is_fit(self, version: str) -> None:
        directory = Path(self.server.service.release_dir(version))
        assert version not in self.bad
        assert (directory / "app.js").is_file()
        for name in ("version.txt", ".release.json"):
            assert version == HANDMADE or (directory / name).is_file()

    def _pressing_again_changes_nothing(self) -> None:
        before = self.server.standing()
        assert attempt(self.server, Server.roll_back) in (RecentRollback.kind, UNCHANGED)
        assert self.server.standing() == before

    @invariant()
    def current_resolves(self) -> None:
        link = self.server.service.current_link
        if os.path.lexists(link) or self.went_live:
            assert os.path.isdir(link)

    @invariant()
    def nothing_that_qualifies_is_bad_or_never_ran(self) -> None:
        for release in self.server.survey().releases:
            if release.why_not is None:
                self._is_fit(release.version)
                assert release.version in self.server.supervisor.healthy_once


TestReleaseMachine = ReleaseMachine.TestCase
TestReleaseMachine.settings = settings(max_examples=50, stateful_step_count=30, suppress_health_check=list(HealthCheck))


# -- death at every point ----------------------------------------------------------------------------------


def nothing(server: Server) -> None:
    """A new server."""


def one_release(server: Server) -> None:
    server.deploy("1")


def two_releases(server: Server) -> None:
    one_release(server)
    server.supervisor.settings = "settings 2"
    server.deploy("2")


def two_releases_and_a_sick_old_one(server: Server) -> None:
    two_releases(server)
    server.supervisor.health["1"] = DOWN


def a_bad_build_comes(server: Server) -> None:
    two_releases(server)
    server.supervisor.health["3"] = DOWN
    server.supervisor.settings = "settings 3"


def a_bad_build_comes_first(server: Server) -> None:
    server.supervisor.health["1"] = DOWN


def everything_is_sick(server: Server) -> None:
    a_bad_build_comes(server)
    server.supervisor.health["2"] = REFUSED


def a_rollback_just_now(server: Server) -> None:
    for version in ("1", "2", "3"):
        server.deploy(version)
    server.roll_back()


def die_on_the_way(server: Server, command: Command) -> None:
    """Run *command* and die as soon as it has told of its intent."""
    writes = 0
    while server.survey().history.open_intent is None:
        assert killed_after(writes, lambda: command(server))
        server.dead.append(server.last_run)
        writes += 1


def a_deploy_died(server: Server) -> None:
    two_releases(server)
    server.stage("3")  # which takes more steps than an activation: dying during it would never come to an intent
    die_on_the_way(server, lambda server: server.deploy("3"))


def a_deploy_died_and_the_old_one_is_sick(server: Server) -> None:
    a_deploy_died(server)
    server.supervisor.health["2"] = DOWN


def a_rollback_died(server: Server) -> None:
    for version in ("1", "2", "3"):
        server.deploy(version)
    die_on_the_way(server, Server.roll_back)


@pytest.mark.parametrize(
    ("given", "command", "live"),
    [
        (nothing, lambda server: server.stage("1"), None),
        (nothing, lambda server: server.deploy("1"), "1"),
        (one_release, lambda server: server.deploy("2"), "2"),
        (two_releases, lambda server: server.deploy("1"), "1"),
        (a_bad_build_comes_first, lambda server: server.deploy("1"), None),
        (a_bad_build_comes, lambda server: server.deploy("3"), "2"),
        (everything_is_sick, lambda server: server.deploy("3"), "2"),
        (two_releases, lambda server: server.roll_back(), "1"),
        (two_releases, lambda server: server.roll_back("1"), "1"),
        (two_releases_and_a_sick_old_one, lambda server: server.roll_back(), "2"),
        (a_rollback_just_now, lambda server: server.roll_back(further=True), "1"),
        (a_rollback_just_now, lambda server: server.deploy("4"), "4"),
        (a_deploy_died, lambda server: server.deploy("3"), "3"),
        (a_deploy_died, lambda server: server.roll_back(), "2"),
        (a_deploy_died_and_the_old_one_is_sick, lambda server: server.deploy("2"), "3"),
        (a_rollback_died, lambda server: server.roll_back(), "2"),
        (a_rollback_died, lambda server: server.deploy("4"), "4"),
        (a_rollback_just_now, lambda server: server.prune(1), "2"),
    ],
)
def test_a_command_killed_anywhere_and_run_again_ends_as_if_it_had_not_been(tmp_path, given, command, live):
    scratch = Path(tempfile.mkdtemp(prefix="refit-kill-", dir=SCRATCH)) if SCRATCH else tmp_path
    try:
        for version in NAMES:
            artifact(version)
        origin = Server(scratch / "origin", FakeClock())
        given(origin)
        expected = uninterrupted(origin, command, scratch / "untouched")
        for writes in itertools.count():
            server = origin.twin(scratch / f"killed-{writes}")
            killed = die_and_rerun(server, command, writes, expected)
            assert server.survey().live == live
            if not killed:
                break
        assert writes > 5
    finally:
        if SCRATCH:
            shutil.rmtree(scratch)


# -- going back step by step -------------------------------------------------------------------------------


@pytest.fixture
def three_releases(tmp_path):
    server = Server(tmp_path / "server", FakeClock())
    for version in ("1", "2", "3"):
        server.deploy(version)
    return server


def test_going_back_never_returns_to_a_release_that_was_left_though_a_person_clears_it(three_releases):
    server, ends = three_releases, []
    for _ in range(4):
        ends.append((attempt(server, Server.roll_back), server.supervisor.running))
        for version in ("2", "3"):
            server.mark(version, False)
        server.clock.sleep(RECENT_S)
    nothing_left = (NothingToRollBackTo.kind, "1")
    assert ends == [(ACTIVATED, "2"), (ACTIVATED, "1"), nothing_left, nothing_left]


def test_a_release_that_was_left_is_good_again_once_it_is_deployed_and_proven(three_releases):
    server = three_releases
    server.roll_back()
    server.mark("3", False)
    assert server.deploy("3") == ACTIVATED
    assert server.deploy("4") == ACTIVATED
    assert server.roll_back() == ACTIVATED  # minutes after another one, but something new went live since
    assert server.supervisor.running == "3"


def test_a_rollback_that_died_past_its_switch_still_leaves_what_it_was_leaving(three_releases):
    server, writes = three_releases, 0
    while server.survey().live == "3":
        killed_after(writes, server.roll_back)
        writes += 1
    assert server.survey().live == "2"
    assert server.roll_back("1") == ACTIVATED
    assert server.standing()["bad"] == {"3"}
