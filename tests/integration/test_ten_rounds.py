"""Ten rollbacks and redeploys in a row leave nothing behind that one would not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plugin_utils import bundle
from refit.config.service import Service
from refit.core import system
from refit.deploy import activation, pruning, staging
from refit.state.operation import Operation
from refit.supervisors import registry
from support.app.build import build
from support.fleet import Fleet, Server

KEEP = 3
ROUNDS = 10
HEALTH = {"stable_s": 0.2, "successes": 2, "interval_s": 0.05}


class Host:
    """One server with the scripts that an operator has."""

    def __init__(self, server: Server, number: int) -> None:
        self.server = server
        self.world = system.real()
        self.service = Service.from_mapping(server.service())
        self.supervisor = registry.for_service(self.service, self.world)
        self.operations = number
        self.etc = server.base / "etc"
        self.etc.mkdir()
        (self.etc / "backend.json").write_text(json.dumps(server.service()))
        self.pyz = server.base / "refit.pyz"
        self.pyz.write_bytes(bundle.bundle())

    def deploy(self, version: str, artifact: Path) -> None:
        self.operations += 2  # a rollback in between takes the number after its own
        operation = Operation(self.operations, "deploy", f"deploy-{version}", "test")
        staging.stage(self.service, version, str(artifact), self.world, operation=operation)
        request = activation.Request(version, operation, finish=True)
        outcome = activation.activate(self.service, self.world, self.supervisor, request)
        assert outcome.outcome == activation.ACTIVATED, outcome
        pruning.prune(self.service, self.world, KEEP)

    def roll_back(self) -> None:
        command = [sys.executable, "-I", str(self.pyz), "--etc", str(self.etc), "rollback", "backend"]
        done = subprocess.run(
            [*command, "--further", "--yes", "--no-notify"], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.fleet
@pytest.mark.slow
def test_ten_rollbacks_and_redeploys_leak_no_process_and_no_file(tmp_path: Path) -> None:
    artifacts = [build(tmp_path / "artifacts", str(number), "healthy") for number in range(ROUNDS + 2)]
    with Fleet(tmp_path / "fleet", health=HEALTH) as fleet, ThreadPoolExecutor(3) as pool:
        hosts = [Host(server, 1) for server in fleet]

        def everywhere(version: int) -> None:
            list(pool.map(lambda host: host.deploy(str(version), artifacts[version]), hosts))

        everywhere(0)
        everywhere(1)
        before = [processes_of(server) for server in fleet]
        for version in range(2, ROUNDS + 2):
            list(pool.map(Host.roll_back, hosts))
            assert [server.ask("/version") for server in fleet] == [{"version": "0"}] * 3
            everywhere(version)

        assert [server.ask("/version") for server in fleet] == [{"version": str(ROUNDS + 1)}] * 3
        assert [processes_of(server) for server in fleet] == before
        for host in hosts:
            assert leftovers(host.server) == []
            # The proven two; the bad ones in between are gone.
            assert set(os.listdir(host.server.root / "releases")) == {"v0", f"v{ROUNDS + 1}"}


def processes_of(server: Server) -> list[str]:
    """The names of the processes that this server's PM2 runs."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
            if f"PM2_HOME={server.pm2_home}".encode() in environment.split(b"\0"):
                found.append((entry / "comm").read_text().strip())
        except OSError:
            continue
    return sorted(found)


def leftovers(server: Server) -> list[str]:
    """Anything temporary below the server's directories."""
    names = [path.name for path in server.base.rglob("*")]
    return [name for name in names if name.startswith((".staging-", ".current")) or ".tmp" in name]
