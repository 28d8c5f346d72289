"""The directory of artifacts on their way: closed, one run at a time, and empty in the end."""

from __future__ import annotations

import os
import shlex
import threading

import pytest

from refit.artifacts.archive_readers import open_archive
from refit.artifacts.incoming import incoming
from refit.core.errors import Locked, StagingError, UnsafePath
from refit.core.system import Clock
from support.fakes import FakeClock
from support.locks import stopped_holder


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "state" / "incoming"


def test_it_is_made_closed_to_others_and_emptied_at_the_end(directory):
    artifact = directory / "app.jar"
    with incoming(str(artifact), Clock()):
        assert directory.stat().st_mode & 0o777 == 0o700
        artifact.write_bytes(b"x")
    assert os.listdir(directory) == []


def test_one_that_was_open_to_others_is_closed(directory):
    directory.mkdir(parents=True, mode=0o755)
    with incoming(str(directory / "app.jar"), Clock()):
        assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be led elsewhere")
@pytest.mark.parametrize("above", [".", ".."])
def test_one_that_somebody_else_can_exchange_is_not_used(directory, above):
    directory.mkdir(parents=True, mode=0o700)
    (directory / "kept").write_text("x")
    os.chown(directory / above, 65534, 65534)
    with pytest.raises(UnsafePath, match="the directory of incoming artifacts"):
        incoming(str(directory / "app.jar"), Clock()).__enter__()
    assert os.listdir(directory) == ["kept"]


def test_what_dead_runs_left_is_removed_but_not_what_this_one_can_use(directory, tmp_path):
    (directory / "half").mkdir(parents=True)
    (directory / "half" / "file").write_text("x")
    (tmp_path / "precious").write_text("x")
    (directory / "link").symlink_to(tmp_path / "precious")
    for name in ("old.jar", "old.jar.part", "app.jar", "app.jar.part"):
        (directory / name).write_text("x")
    with incoming(str(directory / "app.jar"), Clock()):
        assert sorted(os.listdir(directory)) == ["app.jar", "app.jar.part"]
    assert (tmp_path / "precious").exists()


def test_the_artifact_is_removed_when_staging_fails_as_well(directory):
    artifact = directory / "app.jar"

    def stage():
        with incoming(str(artifact), Clock()):
            artifact.write_bytes(b"x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stage()
    assert os.listdir(directory) == []


@pytest.mark.parametrize("name", ["app.tar.gz", "my app.tar.gz"])
def test_what_is_wrong_with_the_artifact_is_told_of_the_file_of_the_build_and_not_of_one_that_is_gone(directory, name):
    artifact = directory / name

    def stage():
        with incoming(str(artifact), Clock()):
            artifact.write_bytes(b"no archive")
            open_archive(str(artifact)).__enter__()

    with pytest.raises(StagingError) as refused:
        stage()
    assert str(directory) not in str(refused.value)
    assert refused.value.where == name
    assert str(refused.value.next_command).endswith(f": file {shlex.quote(name)}")


def test_a_second_run_waits_for_the_first(directory):
    artifact = str(directory / "app.jar")
    order = []

    def second():
        with incoming(artifact, Clock()):
            order.append("second")

    with incoming(artifact, Clock()):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_a_run_does_not_wait_for_ever_for_one_that_is_stopped(directory):
    directory.mkdir(parents=True)
    with stopped_holder(directory) as holder, pytest.raises(Locked, match=f"kill -9 {holder.pid}"):
        incoming(str(directory / "app.jar"), FakeClock()).__enter__()
    assert os.listdir(directory) == []
