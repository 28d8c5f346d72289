"""Which programs a server has: Node.js, PM2 and others, with their versions.

PM2 is never run to be asked: its command line starts a daemon first, outside any unit.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .system import RunAs, System

SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Program:
    """A program as it was found: *path* as looked up, *real_path* behind all links."""

    path: str
    real_path: str
    version: str | None


def find_program(name: str, directories: Sequence[str]) -> str | None:
    """The program *name* as a shell with these *directories* in its PATH would find it; an
    absolute path stands for itself."""
    candidates = [name] if os.path.isabs(name) else [os.path.join(directory, name) for directory in directories]
    for path in candidates:
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def find_node(directories: Sequence[str], system: System, run_as: RunAs | None = None) -> Program | None:
    """Node.js, asked for its version with the rights of who will run it."""
    path = find_program("node", directories)
    if path is None:
        return None
    done = system.run([path, "--version"], env={"PATH": os.pathsep.join(directories)}, run_as=run_as, timeout_s=30)
    match = _VERSION.match(done.stdout.strip())
    return Program(path, os.path.realpath(path), match[0].lstrip("v") if match else None)


def find_pm2(name: str, directories: Sequence[str]) -> Program | None:
    """PM2; its version is read from the package that the program belongs to."""
    path = find_program(name, directories)
    if path is None:
        return None
    real_path = os.path.realpath(path)
    return Program(path, real_path, _package_version(real_path, "pm2"))


def at_least(version: str | None, minimum: str) -> bool:
    """Whether *version* is *minimum* or later; one that is not known is not."""
    have, want = _VERSION.match(version or ""), _VERSION.match(minimum)
    assert want, minimum
    return have is not None and tuple(map(int, have.groups())) >= tuple(map(int, want.groups()))


def _package_version(program: str, package: str) -> str | None:
    directory = os.path.dirname(program)
    while directory != os.path.dirname(directory):
        try:
            with open(os.path.join(directory, "package.json"), encoding="utf-8") as handle:
                about = json.load(handle)
        except (OSError, ValueError):
            about = None
        if isinstance(about, dict) and about.get("name") == package:
            return str(about.get("version"))
        directory = os.path.dirname(directory)
    return None
