"""What a packed refit.pyz says of itself, and how a reader takes what is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plugin_utils import bundle
from refit import __version__
from refit.core.build_info import BuildInfo, installed

UNKNOWN = {"version": None, "digest": None}
STAMP = BuildInfo("0.1.0", "a" * 32).stamp()


@pytest.fixture(scope="module")
def packed() -> bytes:
    return bundle.bundle()


def read(directory: Path, content: bytes) -> dict[str, str | None] | None:
    (directory / "refit.pyz").write_bytes(content)
    return installed(str(directory))


def test_what_is_packed_names_its_version_and_the_digest_of_its_sources(tmp_path: Path, packed: bytes) -> None:
    here = bundle.build_of(bundle.sources())
    assert read(tmp_path, packed) == {"version": __version__, "digest": here.digest}
    assert BuildInfo.from_record(installed(str(tmp_path))) == here


def test_a_stamped_file_still_runs_and_says_its_version(tmp_path: Path, packed: bytes) -> None:
    read(tmp_path, packed)
    command = [sys.executable, "-I", str(tmp_path / "refit.pyz")]
    for arguments in (["--version"], ["--etc", "/nowhere", "--version"], ["rollback", "--version"]):
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"refit {__version__}\n", "")
    usage = subprocess.run(command, capture_output=True, text=True, check=False)
    assert usage.returncode == 2
    assert usage.stderr.startswith(f"refit {__version__}\nusage: ")


def test_other_content_of_the_same_version_is_told_apart() -> None:
    files = bundle.sources()
    changed = bundle.build_of({**files, "refit/x.py": b""})
    assert changed.version == bundle.build_of(files).version
    assert changed != bundle.build_of(files)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        STAMP[1:],
        STAMP + b"\n",
        STAMP[:-1],
        STAMP.replace(b"0.1.0", b"0.1"),
        STAMP.replace(b"0.1.0", b"1234567.0.0"),
        STAMP.replace(b"0.1.0", "0.1.٣".encode()),
        STAMP.upper(),
        STAMP + b"\0" * 4096,
    ],
)
def test_a_file_that_does_not_say_is_of_an_unknown_version(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == UNKNOWN


def test_a_file_that_was_cut_off_is_of_an_unknown_version(tmp_path: Path, packed: bytes) -> None:
    assert read(tmp_path, packed[: len(packed) // 2]) == UNKNOWN


def test_only_the_end_of_a_large_file_is_read(tmp_path: Path) -> None:
    with (tmp_path / "refit.pyz").open("wb") as file:
        file.seek(1 << 40)  # sparse: takes no room, and forever to read
        file.write(STAMP)
    assert installed(str(tmp_path)) == {"version": "0.1.0", "digest": "a" * 32}


def test_a_server_without_scripts_has_none(tmp_path: Path) -> None:
    assert installed(str(tmp_path)) is None
    assert installed(str(tmp_path / "missing")) is None
    (tmp_path / "file").touch()
    assert installed(str(tmp_path / "file")) is None


def test_what_is_no_file_is_of_an_unknown_version_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    place = tmp_path / "refit.pyz"
    os.mkfifo(place)
    assert installed(str(tmp_path)) == UNKNOWN
    place.unlink()
    place.mkdir()
    assert installed(str(tmp_path)) == UNKNOWN
    place.rmdir()
    place.symlink_to(place)
    assert installed(str(tmp_path)) == UNKNOWN
    assert installed("a\0b") == UNKNOWN


def test_versions_come_one_after_the_other_as_numbers() -> None:
    ten, nine = BuildInfo("0.10.0", "a" * 32), BuildInfo("0.9.0", "a" * 32)
    assert nine.is_older_than(ten)
    assert not ten.is_older_than(nine)
    assert not ten.is_older_than(ten)
