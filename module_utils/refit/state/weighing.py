"""What the words of a fleet's hosts are worth together: whose counts for all, and whose for one host alone.  Pure.

What a controller signed counts from one host, whichever that is, and the newer such word before the older: so none
that is told again brings back what was lifted since.  What nobody signed is one host's word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from .holds import Hold, Holds, Lift
from .signatures import SIGNED, WRONG, Keyring, lifts

Survey = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What controllers signed of a release; what none of them knew is None."""

    sha256: str
    source: str | None = None
    tree_sha256: str | None = None
    proven: bool = False


def facts_of(version: str, releases: Iterable[Survey], keyring: Keyring | None) -> Facts | None:
    """What is signed of *version*, by what hosts hand back of it: the newest content, and all that is known of that."""
    if keyring is None:
        return None
    words = [found["signed"] for found in releases if found.get("signed")]
    words = [word for word in words if keyring.judge_release(version, word) == SIGNED]
    if not words:
        return None
    words.sort(key=lambda word: (word["at"], word["mac"]), reverse=True)
    sha256 = words[0]["facts"]["sha256"]
    same = [word["facts"] for word in words if word["facts"]["sha256"] == sha256]

    def known(name: str) -> str | None:
        return next((facts[name] for facts in same if isinstance(facts.get(name), str)), None)

    return Facts(sha256, known("source"), known("tree_sha256"), any(facts.get("proven") is True for facts in same))


def join(
    known: Mapping[str, Holds], distrusted: Collection[str], *, wary: bool, keyring: Keyring | None = None
) -> tuple[Holds, frozenset[str]]:
    """What the hosts together hold and have lifted; and the ids of marks that nobody signed and one host alone set.

    Each hold says by whom it was told where that is one host, whoever else wrote it down since.

    Args:
        wary: whether one of them alone need not be believed.
        keyring: what tells what was signed; without it one host's mark is no less than another's.
    """
    joined = Holds().joined_with(known.values())
    signed = set()
    for key in list(joined.placed):
        tellers = {host: holds.placed[key] for host, holds in known.items() if key in holds.placed}
        vouched = [hold for hold in tellers.values() if keyring and keyring.judge_hold(hold) == SIGNED]
        tellers = {host: hold for host, hold in tellers.items() if hold.told_by not in distrusted}
        if vouched:
            joined.placed[key] = replace(Holds.senior(vouched), told_by=None)
            signed.add(key)
        elif tellers:
            joined.placed[key] = _meant(tellers, keyring)
        else:
            del joined.placed[key]
    _weigh_lifts(joined, known, wary=wary, keyring=keyring)
    alone = _alone(joined, known, signed, distrusted) if keyring and wary else frozenset()
    return joined, alone


def _meant(tellers: Mapping[str, Hold], keyring: Keyring | None) -> Hold:
    """What the hosts mean by one id.  That one of them gives it to something else takes nothing from the others."""
    meant = Counter(hold.version for hold in tellers.values())
    agreed = [hold for hold in tellers.values() if meant[hold.version] == max(meant.values())]
    first = {hold.told_by or host for host, hold in tellers.items()} if len(tellers) > 1 else set(tellers)
    told = Holds.senior(agreed)
    word = None if keyring and keyring.judge_hold(told) == WRONG else told.signed
    return replace(told, told_by=first.pop() if len(first) == 1 else None, signed=word)


def _weigh_lifts(joined: Holds, known: Mapping[str, Holds], *, wary: bool, keyring: Keyring | None) -> None:
    """Leave in *joined* the lifts that count: signed ones and, where the hosts are *wary*, none of one host that
    another does not follow."""
    told = [lift for holds in known.values() for lift in holds.lifted.values()]
    newest: dict[Any, Lift] = {}
    for lift in told:
        if keyring and lift.signed and keyring.judge_lift(lift) == SIGNED:
            of = lift.signed["facts"].get("version")
            before = newest.get(of)
            if before is None or (before.signed or {})["at"] < lift.signed["at"]:
                newest[of] = lift
    for key, hold in joined.placed.items():
        lift_of = newest.get(hold.version)
        if lift_of and lift_of.signed and lifts(lift_of.signed, hold):
            joined.lifted[key] = lift_of
        elif wary and key in joined.lifted:
            lifting = [host for host, holds in known.items() if key in holds.lifted]
            holding = [host for host, holds in known.items() if key in holds.placed and key not in holds.lifted]
            if len(lifting) == 1 and holding:
                del joined.lifted[key]


def _alone(
    joined: Holds, known: Mapping[str, Holds], signed: Collection[str], distrusted: Collection[str]
) -> frozenset[str]:
    """The marks that one host alone stands for: no two say of the same release that it is bad, each by itself."""
    marks: dict[str, list[Hold]] = {}
    for hold in joined.standing():
        if hold.version is not None:
            marks.setdefault(hold.version, []).append(hold)
    found: list[str] = []
    for holds in marks.values():
        unsigned = [hold for hold in holds if hold.id not in signed]
        # A host may say of whom it has something, and may lie: what it says counts for neither of the two then.
        said = [
            {host, told.told_by or host}
            for hold in unsigned
            for host, its in known.items()
            for told in [its.placed.get(hold.id)]
            if told and told.version == hold.version and hold.id not in its.lifted
            if told.told_by not in distrusted
        ]
        if not any(one.isdisjoint(other) for one, other in combinations(said, 2)):
            found += [hold.id for hold in unsigned]
    return frozenset(found)
