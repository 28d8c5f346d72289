"""The process manager behind one small interface.

An implementation makes the service's processes run what ``current`` points at.
It never judges: neither its exit code nor its status proves a release
(see :mod:`.proof`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:  # the names of states are also read where nothing is supervised, on the controller
    from ..config.service import Service
    from ..core.system import System
    from ..words.reason import Reason

Status = Literal["online", "launching", "stopped", "errored", "absent", "unknown"]
ONLINE: Final = "online"
LAUNCHING: Final = "launching"
STOPPED: Final = "stopped"
ERRORED: Final = "errored"
ABSENT: Final = "absent"
Stream = Literal["out", "err"]
UNKNOWN: Final = "unknown"  # its manager cannot be asked


@dataclass(frozen=True)
class Worker:
    """One process of the service, as its manager sees it."""

    pid: int
    status: Status
    restarts: int


@dataclass(frozen=True)
class ProcessState:
    """All processes of the service; *status* is the worst of its workers'.

    *workers_known* is False where nobody can name the processes, so that only the service's own
    answers can prove a release.
    """

    status: Status
    workers: tuple[Worker, ...] = ()
    workers_known: bool = True

    @property
    def restarts(self) -> int:
        """Restarts so far, over all workers."""
        return sum(worker.restarts for worker in self.workers)

    @property
    def pids(self) -> tuple[int, ...]:
        """The live processes' ids, sorted."""
        return tuple(sorted(worker.pid for worker in self.workers if worker.pid > 0))


class Supervisor:
    """What activation needs of a process manager.

    Every method raises :class:`~.errors.SupervisorError` when the manager itself
    cannot be used; no method puts an environment value into a result or a message.
    """

    #: Whether the manager says what it starts when the machine does.
    knows_boot = False

    def __init__(self, service: Service, system: System) -> None:
        self.service = service
        self.system = system

    def definition(self) -> str:
        """The process definition that this service's settings amount to: the exact
        text of the file that the manager reads."""
        raise NotImplementedError

    def installed_definition(self) -> str | None:
        """The definition that is on disk now, None if there is none."""
        raise NotImplementedError

    def state(self) -> ProcessState:
        """What the manager says runs now."""
        raise NotImplementedError

    def reload(self, definition: str | None = None) -> Mapping[str, Any]:
        """Make the processes run what ``current`` points at.

        Args:
            definition: the text to install first; by default :meth:`definition`.

        Returns:
            ``{"action": "started"|"reloaded"|"replaced", "why": str|None}``;
            *replaced* means that the old processes were removed first, because a
            reload would have kept something of theirs.
        """
        raise NotImplementedError

    def logs(self, stream: Stream) -> Sequence[str]:  # noqa: ARG002  (here it names none)
        """The files to which the manager writes what the service's processes write to *stream*, as far as it names any.

        Some are known where the manager cannot be asked, too: nothing is raised then.
        """
        return ()

    def forgotten(self) -> Sequence[str]:
        """Other applications that the manager is to run, and that it knows nothing of now."""
        return ()

    def boot_fault(self) -> Reason | None:
        """What keeps the service from starting again when the machine does; None where nothing does, or nobody knows
        (:attr:`knows_boot`)."""
        return None

    def stop(self) -> None:
        """Stop the service and keep it from starting at boot; nothing if absent."""
        raise NotImplementedError
