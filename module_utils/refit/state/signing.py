"""Whether the hosts' ledgers are signed, for a person.  Pure: surveys in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..core.errors import ROLLBACK_YML, Step, Writer, lines_of
from ..words.reason import Reason
from .holds import Hold, Holds
from .signatures import SETTING, SIGNED, UNKNOWN, UNSIGNED, WRONG, Keyring, Verdict

Surveys = Mapping[str, Mapping[str, Any]]


def describe(surveys: Surveys, keyring: Keyring | None, write: Writer) -> list[str]:
    """By which key the ledgers are signed, and what in them is not; nothing where none could be read."""
    if not surveys:
        return []
    if keyring is None:
        return [f"Ledgers: unsigned ({SETTING} names no key)"]
    found = {host: verdicts(survey, keyring) for host, survey in surveys.items()}
    lines = [f"Ledgers: signed by key {keyring.signs_as}"]
    unsigned = sum(each[UNSIGNED] for each in found.values())
    if unsigned:
        lines.append(f"  {_entries(unsigned)} unsigned, as from before the key or by hand on a server")
    unknown = sum(each[UNKNOWN] for each in found.values())
    if unknown:
        ids = ", ".join(sorted({key for survey in surveys.values() for key in _unknown_keys(survey, keyring)}))
        lines += [
            f"  {_entries(unknown)} of an unknown key ({ids}), which count as unsigned",
            f"  Next: name that key behind the first of {SETTING}, if it is or was yours",
        ]
    wrong = {host: each[WRONG] for host, each in found.items() if each[WRONG]}
    lines += [
        f"  {host}: signature does not match: {_entries(n)} there, which count as unsigned" for host, n in wrong.items()
    ]
    if wrong:
        lines += _steps_after(list(wrong), surveys, write)
    return lines


def note(hold: Hold, keyring: Keyring | None) -> str:
    """What to add to a hold where it is not the word of a controller, though there is a key."""
    return " (unsigned)" if keyring and keyring.judge_hold(hold) != SIGNED else ""


def verdicts(survey: Mapping[str, Any], keyring: Keyring) -> Counter[Verdict]:
    """How many of the entries that a host handed back are signed, and how."""
    holds = Holds.from_record(survey.get("holds"))
    found: list[Verdict] = [
        keyring.judge_release(release["version"], release.get("signed"))
        for release in survey["releases"]
        if release.get("sha256")
    ]
    found += [keyring.judge_hold(hold) for hold in holds.placed.values()]
    found += [keyring.judge_lift(lift) for lift in holds.lifted.values()]
    return Counter(found)


def _steps_after(hosts: list[str], surveys: Surveys, write: Writer) -> list[str]:
    """The ways on where signatures do not match: a site that was renamed signs anew; else somebody wrote there."""
    if set(hosts) == set(surveys):
        return ["  Next: if refit_environment or the service got another name, nothing: the next deploy signs anew"]
    steps = [Step(ROLLBACK_YML, Reason("to_go_back_without_word_of", hosts=hosts), {"distrust": ",".join(hosts)})]
    return ["  Next: find out who wrote there; until then", *(f"  {line}" for line in lines_of(steps, write))]


def _unknown_keys(survey: Mapping[str, Any], keyring: Keyring) -> set[str]:
    holds = Holds.from_record(survey.get("holds"))
    words = [release.get("signed") for release in survey["releases"]]
    words += [hold.signed for hold in holds.placed.values()] + [lift.signed for lift in holds.lifted.values()]
    return {word["key"] for word in words if word and keyring.judge(word) == UNKNOWN}


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
