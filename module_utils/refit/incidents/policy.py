"""Whom an incident's severity calls, and when: ``refit_escalation``.

What is written is copied into the incident when it opens, with absolute times: a policy that is changed later changes
nothing for who is at work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.reader import SettingsReader
from ..core.errors import InvalidInput
from ..core.timestamps import iso
from ..words.reason import Reason
from .events import SEVERITIES, UNLESS_ACKNOWLEDGED, UNLESS_RESOLVED

WHERE = "refit_escalation"
#: The team's table: P0 within 5 minutes, the second line after 15, @cto after 30, and then once an hour.
DEFAULT: Mapping[str, list[dict[str, Any]]] = {
    "P0": [
        {"after_min": 0, "ping": ["devops-oncall"]},
        {"after_min": 5, "unless": UNLESS_ACKNOWLEDGED, "ping": ["devops-oncall"]},
        {"after_min": 15, "ping": ["ai-backend-lead"]},
        {"after_min": 30, "ping": ["cto"]},
        {"after_min": 60, "ping": ["devops-oncall", "ai-backend-lead", "cto"], "times": 5},
    ],
    "P1": [
        {"after_min": 15, "unless": UNLESS_ACKNOWLEDGED, "ping": ["devops-oncall"]},
        {"after_min": 30, "ping": ["cto"]},
    ],
    "P2": [],
}
_MOST_MINUTES = 7 * 24 * 60
_MOST_RULES = 12
_MOST_TIMES = 5
_MOST_NAMES = 10

Policy = Mapping[str, list[dict[str, Any]]]


def read_policy(setting: Any) -> Policy:
    """The policy that *setting* describes; a severity that it leaves out has the team's table.

    Raises:
        InvalidInput: names the key that is wrong.
    """
    reader = _reader(setting or {}, WHERE)
    reader.done(SEVERITIES)
    return {name: _rules(reader, name) if reader.has(name) else list(DEFAULT[name]) for name in SEVERITIES}


def _reader(value: Any, where: str) -> SettingsReader:
    if not isinstance(value, Mapping):
        problem = Reason("must_be_mapping", value=repr(value))
        raise InvalidInput(
            Reason("setting_wrong", setting=where, problem=problem), next_command=Reason("correct_in_inventory")
        )
    return SettingsReader(value, where)


def _rules(reader: SettingsReader, name: str) -> list[dict[str, Any]]:
    given = reader.values[name]
    if not isinstance(given, list) or len(given) > _MOST_RULES:
        raise reader.error(name, Reason("must_be_rules", most=_MOST_RULES, value=repr(given)))
    return [_rule(_reader(each, f"{WHERE}.{name}[{index}]")) for index, each in enumerate(given)]


def _rule(reader: SettingsReader) -> dict[str, Any]:
    reader.done(("after_min", "unless", "ping", "times"))
    if not reader.has("after_min"):
        raise reader.error("after_min", Reason("is_missing"))
    unless, ping = reader.text("unless", UNLESS_RESOLVED), [name.lstrip("@") for name in reader.strings("ping")]
    if unless not in (UNLESS_ACKNOWLEDGED, UNLESS_RESOLVED):
        raise reader.error(
            "unless", Reason("must_be_unless", choices=[UNLESS_RESOLVED, UNLESS_ACKNOWLEDGED], value=unless)
        )
    if not 0 < len(ping) <= _MOST_NAMES or not all(name and name.isprintable() and len(name) < 100 for name in ping):
        raise reader.error("ping", Reason("must_be_mentions", most=_MOST_NAMES))
    return {
        "after_min": reader.number("after_min", 0, 0, _MOST_MINUTES),
        "unless": unless,
        "ping": ping,
        "times": reader.number("times", 1, 1, _MOST_TIMES, whole=True),
    }


def steps_of(policy: Policy, severity: str, at: float) -> list[dict[str, Any]]:
    """The steps of an incident of *severity* that begins *at* (seconds since the epoch), as its events hold them.

    A rule with ``times`` comes again each hour after its first time.
    """
    due = [
        (rule["after_min"] * 60 + again * 3600, rule)
        for rule in policy[severity]
        for again in range(rule.get("times", 1))
    ]
    return [
        {"at": iso(at + after), "unless": rule.get("unless", UNLESS_RESOLVED), "ping": list(rule["ping"])}
        for after, rule in sorted(due, key=lambda each: each[0])
    ]
