"""What a host's Python reads first: the package is found, taken or done without, and never half there."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from plugin_utils import bundle, starter

SOURCES = bundle.sources()
DIGEST = bundle.digest(SOURCES)
ARCHIVE = base64.b64encode(bundle.pack(SOURCES)).decode()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give away what is its own")


class Host:
    """A directory that stands for a user's home, and Python there, started as the plugin starts it."""

    def __init__(self, base: Path) -> None:
        self.store = base / "home" / ".cache" / "refit-ops"
        self.place = self.store / DIGEST
        self.temporary = base / "tmp"
        self.temporary.mkdir()

    def script(self, archive: str | None, before: str = "") -> str:
        params = {"service": {}, "severity": "P1", "at": "now"}
        request = {"package": DIGEST, "module": "severity_told", "params": params, "check_mode": True}
        source = Path(starter.__file__).read_text()
        asked = json.dumps({**request, "archive": archive})
        return f"{source}\n\nSTORE = {str(self.store)!r}\n{before}\nstart(json.loads({asked!r}))\n"

    def command(self) -> list[str]:
        return [sys.executable, "-I", "-S", "-X", "utf8", "-"]

    def ask(self, archive: str | None = None, before: str = "") -> dict[str, Any]:
        done = subprocess.run(
            self.command(),
            input=self.script(archive, before),
            capture_output=True,
            text=True,
            check=False,
            env={"TMPDIR": str(self.temporary), "PYTHONPATH": "/nowhere"},
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith(starter.ANSWER)]
        assert len(lines) == 1, done.stderr
        return json.loads(lines[0][len(starter.ANSWER) :])

    def left_over(self) -> list[str]:
        kept = [name for name in os.listdir(self.store) if name != DIGEST] if self.store.exists() else []
        return kept + os.listdir(self.temporary)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_package_that_is_not_there_is_asked_for_and_nothing_is_made(host):
    assert host.ask() == {"wanted": DIGEST}
    assert not host.store.exists()


def test_a_package_is_sent_once_and_stays_for_its_owner_alone(host):
    assert "severity" in host.ask(ARCHIVE)
    made = (host.store.parent, host.store, host.place)
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 3
    assert host.left_over() == []
    assert "severity" in host.ask()
    assert list((host.place / "refit" / "modules" / "__pycache__").glob("severity_told.*.pyc"))


def test_two_calls_that_both_bring_it_both_answer(host):
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(host.ask, [ARCHIVE] * 4))
    assert all("severity" in answer for answer in found)
    assert host.left_over() == []


def write_above(host: Host) -> None:
    host.store.mkdir(parents=True, mode=0o700)
    host.store.parent.chmod(0o777)


def write_above_by_a_group(host: Host) -> None:
    host.store.mkdir(parents=True, mode=0o700)
    host.store.parent.chmod(0o770)
    os.chown(host.store.parent, -1, 65534)


def write_home(host: Host) -> None:
    host.store.mkdir(parents=True, mode=0o700)
    host.store.parent.parent.chmod(0o777)


def link_from_where_others_write(host: Host) -> None:
    """The link is the user's own, but anybody may put another one in its place."""
    (host.store / "real").mkdir(parents=True, mode=0o700)
    host.store.rename(host.store.parent / "elsewhere")
    host.store.symlink_to(host.store.parent / "elsewhere" / "real")
    host.store.parent.chmod(0o777)


def write_into(host: Host) -> None:
    host.store.mkdir(parents=True, mode=0o700)
    host.store.chmod(0o777)


def link_elsewhere(host: Host) -> None:
    host.store.parent.mkdir(parents=True)
    host.store.symlink_to(host.temporary)


def stand_in_the_way(host: Host) -> None:
    host.store.parent.mkdir(parents=True)
    host.store.write_text("a file")


@pytest.mark.parametrize(
    "spoil",
    [
        write_into,
        link_elsewhere,
        stand_in_the_way,
        write_above,
        pytest.param(write_above_by_a_group, marks=needs_root),
        write_home,
        link_from_where_others_write,
    ],
)
def test_a_store_that_others_can_write_to_is_not_used(host, spoil):
    spoil(host)
    assert "severity" in host.ask(ARCHIVE)
    assert not host.place.exists()
    assert os.listdir(host.temporary) == []


@pytest.mark.parametrize("above", [".cache", "."])
def test_a_package_that_others_can_exchange_is_not_run(host, above):
    """The store is as it was: whoever may write above it can put another directory of this user's in its place."""
    host.ask(ARCHIVE)
    (host.store.parent.parent / above).chmod(0o777)
    assert host.ask() == {"wanted": DIGEST}
    assert "severity" in host.ask(ARCHIVE)
    assert os.listdir(host.temporary) == []


@needs_root
def test_a_link_of_somebody_else_s_on_the_way_is_not_followed(host):
    host.ask(ARCHIVE)
    elsewhere = host.store.parent.rename(host.store.parent.with_name("theirs"))
    host.store.parent.symlink_to(elsewhere)
    assert "severity" in host.ask()
    os.chown(host.store.parent, 65534, -1, follow_symlinks=False)
    assert host.ask() == {"wanted": DIGEST}


@needs_root
def test_what_only_the_user_s_own_group_may_write_is_the_user_s(host):
    """As many systems make directories: each user has a group of their own, and an umask that lets it write."""
    host.ask(ARCHIVE)
    host.store.parent.chmod(0o775)
    assert "severity" in host.ask()


def test_links_in_a_circle_on_the_way_are_no_way(host):
    host.store.parent.parent.mkdir()
    host.store.parent.symlink_to(".cache")
    assert "severity" in host.ask(ARCHIVE)
    assert os.listdir(host.temporary) == []


def test_a_package_that_others_can_write_to_is_not_run(host):
    host.ask(ARCHIVE)
    host.place.chmod(0o777)
    assert host.ask() == {"wanted": DIGEST}
    assert "severity" in host.ask(ARCHIVE)


FULL = """
import errno
unpack = _unpack
def _unpack(archive, place):
    unpack(archive, place)
    if place.startswith(STORE):
        raise OSError(errno.ENOSPC, "No space left on device")
"""


def test_a_full_disk_costs_the_package_its_place_and_not_the_call(host):
    assert "severity" in host.ask(ARCHIVE, FULL)
    assert not host.place.exists()
    assert host.left_over() == []


@pytest.mark.parametrize("moment", ["os.fsync", "os.rename"])
def test_a_call_that_is_killed_while_it_unpacks_leaves_no_half_package(host, moment):
    die = f"import signal\ndef die(*_):\n    os.kill(os.getpid(), {int(signal.SIGKILL)})\n{moment} = die"
    done = subprocess.run(host.command(), input=host.script(ARCHIVE, die), text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert host.ask() == {"wanted": DIGEST}
    assert "severity" in host.ask(ARCHIVE)


def test_versions_that_no_run_used_for_a_month_go_when_the_next_comes(host):
    long_ago, lately = time.time() - starter.UNUSED_S - 60, time.time() - starter.DAY_S * 2
    for name, used in (("unused", long_ago), ("used", lately)):
        (host.store / name / "refit").mkdir(parents=True)
        os.utime(host.store / name, (used, used))
    host.store.chmod(0o700)
    host.ask(ARCHIVE)
    assert sorted(os.listdir(host.store)) == sorted([DIGEST, "used"])


def test_a_version_that_is_used_is_seen_to_be(host):
    host.ask(ARCHIVE)
    lately = time.time() - starter.DAY_S * 2
    os.utime(host.place, (lately, lately))
    host.ask()
    assert time.time() - host.place.stat().st_mtime < starter.DAY_S


def test_a_python_that_is_too_old_is_named_with_what_to_do(host):
    found = host.ask(before="OLDEST_PYTHON = (99,)")
    assert found["failed"]
    assert sys.executable in found["msg"]
    assert "ansible_python_interpreter=" in found["msg"]


def test_the_digest_tells_any_change():
    assert bundle.digest({**SOURCES, "refit/x.py": b""}) != DIGEST
    assert bundle.digest({"a": b"bc"}) != bundle.digest({"ab": b"c"})
