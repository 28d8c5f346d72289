"""Wheels made by hand, real packages from PyPI kept between runs, and a place to build releases from them."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from refit.core.file_tree import remove_tree
from support.fleet import ROOT

# Accounts that own nothing: one that builds, another in each process of a run since a build is the end of all that runs
# as its account, and as none of them do tests otherwise; and one for the app.
_BUILDERS = ("games", "lp", "man", "news", "mail", "uucp")
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
BUILDER, APP_USER = _BUILDERS[_WORKER % len(_BUILDERS)], "daemon"
IS_ROOT = os.geteuid() == 0

FASTAPI = ("fastapi", "uvicorn")
_MAIN = """
from importlib.metadata import version

from fastapi import FastAPI, Response

app = FastAPI()

@app.get("/api/ai/health")
def health(response: Response):
    response.status_code = {status}
    return {{"status": "UP" if response.status_code == 200 else "DOWN"}}

@app.get("/version")
def answer():
    return {{"version": version("ai-service")}}
"""
_MODES = {"healthy": _MAIN.format(status=200), "unhealthy": _MAIN.format(status=503), "no-import": "import torch\n"}


def a_wheel(
    directory: Path,
    version: str,
    files: Mapping[str, str | bytes],
    *,
    name: str = "ai-service",
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    requires_python: str | None = None,
) -> Path:
    """Write the wheel *name* *version* with *files* into *directory*; the same files give the same bytes."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    metadata += [f"Requires-Python: {requires_python}"] if requires_python else []
    tags = [f"{python}-{tag.split('-', 1)[1]}" for python in tag.split("-")[0].split(".")]
    about = {
        f"{stem}.dist-info/METADATA": "\n".join(metadata) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n"
        + "".join(f"Tag: {one}\n" for one in tags),
    }
    path = directory / f"{stem}-{tag}.whl"
    record = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in {**files, **about}.items():
            data = content.encode() if isinstance(content, str) else content
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{member},sha256={digest},{len(data)}\n"
            archive.writestr(zipfile.ZipInfo(member), data)
        archive.writestr(zipfile.ZipInfo(f"{stem}.dist-info/RECORD"), record + f"{stem}.dist-info/RECORD,,\n")
    return path


def a_fastapi_wheel(directory: Path, version: str, mode: str = "healthy") -> Path:
    """Write a wheel of a FastAPI service that names its own version; *mode* is healthy, unhealthy or no-import."""
    files = {"ai_service/__init__.py": "", "ai_service/main.py": _MODES[mode]}
    directory.mkdir(parents=True, exist_ok=True)
    return a_wheel(directory, version, files, requires=FASTAPI)


@cache
def python() -> str:
    """A Python that the build user can run: where root tests, one outside root's home."""
    if not IS_ROOT:
        return sys.executable
    for version in ("3.13", "3.12", "3.11", "3.10", "3.9"):
        path = f"/usr/bin/python{version}"
        if os.path.exists(path):
            return path
    pytest.skip("no Python in /usr/bin that the unprivileged build user could run")


def uv() -> Path:
    """The project's own uv."""
    found = Path(sys.executable).parent / "uv"
    if not found.exists():
        pytest.skip(f"no uv beside {sys.executable}: make venv installs it")
    return found


@contextmanager
def workplace() -> Iterator[Path]:
    """A directory that other users can reach, which pytest's own are not, with a copy of uv in it."""
    base = Path(tempfile.mkdtemp(prefix="refit-wheels-"))
    base.chmod(0o755)
    try:
        try:
            os.link(uv(), base / "uv")
        except OSError:  # another file system
            shutil.copy(uv(), base / "uv")
        yield base
    finally:
        remove_tree(str(base))


def wheel_settings(base: Path, **changes: Any) -> dict[str, Any]:
    """The group `wheel` of a service that is built in :func:`workplace`."""
    return {"python": python(), "app": "ai_service.main:app", "uv": str(base / "uv"), "build_user": BUILDER, **changes}


def wheelhouse(*packages: str, version: str | None = None) -> Path:
    """A directory with *packages* and all they need, fetched once and kept; skips where PyPI cannot be reached.

    *version* is that of the Python they are for; by default that of :func:`python`.
    """
    if version is None:
        version = subprocess.run([python(), "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
    wanted = hashlib.sha256(" ".join((*sorted(packages), version)).encode()).hexdigest()[:12]
    home = ROOT / ".cache" / "tests" / f"wheelhouse-{wanted}"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(home), "--only-binary=:all:"]
        done = subprocess.run(
            [*fetch, "--python-version", version, *packages], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip("PyPI cannot be reached, so there are no packages to build with: " + done.stderr[-200:])
        (home / "ready").touch()
    return home


def offline(monkeypatch: pytest.MonkeyPatch, house: Path | None) -> None:
    """Configure this machine as a server whose packages come from *house* alone."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_OFFLINE", "1")
    if house is not None:
        monkeypatch.setenv("UV_FIND_LINKS", str(house))


def disk_use(*directories: Path) -> int:
    """Bytes on the disk of all that is below *directories*; what has several names counts once."""
    blocks = {}
    for directory in directories:
        for path in [directory, *directory.rglob("*")]:
            status = path.lstat()
            blocks[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(blocks.values())
