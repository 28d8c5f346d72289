"""Which hosts stand apart from the rest of the fleet, and why.  Pure: surveys in."""

from __future__ import annotations

from collections import Counter

from ..deploy.survey_record import release_in
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
        why = None if _at_work(survey) else _apart(survey, wanted)
        if why:
            found[host] = why
    return found


def _apart(survey: Survey, wanted: str | None) -> str | None:
    intent = survey.get("open_intent")
    if intent:
        return "an interrupted {kind} of {version} is unfinished".format(**intent)
    live = survey.get("current")
    if live != wanted:
        return "runs {}, the fleet runs {}".format(live or "nothing", wanted)
    return None


def _at_work(survey: Survey) -> bool:
    operation = survey.get("operation") or {}
    return bool(operation.get("unfinished")) and not operation.get("dead")


def _last_run(memory: FleetMemory, version: str) -> int:
    """The highest number of a run that brought *version* to any host."""
    return max((release_in(survey, version).get("activated_op") or 0) for survey in memory.hosts.values())
