"""Measure one service on one host over a window: what :mod:`.severity` grades.

Everything is measured at the same time, each part in a process of its own, so that all counts are of
the same seconds.  Every part ends with the window or, where answers are slow, at most two answers
later (an answer takes at most ``health.timeout_s``, ``traffic.timeout_s`` or ``synthetic.timeout_s``);
the process manager is given :data:`MANAGER_TIMEOUT_S` at both ends of the window.  Whatever somebody
answered or logged, a part that is not done :data:`MARGIN_S` after that is ended.  An answer is read up
to the limits of :mod:`.http` and :mod:`.traffic_sources`, a log up to those of :mod:`.log_window`.  What
could not be measured is ``{"unmeasured": reason}``.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from concurrent.futures import Future, TimeoutError
from typing import Any, Callable

from ..config.service import HealthCheck, Log, Service, SyntheticRequest
from ..config.traffic import Source
from ..core import accounts, procfs
from ..core.errors import InvalidInput, RefitError, SupervisorError
from ..core.http import fetch
from ..core.privileges import reader_of, rights_of
from ..core.system import Clock, System
from ..core.timestamps import iso
from ..state.releases import read_current
from ..supervisors.base import ProcessState, Supervisor
from ..words.reason import Reason, recorded
from . import log_window, probe
from .children import NoAnswer, together
from .traffic import SEVERAL_PROCESSES, delta
from .traffic_sources import read_source
from .unmeasured import Unmeasured

MAX_WINDOW_S = 3600.0
#: PM2's daemon answers within milliseconds, and its command line, asked where the daemon is not understood,
#: within a few seconds on a busy server.  One that takes longer hangs, and whoever asks how bad it is must
#: not wait for it.
MANAGER_TIMEOUT_S = 10.0
#: For reading a log of the greatest length, on a busy server.
MARGIN_S = 10.0

Record = dict[str, Any]


def measure(service: Service, system: System, supervisor: Supervisor, window_s: float) -> Record:
    """Measure *service* for *window_s* seconds (0 is one look).

    Returns:
        ``{"at", "window_s", "current", "health", "process"}`` and, where the service names a
        source for them, ``"traffic"``, ``"log"`` and ``"synthetic"``; see the functions below and
        :mod:`.severity` for what they hold.  *at* is when it began (ISO 8601, UTC), *current* the
        version that ``current`` names, None if it names none.

    Raises:
        InvalidInput: the window is not one.
    """
    if not 0 <= window_s <= MAX_WINDOW_S:
        raise InvalidInput(Reason("window_out_of_range", seconds=window_s, most=MAX_WINDOW_S))
    window = _Window(system.clock, window_s)
    parts: dict[str, Callable[[], Record]] = {
        "health": lambda: measure_health(service.health, window),
        "process": lambda: measure_process(service, system, supervisor, window),
    }
    if service.traffic is not None:
        source = service.traffic
        parts["traffic"] = lambda: measure_traffic(source, window)
    if service.log is not None:
        log = service.log
        parts["log"] = lambda: measure_log(service, log, window)
    if service.synthetic is not None:
        request = service.synthetic
        parts["synthetic"] = lambda: measure_synthetic(request)
    record: Record = {"at": iso(system.clock.now()), "window_s": window_s, "current": _current(service)}
    for name, found in together(parts, window_s + _longest_s(service)).items():
        record[name] = Unmeasured(found.reason).to_record() if isinstance(found, NoAnswer) else found
    if record.get("traffic", {}).get("counters_fell") and record["process"].get("same_pids"):
        record["traffic"] = Unmeasured(SEVERAL_PROCESSES).to_record()  # a restart that their manager knows nothing of
    return record


def _longest_s(service: Service) -> float:
    """How long after the window's end the slowest part may take."""
    answers = [2 * service.health.timeout_s, 2 * MANAGER_TIMEOUT_S]
    if service.traffic is not None:
        answers.append(2 * service.traffic.timeout_s)
    if service.synthetic is not None:
        answers.append(service.synthetic.timeout_s)
    return max(answers) + MARGIN_S


class _Window:
    """The seconds that all parts share."""

    def __init__(self, clock: Clock, length_s: float) -> None:
        self.clock = clock
        self._end = clock.monotonic() + length_s

    @property
    def left_s(self) -> float:
        return max(0.0, self._end - self.clock.monotonic())

    def wait(self, seconds: float) -> None:
        self.clock.sleep(min(seconds, self.left_s))


def measure_health(health: HealthCheck, window: _Window) -> Record:
    """Ask for the health again and again until the window ends, once at least.

    Returns:
        ``{"attempts", "answered", "successes", "failures": {kind: count}, "last_failure": str|None,
        "status": int|None, "mean_latency_ms": float|None}``; *status* is the last answer's, the mean is
        of all answers.
    """
    attempts = successes = 0
    failures: Counter[str] = Counter()
    latencies: list[float] = []
    last_failure, status = None, None
    while True:
        check = probe.check_once(health)
        attempts += 1
        successes += check.ok
        if check.latency_ms is not None:
            latencies.append(check.latency_ms)
            status = check.status
        if check.failure is not None:
            failures[check.failure.kind] += 1
            last_failure = check.failure.reason
        window.wait(health.interval_s)
        if window.left_s <= 0:
            break
    return {
        "attempts": attempts,
        "answered": len(latencies),
        "successes": successes,
        "failures": dict(failures),
        "last_failure": recorded(last_failure),
        "status": status,
        "mean_latency_ms": round(math.fsum(latencies) / len(latencies), 3) if latencies else None,
    }


def measure_process(service: Service, system: System, supervisor: Supervisor, window: _Window) -> Record:
    """What the manager says at both ends of the window, and which release each process is really in.

    Returns:
        ``{"status", "pids", "same_pids", "restarts", "versions", "unknown"}``; *same_pids* is whether there are
        processes, and the same at both ends without a restart; *restarts* are those during the window,
        *versions* what the kernel says the processes run, *unknown* why it does not say so.
    """
    try:
        before = _ask_manager(supervisor)
        window.wait(math.inf)
        after = _ask_manager(supervisor)
    except RefitError as error:
        return Unmeasured(error.reason).to_record()
    running = [procfs.what_runs(pid, service.releases_dir, system.proc) for pid in after.pids]
    restarts = _restarts(before, after)
    return {
        "status": after.status,
        "pids": list(after.pids),
        "same_pids": bool(after.pids) and before.pids == after.pids and not restarts,
        "restarts": restarts,
        "versions": sorted({found.version for found in running if found.version is not None}),
        "unknown": next((recorded(found.reason) for found in running if found.version is None), None),
    }


def _ask_manager(supervisor: Supervisor) -> ProcessState:
    """The manager's answer; one that hangs is left behind.  Raises what asking raises, SupervisorError too late."""
    answer: Future[ProcessState] = Future()

    def ask() -> None:
        try:
            answer.set_result(supervisor.state())
        except BaseException as error:  # told to whoever waits for the answer
            answer.set_exception(error)

    threading.Thread(target=ask, name="process-manager", daemon=True).start()
    try:
        return answer.result(MANAGER_TIMEOUT_S)
    except TimeoutError:
        raise SupervisorError(Reason("manager_silent", seconds=MANAGER_TIMEOUT_S)) from None


def _restarts(before: ProcessState, after: ProcessState) -> int:
    """A manager's counter that fell began anew with the process: that is a restart too."""
    counted = after.restarts - before.restarts
    return counted if counted >= 0 else after.restarts + 1


def measure_traffic(source: Source, window: _Window) -> Record:
    """Read the service's own counters at both ends of the window; see :class:`.traffic.Traffic`."""
    before = read_source(source, fetch, window.clock.now)
    if isinstance(before, Unmeasured):
        return before.to_record()
    window.wait(math.inf)
    after = read_source(source, fetch, window.clock.now, closing=True)
    return (after if isinstance(after, Unmeasured) else delta(before, after)).to_record()


def measure_log(service: Service, log: Log, window: _Window) -> Record:
    """Count what was logged, once the window is over; see :class:`.log_window.LogWindow`.

    *window_s* is of how many seconds the lines are.  The log is read with the rights of the service's user,
    without one with those of whoever may put something else in its place.
    """
    try:
        user = accounts.required(service.user, f"refit_services.{service.name}.user", InvalidInput)
        reader = user or reader_of(log.path)
    except RefitError as error:
        return Unmeasured(error.reason).to_record()
    with rights_of(reader):
        return _read_log(log, window)


def _read_log(log: Log, window: _Window) -> Record:
    began = window.clock.monotonic()
    lookback = log_window.Lookback(window.clock.now() - log.lookback_s, log.zone) if log.lookback_s else None
    position = log_window.mark(log.path)
    if isinstance(position, Unmeasured):
        return position.to_record()
    window.wait(math.inf)
    length_s = window.clock.monotonic() - began + log.lookback_s
    found = log_window.read_since(log.path, position, lookback=lookback, patterns=log.patterns)
    if isinstance(found, Unmeasured):
        return found.to_record()
    return {**found.to_record(), "window_s": round(length_s, 3)}


def measure_synthetic(request: SyntheticRequest) -> Record:
    """Send the request once: what it costs a user may cost the service as much.

    Returns:
        ``{"attempts", "answered", "successes", "status": int|None, "failure": {"kind", "detail"}|None,
        "latency_max_ms": float|None}``
    """
    check = probe.request_once(request)
    return {
        "attempts": 1,
        "answered": int(check.status is not None),
        "successes": int(check.ok),
        "status": check.status,
        "failure": check.failure.to_record() if check.failure else None,
        "latency_max_ms": check.latency_ms,
    }


def _current(service: Service) -> str | None:
    try:
        current = read_current(service)
    except RefitError:
        return None  # the rest can be measured all the same
    return current.version if current else None
