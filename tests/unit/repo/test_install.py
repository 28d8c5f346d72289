"""requirements/install.sh on machines that lack something, and install.py where a run was cut off."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the installer and one set that pins nothing, and no .venv yet."""
    root = tmp_path / "check out"
    (root / "requirements").mkdir(parents=True)
    for name in ("install.sh", "install.py"):
        shutil.copy(REQUIREMENTS / name, root / "requirements")
    (root / "requirements/run.txt").write_text("# nothing\n", encoding="utf-8")
    return root


def stand_in(directory: Path, name: str, script: str) -> None:
    """Put an executable shell script into `directory`."""
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (directory / name).chmod(0o755)


def install(root: Path, *sets: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(root / "requirements/install.sh"), *sets],
        env={"PATH": os.environ["PATH"], "HOME": str(root), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_new_enough_python_it_says_what_to_install(checkout, tmp_path):
    stand_in(tmp_path / "bin", "old-python", "exit 1")
    done = install(checkout, "run", REFIT_PYTHON=str(tmp_path / "bin/old-python"))
    assert done.returncode == 1
    assert "No Python 3.11 or newer" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_venv_and_without_rights_it_gives_the_command(checkout, tmp_path):
    # A Python that lacks venv, a user who is not root, and a sudo that wants a password.
    stand_in(
        tmp_path / "bin", "python-without-venv", f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
    )
    stand_in(tmp_path / "bin", "id", "echo 1000")
    stand_in(tmp_path / "bin", "sudo", "exit 1")
    done = install(checkout, "run", REFIT_PYTHON="python-without-venv", PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    version = "{}.{}".format(*sys.version_info[:2])
    assert done.returncode == 1
    assert f"sudo apt-get install python{version}-venv" in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.slow  # makes an environment
def test_refit_is_there_whenever_the_environment_is_and_is_the_checkouts_own(checkout):
    door = checkout / "playbooks/workstation/refit.sh"
    stand_in(door.parent.parent, "nothing", "")
    stand_in(door.parent, door.name, "echo first")
    assert install(checkout, "run", REFIT_PYTHON=sys.executable).returncode == 0
    assert subprocess.run([checkout / ".venv/bin/refit"], capture_output=True, check=True).stdout == b"first\n"

    stand_in(door.parent, door.name, "echo second")
    assert subprocess.run([checkout / ".venv/bin/refit"], capture_output=True, check=True).stdout == b"second\n"
    shutil.rmtree(checkout / ".venv")
    assert install(checkout, "run", REFIT_PYTHON=sys.executable).returncode == 0
    assert (checkout / ".venv/bin/refit").resolve() == door.resolve()


def test_an_interrupted_set_up_is_repaired_and_a_finished_one_left_alone(checkout):
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").write_text("cut off here", encoding="utf-8")

    assert install(checkout, "run", REFIT_PYTHON=sys.executable).returncode == 0
    assert subprocess.run([checkout / ".venv/bin/python", "-c", "import pip"], check=False).returncode == 0
    before = (checkout / ".venv/bin/python").lstat().st_ino

    again = install(checkout, "run", REFIT_PYTHON=sys.executable)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (checkout / ".venv/bin/python").lstat().st_ino == before


def test_an_environment_of_somebody_else_is_not_emptied_through_a_link(checkout, tmp_path):
    theirs = tmp_path / "theirs"
    (theirs / "bin").mkdir(parents=True)
    (checkout / ".venv").symlink_to(theirs)
    done = install(checkout, "run", REFIT_PYTHON=sys.executable)
    assert done.returncode == 1
    assert f"Next: rm {checkout / '.venv'}" in done.stderr
    assert (theirs / "bin").is_dir()


def test_an_unknown_set_is_a_usage_error_and_installs_nothing(checkout):
    done = install(checkout, "runn", REFIT_PYTHON=sys.executable)
    assert done.returncode == 2
    assert "SET one of: run" in done.stderr
    assert not (checkout / ".venv").exists()


def test_only_a_stamp_with_the_wanted_content_counts(tmp_path):
    spec = importlib.util.spec_from_file_location("installer", REQUIREMENTS / "install.py")
    installer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installer)
    stamp = tmp_path / "stamp"
    assert not installer.stamped(stamp, "a")
    installer.write_stamp(stamp, "a")
    assert installer.stamped(stamp, "a")
    assert not installer.stamped(stamp, "b")
    assert installer.digest(b"ab", b"c") != installer.digest(b"a", b"bc")
