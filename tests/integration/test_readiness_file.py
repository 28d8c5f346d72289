"""A server whose readiness file a balancer asks for: the file is gone while the service restarts, and only then."""

from __future__ import annotations

import json
import os
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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is led by somebody else's links")
@pytest.mark.parametrize("step", ["in", "out"])
def test_a_link_of_the_application_s_leads_root_nowhere(tmp_path: Path, step: str) -> None:
    victim, shared = tmp_path / "victim", tmp_path / "app" / "shared"
    victim.mkdir()
    shared.mkdir(parents=True)
    os.chown(shared, 65534, 65534)
    (shared / "state").symlink_to(victim)
    if step == "out":
        (victim / "ready").write_text("root's own")
    play = tmp_path / "play.yml"
    service = {"name": "backend", "root": str(tmp_path / "app"), "health": {"url": "http://127.0.0.1:9/health"}}
    drain = {"drain_kind": "readiness_file", "drain_file": str(shared / "state" / "ready"), "drain_service": service}
    role = {"ansible.builtin.include_role": {"name": "drain", "tasks_from": step}, "vars": drain}
    play.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [role]}]))

    done = subprocess.run(
        [str(playbooks.BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(play)],
        cwd=playbooks.ROOT,
        env=playbooks.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 2, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "state is a link" in said
    assert f"ls -ld {shared}/state" in said
    assert [path.read_text() for path in victim.iterdir()] == (["root's own"] if step == "out" else [])
