"""Which hosts stand apart from the rest of the fleet, and which runs are at work or died there.  Pure: surveys in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..deploy.survey_record import live_in, release_in
from ..state.operation import DEPLOY, ROLLBACK
from ..words.reason import Reason
from .memory import FleetMemory, Survey

#: What a host runs on which no release is live; no version.
NOTHING: Final = ""


def fleet_release(memory: FleetMemory) -> str | None:
    """The release that the fleet is meant to run: that of most hosts, of the newest run where
    two are level, and one that is marked bad only where there is no other."""
    counts = Counter(survey["current"] for survey in memory.hosts.values() if survey.get("current"))
    return max(
        counts,
        key=lambda version: (not memory.mark_of(version), counts[version], _last_run(memory, version), version),
        default=None,
    )


def divergent_hosts(memory: FleetMemory) -> dict[str, Reason]:
    """Per host that is not where the fleet is what keeps it apart.

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


@dataclass(frozen=True)
class Apart:
    """Who stands apart, as people count: by what most hosts run, whatever the fleet is to run.

    Attributes:
        runs: per host that does not run that what it runs; all of them where two releases are on equally many.
        usual: what most run; None where there is no such.
        unfinished: per host that is between two releases why.
    """

    runs: dict[str, str]
    usual: str | None
    unfinished: dict[str, Reason]

    @property
    def hosts(self) -> list[str]:
        return sorted({*self.runs, *self.unfinished})

    def describe(self, memory: FleetMemory) -> Reason | None:
        """Who runs what; None if nobody stands apart.  Of those between two releases *unfinished* says more."""
        return Reason("divergent", what=self._who_runs_what(memory)) if self.hosts else None

    def _who_runs_what(self, memory: FleetMemory) -> Reason:
        if not self.runs:
            return Reason("not_all_is_done")
        on: dict[str, list[str]] = {}
        for host, version in self.runs.items():
            on.setdefault(version, []).append(host)
        who = [
            Reason("runs_it" if len(hosts) == 1 else "run_it", hosts=hosts, version=_named(memory, version))
            for version, hosts in on.items()
        ]
        if self.usual is None:
            return Reason("several_hosts", hosts=who)
        count, total = len(self.runs), len(memory.hosts)
        return Reason("differ", count=count, total=total, hosts=who, version=_named(memory, self.usual))


def apart(memory: FleetMemory) -> Apart:
    """The hosts that stand apart from the others; one at which a run is at work now is on its way, and not named."""
    runs = {host: live_in(survey) or NOTHING for host, survey in sorted(memory.hosts.items())}
    resting = [host for host in runs if not at_work(memory.hosts[host])]
    first, *rest = Counter(runs.values()).most_common(2) or [(NOTHING, 0)]
    usual = first[0] if not rest or first[1] > rest[0][1] else None
    is_on_its_way = usual is None and len(resting) < len(runs)
    unfinished = {host: _unfinished(memory.hosts[host]) for host in resting}
    return Apart(
        runs={} if is_on_its_way else {host: runs[host] for host in resting if runs[host] != usual},
        usual=usual,
        unfinished={host: why for host, why in unfinished.items() if why},
    )


def at_work(survey: Survey) -> bool:
    """Whether a run that may be alive has not ended on the host."""
    operation = survey.get("operation") or {}
    return bool(operation.get("unfinished")) and not operation.get("dead")


def broke_off(survey: Survey) -> bool:
    """Whether the host's last run did not end, and nobody carries it on."""
    operation = survey.get("operation") or {}
    return bool(operation) and not operation.get("finished") and not at_work(survey)


def heard_of(operation: Mapping[str, Any]) -> Reason:
    """When a run was last known to be alive, as far as that is known."""
    if operation.get("dead"):
        return Reason("process_is_gone")
    silent_s = operation.get("silent_s")
    return Reason("never_heard_of") if silent_s is None else Reason("last_heard_of", age=silent_s)


def _apart(memory: FleetMemory, survey: Survey, wanted: str | None) -> Reason | None:
    unfinished = _unfinished(survey)
    if unfinished:
        return unfinished
    live = survey.get("current")
    if live == wanted:
        return None
    return Reason("runs_another", version=_named(memory, live_in(survey) or NOTHING), wanted=wanted)


def _unfinished(survey: Survey) -> Reason | None:
    intent = survey.get("open_intent")
    return Reason("run_is_unfinished", run=run_of(intent["kind"], intent["version"])) if intent else None


_KINDS = {DEPLOY: "kind_deploy", ROLLBACK: "kind_rollback", "restore": "kind_restore"}


def run_of(kind: str, version: Reason | str) -> Reason:
    """A run of *kind* to *version*."""
    code = "run_back_to" if kind in (ROLLBACK, "restore") else "run_of"
    return Reason(code, kind=Reason(_KINDS[kind]) if kind in _KINDS else kind, version=version)


def _named(memory: FleetMemory, version: str) -> Reason:
    if version == NOTHING:
        return Reason("nothing")
    return Reason("version_marked_bad" if memory.mark_of(version) else "version", version=version)


def _last_run(memory: FleetMemory, version: str) -> int:
    """The highest number of a run that brought *version* to any host."""
    return max((release_in(survey, version).get("activated_op") or 0) for survey in memory.hosts.values())
