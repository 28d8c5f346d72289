"""Services that neither PM2 nor systemd runs: restarted by a command, or files that are served as they are."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.config.service import Service
from refit.core import system
from refit.core.errors import InvalidInput
from refit.supervisors import registry
from support.fleet import free_ports, wait_until
from support.served_files import deploy, served, settings
from support.words import told

# A daemon as people write them: it serves the directory that it was started in, and notes its pid.
RESTART = """
old=$(cat {pid} 2>/dev/null) && kill "$old" 2>/dev/null && while kill -0 "$old" 2>/dev/null; do sleep 0.02; done
cd {root}/current || exit 3
nohup {python} -m http.server --bind 127.0.0.1 {port} >/dev/null 2>&1 &
echo $! > {pid}
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A service that a shell script restarts."""
    port, pid_file = free_ports(1)[0], tmp_path / "site.pid"
    script = RESTART.format(pid=pid_file, root=tmp_path / "opt", python=sys.executable, port=port)
    found = settings(tmp_path, port, reload=["bash", "-c", script], pid_file=str(pid_file))
    found["command"]["stop"] = ["bash", "-c", f"kill $(cat {pid_file}); rm {pid_file}"]
    yield found
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGKILL)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with served(tmp_path) as found:
        yield found


def test_the_kernel_says_what_a_restarted_daemon_runs(daemon: dict[str, Any], tmp_path: Path) -> None:
    for version in ("1", "2"):
        outcome = deploy(daemon, version, tmp_path)

        assert outcome["outcome"] == "activated", outcome
        assert list(outcome["proof"]["releases"].values()) == [version]


def test_a_daemon_that_the_command_did_not_restart_is_found_out(daemon: dict[str, Any], tmp_path: Path) -> None:
    deploy(daemon, "1", tmp_path)
    restart = daemon["command"]["reload"]
    daemon["command"]["reload"] = ["bash", "-c", f"[ -e {tmp_path}/once ] || {{ touch {tmp_path}/once; exit 0; }}"]

    outcome = deploy(daemon, "2", tmp_path)

    assert outcome["outcome"] == "restored"
    assert outcome["failed_check"] == "release"
    assert outcome["live"] == "1"
    daemon["command"]["reload"] = restart
    assert deploy(daemon, "3", tmp_path)["outcome"] == "activated"


def test_a_command_that_fails_names_itself_and_the_old_release_stays(daemon: dict[str, Any], tmp_path: Path) -> None:
    deploy(daemon, "1", tmp_path)
    daemon["command"]["reload"] = ["bash", "-c", f"[ $(readlink {tmp_path}/opt/current) = releases/v1 ] || ls /nowhere"]

    outcome = deploy(daemon, "2", tmp_path)

    assert outcome["outcome"] == "restored"
    assert "the reload command failed (exit code 2)" in told(outcome["reason"])
    assert "/nowhere" in told(outcome["reason"])


def test_a_first_release_that_fails_is_stopped(daemon: dict[str, Any], tmp_path: Path) -> None:
    outcome = deploy(daemon, "1", tmp_path, status="DOWN")

    assert outcome["outcome"] == "failed"
    assert outcome["live"] is None
    assert registry.for_service(Service.from_mapping(daemon), system.real()).state().status == "stopped"


def test_files_that_are_served_as_they_are_are_proven_by_the_service_s_own_word(
    files: dict[str, Any], tmp_path: Path
) -> None:
    assert deploy(files, "1", tmp_path)["outcome"] == "activated"

    bad = deploy(files, "2", tmp_path, status="DOWN")

    assert bad["outcome"] == "restored"
    assert bad["failed_check"] == "health"
    assert deploy(files, "3", tmp_path)["outcome"] == "activated"


def test_something_must_be_able_to_prove_what_runs(files: dict[str, Any]) -> None:
    del files["health"]["version_url"]

    with pytest.raises(InvalidInput, match="nothing could prove what runs"):
        Service.from_mapping(files)


def test_a_user_who_is_not_there_is_named(files: dict[str, Any], tmp_path: Path) -> None:
    files["command"]["user"] = "nobody-of-that-name"

    outcome = deploy(files, "1", tmp_path)

    assert "there is no user 'nobody-of-that-name'" in told(outcome["reason"])


def test_a_pid_file_of_a_process_that_died_means_stopped(daemon: dict[str, Any], tmp_path: Path) -> None:
    deploy(daemon, "1", tmp_path)
    pid = int(Path(daemon["command"]["pid_file"]).read_text())
    os.kill(pid, signal.SIGKILL)
    manager = registry.for_service(Service.from_mapping(daemon), system.real())

    assert wait_until(lambda: manager.state().status == "stopped")
