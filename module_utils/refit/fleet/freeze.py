"""Freezing a service: no release goes live on it until somebody resumes.  Pure.

A rollback freezes by itself, so that the next automatic deploy does not bring straight
back what was just taken away; people freeze for a release stop.  A rollback is never refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ..core.errors import DEPLOY_YML, RESUME_YML, Frozen, Step, Writer, lines_of
from ..state import ledger_events
from ..state.holds import Hold, Holds, lift_entry
from ..state.signatures import Keyring
from ..words.reason import Reason, Record, from_record
from ..words.sentence import DEFAULT_LANGUAGE, said
from .memory import FleetMemory, Reachable, Surveys, or_distrust, split

Kind = Literal["freeze", "resume"]
FREEZE: Final = "freeze"
RESUME: Final = "resume"
LIFT = Step(RESUME_YML, Reason("when_it_is_safe_again"), {"resume_reason": Reason("placeholder_why_safe")})


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

    def describe(self, write: Writer, at: str = "", language: str = DEFAULT_LANGUAGE, *, planned: bool = False) -> str:
        """What became of the plan for a person, after *at* which place; *planned* if it was only made."""
        if self.kind == FREEZE:
            code = "would_be_frozen" if planned else "frozen_now"
            lines = lines_of([LIFT], write, language)
        elif self.freezes:
            code = "would_be_resumed" if planned else "resumed_now"
            lines = ["  " + said(Reason("was_frozen", by=describe(hold)), language) for hold in self.freezes]
        else:
            code, lines = "nothing_to_resume", []
        more = [Reason("told_later", host=host, why=from_record(why)) for host, why in self.missing.items()]
        more += [Reason("nothing_is_written")] if planned else []
        first = at + said(Reason(code, service=self.service, why=self.reason), language)
        return "\n".join([first, *lines, *(said(each, language) for each in more)])


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
        last = freezes[-1]
        raise Frozen(
            Reason("deploys_frozen", service=service, why=from_record(last.reason)),
            where=Reason("frozen_by", by=last.by, at=last.at, more=len(freezes) - 1 or None),
            steps=[
                LIFT,
                Step(
                    DEPLOY_YML,
                    Reason("for_this_deploy_alone"),
                    {"deploy_override_freeze": Reason("placeholder_why_now")},
                    again=True,
                ),
                *(or_distrust(DEPLOY_YML, last.told_by, hosts) if len(freezes) == 1 else []),
            ],
        )


def override_entry(version: str, reason: str, by: str, run: str) -> dict[str, Any]:
    """The ledger entry of a deploy that was let through all the same."""
    return {"event": ledger_events.OVERRIDDEN, "id": f"{run}/override", "version": version, "reason": reason, "by": by}


def describe(freeze: Hold) -> Reason:
    """Who froze it, when, and why."""
    return Reason("by_when_why", by=freeze.by or Reason("somebody"), at=freeze.at, why=from_record(freeze.reason))


def _news(reachable: Reachable, entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Per host those of *entries* that it does not know yet."""
    found = {}
    for host in sorted(reachable):
        known = Holds.from_record(reachable[host].get("holds"))
        news = [entry for entry in entries if known.is_news(entry)]
        if news:
            found[host] = news
    return found
