"""A Docker daemon for the time of a run, where none answers and one can be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.containers.docker import succeeds

START_S = 60.0
STOP_S = 60.0


class NoDocker(Exception):
    """Neither a daemon nor a way to start one; the text says what is missing and what to do."""


def missing(*, root: bool, programs: dict[str, str | None]) -> str | None:
    """Why no daemon can be started here; None if one can.

    Args:
        root: whether this process is root.
        programs: where ``docker`` and ``dockerd`` are, None for what is not installed.
    """
    absent = [name for name, path in programs.items() if path is None]
    if absent and root:
        return "{} is not installed. Next: apt-get install docker.io".format(" and ".join(absent))
    if absent:
        return "{} is not installed. Next: install Docker, or run this as root".format(" and ".join(absent))
    if not root:
        return "no Docker daemon answers this user. Next: start it (systemctl start docker), or run this as root"
    return None


@contextmanager
def docker_daemon() -> Iterator[None]:
    """Docker answers while the block runs.  A daemon that runs already is used and left alone; a second one
    beside it would take its network away.  Raises NoDocker."""
    programs = {name: shutil.which(name) for name in ("docker", "dockerd")}
    if programs["docker"] and succeeds("version"):
        yield
        return
    reason = missing(root=os.geteuid() == 0, programs=programs)
    if reason:
        raise NoDocker(reason)
    with tempfile.TemporaryDirectory(prefix="refit-dockerd-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            daemon = subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            _wait_until_it_answers(daemon, log)
            yield
        finally:
            daemon.terminate()
            try:
                daemon.wait(STOP_S)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _wait_until_it_answers(daemon: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_S
    while not succeeds("version"):
        if daemon.poll() is not None or time.monotonic() >= give_up_at:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            raise NoDocker(f"dockerd did not start:\n{last}")
        time.sleep(0.1)
