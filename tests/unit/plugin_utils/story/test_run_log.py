"""Each run leaves a log, which is its owner's alone and disturbs nobody."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from plugin_utils.story.run_log import KEPT, RunLog


def test_a_log_is_for_its_owner_alone(tmp_path: Path) -> None:
    log = RunLog(str(tmp_path / "state" / "logs"), "deploy")
    log.write("TASK [배포]\n")
    log.close()
    assert (tmp_path / "state" / "logs").stat().st_mode & 0o777 == 0o700
    assert Path(log.path).stat().st_mode & 0o777 == 0o600
    assert Path(log.path).read_text(encoding="utf-8") == "TASK [배포]\n"
    assert "-deploy-" in Path(log.path).name


def test_the_last_logs_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        (tmp_path / f"20200101-{number:06}-deploy-1.log").touch()
    (tmp_path / "notes.txt").touch()
    log = RunLog(str(tmp_path), "deploy")
    kept = sorted(path.name for path in tmp_path.glob("*.log"))
    assert len(kept) == KEPT
    assert Path(log.path).name in kept
    assert "20200101-000005-deploy-1.log" not in kept
    assert (tmp_path / "notes.txt").exists()
    log.close()


def test_a_place_that_cannot_be_written_is_said_and_nothing_more(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = RunLog(str(tmp_path / "file" / "logs"), "deploy")
    log.write("lost\n")
    assert (log.path, log.shown) == ("", "")
    assert "Not a directory" in log.trouble


def test_no_place_means_no_log() -> None:
    log = RunLog("", "deploy")
    log.write("lost\n")
    assert (log.path, log.trouble) == ("", "")


def test_a_log_on_a_disk_that_is_full_ends_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = RunLog(str(tmp_path), "deploy")
    log.write("there is room for this\n")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        log.write("and none for this\n")
    log.write("nor is this tried\n")

    assert (log.path, log.trouble) == ("", "[Errno 28] No space left on device")
    (path,) = tmp_path.glob("*.log")
    assert path.read_text(encoding="utf-8") == "there is room for this\n"


def test_a_path_is_shown_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    log = RunLog("~/logs", "deploy")
    assert log.shown == "~/logs/" + Path(log.path).name
    log.close()
