"""A run that is killed anywhere leaves a host on which the same command, run again, ends as if nothing had happened."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.app.build import build
from support.host import Driven, Host
from support.words import told

pytestmark = [pytest.mark.fleet, pytest.mark.slow]

KILLED = -9
OK = 0


@dataclass(frozen=True)
class Command:
    """A command, the release that is live before it, and every point that it passes."""

    name: str
    start: str
    version: str
    points: tuple[str, ...]


DEFINITION = ("rename ecosystem.config.cjs.next", "rename ecosystem.config.cjs")
SWITCH = ("intent", "switch", "rename current", "reload", *DEFINITION)
PM2 = ("during pm2 startOrReload", "during pm2 save")
DEPLOY = Command(
    "deploy",
    start="base",
    version="new",
    points=(
        *("lock", "rename operation.json"),
        "rename base",  # its process definition is kept
        *(*SWITCH, *PM2),
        *("activated", "prove", "verify", "rename operation.json (2)"),
    ),
)
ROLLBACK = Command(
    "rollback",
    start="new",
    version="base",
    points=(
        *("lock", "rename operation.json", "mark_bad"),
        "rename new",
        *(*SWITCH, *PM2),
        *("activated", "prove", "verify", "rename operation.json (2)"),
    ),
)
FAILING_DEPLOY = Command(
    "deploy",
    start="base",
    version="bad",
    points=(
        *("lock", "rename operation.json", "rename base", *SWITCH, *PM2, "activated", "prove"),
        *("restore_switch", "rename current (2)", "restore_reload"),
        *(f"{point} (2)" for point in DEFINITION),
        *("during pm2 startOrReload (2)", "during pm2 save (2)"),
        *("restore_prove", "failed", "rename operation.json (2)"),
    ),
)


def points(command: Command, *, but: tuple[str, ...] = ()) -> list[Any]:
    """Test parameters: *command* and each of its points."""
    return [pytest.param(command, point, id=point) for point in command.points if point not in but]


class Bench:
    """The host on which ``base`` and then ``new`` went live, each with settings of its own."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._uninterrupted: dict[Command, tuple[list[str], dict[str, Any]]] = {}
        host.app = {"max_restarts": 1}
        host.health = {"stable_s": 0.2, "successes": 2, "interval_s": 0.05, "deadline_s": 10}
        for version, mode in (("base", "healthy"), ("new", "healthy"), ("bad", "crash_at_start")):
            host.stage(version, mode)
        for version in ("base", "new"):
            host.env = {"GREETING": f"of {version}"}
            assert host.activate(version)["outcome"] == "activated"
            host.keep()

    def run(self, command: Command, kill_at: str | None = None) -> Driven:
        """Run *command*; killed or not, ``current`` must resolve afterwards."""
        self.host.env = {"GREETING": f"of {command.version}"}
        plan = {"arguments": []} if command is ROLLBACK else {"version": command.version}
        run = self.host.drive(command.name, kill_at=kill_at, **plan)
        assert (self.host.server.root / "current" / "version.txt").is_file()
        if kill_at is not None:
            assert run.code == KILLED, (run.code, run.steps, run.err)
            assert kill_at in run.steps
        return run

    def uninterrupted(self, command: Command) -> tuple[list[str], dict[str, Any]]:
        """What *command* passes and how it leaves the host when nothing happens to it."""
        if command not in self._uninterrupted:
            self.host.put_back(command.start)
            run = self.run(command)
            assert run.code == OK, run.err
            self._uninterrupted[command] = (run.steps, self.standing())
        return self._uninterrupted[command]

    def standing(self) -> dict[str, Any]:
        """Everything about the host that a run may change, without times and numbers."""
        record = self.host.record()
        return {
            "current": record["current_link"],
            "runs": (record["running"]["running"], self.host.running(), record["running"]["healthy"]),
            "greeting": self.host.greeting(),
            "releases": {r["version"]: (r["state"], r["qualifies"], bool(r["bad"])) for r in record["releases"]},
            "open intent": record["open_intent"],
            "previous": record["previous"],
            "last rollback": record["last_rollback"] and record["last_rollback"]["version"],
            "operation finished": bool(self.host.operation().finished),
            "left over": self.host.leftovers(),
        }


@pytest.fixture(scope="module")
def bench(host: Host) -> Bench:
    return Bench(host)


@pytest.mark.parametrize(
    ("command", "live", "other"),
    [
        pytest.param(command, live, other)
        for command, live, other in (
            (DEPLOY, "new", {}),
            (ROLLBACK, "base", {"new": ("bad", False, True)}),
            (FAILING_DEPLOY, "base", {"bad": ("failed", False, False)}),
        )
    ],
)
def test_an_uninterrupted_run_passes_every_point_and_ends_well(
    bench: Bench, command: Command, live: str, other: dict[str, Any]
) -> None:
    """The list of points is complete, and the state that the tests below compare with is the right one."""
    steps, end = bench.uninterrupted(command)
    assert tuple(steps) == command.points
    assert end["current"] == {"target": f"releases/v{live}", "absolute": False, "nowhere": False}
    assert end["runs"] == ([live], live, True)
    assert end["greeting"] == f"of {live}"
    assert (end["open intent"], end["operation finished"], end["left over"]) == (None, True, [])
    proven = ("verified", True, False)
    assert end["releases"].items() >= {"base": proven, live: proven, **other}.items()


@pytest.mark.parametrize(("command", "point"), points(DEPLOY))
def test_a_deploy_killed_anywhere_is_finished_by_running_it_again(bench: Bench, command: Command, point: str) -> None:
    _, end = bench.uninterrupted(command)
    bench.host.put_back(command.start)
    bench.run(command, kill_at=point)
    assert bench.run(command).result["outcome"] in ("activated", "unchanged")
    assert bench.standing() == end


@pytest.mark.parametrize(("command", "point"), points(ROLLBACK))
def test_a_rollback_killed_anywhere_is_finished_by_running_it_again(bench: Bench, command: Command, point: str) -> None:
    _, end = bench.uninterrupted(command)
    bench.host.put_back(command.start)
    bench.run(command, kill_at=point)
    again = bench.run(command)
    assert again.code == OK, again.err
    assert bench.standing() == end


# Within most steps it does what any deploy does, first forth and then back.
SEEN_ABOVE = ("rename operation.json", "rename base", "rename current", *DEFINITION, *PM2)
SEEN_TWICE = ("rename current (2)", *(f"{point} (2)" for point in DEFINITION), "during pm2 save (2)")


@pytest.mark.parametrize(("command", "point"), points(FAILING_DEPLOY, but=(*SEEN_ABOVE, *SEEN_TWICE)))
def test_a_failing_deploy_killed_anywhere_is_taken_back_by_running_it_again(
    bench: Bench, command: Command, point: str
) -> None:
    _, end = bench.uninterrupted(command)
    bench.host.put_back(command.start)
    bench.run(command, kill_at=point)
    assert bench.run(command).result["outcome"] == "restored"
    assert bench.standing() == end


# -- staging -----------------------------------------------------------------------------------


@pytest.fixture
def on_base(bench: Bench) -> Iterator[Host]:
    bench.host.put_back("base")
    yield bench.host
    for version in ("staged", "deaf"):
        shutil.rmtree(bench.host.server.root / "releases" / f"v{version}", ignore_errors=True)


@pytest.mark.parametrize("point", ["unpacked", "rename vstaged"])
def test_staging_killed_in_the_middle_leaves_nothing_that_counts_and_is_swept(on_base: Host, point: str) -> None:
    plan = {"version": "staged", "artifact": str(build(on_base.base / "artifacts", "staged"))}
    assert on_base.drive("stage", kill_at=point, **plan).code == KILLED
    assert [Path(path).name[:9] for path in on_base.leftovers()] == [".staging-"]
    assert "staged" not in {release["version"] for release in on_base.record()["releases"]}
    assert on_base.drive("stage", **plan).code == OK
    assert on_base.leftovers() == []
    assert on_base.release("staged")["state"] == "staged"


# -- the orphan of a controller that is gone ---------------------------------------------------


def test_an_orphan_that_waits_for_its_release_stops_when_a_rollback_takes_over(on_base: Host) -> None:
    on_base.stage("deaf", "never_ready")
    patient = on_base.health
    on_base.health = {**patient, "deadline_s": 120}
    orphan = on_base.start("deploy", version="deaf", owner="controller")
    orphan.reaches("prove")
    on_base.health = patient
    began = time.monotonic()
    rollback = on_base.drive("rollback", arguments=[])
    assert rollback.code == OK, rollback.err
    orphan.ended(seconds=10)
    assert time.monotonic() - began < 15
    assert orphan.result["outcome"] == "refused"
    assert "a newer run has taken over: rollback of base by kim" in told(orphan.result["reason"])
    assert (on_base.server.current, on_base.running()) == ("base", "base")
    assert on_base.release("deaf")["state"] == "bad"
    assert on_base.record()["open_intent"] is None
    assert on_base.operation().finished
