"""Freezing a service: no release goes live on it until somebody resumes.  Pure.

A rollback freezes by itself, so that the next automatic deploy does not bring straight
back what was just taken away; people freeze for a release stop.  A rollback is never refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ..core.errors import DEPLOY_YML, RESUME_YML, Frozen, Step, Writer, lines_of
from ..core.timestamps import shown
from ..state import ledger_events
from ..state.holds import Hold, Holds, lift_entry
from ..state.signatures import Keyring
from ..words.reason import Reason, Record, from_record
from .memory import FleetMemory, Reachable, Surveys, or_distrust, split

Kind = Literal["freeze", "resume"]
FREEZE: Final = "freeze"
RESUME: Final = "resume"
LIFT = Step(RESUME_YML, Reason("when_it_is_safe_again"), {"resume_reason": "why it is safe again"})


@dataclass(frozen=True)
class FreezePlan:
    """What freezing or resuming comes to.

    Attributes:
        entries: per reachable host the ledger entries to write there; hosts that know already are left out.
        freezes: the freezes that stand now, the oldest first.
        missing: per host that could not be read why; it learns of it with the next deploy or rollback.
    """

    kind: Kind
    service: str
    reason: str
    entries: dict[str, list[Mapping[str, Any]]]
    freezes: list[Hold]
    missing: Mapping[str, Record] = field(default_factory=dict)

    def describe(self, write: Writer, at: str = "", *, planned: bool = False) -> str:
        """What became of the plan for a person, after *at* which place; *planned* if it was only made."""
        are = "would be" if planned else "are"
        if self.kind == FREEZE:
            word = "PLAN" if planned else "FROZEN"
            lines = [f"{at}{word}: deploys of {self.service} {are} refused: {self.reason}", *lines_of([LIFT], write)]
        elif self.freezes:
            lines = [f"{at}{'PLAN' if planned else 'RESUMED'}: deploys of {self.service} {are} possible again"]
            lines += ["  frozen " + describe(hold) for hold in self.freezes]
        else:
            lines = [f"{at}NOTHING TO RESUME: {self.service} is not frozen on any host that can be reached"]
        lines += [
            f"{host}: {from_record(why)}; the next deploy or rollback tells it" for host, why in self.missing.items()
        ]
        return "\n".join([*lines, *(["Check mode: nothing is written."] if planned else [])])


def plan_freeze(
    surveys: Surveys,
    service: str,
    *,
    reason: str,
    by: str,
    run: str,
    unread: Mapping[str, Record] | None = None,
    distrusted: Collection[str] = (),
    keyring: Keyring | None = None,
) -> FreezePlan:
    """Freeze *service* on every host that can be read; the same reason twice is one freeze.

    Args:
        unread: why a host without a survey could not be read, where it is not that it cannot be reached.
        distrusted: the hosts whose word counts for nothing; they are told all the same.
        keyring: what the site signs with; None where it has no key.

    Raises:
        RefitError: no host can be read.
    """
    reachable, missing = split(surveys, unread)
    holds = FleetMemory.of(reachable, fleet=surveys, distrusted=distrusted, keyring=keyring).holds
    if not any(hold.reason == reason for hold in holds.freezes()):
        hold = Hold(f"{run}/freeze", reason, by)
        holds.learn(replace(hold, signed=keyring.sign_hold(hold) if keyring else None).to_entry())
    entries = [hold.to_entry() for hold in holds.freezes()]
    return FreezePlan(FREEZE, service, reason, _news(reachable, entries), holds.freezes(), missing)


def plan_resume(
    surveys: Surveys,
    service: str,
    *,
    reason: str,
    by: str,
    unread: Mapping[str, Record] | None = None,
    distrusted: Collection[str] = (),
    keyring: Keyring | None = None,
) -> FreezePlan:
    """Lift every freeze that any host knows, on all that can be read; *unread*, *distrusted* and *keyring* as
    for :func:`plan_freeze`.

    Raises:
        RefitError: no host can be read.
    """
    reachable, missing = split(surveys, unread)
    freezes = FleetMemory.of(reachable, fleet=surveys, distrusted=distrusted, keyring=keyring).holds.freezes()
    word = keyring.sign_lift(None, reason) if keyring else None
    entries = [lift_entry(freezes, reason, by, signed=word)] if freezes else []
    return FreezePlan(RESUME, service, reason, _news(reachable, entries), freezes, missing)


def refuse_frozen(service: str, holds: Holds, hosts: Collection[str] = ()) -> None:
    """Raise :class:`.errors.Frozen` where a freeze stands; *hosts* are those that take part."""
    freezes = holds.freezes()
    if freezes:
        more = f" (and {len(freezes) - 1} more)" if len(freezes) > 1 else ""
        raise Frozen(
            Reason("deploys_frozen", service=service, why=from_record(freezes[-1].reason)),
            where="frozen {}{}".format(describe(freezes[-1], with_reason=False), more),
            steps=[
                LIFT,
                Step(
                    DEPLOY_YML,
                    Reason("for_this_deploy_alone"),
                    {"deploy_override_freeze": "why it cannot wait"},
                    again=True,
                ),
                *(or_distrust(DEPLOY_YML, freezes[-1].told_by, hosts) if len(freezes) == 1 else []),
            ],
        )


def override_entry(version: str, reason: str, by: str, run: str) -> dict[str, Any]:
    """The ledger entry of a deploy that was let through all the same."""
    return {"event": ledger_events.OVERRIDDEN, "id": f"{run}/override", "version": version, "reason": reason, "by": by}


def describe(freeze: Hold, with_reason: bool = True) -> str:
    """Who froze it, when and, if asked for, why."""
    return "by {}, {}{}".format(
        freeze.by or "somebody",
        shown(freeze.at or "at an unknown time"),
        f": {from_record(freeze.reason)}" if with_reason else "",
    )


def _news(reachable: Reachable, entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Per host those of *entries* that it does not know yet."""
    found = {}
    for host in sorted(reachable):
        known = Holds.from_record(reachable[host].get("holds"))
        news = [entry for entry in entries if known.is_news(entry)]
        if news:
            found[host] = news
    return found
