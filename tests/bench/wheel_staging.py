"""How long a release with heavy dependencies takes: `python -m venv` and `pip install` against staging a wheel.

Run by `make bench`.  Both install the same packages from the same directory on this machine, so the network is in
neither number.  The staged releases are the second one with these packages and two more, as every release but the first
is; their time is all of staging: the checks of the packages, compiling, importing the app and putting everything on
the disk.  CPU seconds are told as well, for a machine that others use.
Exit code 1: staging took more than a tenth.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Callable

import pytest

from refit.core import system
from refit.deploy import staging
from support.fakes import a_service
from support.wheels import a_wheel, disk_use, offline, python, wheel_settings, wheelhouse, workplace

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib", "pyarrow", "fastapi", "uvicorn")
AT_MOST = 0.1
APP = {"ai_service/__init__.py": "", "ai_service/main.py": "import fastapi, numpy\n\napp = fastapi.FastAPI()\n"}


def main() -> int:
    house = wheelhouse(*PACKAGES)
    with pytest.MonkeyPatch.context() as patch, workplace() as base:
        shutil.copytree(house, base / "wheelhouse")
        offline(patch, base / "wheelhouse")
        wheels = [str(a_wheel(base, version, APP, requires=PACKAGES)) for version in ("1.0", "2.0", "3.0", "4.0")]
        pip = timed(lambda: with_pip(base, wheels[1]))
        first, *later = (timed(lambda at=at: stage(base, wheels[at], str(at + 1))) for at in range(len(wheels)))
        tell(base, pip, first, later)
    return 0 if median(wall_s for wall_s, _ in later) <= AT_MOST * pip[0] else 1


def with_pip(base: Path, wheel: str) -> None:
    venv = base / "pip-venv"
    subprocess.run([python(), "-m", "venv", str(venv)], check=True)
    install = [str(venv / "bin" / "pip"), "install", "--quiet", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*install, "--find-links", str(base / "wheelhouse"), wheel], check=True)


def stage(base: Path, wheel: str, version: str) -> None:
    service = a_service(base, wheel=wheel_settings(base), pm2={"app": {"script": "venv/bin/uvicorn"}})
    staging.stage(service, version, wheel, system.real())


def timed(action: Callable[[], None]) -> tuple[float, float]:
    """Seconds that *action* takes by the clock, and of CPU by it and all that it runs."""
    os.sync()  # what was written before is in nobody's time
    began, cpu = time.monotonic(), sum(os.times()[:4])
    action()
    return time.monotonic() - began, sum(os.times()[:4]) - cpu


def tell(
    base: Path, pip: tuple[float, float], first: tuple[float, float], later: Sequence[tuple[float, float]]
) -> None:
    wall_s, cpu_s = (median(values) for values in zip(*later))
    releases = base / "opt" / "app" / "releases"
    one, both = disk_use(releases / "v1"), disk_use(releases / "v1", releases / "v2")
    versions = [[python(), "-V"], [str(base / "pip-venv" / "bin" / "pip"), "-V"], [str(base / "uv"), "--version"]]
    told = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[:2] for command in versions
    ]
    print("{}; {} cores, load {:.1f}".format(", ".join(map(" ".join, told)), os.cpu_count(), os.getloadavg()[0]))
    print("packages: " + " ".join(path.name.split("-")[0] for path in sorted((base / "wheelhouse").glob("*.whl"))))
    print("python -m venv + pip install   {:7.2f} s   CPU {:6.2f} s".format(*pip))
    print("first wheel release            {:7.2f} s   CPU {:6.2f} s".format(*first))
    print(f"later ones, median of {len(later)}        {wall_s:7.2f} s   CPU {cpu_s:6.2f} s")
    print(f"that is {wall_s / pip[0]:.3f} of pip's time (at most {AT_MOST}) and {cpu_s / pip[1]:.3f} of its CPU")
    print(f"on the disk: one release {one / 1e6:.0f} MB, both {both / 1e6:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
