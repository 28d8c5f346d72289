"""A site's own tasks around each step.  Those that come with the project, behind a real nginx: tests/molecule."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import playbooks
from support.app.build import build
from support.fleet import Fleet
from support.host import make_live

pytestmark = pytest.mark.fleet

OLD = "20240101-000000"
STEP = """
- name: Note it
  ansible.builtin.shell: echo "$WHAT" >> {log}
  environment: {{WHAT: "{name} {{{{ inventory_hostname }}}}"}}
"""


class Site:
    """A fleet of three single processes, deployed to and rolled back one host at a time."""

    def __init__(self, base: Path, fleet: Fleet) -> None:
        self.base = base
        self.fleet = fleet

    def play(self, playbook: str, **extra: Any) -> subprocess.CompletedProcess[str]:
        common = {"deploy_batches": [1], "rollback_batches": [1], "deploy_override_freeze": "tested"}
        return playbooks.run(self.base, playbook, "-e", json.dumps({**common, **extra}))

    def deploy(self, version: str, mode: str = "healthy", **extra: Any) -> subprocess.CompletedProcess[str]:
        artifact = build(self.base / "artifacts", version, mode)
        return self.play("playbooks/deploy.yml", release_version=version, release_artifact=str(artifact), **extra)

    def running(self) -> list[str | None]:
        return self.fleet.running()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    with Fleet(base, health={"deadline_s": 5, "stable_s": 0.5}) as fleet:
        site = Site(base, fleet)
        make_live(fleet, OLD)
        yield site


@pytest.mark.slow
def test_each_hook_runs_at_its_moment_on_each_host(site: Site, tmp_path: Path) -> None:
    log, hooks = tmp_path / "log", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("before_stage", "after_stage", "before_activate", "after_activate", "after_success"):
        (hooks / f"{name}.yml").write_text(STEP.format(log=log, name=name))

    done = site.deploy("20240104-000000", deploy_hooks_dir=str(hooks), deploy_batches=[1, "100%"])

    assert done.returncode == 0, done.stdout
    lines = log.read_text().splitlines()
    assert lines.index("after_activate server1") < lines.index("before_activate server2")
    for server in ("server1", "server2", "server3"):
        moments = [line.split()[0] for line in lines if line.endswith(server)]
        assert moments == ["before_stage", "after_stage", "before_activate", "after_activate", "after_success"]


@pytest.mark.slow
def test_going_back_has_its_hooks_and_a_deploy_that_failed_its_last_one(site: Site, tmp_path: Path) -> None:
    log, hooks = tmp_path / "log", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("before_rollback", "after_rollback", "after_success", "after_failure"):
        (hooks / f"{name}.yml").write_text(STEP.format(log=log, name=name))

    make_live(site.fleet, "20240107-000000")
    version = "20240108-000000"
    artifact = build(site.base / "artifacts", version, "unhealthy", only_on=[site.fleet[1].port])
    named = {"release_version": version, "release_artifact": str(artifact)}
    done = site.play("playbooks/deploy.yml", deploy_hooks_dir=str(hooks), **named)
    assert done.returncode == 2, done.stdout
    lines = log.read_text().splitlines()
    assert lines[:2] == ["before_rollback server1", "after_rollback server1"]
    assert sorted(lines[2:]) == [f"after_failure server{number}" for number in (1, 2, 3)]

    log.unlink()
    done = site.play("rollback.yml", rollback_further=True, deploy_hooks_dir=str(hooks))
    assert done.returncode == 0, done.stdout
    assert log.read_text().splitlines() == [
        f"{name} server{number}" for number in (1, 2, 3) for name in ("before_rollback", "after_rollback")
    ]


def test_a_hook_that_fails_before_the_switch_makes_every_touched_host_go_back(site: Site, tmp_path: Path) -> None:
    before = site.running()
    log, hooks = tmp_path / "log", tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "before_activate.yml").write_text(
        "- name: Ask the balancer\n  ansible.builtin.fail: {msg: it says no}\n  when: inventory_hostname == 'server2'\n"
    )
    (hooks / "after_rollback.yml").write_text(STEP.format(log=log, name="after_rollback"))

    done = site.deploy("20240105-000000", deploy_hooks_dir=str(hooks))

    assert done.returncode == 2
    assert site.running() == before
    report = playbooks.conclusions(done.stdout)
    assert 'the hook failed at "Ask the balancer": it says no' in report
    assert log.read_text() == "after_rollback server1\n"
    # Nobody is asked to decide anything: the release is not to blame, and the deploy is over on every host.
    operations = [json.loads((server.state_dir / "operation.json").read_text()) for server in site.fleet]
    assert [(each["stopped"], each["finished"] is not None) for each in operations] == [(False, True)] * 3
    assert not any("marked_bad" in (server.state_dir / "ledger.jsonl").read_text() for server in site.fleet)


def test_a_file_that_no_step_is_called_after_is_named(site: Site, tmp_path: Path) -> None:
    (tmp_path / "before_activation.yml").write_text("[]\n")

    done = site.deploy("20240106-000000", deploy_hooks_dir=str(tmp_path))

    assert done.returncode == 2
    assert "before_activation.yml, which no step is called" in done.stdout
