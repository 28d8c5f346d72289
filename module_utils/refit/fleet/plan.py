"""One decision for the whole fleet, made from every host's survey before anything
is touched.  Pure: surveys in (as ``release_info`` returns them), a plan out.

A single server is a fleet of one: ``rollback.sh`` decides with the same code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import DEPLOY_YML, ROLLBACK_YML, Busy, RecentRollback, RefitError, Step
from ..deploy.survey_record import live_in, release_in
from ..state.operation import DEFAULT_EXPIRES_S, DEPLOY, ROLLBACK, Kind, described
from ..state.signatures import Keyring
from ..state.versions import normalise
from ..words.reason import Reason, Record, from_record, recorded
from .divergence import divergent_hosts, fleet_release, heard_of
from .freeze import refuse_frozen
from .memory import (
    FleetMemory,
    Reachable,
    Survey,
    Surveys,
    is_out_of_reach,
    name_missing,
    or_distrust,
    split,
)
from .rollback_target import RECENT_S, choose_target, left_release, named_target

# No fleet counts so many runs on one host more than on all others.
_FAR_AHEAD = 1_000_000
# Longer than a run of which nothing is heard is waited for.
_WAIT_S = "{:.0f}".format(DEFAULT_EXPIRES_S + 60)

__all__ = ["RECENT_S", "FleetPlan", "Surveys", "plan_deploy", "plan_rollback"]


@dataclass(frozen=True)
class FleetPlan:
    """What the fleet is about to do.

    Attributes:
        target: the version that every host goes to; None where each goes to its own.
        targets: per reachable host the version that it goes to.
        leaving: the release that a rollback leaves, and marks bad; None if unknown.
        leaves_nothing: whether a rollback finds every host on its target, with nothing begun to be finished: at most
            it starts there again what is down.
        number: the operation's number, above the highest that any host has seen.
        from_versions: per reachable host, the release to go back to if this fails.
        live: per reachable host what is live, in words where that is no release.
        missing: per host that could not be read why.
        takes_over: dead runs whose place this one takes.
        brought: per host that lacks the target the host from which it is brought first.
        fetched: per host that must fetch the target first, because no host can give it, the URL.
        content: the sha256 of the artifact of what is brought or fetched.
        tree: what stands for all the files of what is brought, where that is known.
        divergent: per host that stands apart from the fleet what keeps it apart.
        lessons: per host what the others know and it does not, as ledger entries.
        stops: per deploy at work that a rollback stops ``target``, ``owner`` and ``started``.
        override: why a deploy goes on although the service is frozen.
        why: how the target was chosen; None for a deploy.
        refused: why what is planned would be refused now, where it was only looked at.
    """

    kind: Kind
    target: str | None
    leaving: str | None
    number: int
    targets: dict[str, str] = field(default_factory=dict)
    from_versions: dict[str, str | None] = field(default_factory=dict)
    live: dict[str, str | None] = field(default_factory=dict)
    missing: dict[str, Record] = field(default_factory=dict)
    takes_over: tuple[str, ...] = ()
    brought: dict[str, str] = field(default_factory=dict)
    fetched: dict[str, str] = field(default_factory=dict)
    content: str | None = None
    tree: str | None = None
    divergent: dict[str, Reason] = field(default_factory=dict)
    lessons: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    stops: tuple[dict[str, str | None], ...] = ()
    override: str | None = None
    leaves_nothing: bool = False
    why: Reason | None = None
    refused: RecentRollback | None = None

    def to_record(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "takes_over": list(self.takes_over),
            "stops": list(self.stops),
            "divergent": {host: why.to_record() for host, why in self.divergent.items()},
            "why": recorded(self.why),
            "refused": self.refused.reason.to_record() if self.refused else None,
        }


def plan_deploy(
    surveys: Surveys,
    version: str,
    *,
    unread: Mapping[str, Record] | None = None,
    max_unreachable: int = 0,
    override_freeze: str | None = None,
    distrusted: Collection[str] = (),
    keyring: Keyring | None = None,
) -> FleetPlan:
    """Plan bringing *version* to every host.

    Args:
        surveys: per host of the fleet its survey; None where it could not be read.
        unread: why that could not be, where it is not that the host cannot be reached.
        max_unreachable: how many hosts may be missing.
        override_freeze: why the deploy cannot wait until the service is resumed.
        distrusted: the hosts whose word counts for themselves alone.
        keyring: what the site signs with, and tells what it signed; None where it has no key.

    Raises:
        Frozen: the service is frozen, and *override_freeze* does not say why not to mind.
        Busy: another run is at work.
        RefitError: too many hosts are missing, two are the same server, or *version* is marked bad somewhere.
    """
    version = normalise(version)
    reachable, missing = split(surveys, unread)
    if len(missing) > max_unreachable:
        raise RefitError(
            Reason(
                "hosts_unreached" if all(map(is_out_of_reach, missing.values())) else "hosts_unread",
                count=len(missing),
                total=len(surveys),
                hosts=name_missing(missing),
            ),
            where=Reason("a_deploy_allows", most=max_unreachable),
            steps=[
                Step(DEPLOY_YML, Reason("once_they_are_back"), again=True),
                Step(
                    DEPLOY_YML,
                    Reason("to_go_on_without_them"),
                    {"deploy_max_unreachable": str(len(missing))},
                    again=True,
                ),
            ],
        )
    memory = FleetMemory.of(reachable, fleet=surveys, distrusted=distrusted, keyring=keyring)
    _refuse_twins(memory)
    _refuse_bad(memory, version)  # before a freeze: to lift that one would not help
    if not override_freeze:
        refuse_frozen(_service(reachable), memory.holds, reachable)
    taken = _takes_over(memory)
    resumes = bool(taken) or _was_stopped(memory.hosts, version)
    fleets = fleet_release(memory)
    return FleetPlan(
        kind=DEPLOY,
        target=version,
        targets=dict.fromkeys(reachable, version),
        leaving=None,
        number=_next_number(memory.hosts),
        from_versions={host: _before(memory, host, version, resumes, fleets) for host in reachable},
        live={host: live_in(survey) for host, survey in reachable.items()},
        missing=missing,
        takes_over=taken,
        divergent=divergent_hosts(memory),
        lessons=_joined(memory.lessons(), memory.endorsements()),
        override=override_freeze if memory.holds.freezes() else None,
    )


def plan_rollback(
    surveys: Surveys,
    version: str | None = None,
    *,
    unread: Mapping[str, Record] | None = None,
    further: bool = False,
    allow_divergent: bool = False,
    may_fetch: bool = False,
    distrusted: Collection[str] = (),
    keyring: Keyring | None = None,
    looks: bool = False,
) -> FleetPlan:
    """Choose the one release that every reachable host goes back to.

    Args:
        unread: as for :func:`plan_deploy`.
        version: the release to go to; by default the newest that was proven and is
            whole on every reachable host, other than the one being left.
        further: go back once more although another rollback was minutes ago.
        allow_divergent: where no release fits all, let each host go to its own previous one.
        may_fetch: where nothing else is left, choose a release that no host can give, but that was staged
            from a URL; or go to *version* although it is one.
        distrusted: the hosts whose word counts for nothing; they go where the others go.
        keyring: as for :func:`plan_deploy`.
        looks: whether nothing is to be done: then what is refused for minutes yet is shown, and that it is.

    Raises:
        VersionNotFound: *version* is not whole on some host.
        NothingToRollBackTo: no release qualifies on every reachable host.
        RecentRollback: no version was named and the fleet went back minutes ago.
        RefitError: no host can be reached, or *version* is marked bad.
    """
    reachable, missing = split(surveys, unread)
    memory = FleetMemory.of(reachable, fleet=surveys, distrusted=distrusted, may_fetch=may_fetch, keyring=keyring)
    leaving, refused = left_release(memory), None
    if version is not None:
        target = named_target(memory, normalise(version))
    else:
        try:
            target = choose_target(memory, leaving, further=further, allow_divergent=allow_divergent)
        except RecentRollback as error:
            if not looks:
                raise
            refused = error
            target = choose_target(memory, leaving, further=True, allow_divergent=allow_divergent)
    common = set(target.versions.values())
    if leaving in common:
        # Some hosts are there already; what the others run is what the fleet leaves.
        leaving = left_release(memory, arrived=common)
    return FleetPlan(
        kind=ROLLBACK,
        target=common.pop() if len(common) == 1 else None,
        targets=target.versions,
        leaving=leaving,
        number=_next_number(memory.hosts),
        from_versions={host: survey.get("current") for host, survey in reachable.items()},
        live={host: live_in(survey) for host, survey in reachable.items()},
        missing=missing,
        brought=target.brought,
        fetched=target.fetched,
        content=target.content,
        tree=target.tree,
        divergent=divergent_hosts(memory),
        lessons=memory.lessons(),
        stops=_stops(memory.hosts),
        refused=refused,
        leaves_nothing=all(_rests_on(survey, target.versions[host]) for host, survey in reachable.items()),
        why=target.why,
    )


def _joined(*told: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Per host the entries of all of them."""
    hosts = sorted({host for each in told for host in each})
    return {host: [entry for each in told for entry in each.get(host, [])] for host in hosts}


def _service(reachable: Reachable) -> str:
    return str(next((survey["service"] for survey in reachable.values() if survey.get("service")), "this service"))


def _refuse_twins(memory: FleetMemory) -> None:
    """Refuse a fleet in which a server has two names: they would be in each other's way, and count as two."""
    names: dict[str, list[str]] = {}
    for host, survey in memory.hosts.items():
        if survey.get("place"):
            names.setdefault(survey["place"], []).append(host)
    for twins in names.values():
        if len(twins) > 1:
            raise RefitError(
                Reason("one_server_twice", hosts=twins, count=len(twins)),
                next_command=Reason("name_once"),
                steps=or_distrust(DEPLOY_YML, twins[-1], memory.everybody),
            )


def _refuse_bad(memory: FleetMemory, version: str) -> None:
    mark = memory.mark_of(version)
    if mark is not None:
        raise RefitError(
            Reason("is_marked_bad", version=version, why=from_record(mark.reason)),
            where=Reason("marked_by", by=mark.by, at=mark.at, hosts=memory.marked_on(version)),
            next_command=Reason("deploy_new_build"),
            steps=or_distrust(DEPLOY_YML, mark.told_by, memory.everybody),
        )


def _next_number(reachable: Reachable) -> int:
    """One above the highest that any host has seen, unless that leaves no more numbers for anybody."""
    seen: list[int] = sorted((survey.get("operation") or {}).get("number", 0) for survey in reachable.values())
    while len(seen) > 1 and seen[-1] - seen[-2] > _FAR_AHEAD:
        seen.pop()
    return 1 + seen[-1]


def _before(memory: FleetMemory, host: str, version: str, resumes: bool, fleets: str | None) -> str | None:
    """What a failed deploy goes back to on *host*.

    Never the unproven target of a dead run; where the dead or stopped run had brought this
    very *version* already, what it had replaced; and on a host that runs a bad release, the
    release that the fleet runs, if it is whole there.
    """
    survey = memory.survey(host)
    intent = survey.get("open_intent")
    if intent:
        replaced: str | None = intent["from"]
        return replaced
    operation = survey.get("operation") or {}
    live = survey.get("current")
    if resumes and live == version and operation.get("target") == version:
        return survey.get("previous") or version
    if live and fleets and memory.mark_of(live) and release_in(survey, fleets).get("usable"):
        return fleets
    return live


def _was_stopped(reachable: Reachable, version: str) -> bool:
    """Whether the last run was a deploy of *version* that stopped half-way for a person to decide."""
    operations = (survey.get("operation") or {} for survey in reachable.values())
    return any(operation.get("stopped") and operation.get("target") == version for operation in operations)


def _takes_over(memory: FleetMemory) -> tuple[str, ...]:
    """The dead runs whose place a deploy takes; raises Busy for one that may live."""
    taken = set()
    runs = [(_unfinished(survey) or {}).get("run") for survey in memory.hosts.values()]
    for host, survey in memory.hosts.items():
        operation = _unfinished(survey)
        if operation is None:
            continue
        if not operation.get("dead"):
            raise Busy(
                Reason("another_run_is_unfinished", run=described(operation)),
                where=Reason("heard_of_on", host=host, heard=heard_of(operation), at=operation["expires"]),
                steps=[
                    Step(DEPLOY_YML, Reason("to_wait_for_it"), {"operation_wait_s": _WAIT_S}, again=True),
                    Step(ROLLBACK_YML, Reason("to_take_it_back")),
                    *or_distrust(DEPLOY_YML, host if runs.count(operation["run"]) == 1 else None, memory.everybody),
                ],
            )
        taken.add(operation["run"])
    return tuple(sorted(taken))


def _rests_on(survey: Survey, version: str) -> bool:
    """Whether *version* is live there and nobody began to go elsewhere, or has yet to tell that it went there."""
    rests = survey.get("current") == version and not (survey.get("current_link") or {}).get("nowhere")
    return bool(rests) and not survey.get("open_intent") and _unfinished(survey) is None


def _unfinished(survey: Survey) -> Any:
    operation = survey.get("operation")
    return operation if operation and operation["unfinished"] else None


def _stops(reachable: Reachable) -> tuple[dict[str, str | None], ...]:
    """The deploys at work that a rollback overtakes: each stops at its next step on every host."""
    found = {}
    for survey in reachable.values():
        operation = _unfinished(survey)
        if operation and operation["kind"] == DEPLOY and not operation.get("dead"):
            found[operation["run"]] = {name: operation.get(name) for name in ("target", "owner", "started")}
    return tuple(found[run] for run in sorted(found))
