"""A server without processes: a clock that is moved by hand, a process manager that only
notes what `current` points at, and a way to die between any two writes.

Everything else in tests that use these is the real thing: ledger, links, locks and directories on a
disk, and the health gate, which reads the manager's workers from a `/proc` of this module's making.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any, Callable

from refit.config.service import Service
from refit.core.errors import SupervisorError
from refit.core.system import Clock, Completed, System
from refit.health.probe import Check, Failure
from refit.supervisors.base import ABSENT, ONLINE, ProcessState, Supervisor, Worker
from refit.words.reason import Reason, as_it_came

UP, DOWN, REFUSED = "up", "down", "refused"
LEGACY = "legacy"  # what runs where `current` leads outside the releases


class FakeClock(Clock):
    """Stands still until it is moved; sleeping moves it."""

    def __init__(self, now: float = 1_706_356_800.0):
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def no_command(argv: Any, **_: Any) -> Completed:
    """For a :class:`System` in which nothing may be run."""
    raise AssertionError(f"a command was run: {argv}")


def a_service(base: Path, **changes: Any) -> Service:
    """A service that lives below *base*, in `opt/app` and `state`."""
    described = {
        "name": "backend",
        "root": str(base / "opt" / "app"),
        "state_dir": str(base / "state"),
        "health": {
            "url": "http://127.0.0.1:9/health",
            "successes": 2,
            "interval_s": 0.2,
            "deadline_s": 4,
            "stable_s": 0.4,
        },
        "pm2": {"app": {"script": "app.js"}},
    }
    return Service.from_mapping({**described, **changes})


def a_tarball(path: Path, files: dict[str, str]) -> str:
    """Write a `.tar.gz` that holds *files*, and return its sha256; the same files give the same bytes."""
    with gzip.GzipFile(path, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


class FakeSupervisor(Supervisor):
    """One worker, which runs the release that `current` pointed at when it was last reloaded.

    Attributes:
        health: per version `UP` (the default), `DOWN` (runs, fails its health check) or `REFUSED` (the
            manager cannot start it).
        settings: what the process definition is made from.
        refusal: how it says that it cannot.
        healthy_once: the versions that ever ran and answered well.
    """

    def __init__(self, service: Service, system: System):
        super().__init__(service, system)
        self.health: dict[str, str] = {}
        self.settings = "settings 1"
        self.installed: str | None = None
        self.worker: Worker | None = None
        self.running: str | None = None
        self.born = 0
        self.healthy_once: set[str] = set()
        self.refusal: type[SupervisorError] = SupervisorError

    def twin(self, service: Service, system: System) -> FakeSupervisor:
        """The same, for a copy of the service's directories."""
        twin = FakeSupervisor(service, system)
        twin.health, twin.settings, twin.installed = dict(self.health), self.settings, self.installed
        twin.born, twin.healthy_once = self.born, set(self.healthy_once)
        if self.running is not None:
            twin._start(self.running)
        return twin

    def definition(self) -> str:
        return self.settings

    def installed_definition(self) -> str | None:
        return self.installed

    def state(self) -> ProcessState:
        return ProcessState(ABSENT) if self.worker is None else ProcessState(ONLINE, (self.worker,))

    def reload(self, definition: str | None = None) -> dict[str, Any]:
        where = os.path.realpath(self.service.current_link)
        version = os.path.basename(where)[1:] if os.path.dirname(where) == self.service.releases_dir else LEGACY
        self.installed = definition or self.definition()
        if self.health.get(version) == REFUSED:
            raise self.refusal(f"cannot start {version}")
        self.stop()
        self._start(version)
        return {"action": "reloaded", "why": None}

    def stop(self) -> None:
        if self.worker is not None:
            pid, self.worker, self.running = self.worker.pid, None, None
            shutil.rmtree(os.path.join(self.system.proc, str(pid)))

    def _start(self, version: str) -> None:
        self.born += 1
        pid = 1000 + self.born
        process = os.path.join(self.system.proc, str(pid))
        os.makedirs(process)
        where = self.service.release_dir(version) if version != LEGACY else self.service.current_link
        os.symlink(os.path.realpath(where), os.path.join(process, "cwd"))
        with open(os.path.join(process, "stat"), "w", encoding="ascii") as stat:
            stat.write("{} (node) S 1 {} {} 0\n".format(pid, " ".join(["0"] * 17), self.born))
        self.worker, self.running = Worker(pid, ONLINE, 0), version

    def check(self, *_: Any) -> Check:
        """What one health check of the service says now (see :func:`refit.health.probe.check_once`)."""
        if self.running is None:
            return Check(False, Failure("refused", as_it_came("nothing listens")))
        if self.health.get(self.running) == DOWN:
            return Check(
                False,
                Failure("bad_status", Reason("health_status", answered=503, expected=200, body="")),
                503,
                1.0,
                self.running,
            )
        self.healthy_once.add(self.running)
        return Check(True, None, 200, 1.0, self.running)


class Killed(BaseException):
    """The process is no more.  Like a real SIGKILL it is no Exception that anybody handles."""


_CHANGES = {
    "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
}  # fmt: skip
_writes_left: int | None = None
_watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    global _writes_left
    if _writes_left is None:
        return
    if event in _CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        # A dead process runs no `except` and no `finally` either: from here on it changes nothing.
        if _writes_left <= 0:
            raise Killed
        _writes_left -= 1


def killed_after(writes: int, action: Callable[[], object]) -> bool:
    """Run *action* until it has made *writes* changes to the file system, and kill it before the next.

    The interpreter itself tells of each change before it is made, so every place where a process can die
    between two of them is reached, whatever the code calls.  Descriptors are closed, as the kernel does.

    Returns:
        whether it was killed; if not, it came to its end before.
    """
    global _writes_left, _watching
    if not _watching:
        sys.addaudithook(_watch)
        _watching = True
    _writes_left = writes
    try:
        action()
    except Killed:
        return True
    finally:
        _writes_left = None
    return False
