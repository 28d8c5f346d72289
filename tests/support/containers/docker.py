"""The docker command line, and what it takes to have a daemon."""

from __future__ import annotations

import subprocess


class DockerFailed(Exception):
    """A docker command ended badly; the text says which and why."""


def docker(*arguments: str, stdin: str | None = None) -> str:
    """Run ``docker`` with *arguments*; returns what it printed.  Raises DockerFailed."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DockerFailed("docker {}: {}".format(" ".join(arguments), (done.stderr or done.stdout).strip()))
    return done.stdout.strip()


def succeeds(*arguments: str) -> bool:
    """Whether the docker command ends well."""
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0
