"""What a failed release logged is quoted, and nothing that was there before or that the service may not read."""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile
from pathlib import Path

import pytest

from refit.config.pm2 import Pm2Settings
from refit.config.service import Log, Service
from refit.core.errors import InvalidInput
from refit.core.privileges import behind_sudo, rights_of
from refit.core.system import real
from refit.health.log_tail import LINES, LogTail
from refit.supervisors.registry import for_service


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


def tail_of(service, system=None):
    system = system or real()
    return LogTail(service, system, for_service(service, system))


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def test_only_what_came_after_is_quoted_and_of_that_the_end(service, tmp_path):
    append(tmp_path / "app.log", "old\n")
    tail = tail_of(service)
    assert tail.lines() == []
    append(tmp_path / "app.log", "".join(f"new {number}\n" for number in range(100)))
    assert tail.lines() == [f"new {number}" for number in range(100 - LINES, 100)]


def test_the_process_managers_error_log_comes_first_whatever_number_its_process_was_given(service, tmp_path):
    append(tmp_path / "error-0.log", "old\n")
    tail = tail_of(service)
    append(tmp_path / "app.log", "starting\n")
    append(tmp_path / "error-1.log", "no such module\n")
    assert tail.lines() == ["no such module"]


@pytest.mark.parametrize("key", ["error_file", "error", "err", "err_file", "err_log", None])
def test_the_process_managers_error_log_is_found_by_any_of_its_names_and_where_pm2_puts_it(service, tmp_path, key):
    chosen = tmp_path / "chosen.log" if key else tmp_path / "pm2" / "logs" / "back-end-error.log"
    (tmp_path / "pm2" / "logs").mkdir(parents=True)
    app = {"script": "x", **({key: str(chosen)} if key else {})}
    settings = Pm2Settings(app=app, home=str(tmp_path / "pm2"))
    tail = tail_of(Service(**{**vars(service), "name": "back_end", "manager": settings}))
    append(chosen, "no such module\n")
    assert tail.lines() == ["no such module"]


def test_what_goes_to_no_file_is_not_looked_for(service):
    settings = Pm2Settings(app={"script": "x", "error_file": "/dev/null"})
    assert tail_of(Service(**{**vars(service), "manager": settings, "log": None})).lines() == []


def test_without_logs_there_is_nothing_to_quote(service):
    assert tail_of(service).lines() == []


def test_a_user_that_is_gone_is_an_error(service):
    with pytest.raises(InvalidInput, match=r"no user 'gone' on this host \(refit_services.backend.user\)"):
        tail_of(Service(**{**vars(service), "user": "gone"}))


def test_a_link_is_no_log(service, tmp_path):
    tail = tail_of(service)
    append(tmp_path / "elsewhere", "new\n")
    (tmp_path / "app.log").symlink_to(tmp_path / "elsewhere")
    assert tail.lines() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up rights")
@pytest.mark.parametrize("user", [None, pwd.getpwuid(65534).pw_name])
def test_what_the_service_may_not_read_is_not_quoted_in_its_name(service, user):
    with tempfile.TemporaryDirectory() as logs:  # pytest's own is closed to everybody else
        os.chown(logs, 65534, 65534)
        log = Path(logs) / "app.log"
        tail = tail_of(Service(**{**vars(service), "user": user, "log": Log(str(log))}))
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
