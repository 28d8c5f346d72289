"""Shared directories are made for the service's user, who may rearrange everything around them meanwhile."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
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
        service = a_service(self.base, shared=list(shared), user=user or None)
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


@pytest.fixture(params=[0o022, 0o027, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_the_services_user_can_read_a_release_and_use_what_it_shares_whatever_the_umask(server: Server) -> None:
    server.stage("data/cache/", user="")
    app = server.base / "opt" / "app"
    release = app / "releases" / "v1"
    open_to_all = [app.parent, app, app / "releases", release, app / "shared", app / "shared/data/cache"]
    assert [oct(path.stat().st_mode & 0o777) for path in open_to_all] == ["0o755"] * len(open_to_all)
    files = [path for path in release.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o644"}
    assert (server.base / "state").stat().st_mode & 0o777 == 0o750


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


@pytest.mark.parametrize("shared", ["uploads/", "uploads", "uploads/of/today/"])
def test_a_shared_link_that_leads_nowhere_is_named_before_anything_is_written(server: Server, shared: str) -> None:
    server.shared.mkdir(parents=True)
    (server.shared / "uploads").symlink_to("/mnt/not-mounted")
    with pytest.raises(StagingError, match="shared/uploads is a link that leads nowhere: /mnt/not-mounted"):
        server.stage(shared, user="")
    assert os.listdir(server.base / "opt" / "app" / "releases") == []
    (server.shared / "uploads").unlink()
    (server.shared / "uploads").symlink_to(server.victim)
    if shared == "uploads/":
        server.stage(shared, user="")
