"""A verdict as a person reads it at three in the morning: plain text, one host a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from .verdict import ABORTED, PARTLY_ROLLED_BACK, ROLLED_BACK, SUCCEEDED, Verdict

_HEADLINES = {
    ("deploy", SUCCEEDED): "DEPLOYED: {target} is live and proven on all {count} hosts",
    ("deploy", ABORTED): "NOTHING CHANGED: {target} could not be staged on every host, so none was activated",
    ("deploy", ROLLED_BACK): "ROLLED BACK: {target} failed; every host is proven on the release it had before",
    ("deploy", PARTLY_ROLLED_BACK): "MANUAL ACTION NEEDED: {target} failed, and not every host is back",
    ("rollback", SUCCEEDED): "ROLLED BACK: {target} is live and proven on all {count} hosts",
    ("rollback", PARTLY_ROLLED_BACK): "MANUAL ACTION NEEDED: not every host is on {target}",
}


def headline(kind: str, verdict: Verdict) -> str:
    """The one sentence that says how it ended."""
    return _HEADLINES[kind, verdict.verdict].format(target=verdict.target, count=len(verdict.hosts))


def render(kind: str, verdict: Verdict, next_commands: Sequence[str] = ()) -> str:
    """Headline, a line per host, and what to type next."""
    rows = [["HOST", "RUNS", "OUTCOME", "WHY"]]
    for end in verdict.hosts:
        runs = end.runs or ("nothing" if end.proven or end.outcome == "failed" else "unknown")
        rows.append([end.host, runs if end.proven else runs + " (unproven)", end.outcome, end.why or ""])
    lines = [headline(kind, verdict), "", *table(rows)]
    if next_commands:
        lines += ["", "Next:"] + ["  " + command for command in next_commands]
    return "\n".join(lines)


def render_plan(
    kind: str, target: str, steps: Mapping[str, Sequence[str]], missing: Sequence[str] = (), why: str = ""
) -> str:
    """What each host would do, in order; a host with nothing to do says so."""
    lines = ["PLAN: {} to {}{}".format(kind, target, f" ({why})" if why else "")]
    for host in sorted(steps):
        lines.append(f"{host}:")
        lines += [f"  {number}. {step}" for number, step in enumerate(steps[host], 1)]
        if not steps[host]:
            lines.append(f"  nothing to do: {target} is live and proven")
    lines += [f"{host}: cannot be reached" for host in missing]
    return "\n".join(lines)


def next_commands(kind: str, service: str, verdict: Verdict) -> list[str]:
    """What the person on call types next, given how it ended."""
    if verdict.succeeded:
        return []
    status = f"ansible-playbook playbooks/status.yml -e service={service}"
    if verdict.verdict != PARTLY_ROLLED_BACK:
        return [status]
    divergent = [end.host for end in verdict.hosts if not end.good]
    wanted: str | None = verdict.target if kind == "rollback" else None
    named = f" -e release_version={wanted}" if wanted else ""
    return [
        status,
        "ansible-playbook rollback.yml -e service={}{}   # brings back: {}".format(
            service, named, ", ".join(divergent)
        ),
    ]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align *rows* in columns; wide (Hangul, emoji) characters count twice."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def render_status(results: Mapping[str, Mapping[str, Any]]) -> str:
    """What runs where: a line per host of what ``release_info`` returned for it."""
    rows = [["HOST", "CURRENT", "RUNNING", "HEALTH", "PROVEN", "ROLLBACK TO", "AT WORK"]]
    for host in sorted(results):
        survey = results[host].get("survey")
        if survey:
            rows.append(_status_row(host, survey))
        else:
            why = "UNREACHABLE" if results[host].get("unreachable") else "UNKNOWN"
            rows.append([host, why, "", str(results[host].get("msg") or "")[:80], "", "", ""])
    return "\n".join(table(rows))


def _status_row(host: str, survey: Mapping[str, Any]) -> list[str]:
    running: Mapping[str, Any] = survey.get("running") or {}
    live = next((r for r in survey["releases"] if r["version"] == survey["current"]), {})
    operation = survey.get("operation") or {}
    at_work = "{kind} by {owner}".format(**operation) if operation.get("unfinished") else ""
    if survey.get("open_intent") and not at_work:
        at_work = "INTERRUPTED {kind} of {version}".format(**survey["open_intent"])
    failure = running.get("failure") or {"detail": "not looked at"}
    health = "UP" if running.get("healthy") else "DOWN: {}".format(failure["detail"])
    return [
        host,
        survey["current"] or "none",
        ",".join(running.get("running") or []) or "nothing",
        health,
        live.get("verified_at") or "never proven",
        survey.get("previous") or "none",
        at_work,
    ]
