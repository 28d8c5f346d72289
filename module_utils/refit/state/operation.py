"""Who is at work on a service: fencing by number, and the lock.

Each run takes an operation whose number is above the highest it saw on the
fleet.  A step with a lower number than the host's is refused, so an orphan of a
killed controller stops at its next step.  Expiry only advises who waits: each step
puts it off, and one that may last long says beforehand how long.  Each step leaves a sign of life.

Two files: ``operation.json`` with its own short lock, so that a rollback can
outrank a deploy *while* that deploy works, and ``lock``, which is held for as long
as a run acts and dies with its holder.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Callable, Final, Literal

from ..core.beneath import make_kept
from ..core.durable import explained, read_text, write_file
from ..core.errors import ROLLBACK_YML, STATUS_YML, Busy, InvalidInput, Outranked, RefitError, Step
from ..core.locks import SHORT_S, holder_of, locked, try_lock
from ..core.system import System
from ..core.timestamps import epoch, iso
from ..words.reason import Reason

Kind = Literal["deploy", "rollback"]
DEPLOY: Final = "deploy"
ROLLBACK: Final = "rollback"
_RANK: Mapping[str, int] = {DEPLOY: 0, ROLLBACK: 1}
DEFAULT_EXPIRES_S = 900.0
# An expiry that is off by less than this part of the usual time is left as it is, so that not every step writes.
_SLACK = 1 / 3


@dataclass(frozen=True)
class Operation:
    """A run, as its controller announces it.

    Attributes:
        number: one above the highest number seen on the fleet.
        kind: a rollback outranks a deploy.
        run: unique to the run; the same on all of its hosts.
        owner: who to ask, such as ``kim@ops-1``.
        target: the version it is about.
        expires_s: after how many seconds without a step others need not wait for it.
        takes_over: ids of dead runs whose place it may take.
    """

    number: int
    kind: Kind
    run: str
    owner: str
    target: str | None = None
    expires_s: float = DEFAULT_EXPIRES_S
    takes_over: Sequence[str] = ()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Operation:
        """Read a module's ``operation`` option.  Raises InvalidInput."""
        known = {field.name for field in fields(cls)}
        values = {key: value for key, value in mapping.items() if key in known and value is not None}
        try:
            operation = cls(**values)
            good = operation.kind in _RANK and int(operation.number) > 0
        except (TypeError, ValueError):
            good = False
        if not good:
            raise InvalidInput(
                Reason("is_no_operation", given=repr(dict(mapping))),
                where=Reason("what_an_operation_needs"),
                next_command=Reason("use_the_playbooks"),
            )
        return operation


@dataclass(frozen=True)
class Standing:
    """The operation a host holds, as it is on disk (times are ISO).

    *stopped* says that it is over but not complete: a deploy that waits for a person's decision; where that is known
    by what: ``severity`` and ``why``.
    """

    number: int
    kind: Kind
    run: str
    owner: str
    target: str | None
    started: str
    expires: str
    finished: str | None = None
    stopped: bool | Mapping[str, str] = False

    def unfinished(self, now_s: float) -> bool:
        """Whether somebody is, as far as this host knows, still at work."""
        return self.finished is None and (epoch(self.expires) or 0) > now_s

    @property
    def rank(self) -> Any:
        """What decides who goes first: the number, then a rollback before a deploy."""
        return (self.number, _RANK.get(self.kind, 0))

    def describe(self) -> Reason:
        return described(asdict(self))

    def to_record(self, now_s: float) -> dict[str, Any]:
        return {**asdict(self), "unfinished": self.unfinished(now_s)}


class Operations:
    """The operation and the lock of one service on one host."""

    def __init__(self, state_dir: str, system: System) -> None:
        self.state_dir = state_dir
        self.path = os.path.join(state_dir, "operation.json")
        self.lock_path = os.path.join(state_dir, "lock")
        self.system = system

    def read(self) -> Standing | None:
        """The operation on disk; None if there never was one."""
        try:
            return Standing(**json.loads(read_text(self.path, Reason("read_the_operation")) or ""))
        except (ValueError, TypeError):
            # Written in one step, so only a person can have damaged it: start anew.
            return None

    def seen_at(self) -> float | None:
        """When its run was last heard of here, in seconds since the epoch; None if there never was one."""
        try:
            return os.stat(self.path).st_mtime
        except OSError:
            return None

    def check(self, operation: Operation) -> None:
        """Raise :class:`Outranked` unless *operation* is still the host's own; if it is, put its expiry off."""
        standing = self.read()
        if standing is None or standing.run != operation.run:
            raise _outranked(standing)
        self._be_seen()
        self.expect(operation)

    def take(self, operation: Operation) -> Standing:
        """Take *operation*, or join it and put its expiry off, if this run holds it already.

        Raises:
            Outranked: the host has seen a higher one.
            Busy: another run is unfinished, and this one does not outrank it.
        """
        make_kept(self.state_dir, 0o750, Reason("state_directory"))
        with self._short_lock():
            standing, now = self.read(), self.system.clock.now()
            if standing is not None:
                if standing.run == operation.run:
                    self._be_seen()
                    return self._put_off(standing, operation)
                _admit(operation, standing, now)
            taken = Standing(
                number=operation.number,
                kind=operation.kind,
                run=operation.run,
                owner=operation.owner,
                target=operation.target,
                started=iso(now),
                expires=iso(now + operation.expires_s),
            )
            self._write(taken)
            return taken

    def expect(self, operation: Operation, lasts_s: float = 0.0) -> None:
        """Say that the run's next step comes *lasts_s* seconds from now, and the usual time later at most.

        Nothing where another run has taken over, or where it cannot be written now: a step never fails for it.
        """
        if not self._is_due(self.read(), operation, lasts_s):
            return
        with contextlib.suppress(RefitError), self._short_lock(wait_s=0.0):
            standing = self.read()
            if standing is not None:  # read again: only now does it stay as it is
                self._put_off(standing, operation, lasts_s)

    @contextlib.contextmanager
    def lasting(self, operation: Operation | None, lasts_s: float) -> Iterator[None]:
        """A block that may take *lasts_s* seconds: so long nobody takes the run for dead.

        Does nothing without an operation, or where another run holds the host's.
        """
        if operation is None:
            yield
            return
        self.expect(operation, lasts_s)
        try:
            yield
        finally:
            self.expect(operation)

    def finish(self, operation: Operation, stopped: bool | Mapping[str, str] = False) -> None:
        """Say that the run is over (*stopped* half-way, and by what); nothing if another has taken over meanwhile."""
        with self._short_lock():
            standing = self.read()
            if standing is not None and standing.run == operation.run and standing.finished is None:
                finished = iso(self.system.clock.now())
                self._write(Standing(**{**asdict(standing), "finished": finished, "stopped": stopped}))

    @contextlib.contextmanager
    def working(
        self, operation: Operation, wait_s: float = 0.0, on_wait: Callable[[Reason], None] | None = None
    ) -> Iterator[None]:
        """Hold the lock as *operation* for the length of the block.

        A rollback announces itself before it waits, so that a deploy that holds
        the lock stops at its next step; other runs are waited for *wait_s* seconds.

        Raises:
            Busy, Outranked: as :meth:`take`, or the lock's holder did not end in time.
        """
        make_kept(self.state_dir, 0o750, Reason("state_directory"))
        standing = self.read()
        interrupts = standing is not None and operation.kind == ROLLBACK and standing.kind == DEPLOY
        if interrupts:
            self.take(operation)
        with self._work_lock(wait_s, on_wait, standing if interrupts else None):
            self.take(operation)
            yield

    def await_end(self, wait_s: float, is_dead: Callable[[str], bool]) -> None:
        """Wait, *wait_s* seconds at most, until no run is at work here.

        Args:
            is_dead: whether a run is known to have died, and need not be waited for.
        """
        clock = self.system.clock
        give_up_at = clock.monotonic() + wait_s
        while clock.monotonic() < give_up_at:
            standing = self.read()
            if standing is None or not standing.unfinished(clock.now()) or is_dead(standing.run):
                return
            clock.sleep(0.5)

    @contextlib.contextmanager
    def _work_lock(
        self, wait_s: float, on_wait: Callable[[Reason], None] | None, interrupted: Standing | None
    ) -> Iterator[None]:
        clock = self.system.clock
        with explained(self.lock_path, Reason("open_the_lock")):
            fd = os.open(self.lock_path, os.O_RDWR | os.O_CREAT, 0o640)  # not inheritable: dies with us
        try:
            give_up_at = clock.monotonic() + wait_s
            told = False
            while not try_lock(fd):
                standing = interrupted or self.read()
                holder = standing.describe() if standing else Reason("another_run")
                if clock.monotonic() >= give_up_at:
                    pid = holder_of(fd, self.lock_path)
                    raise Busy(
                        Reason("another_run_works_here", run=holder),
                        where=Reason("lock_held_by", path=self.lock_path, pid=pid),
                        next_command=Reason("wait_then_again"),
                    )
                if on_wait is not None and not told:
                    on_wait(holder)
                    told = True
                clock.sleep(0.1)
            yield
        finally:
            os.close(fd)

    def _short_lock(self, wait_s: float = SHORT_S) -> contextlib.AbstractContextManager[int]:
        return locked(self.path + ".lock", self.system.clock, wait_s, Reason("operation_here"))

    def _is_due(self, standing: Standing | None, operation: Operation, lasts_s: float = 0.0) -> bool:
        """Whether the host is *operation*'s, and its expiry far from where it should be."""
        if standing is None or standing.run != operation.run or standing.finished is not None:
            return False
        left_s = (epoch(standing.expires) or 0) - self.system.clock.now()
        return abs(left_s - lasts_s - operation.expires_s) > _SLACK * operation.expires_s

    def _put_off(self, standing: Standing, operation: Operation, lasts_s: float = 0.0) -> Standing:
        """Correct the expiry of *standing* if it is due.  Call with the short lock held."""
        if not self._is_due(standing, operation, lasts_s):
            return standing
        renewed = replace(standing, expires=iso(self.system.clock.now() + lasts_s + operation.expires_s))
        with contextlib.suppress(RefitError):  # a full disk, say: it only advises who waits
            self._write(renewed)
            return renewed
        return standing

    def _write(self, standing: Standing) -> None:
        write_file(self.path, json.dumps(asdict(standing), sort_keys=True) + "\n", 0o640)
        self._be_seen()

    def _be_seen(self) -> None:
        """Leave a sign of life, which is the time of the file: not every step writes it."""
        now = self.system.clock.now()
        with contextlib.suppress(OSError):
            os.utime(self.path, (now, now))


def described(operation: Mapping[str, Any]) -> Reason:
    """Whose run an operation's record is, what it is about and since when."""
    code = "rollback_since" if operation["kind"] == ROLLBACK else "deploy_since"
    return Reason(code, target=operation.get("target"), owner=operation["owner"], since=operation["started"])


def _admit(operation: Operation, standing: Standing, now_s: float) -> None:
    """Raise unless *operation* may take the place of *standing*."""
    if (operation.number, _RANK[operation.kind]) <= standing.rank:
        raise _outranked(standing)
    if operation.kind == DEPLOY and standing.unfinished(now_s) and standing.run not in operation.takes_over:
        raise Busy(
            Reason("another_run_is_unfinished", run=standing.describe()),
            where=Reason("it_expires", at=standing.expires),
            next_command=Reason("wait_for_its_end"),
            steps=[Step(ROLLBACK_YML, Reason("to_take_it_back"))],
        )


def _outranked(standing: Standing | None) -> Outranked:
    who = standing.describe() if standing else Reason("nobody_without_operation")
    error = Outranked(
        Reason("a_newer_run_has_taken_over", run=who),
        steps=[Step(STATUS_YML, Reason("to_see_what_it_did"))],
    )
    if standing:
        error.by = Reason("a_rollback_by" if standing.kind == ROLLBACK else "a_deploy_by", owner=standing.owner)
    return error
