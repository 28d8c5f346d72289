"""The one family of errors that a person is meant to read.

Every error says *what* went wrong, *where*, and which command to type *next*.
The doors translate it: modules into ``fail_json``, the command line into a
message on stderr and the exit code of the error's class.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable, Final

from ..words.reason import Reason, as_it_came, changed

ROLLBACK_YML: Final = "rollback.yml"
DEPLOY_YML: Final = "playbooks/deploy.yml"
STATUS_YML: Final = "playbooks/status.yml"
FREEZE_YML: Final = "playbooks/freeze.yml"
RESUME_YML: Final = "playbooks/resume.yml"
HEALTH_CHECK_YML: Final = "playbooks/health-check.yml"
INCIDENT_YML: Final = "playbooks/incident.yml"
NOTIFY_YML: Final = "playbooks/notify.yml"
PROVISION_YML: Final = "playbooks/provision.yml"
SERVER_SCRIPTS_YML: Final = "playbooks/server-scripts.yml"
PREFLIGHT_YML: Final = "playbooks/preflight.yml"
SAME_PLAYBOOK: Final = ""


@dataclass(frozen=True)
class Step:
    """What a person may do next.  Which command does it knows only the door that shows it: see
    :mod:`..config.invocation`.

    Attributes:
        playbook: what does it, as named from the repository's root; :data:`SAME_PLAYBOOK` where that is what runs now,
            whichever that is (with *again*).
        why: when to do it, or to what end; may be empty.
        values: the playbook's variables, by name; an empty one is left out. A reason says what a person has to put
            there.
        again: whether it is the run that says so, once more: what that one was given holds where *values* say nothing.
        options: other words of the command line.
        whole: whether it is about all hosts, whatever part of them the run was kept to.
    """

    playbook: str
    why: Reason | str = ""
    values: Mapping[str, Reason | str] = field(default_factory=dict)
    again: bool = False
    options: tuple[str, ...] = ()
    whole: bool = False


Writer = Callable[[Step], str]


def in_words(step: Step) -> str:
    """*step* as a server says it, which does not know by which inventory it is reached."""
    what = "the same command again" if step.again else " ".join([step.playbook, *step.options])
    values = "".join(f" {name}={value}" for name, value in step.values.items() if value)
    return f"{what}, from the workstation" + (f", with{values}" if values else "")


def reason_of(step: Step) -> Reason:
    """*step* as data, for whoever reads on another machine what a server says."""
    told: dict[str, Any] = {
        "why": step.why,
        "values": [Reason("given_value", name=name, value=value) for name, value in step.values.items() if value],
    }
    return (
        Reason("step_again", **told)
        if step.again
        else Reason("step", playbook=" ".join([step.playbook, *step.options]), **told)
    )


def lines_of(steps: Sequence[Step], write: Writer, language: str = "en") -> list[str]:
    """*steps* for a person: each command on a line of its own, which a shell takes as it stands."""
    from ..words.sentence import said  # by whoever tells them, and not by every host

    lines = []
    for step in steps:
        why = said(step.why, language)
        lines += [f"  {why}:", f"    {write(step)}"] if why else [f"  {write(step)}"]
    return lines


def commands_of(steps: Sequence[Step], write: Writer) -> list[dict[str, Any]]:
    """*steps* as data, for a reader whose language another place knows: ``why``, empty where it goes without saying,
    and the ``command``."""
    return [
        {"why": step.why.to_record() if isinstance(step.why, Reason) else step.why, "command": write(step)}
        for step in steps
    ]


#: What the system says of a call that failed, where it is more than a name for it.
_OF_SYSTEM: Final[Mapping[int | None, str]] = {
    errno.EACCES: "no_permission",
    errno.EPERM: "not_permitted",
    errno.ENOSPC: "no_space_left",
    errno.EDQUOT: "quota_exceeded",
    errno.EROFS: "read_only",
    errno.ENOENT: "no_such_file",
    errno.EEXIST: "exists_already",
    errno.ENOTDIR: "no_directory",
    errno.EISDIR: "is_a_directory",
    errno.EIO: "io_error",
    errno.ELOOP: "too_many_links",
    errno.ENOTEMPTY: "not_empty",
    errno.ENAMETOOLONG: "name_too_long",
}


def why_failed(error: Exception) -> Reason:
    """Why a call of the system failed."""
    number, said = getattr(error, "errno", None), getattr(error, "strerror", None)
    code = _OF_SYSTEM.get(number)
    return Reason(code) if code and said == os.strerror(number or 0) else as_it_came(str(said or error))


def _told(part: Reason | str | None, language: str) -> str:
    """*part* of an error in words; a text may have lines of its own."""
    from ..words.sentence import said  # by whoever tells it, and not by every host

    return said(part, language) if isinstance(part, Reason) else part or ""


class RefitError(Exception):
    """Something a person can act on; never a programming mistake.

    Args:
        what: a reason; or one sentence, without a full stop at its end, that no reader of another language sees.
        where: the path, URL, host or variable it is about.
        next_command: the command (or the edit) that leads out of it.
        steps: the playbooks that lead out of it, where there are some.
        rows: a table of where, of which the first row names the columns.
    """

    exit_code = 1
    kind = "error"

    def __init__(
        self,
        what: Reason | str,
        where: Reason | str | None = None,
        next_command: Reason | str | None = None,
        steps: Sequence[Step] = (),
        rows: Sequence[Sequence[Reason | str]] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_command = next_command
        self.steps = tuple(steps)
        self.rows = rows

    def __str__(self) -> str:
        return self.told(in_words)

    @property
    def reason(self) -> Reason:
        """The whole of it as data."""
        what = self.what if isinstance(self.what, Reason) else as_it_came(self.what)
        following: list[Any] = [self.next_command] if self.next_command else []
        following += [reason_of(step) for step in self.steps]
        where = (
            Reason("rows", rows=[Reason("row", cells=list(row)) for row in self.rows[1:]]) if self.rows else self.where
        )
        return Reason("error", what=what, where=where, next=following) if where or following else what

    def change_texts(self, change: Callable[[str], str]) -> None:
        """Have what it says of strangers' texts, paths and secrets as *change* makes it."""
        self.what = changed(self.what, change)
        self.where = changed(self.where, change)
        self.next_command = changed(self.next_command, change)
        self.rows = changed(self.rows, change)

    def table_in(self, language: str) -> list[str]:
        """Its rows as lines."""
        from .text_table import table

        return table([[_told(cell, language) for cell in row] for row in self.rows]) if self.rows else []

    def told(self, write: Writer, language: str = "en") -> str:
        """The whole of it, its steps as *write* writes them."""
        text, where, edit = (_told(each, language) for each in (self.what, self.where, self.next_command))
        text += f" ({where})" if where else ""
        text += "\n".join([" (", *self.table_in(language), ")"]) if self.rows else ""
        following = _told(Reason("next"), language)
        if not self.steps:
            return text + (f". {following} {edit}" if edit else "")
        # A command in the middle of a line would be shown by Ansible with its quotes doubled, and wrapped.
        edits = [f"  {edit}"] if edit else []
        return "\n".join([f"{text}. {following}", *edits, *lines_of(self.steps, write, language)])


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
    by = Reason("a_newer_run")


class Locked(RefitError):
    """A process has held a lock longer than anybody should wait for it."""

    exit_code = 5
    kind = "locked"


class RecentRollback(RefitError):
    """A rollback without a version came within minutes of another one; *until* says how long it is refused."""

    exit_code = 8
    kind = "recent_rollback"
    until = Reason("for_some_minutes")


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


class StartFailed(SupervisorError):
    """The process manager works; what it was told to start does not begin."""

    kind = "start_failed"
