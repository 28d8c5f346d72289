"""A readiness file is there or not, and what else its directory's owner puts there leads nowhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from refit.core.errors import RefitError, UnsafePath
from refit.deploy.readiness import set_ready

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root is led by somebody else's links")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    victim = tmp_path / "etc" / "ready"
    victim.parent.mkdir()
    victim.write_text("root's own")
    victim.chmod(0o600)
    return victim


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A readiness file that is not there, in a directory of the application's."""
    shared = tmp_path / "shared"
    shared.mkdir()
    if os.geteuid() == 0:
        os.chown(shared, 65534, 65534)
    return shared / "ready"


def test_it_is_written_once_and_removed_once(ready: Path) -> None:
    assert [set_ready(str(ready), True) for _ in range(2)] == [True, False]
    assert (ready.read_text(), ready.stat().st_mode & 0o7777) == ("ready\n", 0o644)
    assert [set_ready(str(ready), False) for _ in range(2)] == [True, False]
    assert not ready.exists()


def test_a_dry_run_tells_and_writes_nothing(ready: Path) -> None:
    assert set_ready(str(ready), True, dry_run=True)
    assert not ready.exists()
    ready.write_text("ready\n")
    assert set_ready(str(ready), False, dry_run=True)
    assert ready.exists()


@pytest.mark.parametrize("text", ["", "ready", "ready\nand more", "판"])
def test_another_text_is_replaced(ready: Path, text: str) -> None:
    ready.write_text(text)
    assert set_ready(str(ready), True)
    assert ready.read_text() == "ready\n"


def test_a_file_that_its_balancer_could_not_read_is_replaced(ready: Path) -> None:
    ready.write_text("ready\n")
    ready.chmod(0o600)
    assert set_ready(str(ready), True)
    assert ready.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("kind", ["link", "link to nowhere", "second name", "pipe"])
@pytest.mark.parametrize("state", [True, False])
def test_what_lies_there_instead_goes_and_what_it_leads_to_stays(
    ready: Path, victim: Path, kind: str, state: bool
) -> None:
    if kind == "pipe":
        os.mkfifo(ready)
    elif kind == "second name":
        os.link(victim, ready)
    else:
        ready.symlink_to(victim if kind == "link" else victim.parent / "new")
    assert set_ready(str(ready), state)
    assert ready.exists() == state
    assert os.listdir(victim.parent) == ["ready"]
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("root's own", 0o600)


def test_a_link_that_comes_back_as_soon_as_it_is_gone_is_not_written_to(
    ready: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.symlink_to(victim)
    unlink = os.unlink

    def put_back(*arguments: Any, **options: Any) -> None:
        unlink(*arguments, **options)
        ready.symlink_to(victim)

    monkeypatch.setattr(os, "unlink", put_back)
    with pytest.raises(RefitError, match="cannot write the readiness file"):
        set_ready(str(ready), True)
    assert victim.read_text() == "root's own"


@needs_root
@pytest.mark.parametrize("state", [True, False])
def test_a_link_above_it_is_refused(ready: Path, victim: Path, state: bool) -> None:
    (ready.parent / "deep").symlink_to(victim.parent)
    with pytest.raises(UnsafePath, match="deep is a link"):
        set_ready(str(ready.parent / "deep" / "ready"), state)
    assert victim.read_text() == "root's own"


@pytest.mark.parametrize("state", [True, False])
def test_a_directory_in_its_place_stays(ready: Path, state: bool) -> None:
    (ready / "kept").mkdir(parents=True)
    with pytest.raises(RefitError, match="ready"):
        set_ready(str(ready), state)
    assert (ready / "kept").is_dir()


def test_a_directory_that_is_not_there_holds_no_file(ready: Path) -> None:
    ready.parent.rmdir()
    assert not set_ready(str(ready), False)
    with pytest.raises(RefitError, match="cannot write the readiness file"):
        set_ready(str(ready), True)
