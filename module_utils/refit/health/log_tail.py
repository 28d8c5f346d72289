"""What a service logged while a release was tried: the last lines, for whoever must find out why it failed."""

from __future__ import annotations

import contextlib
import functools
import glob
import os
from typing import Callable, TypeVar

from ..config.log_patterns import Patterns
from ..config.service import Service
from ..core import accounts
from ..core.errors import InvalidInput
from ..core.privileges import reader_of, rights_of
from ..core.system import System
from ..supervisors.base import Stream, Supervisor
from ..supervisors.journal import last_lines
from .log_window import LogWindow, Mark, mark, read_since
from .unmeasured import Unmeasured

LINES = 20
MAX_BYTES = 64 * 1024
RECENT_BYTES = 1024 * 1024

_BEGINNING = Mark(0, 0, "")

Found = TypeVar("Found")


class LogTail:
    """Remembers where the logs of *service* end now; :meth:`lines` are what came after.

    The error log that PM2 writes, wherever that is, or what systemd's journal has of the service, comes
    first, because a release that does not start says why there; then the application's own log.  Files
    are read with the rights of who may put anything in their place.

    Raises:
        InvalidInput: the service's user is not there.
    """

    def __init__(self, service: Service, system: System, supervisor: Supervisor) -> None:
        self._system = system
        self._supervisor = supervisor
        manager = service.manager
        self._unit = f"{manager.name}.service" if manager.kind == "systemd" else None
        self._since_s = system.clock.now()
        self._own = [service.log.path] if service.log else []
        self._user = accounts.required(service.user, f"refit_services.{service.name}.user", InvalidInput)
        self._marks = {path: self._with_rights(mark, path) for path in self._paths("err")}

    def lines(self) -> list[str]:
        """The last lines of the first log that has any new ones; empty if none can be read."""
        said = last_lines(self._system, self._unit, self._since_s, LINES) if self._unit else []
        if said:
            return said
        everything = Patterns(error="", critical={}, samples=LINES)
        for path in self._paths("err"):
            position = self._marks.get(path, _BEGINNING)
            if isinstance(position, Mark):
                read = functools.partial(read_since, position=position, patterns=everything, max_bytes=MAX_BYTES)
                found = self._with_rights(read, path)
                if isinstance(found, LogWindow) and found.samples:
                    return list(found.samples)
        return []

    def recent(self, count: int) -> list[tuple[str, list[str] | Unmeasured]]:
        """The last *count* lines of each log there is, by its name, from before as well; or why it cannot be read."""
        found: list[tuple[str, list[str] | Unmeasured]] = []
        if self._unit:
            found.append((f"journal of {self._unit}", last_lines(self._system, self._unit, 0, count)))
        read = functools.partial(
            read_since,
            position=_BEGINNING,
            patterns=Patterns(error="", critical={}, samples=count),
            max_bytes=RECENT_BYTES,
        )
        for path in self._paths("out", "err"):
            window = self._with_rights(read, path)
            found.append((path, window if isinstance(window, Unmeasured) else list(window.samples)))
        return found

    def _with_rights(self, read: Callable[[str], Found], path: str) -> Found | Unmeasured:
        try:
            reader = self._user or reader_of(path)
        except InvalidInput as error:
            return Unmeasured(error.reason)
        with rights_of(reader):
            return read(path)

    def _paths(self, *streams: Stream) -> list[str]:
        """The logs there are; what the manager writes of *streams* comes first, of that the one written last."""
        named = {path for stream in streams for each in self._supervisor.logs(stream) for path in _per_process(each)}
        written = []
        for path in named:
            with contextlib.suppress(OSError, ValueError):
                written.append((-os.lstat(path).st_mtime, path))
        return [path for _, path in sorted(written)] + self._own


class LastWords:
    """What *service* logged until a release was given up: an activation's steps are told to it."""

    def __init__(self, service: Service, system: System, supervisor: Supervisor) -> None:
        self._log = LogTail(service, system, supervisor)
        self._lines: list[str] | None = None

    def on_step(self, name: str, _detail: object) -> None:
        """Before the next release, or the end of the service, adds to the log."""
        if name in ("restore_switch", "stop"):
            self._lines = self._log.lines()

    def lines(self) -> list[str]:
        """The last lines of the release that was given up, or so far."""
        return self._log.lines() if self._lines is None else self._lines


def _per_process(path: str) -> list[str]:
    """PM2 writes ``error.log`` as ``error-0.log``, by the process's number, unless it merges them."""
    root, extension = os.path.splitext(path)
    return [path, *glob.glob("{}-[0-9]*{}".format(glob.escape(root), glob.escape(extension)))]
