"""What runs the scenarios, as far as it needs no container."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from support.containers import daemon, images, servers, suite

SCENARIOS = sorted(path.parent.name for path in suite.SCENARIOS.glob("*/molecule.yml"))


# --- Which scenarios ------------------------------------------------------------------------------------------------


def test_all_scenarios_run_unless_some_are_named() -> None:
    assert suite.choose([]) == SCENARIOS
    assert suite.choose(["reboot", "first_deploy"]) == ["reboot", "first_deploy"]


def test_a_scenario_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(suite.UnknownScenario, match=r"no scenario rebot\. There are: .*\breboot\b"):
        suite.choose(["reboot", "rebot"])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenarios_servers_can_be_made(scenario: str) -> None:
    described = yaml.safe_load((suite.SCENARIOS / scenario / "molecule.yml").read_text())
    assert described["platforms"]
    for platform in described["platforms"]:
        assert set(platform) <= {"name", "suite", "ready", "groups"}, "a key that nothing reads"
        assert suite.image_of(platform)[0] in images.SUITES


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_does_what_its_sequence_says(scenario: str) -> None:
    folder = suite.SCENARIOS / scenario
    described = yaml.safe_load((folder / "molecule.yml").read_text())
    shared = yaml.safe_load((images.ROOT / ".config" / "molecule" / "config.yml").read_text())
    sequence = {**shared["scenario"], **described.get("scenario", {})}["test_sequence"]
    for step in ("prepare", "converge", "side_effect"):
        assert (step in sequence) == (folder / f"{step}.yml").exists()
    assert "verify" in sequence
    assert list(folder.glob("test_*.py"))
    assert sequence[0] == sequence[-1] == "destroy"


# --- What it said ---------------------------------------------------------------------------------------------------


def test_figures_are_found_among_all_that_was_said() -> None:
    said = f"\x1b[32mtests ...\x1b[0m\n{suite.MEASURED}fork mode: 1.2 s\nsomething measured: no\n"
    assert suite.Outcome("x", True, 1.0, said).figures == ["fork mode: 1.2 s"]


def test_a_scenario_never_gets_the_webhooks_of_whoever_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFIT_DISCORD_ALERTS", "https://discord.com/api/webhooks/1/x")
    monkeypatch.setenv("REFIT_BASE_IMAGE", "debian:{suite}")
    given = suite.scenario_environment("/tmp/x")
    assert "REFIT_DISCORD_ALERTS" not in given
    assert given["REFIT_BASE_IMAGE"] == "debian:{suite}"
    assert given["ANSIBLE_HOME"] == "/tmp/x"


# --- Images ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(images, "ROOT", tmp_path)
    (tmp_path / "role" / "tasks").mkdir(parents=True)
    (tmp_path / "role" / "tasks" / "main.yml").write_text("one\n")
    return tmp_path


def test_an_images_name_follows_from_what_it_is_made_of(project: Path) -> None:
    before = images.digest_of([project / "role"])
    assert images.digest_of([project / "role"]) == before

    (project / "role" / "__pycache__").mkdir()
    (project / "role" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert images.digest_of([project / "role"]) == before

    (project / "role" / "tasks" / "main.yml").rename(project / "role" / "tasks" / "other.yml")
    renamed = images.digest_of([project / "role"])
    (project / "role" / "tasks" / "other.yml").write_text("two\n")
    assert len({before, renamed, images.digest_of([project / "role"])}) == 3


def test_without_mmdebstrap_a_person_is_told_what_else_there_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(images.DockerFailed, match=r"REFIT_BASE_IMAGE='debian:\{suite\}'"):
        images.bootstrap("bookworm", "refit-bare:bookworm-x")


# --- The daemon -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "docker", "dockerd", "next_step"),
    [
        (True, None, None, "apt-get install docker.io"),
        (True, "/usr/bin/docker", None, "apt-get install docker.io"),
        (False, None, None, "install Docker"),
        (False, "/usr/bin/docker", "/usr/sbin/dockerd", "systemctl start docker"),
    ],
)
def test_where_no_daemon_can_be_had_the_way_to_one_is_named(
    root: bool, docker: str | None, dockerd: str | None, next_step: str
) -> None:
    reason = daemon.missing(root=root, programs={"docker": docker, "dockerd": dockerd})
    assert reason is not None
    assert next_step in reason


def test_root_with_docker_installed_starts_a_daemon() -> None:
    assert daemon.missing(root=True, programs={"docker": "/usr/bin/docker", "dockerd": "/usr/sbin/dockerd"}) is None


# --- How servers are reached ----------------------------------------------------------------------------------------


def test_servers_are_reached_as_an_ordinary_user_with_their_keys_checked(tmp_path: Path) -> None:
    wanted = [servers.Wanted("app1", "x"), servers.Wanted("load", "x", ("load",))]
    addresses = {"app1": "10.207.1.11", "load": "10.207.1.12"}
    servers.Servers("x", tmp_path).write_inventory(wanted, addresses)

    inventory = yaml.safe_load((tmp_path / "hosts.yml").read_text())["all"]
    assert {name: list(group["hosts"]) for name, group in inventory["children"].items()} == {
        "app": ["app1"],
        "load": ["load"],
    }
    for name, host in inventory["hosts"].items():
        assert host["ansible_host"] == addresses[name]
        assert host["ansible_user"] != "root"
        assert "StrictHostKeyChecking=yes" in host["ansible_ssh_common_args"]
    assert (tmp_path / "group_vars" / "all.yml").exists()
