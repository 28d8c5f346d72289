"""The one family of errors that a person is meant to read.

Every error says *what* went wrong, *where*, and which command to type *next*.
The doors translate it: modules into ``fail_json``, the command line into a
message on stderr and the exit code of the error's class.
"""

from __future__ import annotations


class RefitError(Exception):
    """Something a person can act on; never a programming mistake.

    Args:
        what: one sentence, without a full stop at its end.
        where: the path, URL, host or variable it is about.
        next_command: the command (or the edit) that leads out of it.
    """

    exit_code = 1
    kind = "error"

    def __init__(self, what: str, where: str | None = None, next_command: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_command = next_command

    def __str__(self) -> str:
        text = self.what
        if self.where:
            text += f" ({self.where})"
        if self.next_command:
            text += f". Next: {self.next_command}"
        return text


class InvalidInput(RefitError):
    """A value that a person typed or configured cannot be used."""

    exit_code = 2
    kind = "invalid_input"


class NothingToRollBackTo(RefitError):
    """No release qualifies as a rollback target."""

    exit_code = 3
    kind = "nothing_to_roll_back_to"


class VersionNotFound(RefitError):
    """The named release is not on this host, or is not whole."""

    exit_code = 4
    kind = "version_not_found"


class Busy(RefitError):
    """Another run holds the service's lock, or its operation is unfinished."""

    exit_code = 5
    kind = "busy"


class Outranked(Busy):
    """A newer operation has taken over; this run stops where it is.

    *by* says whose it is, such as ``a rollback by kim@ops-1``.
    """

    kind = "outranked"
    by = "a newer run"


class Locked(RefitError):
    """A process has held a lock longer than anybody should wait for it."""

    exit_code = 5
    kind = "locked"


class RecentRollback(RefitError):
    """A rollback without a version came within minutes of another one."""

    exit_code = 8
    kind = "recent_rollback"


class Frozen(RefitError):
    """The service is frozen: no deploy until somebody resumes it."""

    kind = "frozen"


class UnsafePath(RefitError):
    """Somebody else may lead root elsewhere on this path, or has tried to."""

    kind = "unsafe_path"


class StagingError(RefitError):
    """An artifact that cannot become a release; nothing is left behind."""

    kind = "staging"


class SupervisorError(RefitError):
    """The process manager refused or could not be reached."""

    kind = "supervisor"
