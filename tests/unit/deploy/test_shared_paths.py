"""Shared directories are made for the service's user, who may rearrange everything around them meanwhile."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from refit.core.errors import StagingError, UnsafePath
from refit.core.system import System
from refit.deploy.staging import stage
from support.fakes import FakeClock, a_service, a_tarball

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has anything to give away")
NOBODY = pwd.getpwuid(65534)


class Server:
    """A server whose application owns `shared/`; *victim* is a directory of root's."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.victim = base / "etc"
        self.victim.mkdir()
        self.shared = base / "opt" / "app" / "shared"
        a_tarball(base / "app.tar.gz", {"app.js": "// the app"})

    def make_shared(self) -> None:
        self.shared.mkdir(parents=True)
        os.chown(self.shared, NOBODY.pw_uid, NOBODY.pw_gid)

    def stage(self, *shared: str, user: str = NOBODY.pw_name) -> None:
        service = a_service(self.base, shared=list(shared), user=user)
        stage(service, "1", str(self.base / "app.tar.gz"), System(clock=FakeClock()))

    def untouched(self) -> bool:
        return os.listdir(self.victim) == [] and self.victim.stat().st_uid == 0


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@needs_root
def test_shared_and_the_directories_in_it_are_the_users(server: Server) -> None:
    server.stage("data/cache/")
    made = [server.shared, server.shared / "data", server.shared / "data" / "cache"]
    assert [path.stat().st_uid for path in made] == [NOBODY.pw_uid] * 3


@needs_root
def test_a_directory_above_that_is_the_applications_link_leads_root_nowhere(server: Server) -> None:
    server.make_shared()
    (server.shared / "data").symlink_to(server.victim)
    with pytest.raises(UnsafePath, match="data is a link") as refused:
        server.stage("data/profile.d/")
    assert refused.value.where == str(server.shared / "data")
    assert server.untouched()


@needs_root
def test_a_directory_that_is_exchanged_while_root_makes_it_gives_nothing_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.make_shared()
    mkdir = os.mkdir

    def exchanged(path: Any, *arguments: Any, **options: Any) -> None:
        mkdir(path, *arguments, **options)
        if os.path.basename(path) == "uploads":
            (server.shared / "uploads").rename(server.shared / "mine")
            (server.shared / "uploads").symlink_to(server.victim)

    monkeypatch.setattr(os, "mkdir", exchanged)
    with pytest.raises(UnsafePath, match="uploads is a link"):
        server.stage("uploads/")
    assert server.untouched()


@needs_root
def test_a_directory_that_the_application_keeps_elsewhere_is_its_affair(server: Server) -> None:
    server.make_shared()
    (server.base / "disk").mkdir()
    (server.shared / "uploads").symlink_to(server.base / "disk")
    server.stage("uploads/")
    assert (server.base / "disk").stat().st_uid == 0


@needs_root
def test_without_its_user_no_shared_directory_is_made(server: Server) -> None:
    with pytest.raises(StagingError, match="no user 'nobody-of-that-name'"):
        server.stage("uploads/", user="nobody-of-that-name")
