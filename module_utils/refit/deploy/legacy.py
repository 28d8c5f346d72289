"""Whether what runs from outside the releases is well: no release that could be proven, but what was live before."""

from __future__ import annotations

from typing import Callable

from ..config.service import Service
from ..core.system import System
from ..health.proof import CheckOnce, observe
from ..supervisors.base import Supervisor
from ..words.reason import Reason, from_record


def watch_legacy(
    service: Service, system: System, supervisor: Supervisor, before_each: Callable[[], None], check: CheckOnce
) -> Reason | None:
    """Watch until it answered well as often and as long as a release has to, and its processes run no release.

    Args:
        before_each: called before each look; an exception that it raises reaches the caller.

    Returns:
        why it is not well when the service's deadline is over; None as soon as it is.
    """
    clock, health = system.clock, service.health
    began = row_began = clock.monotonic()
    row = 0
    while True:
        before_each()
        seen = observe(service, system, supervisor, check=check)
        trouble = from_record(seen["failure"]["detail"]) if seen["failure"] else None
        if trouble is None and seen["running"]:
            trouble = Reason("still_runs", versions=seen["running"])
        now = clock.monotonic()
        row_began = now if trouble or not row else row_began
        row = 0 if trouble else row + 1
        if row >= health.successes and now - row_began >= health.stable_s:
            return None
        if now - began >= health.deadline_s:
            return trouble or Reason("not_well_for_long_enough")
        clock.sleep(health.interval_s)
