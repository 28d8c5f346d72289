"""Which release a fleet goes back to, from every host's survey.  Pure.

A host can go to a release that is whole there and was proven there, or anywhere with the
same content.  Where it is not there at all it can be brought from another host, which is
done for hosts that have nothing of their own to go back to, and otherwise only if the
fleet has no release in common.  What no host can give is fetched from where it was staged
from, if nothing else is left.  A host that is distrusted goes where the others go.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.errors import ROLLBACK_YML, STATUS_YML, NothingToRollBackTo, RecentRollback, Step, VersionNotFound
from ..core.timestamps import epoch, iso
from ..deploy.survey_record import release_in
from ..state import ledger_events
from ..state.operation import DEPLOY, ROLLBACK
from ..words.reason import Reason, from_record
from .memory import FleetMemory, Origin, Survey, is_proven, or_distrust

RECENT_S = 600.0
_EACH_TO_ITS_OWN = Step(
    ROLLBACK_YML, Reason("to_let_each_go_to_its_own"), {"rollback_allow_divergent": "true"}, again=True
)


@dataclass(frozen=True)
class Target:
    """Where every host goes.

    Attributes:
        versions: per host its release; the same on all unless divergence was allowed.
        brought: the hosts to which it must be brought first, and the host that has it.
        fetched: the hosts that must fetch it first, and the URL.
        content: the sha256 of the artifact that it was made from, where it must be brought or fetched.
        tree: what stands for all its files, where a copy is brought and that is known.
        why: how it was chosen.
    """

    versions: dict[str, str]
    why: Reason
    brought: dict[str, str] = field(default_factory=dict)
    fetched: dict[str, str] = field(default_factory=dict)
    content: str | None = None
    tree: str | None = None


@dataclass(frozen=True)
class _Fit:
    """How a host could go to a release: at once, *brought* from another host or *fetched*; else *why_not*."""

    why_not: Reason | None = None
    brought: str | None = None
    fetched: Origin | None = None
    absent: bool = False

    @property
    def here(self) -> bool:
        return self.why_not is None and self.brought is None and self.fetched is None


def choose_target(
    memory: FleetMemory, leaving: str | None, *, further: bool = False, allow_divergent: bool = False
) -> Target:
    """The newest release that is good and intact on every host, other than *leaving*.

    Args:
        further: go back once more although another rollback was minutes ago.
        allow_divergent: where the hosts have no release in common, each goes to its own newest.

    Raises:
        NothingToRollBackTo: there is none; says per release which hosts stand against it.  Or a deploy that ended
            half-way replaced *leaving* on no host, so that it is not what anybody wants to be rid of.
        RecentRollback: the fleet went back minutes ago, so a second time is likely a mistake.
    """
    unheeding = memory.unheeding
    begun = _begun(unheeding)
    if begun is None and not further:
        begun = _not_everywhere_yet(unheeding)
    if begun is not None:
        return _everybody(unheeding, begun, Reason("finishes_the_rollback"), proven=False)
    _refuse_unreached(memory, leaving)
    # What one host alone marked is avoided where there is another, and stands in nobody's way where there is none.
    for known in (memory, unheeding) if memory.alone else (memory,):
        target = _common(replace(known, may_fetch=False), leaving) or _common(known, leaving)
        if target is not None:
            why = Reason("newest_proven", leaving=leaving or Reason("the_current_one"))
            return _everybody(unheeding, target, why)
    hosts = memory.hosts if allow_divergent else []
    own = {host: _own_newest(memory, unheeding, host, leaving, further=further) for host in hosts}
    if own and all(own.values()):
        usual = Counter(own.values()).most_common(1)[0][0]
        for host in memory.aside:
            own[host] = _own_newest(memory, unheeding, host, leaving, further=further) or usual
        return Target({host: str(version) for host, version in own.items()}, Reason("each_its_own_newest"))
    against = _against(memory, leaving)
    raise NothingToRollBackTo(
        Reason("none_qualifies"),
        where=None if against else Reason("no_releases"),
        rows=against,
        next_command=Reason("deploy_or_name_one"),
        steps=[
            *([_EACH_TO_ITS_OWN] if len(memory.hosts) > 1 else []),
            *or_distrust(ROLLBACK_YML, _in_the_way(memory, leaving), memory.hosts),
        ],
    )


def named_target(memory: FleetMemory, version: str) -> Target:
    """*version* for every host: it need not be proven, but whole somewhere and not bad.

    Raises:
        VersionNotFound: it is on some host neither whole nor can be brought there.
        NothingToRollBackTo: it is marked bad.
    """
    memory = memory.unheeding
    mark = memory.mark_of(version)
    fits = {host: _fit(memory, host, version, proven=False) for host in memory.hosts}
    absent = [Reason("on_host", host=host, why=fit.why_not) for host, fit in fits.items() if fit.absent]
    if absent:
        raise VersionNotFound(
            Reason("cannot_be_activated", version=version),
            where=Reason("hosts", hosts=absent),
            next_command=Reason("deploy_or_name_another"),
            steps=[Step(STATUS_YML, Reason("to_see_what_is_there"))],
        )
    if mark is not None:
        raise NothingToRollBackTo(
            Reason("known_to_be_bad", version=version),
            where=Reason("marked_bad_on", hosts=memory.marked_on(version), by=mark.by, why=from_record(mark.reason)),
            next_command=Reason("name_another"),
            steps=[
                Step(STATUS_YML, Reason("to_see_which_there_are")),
                *or_distrust(ROLLBACK_YML, mark.told_by, memory.everybody),
            ],
        )
    return _everybody(memory, version, Reason("named_by_operator"), proven=False)


def left_release(memory: FleetMemory, arrived: Collection[str] = ()) -> str | None:
    """The release that went live last: on a fleet left half-way by a deploy that
    died, the one that deploy was bringing.

    Args:
        arrived: what is not left where it is live.
    """
    told: dict[str, list[tuple[int, int]]] = {}
    unsure: dict[str, list[tuple[int, int]]] = {}
    for host, survey in memory.hosts.items():
        version = survey.get("leaving")
        if version and version not in arrived:
            release = release_in(survey, version)
            when = (release.get("activated_op") or 0, release.get("order") or 0)
            if _is_witnessed(memory, version):
                told.setdefault(version, []).append(when)
            elif memory.is_known_to_others(version, host):
                unsure.setdefault(version, []).append(when)
    if memory.needs_witnesses:  # what one host adds to what the others say of it makes no difference
        told = {version: sorted(times)[:-1] or times for version, times in told.items()}
    found = told or unsure
    return max(found, key=lambda version: (max(found[version]), version), default=None)


def _is_witnessed(memory: FleetMemory, version: str) -> bool:
    """Whether it counts that *version* is live where it is said to be: other hosts run it, or know of its deploy."""
    lives = [(host, version) for host, survey in memory.hosts.items() if survey.get("leaving") == version]
    operations = ((host, survey.get("operation") or {}) for host, survey in memory.hosts.items())
    deployed = [(host, version) for host, found in operations if found.get("target") == version]
    return version in memory.witnessed([*lives, *deployed])


# -- what a host can go to ---------------------------------------------------------------------------------


def _fit(memory: FleetMemory, host: str, version: str, *, proven: bool = True) -> _Fit:
    """Whether *host* can go to *version*, which must be *proven* unless a person named it
    or a rollback to it was begun."""
    release, mark = release_in(memory.survey(host), version), memory.mark_of(version)
    absent = not release.get("usable")
    source = _source(memory, host, version) if absent else None
    origin = memory.origin(version) if absent and not _is_live(memory, host, version) else None
    if absent and source is None and origin is None:
        return _Fit(_why_absent(memory, release, version), absent=True)
    if mark is not None:
        return _Fit(Reason("was_marked_bad", by=mark.by or Reason("somebody"), why=from_record(mark.reason)))
    if not proven:
        return _Fit(brought=source, fetched=origin)
    if release.get("result") in (ledger_events.FAILED, ledger_events.ROLLED_BACK):
        return _Fit(_why_not(release, Reason("failed_here")))
    sha256 = memory.sources(version).get(source) if source else origin.sha256 if origin else release.get("sha256")
    if not is_proven(release) and not memory.is_proven(version, sha256):
        return _Fit(_why_not(release, Reason("never_proven")), absent=False)
    return _Fit(brought=source, fetched=origin)


def _why_absent(memory: FleetMemory, release: Mapping[str, Any], version: str) -> Reason:
    why, alone = _why_not(release, Reason("not_there")), memory.only_witness(version)
    if alone:
        return Reason("known_to_one_alone", why=why, host=alone)
    if memory.needs_witnesses and memory.content(version) and memory.tree(version) is None:
        return Reason("no_two_agree", why=why)
    return why


def _why_not(release: Mapping[str, Any], otherwise: Reason) -> Reason:
    """What the host itself has against it."""
    return from_record(release["why_not"]) if release.get("why_not") else otherwise


def _source(memory: FleetMemory, host: str, version: str) -> str | None:
    """The host from which *version* can be brought to *host*; None where nobody has it whole,
    or it is not certain that all mean the same content."""
    release, sources = release_in(memory.survey(host), version), memory.sources(version)
    contents = set(sources.values()) | ({release["sha256"]} if release.get("sha256") else set())
    return min(sources) if sources and len(contents) == 1 and not _is_live(memory, host, version) else None


def _is_live(memory: FleetMemory, host: str, version: str) -> bool:
    """Whether *host* runs *version*, which is then not replaced in place, damaged or not."""
    return bool(memory.survey(host).get("current") == version)


def _everybody(memory: FleetMemory, version: str, why: Reason, *, proven: bool = True) -> Target:
    fits = {host: _fit(memory, host, version, proven=proven) for host in memory.everybody}
    brought = {host: fit.brought for host, fit in fits.items() if fit.brought}
    origins = {host: fit.fetched for host, fit in fits.items() if fit.fetched}
    contents = [memory.sources(version)[source] for source in brought.values()]
    contents += [origin.sha256 for origin in origins.values()]
    alone = memory.marked_alone(version)
    return Target(
        versions=dict.fromkeys(memory.everybody, version),
        why=Reason("marked_by_one_alone", why=why, host=alone) if alone else why,
        brought=brought,
        fetched={host: origin.url for host, origin in origins.items()},
        content=contents[0] if contents else None,
        tree=memory.tree(version) if brought else None,
    )


def _candidates(memory: FleetMemory, leaving: str | None) -> list[str]:
    return sorted({r["version"] for survey in memory.hosts.values() for r in survey["releases"]} - {leaving})


def _own_newest(
    memory: FleetMemory, unheeding: FleetMemory, host: str, leaving: str | None, *, further: bool
) -> str | None:
    """The newest release that *host* itself has and can go to at once; where it is, if it has
    just gone to its own and is not to go *further*.  What another host alone marked is none of its business."""
    survey = memory.survey(host)
    if _went_to_its_own(survey) and not further:
        return str(survey["current"])
    own = {leaving, survey.get("leaving")}
    for release in survey["releases"]:
        known = memory if release.get("bad") else unheeding
        if release["version"] not in own and _fit(known, host, release["version"]).here:
            return str(release["version"])
    return None


# -- the fleet's choice ------------------------------------------------------------------------------------


def _common(memory: FleetMemory, leaving: str | None) -> str | None:
    """The newest release that all hosts can go to, with as little to bring as may be."""
    fits = {
        version: {host: _fit(memory, host, version) for host in memory.hosts}
        for version in _candidates(memory, leaving)
    }
    bare = {host for host in memory.hosts if not any(fit[host].here for fit in fits.values())}
    possible = [version for version, fit in fits.items() if not any(each.why_not for each in fit.values())]
    at_hand = [version for version in possible if all(fits[version][host].here for host in set(memory.hosts) - bare)]
    return _newest(memory, at_hand or possible)


def _newest(memory: FleetMemory, versions: list[str]) -> str | None:
    """The release proven last, by the ledgers' own orders: hosts' clocks may disagree.
    Each host that proved one of *versions* ranks those that it proved, and what most of them
    say counts; where that is level, the number of the run that brought it last decides."""
    ranks: dict[str, list[int]] = {}
    runs: dict[str, int] = {}
    for survey in memory.hosts.values():
        proved = [release for release in survey["releases"] if release["version"] in versions and is_proven(release)]
        for rank, release in enumerate(proved):
            version = release["version"]
            ranks.setdefault(version, []).append(rank)
            runs[version] = max(runs.get(version, 0), release.get("activated_op") or 0)
    return min(
        ranks,
        key=lambda found: (statistics.median_high(ranks[found]), sum(ranks[found]), -runs[found], found),
        default=None,
    )


def _begun(memory: FleetMemory) -> str | None:
    """The target of a rollback that died, or is at work now: it is finished first.

    One that had not come to its intent, or was past its proof, is known by its operation.
    """
    surveys = memory.hosts.values()
    going = memory.witnessed((host, to) for host, survey in memory.hosts.items() for to in _goes_back_to(survey))
    intents = [survey["open_intent"] for survey in surveys if survey.get("open_intent")]
    targets = going & {intent["version"] for intent in intents if intent["kind"] != DEPLOY}
    fit = [target for target in targets if _everywhere(memory, target, proven=False)]
    if not fit:
        targets = going & {_at_work_on(survey) for survey in surveys}
        fit = [target for target in targets if target and _everywhere(memory, target, proven=True)]
    return max(fit, default=None)


def _goes_back_to(survey: Survey) -> set[str]:
    """Where a rollback is taking the host, or has just taken it, by all that it knows of one."""
    intent, rollback = survey.get("open_intent"), survey.get("last_rollback")
    found = {
        intent["version"] if intent and intent["kind"] != DEPLOY else None,
        _at_work_on(survey),
        rollback["version"] if rollback and _is_recent(rollback) else None,
    }
    return {version for version in found if version}


def _at_work_on(survey: Survey) -> str | None:
    """The target of the rollback that is unfinished on the host."""
    operation = survey.get("operation") or {}
    unfinished = operation.get("unfinished") and operation["kind"] == ROLLBACK
    return str(operation["target"]) if unfinished and operation["target"] else None


def _went_to_its_own(survey: Survey) -> bool:
    """Whether the host has just gone back in a rollback in which every host goes to its own release."""
    operation, rollback = survey.get("operation") or {}, survey.get("last_rollback")
    apart = operation.get("kind") == ROLLBACK and operation.get("target") is None
    if not apart or rollback is None or _intends(survey):
        return False
    return _is_recent(rollback) and bool(survey["current"] == rollback["version"])


def _is_recent(rollback: Mapping[str, Any] | None) -> bool:
    return rollback is not None and rollback["age_s"] is not None and rollback["age_s"] < RECENT_S


def _intends(survey: Survey) -> bool:
    return bool(survey.get("open_intent"))


def _not_everywhere_yet(memory: FleetMemory) -> str | None:
    """The target of a rollback of minutes ago that did not reach every host.

    Raises:
        RecentRollback: it did, so a second one is likely a mistake.
    """
    surveys = memory.hosts.values()
    told = {
        host: None if _went_to_its_own(survey) else survey["last_rollback"]["version"]
        for host, survey in memory.hosts.items()
        if _is_recent(survey.get("last_rollback"))
    }
    going = memory.witnessed(
        [*told.items(), *((host, to) for host, survey in memory.hosts.items() for to in _goes_back_to(survey))]
    )
    recent = [memory.hosts[host]["last_rollback"] for host, target in told.items() if target in going]
    if not recent:
        return None
    last = min(recent, key=lambda rollback: (rollback["age_s"], rollback["version"]))
    target: str = last["version"]
    apart = [_went_to_its_own(survey) for survey in surveys]
    if any(apart) and not all(apart):
        return None  # there is no one target to finish: each of the others goes to its own, if that is allowed again
    if not any(apart) and any(survey.get("current") != target or _intends(survey) for survey in surveys):
        return target if _everywhere(memory, target, proven=False) else None
    error = RecentRollback(
        Reason(
            "fleet_went_back",
            left=last["from"],
            to=Reason("each_to_its_own") if any(apart) else target,
            age=last["age_s"],
            by=last["by"],
        ),
        where=Reason("nothing_changed_refused", until=_until(last)),
        next_command=Reason("nothing_to_do_if_two"),
        steps=[Step(ROLLBACK_YML, Reason("to_go_back_one_more"), {"rollback_further": "true"}, again=True)],
    )
    error.until = _until(last)
    raise error


def _until(rollback: Mapping[str, Any]) -> Reason:
    """How long a second rollback is taken for a mistake."""
    at = epoch(rollback["at"])
    return Reason("for_minutes", count=RECENT_S / 60) if at is None else Reason("until_then", at=iso(at + RECENT_S))


def _refuse_unreached(memory: FleetMemory, leaving: str | None) -> None:
    """Refuse to leave what a half-done deploy of another release would have replaced, and did not.

    "Take it back on every server" means the release that the deploy brought.  Where it never came, the release before
    the good one is not what is meant, nor is the good one bad: who does mean that names where to go.

    Raises:
        NothingToRollBackTo: so it is on every host.
    """
    deploys = [_unreached_by(memory, survey) for survey in memory.hosts.values()]
    if leaving is None or not all(deploys):
        return
    deploy = max(deploys, key=lambda found: int(found["number"]))
    back = _common(replace(memory, may_fetch=False), leaving)
    raise NothingToRollBackTo(
        Reason(
            "not_replaced_by_stopped" if deploy.get("stopped") else "not_replaced_by_unfinished",
            version=deploy["target"],
            owner=deploy["owner"],
            live=leaving,
        ),
        where=Reason("hosts", hosts=sorted(memory.hosts)),
        next_command=None if back else Reason("if_bad_name_target", version=leaving),
        steps=[
            _named(leaving, Reason("to_see_that_it_is_well", version=leaving)),
            *([_named(back, Reason("if_it_is_bad_itself"))] if back else []),
        ],
    )


def _named(version: str, why: Reason) -> Step:
    return Step(ROLLBACK_YML, why, {"release_version": version}, again=True)


def _unreached_by(memory: FleetMemory, survey: Survey) -> Mapping[str, Any]:
    """The host's last run, where that is a deploy that is not complete and not what the host runs; else empty.

    One whose release is marked bad was taken back, and is over.
    """
    operation: Mapping[str, Any] = survey.get("operation") or {}
    open_ended = operation.get("stopped") or not operation.get("finished")
    if operation.get("kind") != DEPLOY or not operation.get("target") or not open_ended:
        return {}
    live = survey.get("leaving")
    is_over = any(map(memory.mark_of, (str(live), str(operation["target"]))))
    return {} if live in (None, operation["target"]) or is_over else operation


def _everywhere(memory: FleetMemory, version: str, *, proven: bool) -> bool:
    return not any(_fit(memory, host, version, proven=proven).why_not for host in memory.hosts)


def _in_the_way(memory: FleetMemory, leaving: str | None) -> str | None:
    """The host without whose word there would be a release to go back to; None where that is none, or not one alone."""
    suspects: set[str | None] = set()
    for version in _candidates(memory, leaving):
        mark = memory.mark_of(version)
        against = {host for host in memory.hosts if _fit(memory, host, version).why_not}
        suspects |= {mark.told_by} if mark else against if len(against) == 1 else set()
    believed = {host: memory.without(host) for host in sorted(memory.hosts.keys() & suspects)}
    found = [host for host, others in believed.items() if others and _common(others, left_release(others))]
    return found[0] if len(found) == 1 else None


def _against(memory: FleetMemory, leaving: str | None) -> list[list[Any]]:
    """Per release what stands against it, and on which hosts, below the names of the columns; empty without any."""
    against: dict[tuple[str, Reason], list[str]] = {}
    for version in [*_candidates(memory, leaving), *([leaving] if leaving else [])]:
        for host in memory.hosts:
            why = Reason("being_left") if version == leaving else _fit(memory, host, version).why_not
            if why:
                against.setdefault((version, why), []).append(host)
    rows = [[version, Reason("hosts", hosts=hosts), why] for (version, why), hosts in against.items()]
    columns = [Reason("column_release"), Reason("column_hosts"), Reason("column_why_not")]
    return [columns, *rows] if rows else []
