"""Whether the hosts' ledgers are signed, for a person.  Pure: surveys in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..core.errors import ROLLBACK_YML, Step, Writer, lines_of
from ..words.reason import Reason
from ..words.sentence import said
from .holds import Hold, Holds
from .signatures import SETTING, SIGNED, UNKNOWN, UNSIGNED, WRONG, Keyring, Verdict

Surveys = Mapping[str, Mapping[str, Any]]


def describe(surveys: Surveys, keyring: Keyring | None, write: Writer, language: str) -> list[str]:
    """By which key the ledgers are signed, and what in them is not; nothing where none could be read."""
    if not surveys:
        return []
    if keyring is None:
        return [said(Reason("ledgers_unsigned", setting=SETTING), language)]
    found = {host: verdicts(survey, keyring) for host, survey in surveys.items()}
    more = []
    unsigned = sum(each[UNSIGNED] for each in found.values())
    if unsigned:
        more.append(Reason("entries_unsigned", count=unsigned))
    unknown = sum(each[UNKNOWN] for each in found.values())
    if unknown:
        ids = sorted({key for survey in surveys.values() for key in _unknown_keys(survey, keyring)})
        more += [Reason("entries_of_unknown_key", count=unknown, keys=ids), Reason("name_that_key", setting=SETTING)]
    wrong = {host: each[WRONG] for host, each in found.items() if each[WRONG]}
    more += [Reason("signature_does_not_match", host=host, count=n) for host, n in wrong.items()]
    return [
        said(Reason("ledgers_signed", key=keyring.signs_as), language),
        *("  " + said(each, language) for each in more),
        *(_steps_after(list(wrong), surveys, write, language) if wrong else []),
    ]


def is_unsigned(hold: Hold, keyring: Keyring | None) -> bool:
    """Whether a hold is not the word of a controller, though there is a key."""
    return keyring is not None and keyring.judge_hold(hold) != SIGNED


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


def _steps_after(hosts: list[str], surveys: Surveys, write: Writer, language: str) -> list[str]:
    """The ways on where signatures do not match: a site that was renamed signs anew; else somebody wrote there."""
    if set(hosts) == set(surveys):
        return ["  " + said(Reason("nothing_if_renamed"), language)]
    steps = [Step(ROLLBACK_YML, Reason("to_go_back_without_word_of", hosts=hosts), {"distrust": ",".join(hosts)})]
    lines = [said(Reason("find_who_wrote"), language), *lines_of(steps, write, language)]
    return ["  " + line for line in lines]


def _unknown_keys(survey: Mapping[str, Any], keyring: Keyring) -> set[str]:
    holds = Holds.from_record(survey.get("holds"))
    words = [release.get("signed") for release in survey["releases"]]
    words += [hold.signed for hold in holds.placed.values()] + [lift.signed for lift in holds.lifted.values()]
    return {word["key"] for word in words if word and keyring.judge(word) == UNKNOWN}
