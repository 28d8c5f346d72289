"""A fleet's plan in words: what each host would do, and what is to be known about the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..deploy.steps import activation_steps, staging_steps
from ..state import ledger_events
from ..state.operation import DEPLOY, ROLLBACK, described
from ..words.reason import Record, from_record
from .memory import Reachable, damaged_ledgers
from .plan import FleetPlan


def steps_of(
    plan: FleetPlan, surveys: Reachable, *, sha256: str | None = None, reason: Record | None = None
) -> dict[str, list[str]]:
    """Per reachable host what the plan amounts to there, in order; empty if nothing.

    Args:
        sha256: the artifact's checksum, for a deploy.
        reason: why a rollback is made.
    """
    return {host: _steps(plan, host, surveys[host], sha256, reason) for host in plan.from_versions}


def _steps(
    plan: FleetPlan, host: str, survey: Mapping[str, Any], sha256: str | None, reason: Record | None
) -> list[str]:
    target = plan.targets[host]
    found = [_lesson(entry) for entry in plan.lessons.get(host, [])]
    if plan.kind == DEPLOY:
        found += staging_steps(survey, target, sha256)
    if host in plan.brought:
        found.append(f"bring {target} from {plan.brought[host]}, by way of the controller")
    if host in plan.fetched:
        found.append(f"fetch {target} from {plan.fetched[host]}, since no host has a copy to give")
    freeze = plan.kind == ROLLBACK
    return found + activation_steps(survey, target, mark_bad=plan.leaving, reason=reason, freeze=freeze)


def notes_on(plan: FleetPlan, surveys: Reachable) -> list[str]:
    """What a person should know of the plan besides its steps, a line each."""
    notes = [f"stops the {described({**deploy, 'kind': DEPLOY})}" for deploy in plan.stops]
    if plan.refused:
        notes.append(f"would be refused {plan.refused.until}: the fleet {plan.refused.what}")
    if plan.override:
        notes.append(f"goes on although the service is frozen: {plan.override}")
    notes += [f"{host} stands apart and is brought along: {why}" for host, why in plan.divergent.items()]
    return notes + damaged_ledgers({host: surveys[host] for host in plan.from_versions})


def _lesson(entry: Mapping[str, Any]) -> str:
    by = entry.get("by") or "somebody"
    known = {
        ledger_events.MARKED_BAD: "remember that {version} is bad, as {by} said: {reason}",
        ledger_events.FROZEN: "remember that deploys are frozen, as {by} said: {reason}",
        ledger_events.CLEARED: "remember that {version} was cleared by {by}: {reason}",
        ledger_events.RESUMED: "remember that deploys were resumed by {by}: {reason}",
        ledger_events.STAGED: "sign what is known of {version}",
    }
    reason = from_record(entry.get("reason") or "")
    return known[entry["event"]].format(by=by, version=entry.get("version"), reason=reason)
