"""Runs of a controller: their names, and whether one of them is still alive.

A run is named after the process that carries it, so that the same machine can
later tell a run that died (and may be taken over) from one that works.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterable, Mapping
from typing import Any

from .processes import parent_of, started

PLAYBOOK = "ansible-playbook"


def owner() -> str:
    """Who is at work, for people: ``kim@ops-1``; the person behind sudo, if any."""
    user = os.environ.get("SUDO_USER") or os.environ.get("USER")
    if not user:
        try:
            user = getpass.getuser()
        except (KeyError, OSError):
            user = f"uid{os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def name_run(pid: int | None = None, proc: str = "/proc") -> str:
    """The name of the run that process *pid* carries (default: this process)."""
    pid = pid or os.getpid()
    return f"{socket.gethostname()}:{pid}:{started(pid, proc)}"


def playbook_process(proc: str = "/proc") -> int:
    """The ``ansible-playbook`` that this process works for; itself if there is none."""
    found, pid = os.getpid(), os.getpid()
    while pid > 1:
        if PLAYBOOK in _command(pid, proc):
            found = pid
        pid = parent_of(pid, proc) or 0
    return found


def dead_runs(surveys: Iterable[Mapping[str, Any] | None], proc: str = "/proc") -> list[str]:
    """Runs named in the surveys' operations that were carried by a process of this
    machine which is gone.  A run of another machine is never called dead."""
    runs = {(survey.get("operation") or {}).get("run") for survey in surveys if survey}
    return sorted(run for run in runs if run and _is_dead(run, proc))


def _is_dead(run: str, proc: str) -> bool:
    host, _, rest = run.partition(":")
    pid, _, began = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    return str(started(int(pid), proc)) != began


def _command(pid: int, proc: str) -> str:
    try:
        with open(os.path.join(proc, str(pid), "cmdline"), "rb") as handle:
            return handle.read(4096).replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
