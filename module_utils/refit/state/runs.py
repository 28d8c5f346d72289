"""Runs of a controller: their names, and whether one of them is still alive.

A run is named after the process that carries it and the machine that it runs on, so that
the same machine can later tell a run that died (and may be taken over) from one that works.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..core.procfs import parent_of, started
from ..words.printable import printable

PLAYBOOK = "ansible-playbook"
_MOST_OWNER = 200


def owner() -> str:
    """Who is at work, for people: ``kim@ops-1``; the person behind sudo, if any."""
    user = os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME")
    if not user:
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            user = f"uid{os.getuid()}"
    return printable(f"{user}@{os.uname().nodename}", _MOST_OWNER)


def name_run(pid: int | None = None, proc: str = "/proc") -> str:
    """The name of the run that process *pid* carries (default: this process)."""
    pid = pid or os.getpid()
    return f"{os.uname().nodename}:{pid}:{started(pid, proc)}:{_place(proc)}"


def playbook_process(proc: str = "/proc") -> int:
    """The ``ansible-playbook`` that this process works for; itself if there is none.

    Workers look like the process that they were forked from.  What only names it, such as a shell with a command of
    several lines, may outlive it by far.
    """
    pid = os.getpid()
    while pid > 1 and PLAYBOOK not in _command(pid, proc):
        pid = parent_of(pid, proc) or 0
    found, command = (pid, _command(pid, proc)) if pid > 1 else (os.getpid(), None)
    while command and _command(parent_of(found, proc) or 0, proc) == command:
        found = parent_of(found, proc) or 0
    return found


def dead_runs(surveys: Iterable[Mapping[str, Any] | None], proc: str = "/proc") -> list[str]:
    """Runs named in the surveys' operations that were carried by a process of this
    machine which is gone.  A run of another machine is never called dead."""
    runs = {(survey.get("operation") or {}).get("run") for survey in surveys if survey}
    return sorted(run for run in runs if run and is_dead(run, proc))


def with_dead(surveys: Mapping[str, Mapping[str, Any] | None], dead: Collection[str]) -> dict[str, Any]:
    """*surveys* by host, in which the operations of the runs that are *dead* say so."""
    found: dict[str, Any] = dict(surveys)
    for host, survey in surveys.items():
        operation = (survey or {}).get("operation")
        if survey and operation and operation.get("run") in dead:
            found[host] = {**survey, "operation": {**operation, "dead": True}}
    return found


def is_dead(run: str, proc: str = "/proc") -> bool:
    """Whether *run* was carried by a process of this machine which is gone; False where
    that cannot be told, as of another machine's."""
    host, pid, began, place = [*run.split(":"), "", "", ""][:4]
    if not pid.isdigit() or host != os.uname().nodename or not place or place != _place(proc):
        return False
    return str(started(int(pid), proc)) != began


def _place(proc: str) -> str:
    """What tells this machine, and this container on it, from others of the same name; empty
    where other users' processes are hidden, since then a living one may look gone."""
    try:
        with open(os.path.join(proc, "sys/kernel/random/boot_id"), encoding="ascii") as handle:
            boot = handle.read().strip().replace("-", "")[:12]
        space = os.readlink(os.path.join(proc, "self/ns/pid")).strip("pid:[]")
    except OSError:
        return ""
    return f"{boot}-{space}" if started(1, proc) is not None else ""


def _command(pid: int, proc: str) -> str:
    try:
        with open(os.path.join(proc, str(pid), "cmdline"), "rb") as handle:
            return handle.read(4096).replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
