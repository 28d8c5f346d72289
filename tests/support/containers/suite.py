"""All scenarios, or some: what ``make molecule`` runs.

Each scenario is a process of ``molecule test`` with a home for Ansible of its own, so that nothing of it is left
but the images.  Several run side by side; what each said is kept in ``build/molecule``.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.containers import images
from support.containers.ready import ready
from support.containers.servers import GROUP_VARS, Servers

SCENARIOS = images.ROOT / "tests" / "molecule"
LOGS = images.ROOT / "build" / "molecule"
#: Before a figure that a test wants the reader of the run to see.
MEASURED = "measured: "
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """How a scenario ended, and what it said."""

    scenario: str
    passed: bool
    seconds: float
    said: str

    @property
    def figures(self) -> list[str]:
        """What its tests measured."""
        lines = _COLOUR.sub("", self.said).splitlines()
        return [line.removeprefix(MEASURED) for line in lines if line.startswith(MEASURED)]


class UnknownScenario(Exception):
    """A name that no folder has; the text lists those that exist."""


def choose(names: Sequence[str], folder: Path = SCENARIOS) -> list[str]:
    """*names*, or all scenarios in *folder* if there are none.  Raises UnknownScenario."""
    known = sorted(path.parent.name for path in folder.glob("*/molecule.yml"))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownScenario("There is no scenario {}. There are: {}".format(" ".join(unknown), " ".join(known)))
    return list(names) or known


def image_of(platform: dict[str, Any]) -> tuple[str, bool]:
    """What *platform*, an entry of a scenario's ``molecule.yml``, starts from: the suite, and whether it is ready."""
    return str(platform.get("suite", "bookworm")), bool(platform.get("ready", True))


def group_vars_of(scenario: str) -> Path:
    """What the site of *scenario* says: its own ``group_vars``, or those that all scenarios share."""
    own = SCENARIOS / scenario / "group_vars"
    return own if own.is_dir() else GROUP_VARS


def run(names: Sequence[str], jobs: int) -> int:
    """Run the scenarios *names*, at most *jobs* side by side; returns the exit code."""
    began = time.monotonic()
    chosen = choose(names)
    LOGS.mkdir(parents=True, exist_ok=True)
    _make_images(chosen)
    images.say("The images are there ({:.0f} s)".format(time.monotonic() - began))
    watched = len(chosen) == 1
    outcomes = []
    with ThreadPoolExecutor(jobs) as side_by_side:
        running = [side_by_side.submit(_test, name, watched) for name in chosen]
        try:
            for done in as_completed(running):
                outcomes.append(done.result())
                _tell(outcomes[-1], watched)
        except BaseException:  # Ctrl-C, too: those that run clean up, the others do not start
            side_by_side.shutdown(cancel_futures=True)
            raise
    failed = [outcome.scenario for outcome in outcomes if not outcome.passed]
    passed, seconds = len(chosen) - len(failed), time.monotonic() - began
    images.say(f"{passed} of {len(chosen)} scenarios passed ({seconds:.0f} s)")
    if failed:
        images.say("Failed: {}. Next: make molecule S={}".format(" ".join(failed), failed[0]))
    return 1 if failed else 0


def _make_images(scenarios: Sequence[str]) -> None:
    wanted = set()
    for scenario in scenarios:
        described = yaml.safe_load((SCENARIOS / scenario / "molecule.yml").read_text(encoding="utf-8"))
        wanted |= {image_of(platform) for platform in described["platforms"]}
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(lambda image: ready(image[0]) if image[1] else images.bare(image[0]), sorted(wanted)))


def _test(scenario: str, watched: bool) -> Outcome:
    """Run one.  *watched*: it is shown as it happens."""
    began = time.monotonic()
    lines = []
    # A short path: SSH's sockets are in there.
    with (
        tempfile.TemporaryDirectory(prefix="refit-mol-") as home,
        (LOGS / f"{scenario}.log").open("w", buffering=1, encoding="utf-8") as log,
    ):
        process = subprocess.Popen(
            ["molecule", "test", "--no-command-borders", "--scenario-name", scenario],
            cwd=images.ROOT,
            env=scenario_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                log.write(_COLOUR.sub("", line))
                if watched:
                    print(line, end="", flush=True)
        finally:
            process.terminate()  # it has ended, unless this run is being stopped
            process.wait()
            Servers(scenario, Path(home)).down()
    return Outcome(scenario, process.returncode == 0, time.monotonic() - began, "".join(lines))


def scenario_environment(home: str) -> dict[str, str]:
    """What a scenario runs with; *home* is Ansible's."""
    # No scenario may reach the team's Discord by the webhooks of whoever runs it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REFIT_DISCORD_")}
    glob = str(SCENARIOS.relative_to(images.ROOT) / "*" / "molecule.yml")
    return {**inherited, "ANSIBLE_HOME": home, "MOLECULE_GLOB": glob}


def _tell(outcome: Outcome, watched: bool) -> None:
    if not outcome.passed and not watched:
        print(outcome.said, flush=True)
    word = "passed" if outcome.passed else "FAILED"
    images.say(f"{outcome.scenario:24} {word} ({outcome.seconds:.0f} s)")
    for figure in outcome.figures:
        images.say(f"    {figure}")
