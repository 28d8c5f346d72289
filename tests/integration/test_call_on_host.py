"""The package is called on a host without Ansible's own module in between, and by that module where it has to be."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.still_fleet import StillFleet

OLD, NEW = "20240101-000000", "20240102-000000"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[playbooks.Site]:
    base = tmp_path_factory.mktemp("fleet")
    with DiscordStandIn() as discord, StillFleet(base, 3) as fleet:
        yield playbooks.Site(base, fleet, discord)


def deploy(site: playbooks.Site, version: str, **environment: str) -> subprocess.CompletedProcess[str]:
    named = [f"release_version={version}", f"release_artifact={site.fleet.artifact(version)}"]
    return site.play("playbooks/deploy.yml", *(part for each in named for part in ("-e", each)), **environment)


@pytest.mark.slow
def test_without_pipelining_ansible_starts_the_modules_itself(site: playbooks.Site) -> None:
    assert deploy(site, OLD).returncode == 0
    done = deploy(site, NEW, ANSIBLE_PIPELINING="false", ANSIBLE_VERBOSITY="3")
    assert done.returncode == 0, done.stdout
    assert all(f"library/{name}.py" in done.stdout for name in ("release_info", "release", "release_activate"))
    assert [server.current for server in site.fleet] == [NEW] * 3


def test_a_python_that_is_not_there_is_named_with_what_to_do(site: playbooks.Site, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.ini"
    elsewhere.write_text("[app]\nserver[1:3] ansible_python_interpreter=/nowhere/python3\n")
    done = site.play("rollback.yml", "-i", str(elsewhere))
    assert done.returncode != 0
    assert "no Python at /nowhere/python3; in the inventory: ansible_python_interpreter=PATH" in done.stdout


def test_what_a_module_is_told_wrongly_is_refused_before_a_host_is_asked(site: playbooks.Site, tmp_path: Path) -> None:
    task = {"release_info": {"service": site.fleet[0].service(), "obsrve": True}}
    playbook = tmp_path / "play.yml"
    playbook.write_text(json.dumps([{"hosts": "app", "gather_facts": False, "tasks": [task]}]))
    done = site.play(str(playbook), "-e", "ansible_python_interpreter=/nowhere/python3")
    assert "Unsupported parameters for (release_info) module: obsrve" in done.stdout
    assert "no Python at" not in done.stdout


def test_what_a_vault_holds_reaches_the_host(site: playbooks.Site, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("at the safe\n")
    vault = ["--vault-password-file", str(tmp_path / "password")]
    command = ["ansible-vault", "encrypt_string", *vault, "backend"]
    sealed = subprocess.run(command, env=playbooks.environment(), capture_output=True, text=True, check=True).stdout
    (tmp_path / "sealed.yml").write_text("sealed: " + sealed)
    service = {**site.fleet[0].service(), "name": "{{ sealed }}"}
    tasks = [
        {"release_info": {"service": service}, "register": "found"},
        {"ansible.builtin.assert": {"that": "found.survey.service == 'backend'"}},
    ]
    playbook = tmp_path / "play.yml"
    plays = [{"hosts": "app", "gather_facts": False, "vars_files": ["sealed.yml"], "tasks": tasks}]
    playbook.write_text(json.dumps(plays))
    done = site.play(str(playbook), *vault)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("pipelining", ["true", "false"])
def test_no_output_shows_what_a_service_is_handed(site: playbooks.Site, tmp_path: Path, pipelining: str) -> None:
    service = site.fleet[0].service()
    handed = {"python": "3.11", "app": "x:y", "import_env": {"DB_PASSWORD": "hunter2-and-more"}}
    service = {**service, "wheel": handed, "synthetic": {"url": "http://kim:hunter2@127.0.0.1:9/", "timeout_s": 1}}
    managed = {"node_minimum": "1.0.0", "pm2_minimum": "1.0.0", "managed_dir": str(tmp_path)}
    tasks = [
        {"health_probe": {"service": service, "window_s": 0}, "register": "found"},
        {"ansible.builtin.assert": {"that": "found.measurement.synthetic.attempts == 1"}},
        {"host_plan": {"services": "{{ {'backend': service} | without_secrets }}", **managed}},
    ]
    playbook = tmp_path / "play.yml"
    plays = [{"hosts": "app", "gather_facts": False, "vars": {"service": service}, "tasks": tasks}]
    playbook.write_text(json.dumps(plays))
    done = site.play(str(playbook), ANSIBLE_PIPELINING=pipelining, ANSIBLE_VERBOSITY="3")
    assert done.returncode == 0, done.stdout
    assert "hunter2" not in done.stdout
