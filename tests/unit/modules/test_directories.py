"""Directories are brought to their owners by what they are, not by their names: a link gives nothing away."""

from __future__ import annotations

import grp
import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

import directories

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has anything to give away")

APP = pwd.getpwuid(65534)
GROUP = grp.getgrgid(APP.pw_gid).gr_name


class Server:
    def __init__(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.base, self.capsys = base, capsys
        (base / "log").mkdir()
        (base / "etc" / "ssh").mkdir(parents=True)

    def make(self, *wanted: dict[str, str], check_mode: bool = False) -> dict[str, Any]:
        """What the module answers."""
        given = {"directories": list(wanted), "_ansible_check_mode": check_mode}
        with patch_module_args(given), pytest.raises(SystemExit):
            directories.main()
        return json.loads(self.capsys.readouterr().out)

    def of_app(self, path: str, mode: str = "0750", **changes: str) -> dict[str, str]:
        return {"path": str(self.base / path), "owner": APP.pw_name, "group": GROUP, "mode": mode, **changes}

    def state(self, path: str) -> tuple[int, int, int]:
        status = (self.base / path).lstat()
        return status.st_uid, status.st_gid, status.st_mode & 0o7777

    def give_away(self, path: str) -> None:
        os.chown(self.base / path, APP.pw_uid, APP.pw_gid)


@pytest.fixture
def server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Server:
    return Server(tmp_path, capsys)


def test_a_directory_is_made_once_with_its_parents_which_stay_roots(server: Server) -> None:
    wanted = server.of_app("log/web/deep")
    assert server.make(wanted)["changed_paths"] == [wanted["path"]]
    assert server.state("log/web/deep") == (APP.pw_uid, APP.pw_gid, 0o750)
    assert server.state("log/web") == (0, 0, 0o755)
    assert server.make(wanted)["changed"] is False


def test_what_is_there_is_brought_to_its_owner_and_mode(server: Server) -> None:
    (server.base / "log" / "web").mkdir()
    (server.base / "log" / "web" / "old.log").write_text("")
    assert server.make(server.of_app("log/web"))["changed"]
    assert server.state("log/web") == (APP.pw_uid, APP.pw_gid, 0o750)
    assert server.make(server.of_app("log/web", "0700"))["changed"]
    assert server.state("log/web")[2] == 0o700


def test_check_mode_tells_and_changes_nothing(server: Server) -> None:
    (server.base / "log" / "web").mkdir()
    before = server.state("log/web")
    wanted = [server.of_app(path) for path in ("log/web", "log/new", "log/new/deep")]
    wanted.append(server.of_app("log/web", owner="nobody-of-that-name"))
    assert len(server.make(*wanted, check_mode=True)["changed_paths"]) == 4
    assert server.state("log/web") == before
    assert not (server.base / "log" / "new").exists()


def test_an_account_that_is_not_there_is_named(server: Server) -> None:
    answer = server.make(server.of_app("log/web", owner="nobody-of-that-name"))
    assert answer["failed"]
    assert "nobody-of-that-name" in answer["msg"]
    assert not (server.base / "log" / "web").exists()


def test_provisioning_again_gives_away_nothing_that_a_link_leads_to(server: Server) -> None:
    """The outer directory is the application's since the first time; so is what lies in it."""
    (server.base / "log" / "web").mkdir()
    server.give_away("log/web")
    (server.base / "log" / "web" / "deep").symlink_to(server.base / "etc")
    before = server.state("etc"), server.state("etc/ssh")
    for path in ("log/web/deep", "log/web/deep/ssh", "log/web/deep/new"):
        answer = server.make(server.of_app(path))
        assert answer["failed"]
        assert "deep is a link" in answer["msg"]
        assert "Next: " in answer["msg"]
    assert (server.state("etc"), server.state("etc/ssh")) == before
    assert os.listdir(server.base / "etc") == ["ssh"]


def test_a_directory_of_roots_that_was_moved_there_is_not_given_away(server: Server) -> None:
    server.give_away("log")
    (server.base / "log" / "web").mkdir()
    (server.base / "log" / "web" / "key").write_text("secret")
    answer = server.make(server.of_app("log/web"))
    assert "may be another directory that was put here" in answer["msg"]
    assert f"chown {APP.pw_uid}:{APP.pw_gid} {server.base}/log/web" in answer["msg"]
    assert server.state("log/web")[0] == 0
    assert "failed" in server.make(server.of_app("log/web"), check_mode=True)


def test_where_others_may_write_a_new_directory_is_made_and_its_owner_keeps_it(server: Server) -> None:
    """As in Ubuntu's /var/log, where the group of syslog may write."""
    (server.base / "log").chmod(0o775)
    assert server.make(server.of_app("log/web"))["changed"]
    assert server.make(server.of_app("log/web"))["changed"] is False
    assert server.make(server.of_app("log/web", "0700"))["changed"]
    assert server.state("log/web") == (APP.pw_uid, APP.pw_gid, 0o700)


def test_a_directory_that_becomes_a_link_while_it_is_made_is_not_given_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.give_away("log")
    mkdir = os.mkdir

    def exchanged(*arguments: Any, **options: Any) -> None:
        mkdir(*arguments, **options)
        (server.base / "log" / "web").rename(server.base / "log" / "mine")
        (server.base / "log" / "web").symlink_to(server.base / "etc")

    before = server.state("etc")
    monkeypatch.setattr(os, "mkdir", exchanged)
    assert server.make(server.of_app("log/web"))["failed"]
    assert server.state("etc") == before


def test_links_of_roots_own_are_followed(server: Server) -> None:
    (server.base / "disk").mkdir()
    (server.base / "log" / "web").symlink_to(server.base / "disk")
    assert server.make(server.of_app("log/web"))["changed"]
    assert server.state("disk") == (APP.pw_uid, APP.pw_gid, 0o750)
