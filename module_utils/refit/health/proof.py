"""The gate that every activation passes: is *this* release what runs, and does it stay up?

Neither an answer "UP" nor the process manager's word is proof.  A release is proven
when, for as many health checks in a row as the service asks for,

* the service answers as configured, and names the version where it can be asked,
* every worker runs the release, as the kernel knows by its working directory, or by the files that it has open or
  mapped; where neither leads into any release, by the version that the service answers,
* no worker was replaced and the manager's restart counter stood still, for at least
  the seconds that the service asks for (``stable_s``).

Whatever breaks the row starts the count again.  The gate gives up before its deadline
where waiting cannot help; see the constants below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Literal, Optional

from ..config.service import HealthCheck, Service
from ..core import procfs
from ..core.errors import SupervisorError
from ..core.procfs import Running
from ..core.system import System
from ..core.urls import without_userinfo
from ..supervisors.base import ABSENT, ERRORED, ONLINE, STOPPED, UNKNOWN, ProcessState, Status, Supervisor
from ..words.reason import Reason, recorded
from . import probe
from .port_holder import Holder, PortHolders
from .probe import Check, Failure

# Asking a manager can cost a command of 0.4 s, so it is asked before the first check, before the
# verdict, and in between this often: while all is well, and while something is wrong.
LOOK_EVERY_S = 2.0
LOOK_WHEN_FAILING_S = 1.0
# A process that is down is given up when it is still down this long after it was first seen so:
# a manager shows a moment of "stopped" while it replaces a process.
DOWN_GRACE_S = 1.0
# A worker of another release, or an answer that names another version, is waited out this long:
# in a rolling reload the old workers go last.  Workers that the manager is still stopping do not count.
WRONG_RELEASE_GRACE_S = 5.0
# A service whose every process has been restarted this often while it was watched is in a crash loop.
MAX_RESTARTS = 3
# While failing, the pause between two checks grows by this factor up to this length: a service that
# starts slowly is found up at most a quarter of its starting time late.
BACKOFF = 1.25
BACKOFF_MAX_S = 2.0

_DOWN = (ERRORED, STOPPED, ABSENT, UNKNOWN)

#: What a release is held to.  No fault of its own are ``release``: something else runs; ``witness``: nothing says what
#: runs; and ``manager``: it cannot be asked, or does not do what it is told.
Criterion = Literal["health", "version", "release", "restarts", "process", "witness", "manager"]
#: What a worker's release is known by; see :func:`.procfs.what_runs`.
Witness = Literal["cwd", "files", "answer"]

CheckOnce = Callable[[HealthCheck, Optional[str]], Check]


@dataclass
class HealthSeen:
    """The health checks so far; *first_pass_s* counts from the start of the gate."""

    url: str
    needed: int
    attempts: int = 0
    passes: int = 0
    consecutive: int = 0
    last_failure: Failure | None = None
    first_pass_s: float | None = None


@dataclass
class ProcessSeen:
    """The manager's last answer; *restarts* are its counter over all workers."""

    status: Status = UNKNOWN
    pids: tuple[int, ...] = ()
    restarts_before: int | None = None
    restarts_after: int | None = None


@dataclass(frozen=True)
class Proof:
    """What the gate saw, and its verdict.

    While the gate still works, *proven* is false and *reason* is None, as it is when proven.  *releases* maps each
    worker's pid to the version it runs, None where unknown, and *witnesses* to what that is known by.
    """

    version: str | None
    proven: bool
    reason: Reason | None
    failed_check: Criterion | None
    health: HealthSeen
    process: ProcessSeen
    releases: Mapping[int, str | None]
    duration_s: float
    witnesses: Mapping[int, Witness] = field(default_factory=dict)

    @classmethod
    def failed(cls, version: str, check: Criterion, reason: Reason) -> Proof:
        """A proof that failed before a single check could be made."""
        return cls(version, False, reason, check, HealthSeen("", 0), ProcessSeen(), {}, 0.0)

    def to_record(self) -> dict[str, Any]:
        """The proof as JSON can hold it."""
        record = asdict(self)
        failure = self.health.last_failure
        record["reason"] = recorded(self.reason)
        record["health"]["last_failure"] = failure.to_record() if failure else None
        record["process"]["pids"] = list(self.process.pids)
        record["releases"] = {str(pid): version for pid, version in self.releases.items()}
        record["witnesses"] = {str(pid): witness for pid, witness in self.witnesses.items()}
        return record


def prove(
    service: Service,
    system: System,
    supervisor: Supervisor,
    version: str | None,
    *,
    on_poll: Callable[[Proof], None] | None = None,
    deadline_s: float | None = None,
    check: CheckOnce = probe.check_once,
) -> Proof:
    """Watch the service until *version* is proven to run, or until it is clear that it does not.

    Args:
        version: None for what runs from outside the releases and names no version: it has to be as well, as often and
            as long, and no worker may run a release.
        on_poll: called after every health check with what was seen so far, before the gate waits or
            decides; an exception that it raises ends the gate and reaches the caller.
        deadline_s: seconds for everything, by default the service's own.  It is passed by at most one
            health check and one question to the process manager.
        check: asks the service once; at most ``service.health.timeout_s`` seconds.
    """
    gate = _Gate(service, system, supervisor, version, check)
    return gate.run(on_poll, service.health.deadline_s if deadline_s is None else deadline_s)


def observe(
    service: Service, system: System, supervisor: Supervisor, *, check: CheckOnce = probe.check_once
) -> dict[str, Any]:
    """One look at what is live, of the cost of one health check and one question to the manager.

    Returns:
        ``{"healthy": bool, "failure": {"kind", "detail"}|None, "status": str, "running": [version],
        "pids": [int], "version": str|None}``; *running* is what the kernel says of the workers,
        *version* what the service says of itself.
    """
    result = check(service.health, None)
    failure = result.failure
    try:
        state = supervisor.state()
    except SupervisorError as error:
        state = ProcessState(UNKNOWN)
        failure = failure or Failure("process", error.reason)
    if state.status != ONLINE and failure is None:
        failure = Failure("process", Reason("manager_says", status=state.status))
    running = (procfs.what_runs(pid, service.releases_dir, system.proc) for pid in state.pids)
    return {
        "healthy": failure is None,
        "failure": None if failure is None else failure.to_record(),
        "status": state.status,
        "running": sorted({seen.version for seen in running if seen.version is not None}),
        "pids": list(state.pids),
        "version": result.version,
    }


@dataclass(frozen=True)
class _Problem:
    """What keeps a check from counting; *lasting* when only a changed process can end it."""

    check: Criterion
    reason: Reason
    lasting: bool = False


@dataclass
class _Look:
    """What the process manager and the kernel said at one moment."""

    at: float
    state: ProcessState
    births: Mapping[int, int | None] = field(default_factory=dict)
    holder: Holder | None = None
    error: Reason | None = None


class _Gate:
    def __init__(
        self, service: Service, system: System, supervisor: Supervisor, version: str | None, check: CheckOnce
    ) -> None:
        self._service = service
        self._system = system
        self._supervisor = supervisor
        self._version = version
        self._check = check
        self._started = self._now()
        self._health = HealthSeen(without_userinfo(service.health.url), service.health.successes)
        self._process = ProcessSeen()
        self._releases: dict[int, Running] = {}
        self._names_itself = False
        self._problem: _Problem | None = None
        self._restarted = 0
        self._row_began = self._started
        self._down_since: float | None = None
        self._wrong_since: float | None = None
        self._pause_s = service.health.interval_s
        self._holders = PortHolders(service, system.proc)
        self._seen = self._look()

    def run(self, on_poll: Callable[[Proof], None] | None, deadline_s: float) -> Proof:
        while True:
            self._poll()
            # Decided before the look: time alone completes a row as well, also while the caller is told.
            complete = self._complete()
            if complete or self._look_is_due():
                self._look_again()
            if on_poll is not None:
                on_poll(self._proof())
            if complete and self._complete():
                return self._proof(proven=True)
            left_s = self._started + deadline_s - self._now()
            hopeless = self._hopeless()
            if hopeless is not None:
                return self._proof(failed=hopeless)
            if left_s <= 0:
                return self._proof(failed=self._out_of_time(deadline_s))
            self._system.clock.sleep(min(self._pause_s, left_s))

    def _now(self) -> float:
        return self._system.clock.monotonic()

    def _complete(self) -> bool:
        """The row is long enough, in checks and in time: a crash loop answers well in between."""
        needed, stable_s = self._health.needed, self._service.health.stable_s
        return self._health.consecutive >= needed and self._now() - self._row_began >= stable_s

    # -- one health check ------------------------------------------------------------------------

    def _poll(self) -> None:
        health = self._health
        result = self._check(self._service.health, self._version)
        self._names_itself = self._service.health.version_url is not None and result.failure is None
        health.attempts += 1
        if result.failure is None:
            health.passes += 1
            if health.first_pass_s is None:
                health.first_pass_s = self._now() - self._started
        else:
            health.last_failure = result.failure
        problem = self._wrong_release() or _health_problem(result.failure) or self._missing_worker()
        if problem is not None:
            self._start_over(problem)
            return
        health.consecutive += 1
        if health.consecutive == 1:
            self._row_began = self._now()
        self._wrong_since = None
        self._pause_s = self._service.health.interval_s

    def _start_over(self, problem: _Problem) -> None:
        if self._problem is not None and self._health.consecutive == 0:
            longest = max(BACKOFF_MAX_S, self._service.health.interval_s)
            self._pause_s = min(self._pause_s * BACKOFF, longest)
        self._health.consecutive = 0
        self._problem = problem
        if not problem.lasting:
            self._wrong_since = None
        elif self._wrong_since is None:
            self._wrong_since = self._now()

    def _wrong_release(self) -> _Problem | None:
        """A worker, or whoever holds the service's port, that runs anything but the release."""
        proc = self._system.proc
        pids = self._seen.state.pids
        self._releases = {pid: procfs.what_runs(pid, self._service.releases_dir, proc) for pid in pids}
        for worker in self._seen.state.workers:
            running = self._releases.get(worker.pid)
            if running is None or not self._is_same_process(worker.pid):
                continue
            lasting = worker.status == ONLINE
            if running.version is None:
                why = running.reason or Reason("not_given")
                if running.witness == "files":
                    return _Problem("release", why, lasting)
                if self._version is None or self._service.health.version_url is not None:
                    continue  # as it should, or it says itself what it is, or its health check fails for that
                return _Problem("witness", Reason("nothing_names_release", why=why), lasting)
            if self._version is None:
                release = Reason("process_of_a_release", pid=worker.pid, version=running.version)
                return _Problem("release", release, lasting)
            if running.deleted:
                deleted = Reason("process_of_deleted", pid=worker.pid, version=running.version)
                return _Problem("release", deleted, lasting)
            if running.version != self._version:
                other = Reason("process_of_other", pid=worker.pid, version=running.version, expected=self._version)
                return _Problem("release", other, lasting)
        holder = self._seen.holder
        return _Problem("release", holder.reason, lasting=True) if holder and holder.in_the_way else None

    def _missing_worker(self) -> _Problem | None:
        if not self._seen.state.workers_known:
            return None
        if not self._seen.state.pids:
            return _Problem("process", Reason("no_process"))
        for pid in self._seen.state.pids:
            if not self._is_same_process(pid):
                return _Problem("process", Reason("process_gone", pid=pid))
        return None

    def _is_same_process(self, pid: int) -> bool:
        born = self._seen.births.get(pid)
        return born is not None and born == procfs.started(pid, self._system.proc)

    # -- one look at the processes ---------------------------------------------------------------

    def _look_is_due(self) -> bool:
        pause_s = LOOK_EVERY_S if self._health.consecutive else LOOK_WHEN_FAILING_S
        return self._now() - self._seen.at >= pause_s

    def _look(self) -> _Look:
        try:
            state = self._supervisor.state()
        except SupervisorError as error:
            self._process.status = UNKNOWN
            return _Look(self._now(), ProcessState(UNKNOWN), error=error.reason)
        births = {pid: procfs.started(pid, self._system.proc) for pid in state.pids}
        process = self._process
        process.status, process.pids = state.status, state.pids
        if state.workers:
            if process.restarts_before is None:
                process.restarts_before = state.restarts
            process.restarts_after = state.restarts
        return _Look(self._now(), state, births, self._holders.beside(state.pids, self._version))

    def _look_again(self) -> None:
        before, counted = self._seen, self._process.restarts_after
        self._seen = self._look()
        state = self._seen.state
        if state.status not in _DOWN:
            self._down_since = None
        elif self._down_since is None:
            self._down_since = self._seen.at
        if state.workers and counted is not None and state.restarts != counted:
            self._restarted += max(0, state.restarts - counted)
            self._start_over(_Problem("restarts", Reason("restarted", times=self._restarted)))
        elif self._seen.births != before.births:
            changed = Reason("processes_changed", before=before.state.pids, after=state.pids)
            self._start_over(_Problem("restarts", changed))
        elif self._complete():
            problem = self._not_online() or self._wrong_release() or self._missing_worker()
            if problem is not None:
                self._start_over(problem)

    def _not_online(self) -> _Problem | None:
        if self._seen.state.status == ONLINE:
            return None
        if self._seen.error is not None:
            return _Problem("manager", self._seen.error)
        return _Problem("process", Reason("manager_says", status=self._seen.state.status))

    # -- verdicts --------------------------------------------------------------------------------

    def _hopeless(self) -> _Problem | None:
        """Why waiting any longer is useless, None while it may help."""
        if self._restarted >= MAX_RESTARTS * max(1, len(self._seen.state.workers)):
            seconds = round(self._now() - self._started, 1)
            return _Problem("restarts", Reason("restarted_within", times=self._restarted, seconds=seconds))
        if self._down_since is not None and self._seen.at - self._down_since >= DOWN_GRACE_S:
            return self._not_online()
        if self._wrong_since is not None and self._now() - self._wrong_since >= WRONG_RELEASE_GRACE_S:
            return self._problem
        return None

    def _out_of_time(self, deadline_s: float) -> _Problem:
        if self._health.consecutive >= self._health.needed:
            healthy_s, stable_s = round(self._now() - self._row_began, 3), self._service.health.stable_s
            late = Reason("healthy_too_late", healthy_s=healthy_s, deadline_s=deadline_s, stable_s=stable_s)
            return _Problem("health", late)
        row = {"passed": self._health.consecutive, "needed": self._health.needed, "deadline_s": deadline_s}
        if self._problem is None:
            return _Problem("health", Reason("too_few_passed", **row))
        return _Problem(self._problem.check, Reason("out_of_time", why=self._problem.reason, **row))

    def _proof(self, proven: bool = False, failed: _Problem | None = None) -> Proof:
        known = {pid: self._known(running) for pid, running in self._releases.items()}
        return Proof(
            version=self._version,
            proven=proven,
            reason=None if failed is None else self._told(failed),
            failed_check=None if failed is None else failed.check,
            health=HealthSeen(**vars(self._health)),
            process=ProcessSeen(**vars(self._process)),
            releases={pid: version for pid, (version, _) in known.items()},
            duration_s=self._now() - self._started,
            witnesses={pid: witness for pid, (_, witness) in known.items() if witness is not None},
        )

    def _known(self, running: Running) -> tuple[str | None, Witness | None]:
        """The version of a worker, and by what it is known."""
        if running.version is not None:
            return running.version, running.witness
        return (self._version, "answer") if self._names_itself and self._version else (None, None)

    def _told(self, failed: _Problem) -> Reason:
        """What failed, and whoever is at the port though nobody asks there: it may be what this comes from."""
        holder = self._seen.holder
        if holder is None or holder.in_the_way:
            return failed.reason
        return Reason("both", first=failed.reason, second=holder.reason)


def _health_problem(failure: Failure | None) -> _Problem | None:
    if failure is None:
        return None
    if failure.kind in ("wrong_version", "no_version"):
        return _Problem("version", failure.reason, lasting=failure.kind == "wrong_version")
    return _Problem("health", failure.reason)
