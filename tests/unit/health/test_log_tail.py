"""What a failed release logged is quoted, and nothing that was there before or that the service may not read."""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile
from pathlib import Path

import pytest

from refit.config.service import Log, Service
from refit.core.errors import InvalidInput
from refit.core.privileges import behind_sudo, rights_of
from refit.core.system import real
from refit.health.log_tail import LINES, LogTail


@pytest.fixture
def service(tmp_path):
    tmp_path.chmod(0o755)
    return Service.from_mapping(
        {
            "root": str(tmp_path / "root"),
            "state_dir": str(tmp_path / "state"),
            "pm2": {"app": {"script": "x", "error_file": str(tmp_path / "error.log")}},
            "log": {"path": str(tmp_path / "app.log")},
            "health": {"url": "http://127.0.0.1:9/health"},
        },
        "backend",
    )


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def test_only_what_came_after_is_quoted_and_of_that_the_end(service, tmp_path):
    append(tmp_path / "app.log", "old\n")
    tail = LogTail(service, real())
    assert tail.lines() == []
    append(tmp_path / "app.log", "".join(f"new {number}\n" for number in range(100)))
    assert tail.lines() == [f"new {number}" for number in range(100 - LINES, 100)]


def test_the_process_managers_error_log_comes_first_whatever_number_its_process_was_given(service, tmp_path):
    append(tmp_path / "error-0.log", "old\n")
    tail = LogTail(service, real())
    append(tmp_path / "app.log", "starting\n")
    append(tmp_path / "error-1.log", "no such module\n")
    assert tail.lines() == ["no such module"]


def test_without_logs_there_is_nothing_to_quote(service):
    assert LogTail(service, real()).lines() == []


def test_a_user_that_is_gone_is_an_error(service):
    with pytest.raises(InvalidInput, match=r"no user 'gone' on this host \(refit_services.backend.user\)"):
        LogTail(Service(**{**vars(service), "user": "gone"}), real())


def test_a_link_is_no_log(service, tmp_path):
    tail = LogTail(service, real())
    append(tmp_path / "elsewhere", "new\n")
    (tmp_path / "app.log").symlink_to(tmp_path / "elsewhere")
    assert tail.lines() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up rights")
@pytest.mark.parametrize("user", [None, pwd.getpwuid(65534).pw_name])
def test_what_the_service_may_not_read_is_not_quoted_in_its_name(service, user):
    with tempfile.TemporaryDirectory() as logs:  # pytest's own is closed to everybody else
        os.chown(logs, 65534, 65534)
        log = Path(logs) / "app.log"
        tail = LogTail(Service(**{**vars(service), "user": user, "log": Log(str(log))}), real())
        append(log, "root's own\n")
        log.chmod(0o600)
        assert tail.lines() == []
        assert os.geteuid() == 0
        log.chmod(0o644)
        assert tail.lines() == ["root's own"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up rights")
def test_rights_come_back_also_after_an_error():
    before = (os.geteuid(), os.getegid(), os.getgroups())
    nobody = behind_sudo({"SUDO_UID": "65534", "SUDO_GID": "65534"})
    with contextlib.suppress(ZeroDivisionError), rights_of(nobody):
        assert os.geteuid() == 65534
        raise ZeroDivisionError
    assert (os.geteuid(), os.getegid(), os.getgroups()) == before


def test_without_sudo_there_is_nobody_behind_it():
    assert behind_sudo({}) is None
    assert behind_sudo({"SUDO_UID": "x"}) is None
    assert behind_sudo({"SUDO_UID": "4123456", "SUDO_GID": "7"}).gid == 7
