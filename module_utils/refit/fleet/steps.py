"""What each host would do by a fleet's plan, and what is to be known about the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..deploy.steps import activation_steps, staging_steps
from ..state import ledger_events
from ..state.operation import DEPLOY, ROLLBACK, described
from ..words.reason import Reason, Record, from_record
from .memory import Reachable, damaged_ledgers
from .plan import FleetPlan


def steps_of(
    plan: FleetPlan, surveys: Reachable, *, sha256: str | None = None, reason: Record | None = None
) -> dict[str, list[Reason]]:
    """Per reachable host what the plan amounts to there, in order; empty if nothing.

    Args:
        sha256: the artifact's checksum, for a deploy.
        reason: why a rollback is made.
    """
    return {host: _steps(plan, host, surveys[host], sha256, reason) for host in plan.from_versions}


def _steps(
    plan: FleetPlan, host: str, survey: Mapping[str, Any], sha256: str | None, reason: Record | None
) -> list[Reason]:
    target = plan.targets[host]
    found = [_lesson(entry) for entry in plan.lessons.get(host, [])]
    if plan.kind == DEPLOY:
        found += staging_steps(survey, target, sha256)
    if host in plan.brought:
        found.append(Reason("bring_from", version=target, giver=plan.brought[host]))
    if host in plan.fetched:
        found.append(Reason("fetch_from", version=target, url=plan.fetched[host]))
    freeze = plan.kind == ROLLBACK
    return found + activation_steps(survey, target, mark_bad=plan.leaving, reason=reason, freeze=freeze)


def notes_on(plan: FleetPlan, surveys: Reachable) -> list[Reason]:
    """What a person should know of the plan besides its steps."""
    notes = [Reason("stops_it", run=described({**deploy, "kind": DEPLOY})) for deploy in plan.stops]
    if plan.refused:
        notes.append(Reason("would_be_refused", until=plan.refused.until, what=plan.refused.what))
    if plan.override:
        notes.append(Reason("goes_on_although_frozen", why=plan.override))
    notes += [Reason("brought_along", host=host, why=why) for host, why in plan.divergent.items()]
    return notes + damaged_ledgers({host: surveys[host] for host in plan.from_versions})


_LESSONS = {
    ledger_events.MARKED_BAD: "remember_bad",
    ledger_events.FROZEN: "remember_frozen",
    ledger_events.CLEARED: "remember_cleared",
    ledger_events.RESUMED: "remember_resumed",
    ledger_events.STAGED: "sign_what_is_known",
}


def _lesson(entry: Mapping[str, Any]) -> Reason:
    by, why = entry.get("by") or Reason("somebody"), from_record(entry.get("reason") or "")
    return Reason(_LESSONS[entry["event"]], by=by, version=entry.get("version"), why=why)
