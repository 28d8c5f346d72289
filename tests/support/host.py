"""One server with real PM2, driven by the same calls as the modules and `rollback.sh`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from refit.config.service import Service
from refit.core import system
from refit.core.durable import replace_link
from refit.deploy import activation, staging, survey
from refit.fleet import plan as fleet_plan
from refit.state import runs
from refit.state.ledger import Ledger
from refit.state.operation import Operation, Operations
from refit.state.releases import link_text
from refit.supervisors import registry
from refit.supervisors.base import Supervisor
from support.app.build import build
from support.fleet import ROOT, Fleet, Server, wait_until

DRIVER = Path(__file__).with_name("kill_driver.py")


class Host:
    """A fleet of one.  *env* and *app* are PM2's keys that the next deploy brings."""

    def __init__(self, server: Server, base: Path) -> None:
        self.server = server
        self.base = base
        self.world = system.real()
        self.app: dict[str, Any] = {}
        self.env: dict[str, str] = {}
        self.health: dict[str, Any] = {}
        self.etc = base / "etc"
        self.etc.mkdir(exist_ok=True)
        self._kept: dict[str, tuple[Path, str, dict[str, str]]] = {}

    # -- settings ----------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """The service as `refit_services` has it."""
        found = self.server.service()
        found["pm2"]["app"].update(self.app)
        found["pm2"]["app"]["env"].update(self.env)
        found["health"].update(self.health)
        return found

    @property
    def service(self) -> Service:
        return Service.from_mapping(self.settings())

    @property
    def supervisor(self) -> Supervisor:
        return registry.for_service(self.service, self.world)

    # -- acting ------------------------------------------------------------

    def stage(self, version: str, mode: str = "healthy", **options: Any) -> None:
        artifact = build(self.base / "artifacts", version, mode, **options)
        staging.stage(self.service, version, str(artifact), self.world)

    def activate(self, version: str, by: Supervisor | None = None) -> dict[str, Any]:
        """Make a staged release live as `release_activate` does; returns the outcome record."""
        service, manager = self.service, by or self.supervisor
        surveys = {"here": survey.full_record(service, self.world, manager)}
        plan = fleet_plan.plan_deploy(surveys, version, override_freeze="after what was tested before")
        operation = Operation(plan.number, plan.kind, f"run-{plan.number}", runs.owner(), version)
        request = activation.Request(version, operation, finish=True)
        return activation.activate(service, self.world, manager, request).to_record()

    def deploy(self, version: str, mode: str = "healthy", **options: Any) -> dict[str, Any]:
        self.stage(version, mode, **options)
        return self.activate(version)

    def must_deploy(self, version: str, mode: str = "healthy", **options: Any) -> None:
        outcome = self.deploy(version, mode, **options)
        assert outcome["outcome"] == "activated", outcome

    def switch(self, version: str) -> None:
        """Point ``current`` at a staged release, and do nothing else."""
        replace_link(str(self.server.root / "current"), link_text(version))

    def wipe(self) -> None:
        """Make it a server on which nothing was ever deployed."""
        self.supervisor.stop()
        shutil.rmtree(self.server.root, ignore_errors=True)
        shutil.rmtree(self.server.state_dir, ignore_errors=True)

    def keep(self) -> None:
        """Remember where the host stands, with the release that is live now, for :meth:`put_back`."""
        copy = self.base / f"state-with-{self.server.current}"
        shutil.copytree(self.server.state_dir, copy)
        self._kept[self.server.current] = (copy, self.supervisor.installed_definition() or "", dict(self.env))

    def put_back(self, live: str) -> None:
        """Stand where release *live* was proven when :meth:`keep` was called; all staged releases stay."""
        copy, definition, self.env = self._kept[live]
        shutil.rmtree(self.server.state_dir)
        shutil.copytree(copy, self.server.state_dir)
        self.switch(live)
        if self.running() != live or self.supervisor.installed_definition() != definition:
            self.supervisor.reload(definition)
            wait_until(lambda: self.running() == live)

    def pm2(self, *arguments: str, cwd: str | Path = "/", **env: str) -> subprocess.CompletedProcess[str]:
        """Plain pm2, as a person types it."""
        settings = self.service.manager
        environment = {"PM2_HOME": settings.home, "HOME": str(self.base), **env}
        environment["PATH"] = os.pathsep.join([*settings.path, "/usr/bin", "/bin"])
        done = subprocess.run(
            [settings.bin, "-s", *arguments],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done

    # -- acting from a process of its own ----------------------------------

    def start(self, command: str, *, owner: str = "kim", **plan: Any) -> Driven:
        """Run the kill driver; see `kill_driver.py` for *command* and *plan*."""
        (self.etc / "backend.json").write_text(json.dumps(self.settings()))
        steps = self.base / f"steps-{len(list(self.base.glob('steps-*')))}"
        steps.touch()
        given = {"command": command, "etc": str(self.etc), "steps": str(steps), **plan}
        process = subprocess.Popen(
            [sys.executable, str(DRIVER), json.dumps(given)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "module_utils"), "SUDO_USER": owner, "REFIT_LANGUAGE": "en"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Driven(process, steps)

    def drive(self, command: str, **plan: Any) -> Driven:
        """:meth:`start`, and wait for its end."""
        return self.start(command, **plan).ended()

    # -- what there is -----------------------------------------------------

    def running(self) -> str | None:
        """The version that the process itself names."""
        return (self.server.ask("/version") or {}).get("version")

    def greeting(self) -> str | None:
        """The variable `GREETING` of the process itself."""
        return (self.server.ask("/env") or {}).get("greeting")

    def record(self) -> dict[str, Any]:
        return survey.full_record(self.service, self.world, self.supervisor, look=True)

    def release(self, version: str) -> Mapping[str, Any]:
        return next(release for release in self.record()["releases"] if release["version"] == version)

    def ledger(self) -> list[Mapping[str, Any]]:
        return list(Ledger(str(self.server.state_dir), self.world.clock).read().entries)

    def operation(self) -> Any:
        return Operations(str(self.server.state_dir), self.world).read()

    def leftovers(self) -> list[str]:
        """Half-made files and directories that no run should leave behind."""
        found = [*self.server.root.rglob("*"), *self.server.state_dir.rglob("*")]
        marks = (".staging-", ".tmp", ".next")
        return sorted(str(path) for path in found if any(mark in path.name for mark in marks))


class Driven:
    """A kill driver at work, or after it."""

    def __init__(self, process: subprocess.Popen[str], steps: Path) -> None:
        self.process = process
        self._steps = steps
        self.out = self.err = ""

    @property
    def code(self) -> int | None:
        """The exit code; -9 after a SIGKILL, None while it runs."""
        return self.process.poll()

    @property
    def steps(self) -> list[str]:
        """The points that it has reached."""
        return self._steps.read_text().splitlines()

    @property
    def result(self) -> Any:
        """The outcome record that it printed."""
        return json.loads(self.out)

    def reaches(self, step: str, seconds: float = 20.0) -> None:
        try:
            wait_until(lambda: step in self.steps or self.code is not None, seconds)
        except TimeoutError:
            self.process.kill()
            raise
        assert step in self.steps, self.ended().err

    def ended(self, seconds: float = 60.0) -> Driven:
        try:
            self.out, self.err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.out, self.err = self.process.communicate()
            raise
        return self


def make_live(fleet: Fleet, *versions: str, mode: str = "healthy", **options: Any) -> None:
    """What ``deploy.yml`` comes to on every server of *fleet* for each of *versions* in turn, without Ansible."""

    def on(server: Server) -> None:
        host = Host(server, server.base)
        for version in versions:
            outcome = host.deploy(version, mode, **options)
            assert outcome["outcome"] in ("activated", "unchanged"), outcome

    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(on, fleet))
