"""Which hosts stand apart from the rest of the fleet, and which runs are at work or died there.  Pure: surveys in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..core.timestamps import ago
from ..deploy.survey_record import live_in, release_in
from .memory import FleetMemory, Survey


def fleet_release(memory: FleetMemory) -> str | None:
    """The release that the fleet is meant to run: that of most hosts, of the newest run where
    two are level, and one that is marked bad only where there is no other."""
    counts = Counter(survey["current"] for survey in memory.hosts.values() if survey.get("current"))
    return max(
        counts,
        key=lambda version: (not memory.mark_of(version), counts[version], _last_run(memory, version), version),
        default=None,
    )


def divergent_hosts(memory: FleetMemory) -> dict[str, str]:
    """Per host that is not where the fleet is what keeps it apart, in words.

    A host at which a run is at work now is on its way, and not named.
    """
    wanted = fleet_release(memory)
    found = {}
    for host in memory.everybody:
        survey = memory.survey(host)
        why = None if at_work(survey) else _apart(memory, survey, wanted)
        if why:
            found[host] = why
    return found


def at_work(survey: Survey) -> bool:
    """Whether a run that may be alive has not ended on the host."""
    operation = survey.get("operation") or {}
    return bool(operation.get("unfinished")) and not operation.get("dead")


def broke_off(survey: Survey) -> bool:
    """Whether the host's last run did not end, and nobody carries it on."""
    operation = survey.get("operation") or {}
    return bool(operation) and not operation.get("finished") and not at_work(survey)


def heard_of(operation: Mapping[str, Any]) -> str:
    """When a run was last known to be alive, as far as that is known."""
    if operation.get("dead"):
        return "its process is gone"
    silent_s = operation.get("silent_s")
    return "nothing says when it was last heard of" if silent_s is None else f"last heard of {ago(silent_s)} ago"


def _apart(memory: FleetMemory, survey: Survey, wanted: str | None) -> str | None:
    intent = survey.get("open_intent")
    if intent:
        return "an interrupted {kind} of {version} is unfinished".format(**intent)
    live = survey.get("current")
    if live == wanted:
        return None
    mark = ", which is marked bad" if live and memory.mark_of(live) else ""
    return "runs {}{}; the fleet is to run {}".format(live_in(survey) or "nothing", mark, wanted)


def _last_run(memory: FleetMemory, version: str) -> int:
    """The highest number of a run that brought *version* to any host."""
    return max((release_in(survey, version).get("activated_op") or 0) for survey in memory.hosts.values())
