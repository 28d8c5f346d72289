"""One decision for the whole fleet, made from every host's survey before anything
is touched.  Pure: surveys in (as ``release_info`` returns them), a plan out.

A single server is a fleet of one: ``rollback.sh`` decides with the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from .errors import Busy, InvalidInput, NothingToRollBackTo, RecentRollback, RefitError, VersionNotFound
from .operation import DEPLOY, ROLLBACK
from .versions import normalise

RECENT_S = 600.0
Surveys = Mapping[str, Optional[Mapping[str, Any]]]


@dataclass(frozen=True)
class FleetPlan:
    """What the fleet is about to do.

    Attributes:
        kind: ``deploy`` or ``rollback``.
        target: the version that every host goes to.
        leaving: the release that a rollback leaves, and marks bad; None if unknown.
        number: the operation's number, above the highest that any host has seen.
        from_versions: per reachable host, the release to go back to if this fails.
        missing: hosts that could not be read.
        why: one sentence on how the target was chosen.
    """

    kind: str
    target: str
    leaving: str | None
    number: int
    from_versions: dict[str, str | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    takes_over: str | None = None
    why: str = ""

    def to_record(self) -> dict[str, Any]:
        return {**self.__dict__, "missing": list(self.missing)}


def plan_deploy(
    surveys: Surveys,
    version: str,
    *,
    max_unreachable: int = 0,
    dead_runs: Sequence[str] = (),
) -> FleetPlan:
    """Plan bringing *version* to every host.

    Args:
        surveys: per host of the fleet its survey; None where it could not be read.
        max_unreachable: how many hosts may be missing.
        dead_runs: run ids known to have died, whose operations may be taken over.

    Raises:
        RefitError: too many hosts are missing, *version* is marked bad somewhere,
            or another run is at work.
    """
    version = normalise(version)
    reachable, missing = _split(surveys)
    if len(missing) > max_unreachable or not reachable:
        raise RefitError(
            "{} of {} hosts cannot be reached: {}".format(len(missing), len(surveys), ", ".join(missing)),
            where=f"a deploy allows {max_unreachable}",
            next_command=f"bring them back (ansible -m ping {missing[0]}), then run the same command again",
        )
    for host, survey in sorted(reachable.items()):
        bad = (_release(survey, version) or {}).get("bad")
        if bad:
            raise RefitError(
                "release {} is marked bad: {}".format(version, bad["reason"]),
                where="by {} at {}, on {}".format(bad.get("by") or "somebody", bad.get("at"), host),
                next_command="deploy a new build under a new version",
            )
    taken = _takes_over(reachable, dead_runs)
    return FleetPlan(
        kind=DEPLOY,
        target=version,
        leaving=None,
        number=_next_number(reachable),
        from_versions={host: _before(survey, version, taken is not None) for host, survey in sorted(reachable.items())},
        missing=tuple(missing),
        takes_over=taken,
    )


def plan_rollback(surveys: Surveys, version: str | None = None, *, further: bool = False) -> FleetPlan:
    """Choose the one release that every reachable host goes back to.

    Args:
        version: the release to go to; by default the newest that was proven on
            every reachable host, other than the one being left.
        further: go back once more although another rollback was minutes ago.

    Raises:
        VersionNotFound: *version* is not whole on some host.
        NothingToRollBackTo: no release qualifies on every reachable host.
        RecentRollback: no version was named and the fleet went back minutes ago.
        RefitError: no host can be reached, or *version* is marked bad.
    """
    reachable, missing = _split(surveys)
    if not reachable:
        raise RefitError(
            "no host of the fleet can be reached: {}".format(", ".join(missing)),
            next_command="check the network and SSH: ansible -m ping {}".format(missing[0] if missing else "all"),
        )
    leaving = _leaving(reachable)
    if version is not None:
        target, why = _named(reachable, normalise(version)), "named by the operator"
    else:
        target, why = _unnamed(reachable, leaving, further)
    if leaving == target:
        # Some hosts are there already; what the others run is what the fleet leaves.
        leaving = _leaving({host: survey for host, survey in reachable.items() if survey.get("leaving") != target})
    return FleetPlan(
        kind=ROLLBACK,
        target=target,
        leaving=leaving,
        number=_next_number(reachable),
        from_versions={host: survey.get("current") for host, survey in sorted(reachable.items())},
        missing=tuple(missing),
        why=why,
    )


def _split(surveys: Surveys) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    if not surveys:
        raise InvalidInput("the fleet is empty", next_command="add hosts to the inventory's group")
    reachable = {host: survey for host, survey in surveys.items() if survey}
    return reachable, sorted(set(surveys) - set(reachable))


def _release(survey: Mapping[str, Any], version: str) -> Mapping[str, Any] | None:
    return next((release for release in survey["releases"] if release["version"] == version), None)


def _next_number(reachable: Mapping[str, Mapping[str, Any]]) -> int:
    return 1 + max((survey.get("operation") or {}).get("number", 0) for survey in reachable.values())


def _before(survey: Mapping[str, Any], version: str, resumes: bool) -> str | None:
    """What a failed deploy goes back to: never the unproven target of a dead run, and,
    where the dead run had brought this very *version* already, what it had replaced."""
    intent = survey.get("open_intent")
    if intent:
        return intent["from"]
    operation = survey.get("operation") or {}
    if resumes and survey.get("current") == version and operation.get("target") == version:
        return survey.get("previous") or version
    return survey.get("current")


def _takes_over(reachable: Mapping[str, Mapping[str, Any]], dead_runs: Sequence[str]) -> str | None:
    """The dead run whose place a deploy takes; raises Busy for one that may live."""
    taken = None
    for host, survey in sorted(reachable.items()):
        operation = survey.get("operation")
        if not operation or not operation["unfinished"]:
            continue
        if operation["run"] not in dead_runs:
            raise Busy(
                "another run is unfinished: {kind} of {target} by {owner} since {started}".format(**operation),
                where="{}; it expires at {}".format(host, operation["expires"]),
                next_command="wait for it to end; or take it back with: ansible-playbook rollback.yml",
            )
        taken = operation["run"]
    return taken


def _leaving(reachable: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The release that went live last: on a fleet left half-way by a deploy that
    died, the one that deploy was bringing."""
    newest: tuple[int, int, str] = (-1, -1, "")
    for survey in reachable.values():
        version = survey.get("leaving")
        if version:
            release = _release(survey, version) or {}
            newest = max(newest, (release.get("activated_op") or 0, release.get("order") or 0, version))
    return newest[2] or None


def _named(reachable: Mapping[str, Mapping[str, Any]], version: str) -> str:
    absent, bad = [], []
    for host, survey in sorted(reachable.items()):
        release = _release(survey, version)
        if release is None or not release["usable"]:
            absent.append("{}: {}".format(host, release["why_not"] if release else "not there"))
        elif release["bad"]:
            bad.append("{}: {}".format(host, release["why_not"]))
    if absent:
        raise VersionNotFound(
            f"release {version} cannot be activated",
            where="; ".join(absent),
            next_command="see what is there with: rollback.sh SERVICE --list, or playbooks/status.yml",
        )
    if bad:
        raise NothingToRollBackTo(
            f"release {version} is known to be bad",
            where="; ".join(bad),
            next_command="name another release (rollback.sh SERVICE --list shows which qualify)",
        )
    return version


def _unnamed(reachable: Mapping[str, Mapping[str, Any]], leaving: str | None, further: bool) -> tuple[str, str]:
    begun = _begun(reachable)
    if begun is None and not further:
        begun = _not_everywhere_yet(reachable)
    if begun is not None:
        return begun, "finishes the rollback that was begun"
    ranks: dict[str, list[int]] = {}
    for survey in reachable.values():
        qualified = [r["version"] for r in survey["releases"] if r["qualifies"] and r["version"] != leaving]
        for rank, version in enumerate(qualified):
            ranks.setdefault(version, []).append(rank)
    common = {version: found for version, found in ranks.items() if len(found) == len(reachable)}
    if not common:
        raise NothingToRollBackTo(
            "no release qualifies on every host to go back to",
            where="; ".join(_reasons(reachable, leaving)),
            next_command="deploy a fixed build; or name one: rollback.sh SERVICE VERSION, -e release_version=VERSION",
        )
    target = min(common, key=lambda version: (max(common[version]), sum(common[version]), version))
    return target, "the newest release proven on every host, other than {}".format(leaving or "the current one")


def _begun(reachable: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The target of a rollback that died, or is at work now: it is finished first.

    One that had not come to its intent, or was past its proof, is known by its operation.
    """
    surveys = reachable.values()
    intents = [survey["open_intent"] for survey in surveys if survey.get("open_intent")]
    targets = {intent["version"] for intent in intents if intent["kind"] != DEPLOY}
    fit = [target for target in targets if _everywhere(reachable, target, _usable)]
    if not fit:
        operations = [survey["operation"] for survey in surveys if survey.get("operation")]
        targets = {found["target"] for found in operations if found["unfinished"] and found["kind"] == ROLLBACK}
        fit = [target for target in targets if target and _everywhere(reachable, target, _qualifies)]
    return max(fit, default=None)


def _not_everywhere_yet(reachable: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The target of a rollback of minutes ago that did not reach every host.

    Raises:
        RecentRollback: it did, so a second one is likely a mistake.
    """
    recent = [
        rollback
        for rollback in (survey.get("last_rollback") for survey in reachable.values())
        if rollback and rollback["age_s"] is not None and rollback["age_s"] < RECENT_S
    ]
    if not recent:
        return None
    last = min(recent, key=lambda rollback: (rollback["age_s"], rollback["version"]))
    target: str = last["version"]
    if any(survey.get("current") != target or survey.get("open_intent") for survey in reachable.values()):
        return target if _everywhere(reachable, target, _usable) else None
    raise RecentRollback(
        "went back from {} to {} {:.0f} s ago{}; nothing was changed now".format(
            last["from"] or "nothing", target, last["age_s"], " by " + last["by"] if last["by"] else ""
        ),
        next_command="to go back one more: --further (rollback.sh) or -e rollback_further=true; or name a version",
    )


def _everywhere(
    reachable: Mapping[str, Mapping[str, Any]], version: str, fit: Callable[[Mapping[str, Any]], bool]
) -> bool:
    return all(fit(_release(survey, version) or {}) for survey in reachable.values())


def _usable(release: Mapping[str, Any]) -> bool:
    return bool(release.get("usable")) and not release.get("bad")


def _qualifies(release: Mapping[str, Any]) -> bool:
    return bool(release.get("qualifies"))


def _reasons(reachable: Mapping[str, Mapping[str, Any]], leaving: str | None) -> list[str]:
    reasons = []
    for host, survey in sorted(reachable.items()):
        found = [
            "{} {}".format(r["version"], r["why_not"] or "is the one being left")
            for r in survey["releases"]
            if r["why_not"] or r["version"] == leaving
        ]
        reasons.append("{}: {}".format(host, ", ".join(found[:5]) or "no releases"))
    return reasons
