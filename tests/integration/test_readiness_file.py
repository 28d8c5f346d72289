"""A server whose readiness file a balancer asks for: the file is gone while the service restarts, and only then."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.still_fleet import StillFleet, StillServer

OLD, NEW = "20240101-000000", "20240102-000000"
DRAINED = {
    "deploy_hooks_dir": "playbooks/hooks/readiness_file",
    "deploy_batches": [1],
    "rollback_batches": [1],
    "drain_notice_s": 1,
    "drain_timeout_s": 2,
}


class WatchedServer(StillServer):
    """Its restart notes what a balancer would have seen at that moment."""

    @property
    def ready(self) -> Path:
        return self.root / "shared" / "ready"

    @property
    def restarts(self) -> Path:
        return self.base / "restarts"

    def service(self) -> dict[str, Any]:
        note = f"test -e {self.ready} && echo taking requests >> {self.restarts} || echo drained >> {self.restarts}"
        return {**super().service(), "command": {"reload": ["/bin/sh", "-c", note]}}


class WatchedFleet(StillFleet):
    kind = WatchedServer


@pytest.fixture
def site(tmp_path: Path) -> Iterator[playbooks.Site]:
    with DiscordStandIn() as discord, WatchedFleet(tmp_path / "fleet", 3) as fleet:
        for server in fleet:
            server.ready.parent.mkdir(parents=True)
            server.ready.write_text("ready\n")
        yield playbooks.Site(fleet.base, fleet, discord)


def deploy(site: playbooks.Site, version: str, **extra: Any) -> subprocess.CompletedProcess[str]:
    named = {"release_version": version, "release_artifact": str(site.fleet.artifact(version)), **extra}
    return site.play("playbooks/deploy.yml", "-e", json.dumps(named))


def restarts(site: playbooks.Site) -> list[str]:
    """What each server's restarts noted since this was asked last."""
    found = [server.restarts.read_text() for server in site.fleet]
    for server in site.fleet:
        server.restarts.unlink()
    return found


@pytest.mark.slow
def test_a_server_takes_no_requests_while_it_restarts(site: playbooks.Site) -> None:
    done = deploy(site, OLD, deploy_batches=["100%"])
    assert done.returncode == 0, done.stdout
    assert restarts(site) == ["taking requests\n"] * 3

    done = deploy(site, NEW, **DRAINED)
    assert done.returncode == 0, done.stdout
    assert restarts(site) == ["drained\n"] * 3
    assert all(server.ready.exists() for server in site.fleet)

    done = site.play("rollback.yml", "-e", json.dumps(DRAINED))
    assert done.returncode == 0, done.stdout
    assert restarts(site) == ["drained\n"] * 3
    assert all(server.ready.exists() for server in site.fleet)
    assert [server.current for server in site.fleet] == [OLD] * 3
