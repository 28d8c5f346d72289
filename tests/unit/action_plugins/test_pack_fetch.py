"""A release on its way through the controller takes no more of that than it may, and is there whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible.plugins.loader import action_loader

from support.playbooks import ROOT

action_loader.add_directory(str(ROOT / "playbooks" / "action_plugins"))
PackFetch: Any = action_loader.get("pack_fetch", class_only=True)
PART = 1000
MORE = "it sends more than it was asked for"


def on_this_machine(command: str, **_: Any) -> dict[str, Any]:
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


class Carried:
    """A pack of *size* bytes on a host, and where it goes."""

    def __init__(self, base: Path, size: int) -> None:
        self.content = bytes(each % 251 for each in range(size))
        self.src, self.dest = base / "it's a pack.tar", base / "carrier" / "pack.tar"
        self.src.write_bytes(self.content)
        self.dest.parent.mkdir()

    def fetch(self, host: Callable[..., dict[str, Any]] = on_this_machine, **changes: Any) -> dict[str, Any]:
        plugin = PackFetch.__new__(PackFetch)
        plugin._connection = SimpleNamespace(transport="ssh")
        plugin._low_level_execute_command = host
        sha256 = hashlib.sha256(self.content).hexdigest()
        params = {"src": str(self.src), "dest": str(self.dest), "sha256": sha256, "access": {}}
        return plugin.call({**params, **changes}, {})

    def refused(self, *arguments: Any, **changes: Any) -> str:
        answer = self.fetch(*arguments, **changes)
        assert answer["failed"]
        assert list(self.dest.parent.iterdir()) == []
        return answer["msg"]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PackFetch._part.__globals__, "PART_BYTES", PART)


@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 5 * PART + 7])
def test_it_is_there_as_a_whole(tmp_path: Path, size: int) -> None:
    carried = Carried(tmp_path, size)
    assert carried.fetch() == {"changed": True, "size": size}
    assert carried.dest.read_bytes() == carried.content


def test_one_that_is_larger_than_it_may_be_is_not_kept(tmp_path: Path) -> None:
    carried = Carried(tmp_path, 3 * PART)
    said = carried.refused(access={"max_bytes": 2 * PART})
    assert said.startswith("its pack is larger than 2000 bytes. Next:")
    assert "release_artifact_max_bytes=4000" in said


def test_one_that_never_ends_is_not_kept(tmp_path: Path) -> None:
    asked = []

    def endless(command: str, **_: Any) -> dict[str, Any]:
        asked.append(command)
        return {"rc": 0, "stdout": base64.b64encode(bytes(PART)).decode(), "stderr": ""}

    assert "larger than" in Carried(tmp_path, 10).refused(endless, access={"max_bytes": 10 * PART})
    assert len(asked) == 11


def test_a_part_that_is_more_than_was_asked_for_is_not_kept(tmp_path: Path) -> None:
    answer = {"rc": 0, "stdout": base64.b64encode(bytes(PART + 1)).decode(), "stderr": ""}
    assert Carried(tmp_path, 10).refused(lambda *_, **__: answer).startswith(MORE)


def test_an_answer_does_not_take_the_controllers_memory(tmp_path: Path) -> None:
    def huge(*_: Any, **__: Any) -> dict[str, Any]:
        return {"rc": 0, "stdout": "A" * (1 << 34), "stderr": ""}

    assert Carried(tmp_path, 10).refused(huge).startswith(MORE)


def test_what_is_no_part_of_a_file_is_not_kept(tmp_path: Path) -> None:
    answer = {"rc": 0, "stdout": "Welcome!", "stderr": ""}
    assert "what it sends is no part of a file" in Carried(tmp_path, 10).refused(lambda *_, **__: answer)


def test_another_pack_than_was_named_is_not_kept(tmp_path: Path) -> None:
    assert "its pack is not what it said that it is" in Carried(tmp_path, 3 * PART).refused(sha256="0" * 64)


def test_one_that_cannot_be_read_is_told_as_the_host_says_it(tmp_path: Path) -> None:
    carried = Carried(tmp_path, 10)
    carried.src.unlink()
    assert "No such file or directory" in carried.refused()


def test_a_run_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    def stopped(*_: Any, **__: Any) -> dict[str, Any]:
        raise KeyboardInterrupt

    carried = Carried(tmp_path, 10)
    with pytest.raises(KeyboardInterrupt):
        carried.fetch(stopped)
    assert list(carried.dest.parent.iterdir()) == []
