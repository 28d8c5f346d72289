"""Which Node.js and PM2 a server has is found out without starting PM2."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from refit.core import procfs, programs
from refit.core.system import real
from refit.supervisors import pm2_rpc


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def package(directory: Path, version: str = "7.0.4") -> Path:
    """PM2 as npm installs it, whose program says when it is run."""
    ran = directory / "ran"
    path = program(directory / "node_modules" / "pm2" / "bin" / "pm2", f"#!/bin/sh\ntouch {ran}\n")
    (path.parents[1] / "package.json").write_text(json.dumps({"name": "pm2", "version": version}), encoding="utf-8")
    return path


def test_the_first_directory_with_the_program_wins(tmp_path: Path) -> None:
    first, second = program(tmp_path / "a" / "node"), program(tmp_path / "b" / "node")
    assert programs.find_program("node", [str(first.parent), str(second.parent)]) == str(first)
    first.chmod(0o644)
    assert programs.find_program("node", [str(first.parent), str(second.parent)]) == str(second)
    assert programs.find_program("node", [str(tmp_path)]) is None
    assert programs.find_program(str(second), []) == str(second)


def test_node_says_its_version_itself(tmp_path: Path) -> None:
    node = program(tmp_path / "node", "#!/bin/sh\necho v18.20.4\n")
    found = programs.find_node([str(tmp_path)], real())
    assert found == programs.Program(str(node), os.path.realpath(node), "18.20.4")


def test_a_node_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    program(tmp_path / "node", "#!/bin/sh\nexit 1\n")
    found = programs.find_node([str(tmp_path)], real())
    assert found is not None
    assert found.version is None
    assert not programs.at_least(found.version, "18.0.0")


def test_pm2s_version_is_read_behind_links_and_pm2_is_not_run(tmp_path: Path) -> None:
    real_path = package(tmp_path)
    link = tmp_path / "bin" / "pm2"
    link.parent.mkdir()
    link.symlink_to(real_path)
    found = programs.find_pm2("pm2", [str(link.parent)])
    assert found == programs.Program(str(link), os.path.realpath(real_path), "7.0.4")
    assert not (tmp_path / "ran").exists()


def test_a_wrapper_around_pm2_has_no_version(tmp_path: Path) -> None:
    found = programs.find_pm2(str(program(tmp_path / "pm2")), [])
    assert found is not None
    assert found.version is None


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [
        ("18.0.0", "18.0.0", True),
        ("18.20.4", "18.0.0", True),
        ("9.11.2", "18.0.0", False),  # not as text
        ("12.22.12", "18.0.0", False),
        ("7.0.0-beta.1", "7.0.0", True),
        (None, "7.0.0", False),
        ("unknown", "7.0.0", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str | None, minimum: str, enough: bool) -> None:
    assert programs.at_least(version, minimum) is enough


def test_the_daemon_is_whoever_listens_on_pm2s_socket(tmp_path: Path) -> None:
    assert pm2_rpc.daemon_pid(str(tmp_path)) is None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "rpc.sock"))
        listener.listen()
        assert pm2_rpc.daemon_pid(str(tmp_path)) == os.getpid()
    assert pm2_rpc.daemon_pid(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0::/system.slice/pm2-app.service\n", "pm2-app.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-7.scope\n", "run-7.scope"),
        ("12:pids:/system.slice/a.service\n1:name=systemd:/system.slice/a.service\n", "a.service"),
        ("0::/\n", None),
    ],
)
def test_the_unit_of_a_process_is_read_off_its_control_group(tmp_path: Path, text: str, unit: str | None) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text(text, encoding="utf-8")
    assert procfs.unit_of(7, str(tmp_path)) == unit


def test_a_process_that_is_gone_belongs_to_no_unit(tmp_path: Path) -> None:
    assert procfs.unit_of(7, str(tmp_path)) is None
