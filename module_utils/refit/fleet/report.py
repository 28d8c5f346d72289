"""A verdict as a person reads it at three in the morning: plain text, one host a line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from ..core.text_table import table
from ..state.operation import DEPLOY, ROLLBACK, Kind
from .verdict import ABORTED, PARTLY_ROLLED_BACK, ROLLED_BACK, STOPPED, SUCCEEDED, Verdict, Word

LEFT_NOTHING: Final = "left_nothing"
_HEADLINES: Mapping[tuple[Kind, Word | Literal["left_nothing"]], str] = {
    (DEPLOY, SUCCEEDED): "DEPLOYED: {target} is live and proven on {all}",
    (DEPLOY, ABORTED): "NOTHING CHANGED: {target} could not be staged on every host, so none was activated",
    (DEPLOY, STOPPED): "STOPPED: {why}. {target} is live on {done} of {count} hosts; nothing was taken back",
    (DEPLOY, ROLLED_BACK): "ROLLED BACK: {target} failed; every touched host is proven on the release it had before",
    (DEPLOY, PARTLY_ROLLED_BACK): "MANUAL ACTION NEEDED: {target} failed, and {why}",
    (ROLLBACK, SUCCEEDED): "ROLLED BACK: {target} is live and proven on {all}",
    (ROLLBACK, LEFT_NOTHING): "NOTHING TO LEAVE: {target} was live already, and is proven on {all}",
    (ROLLBACK, PARTLY_ROLLED_BACK): "MANUAL ACTION NEEDED: not on {target}: {divergent}",
}
_SHOWN_NAMES = 10


def headline(kind: Kind, verdict: Verdict) -> str:
    """The one sentence that says how it ended, and which hosts stand apart."""
    count, divergent = len(verdict.hosts), _names(verdict.divergent)
    text = _HEADLINES[kind, LEFT_NOTHING if verdict.left_nothing else verdict.verdict].format(
        target=verdict.target or "its own release",
        count=count,
        done=verdict.done,
        all=f"all {count} hosts" if not verdict.divergent else f"{verdict.done} of {count} hosts",
        why=verdict.why or f"not every host is back: {divergent}",
        divergent=divergent,
    )
    if verdict.divergent and verdict.verdict in (SUCCEEDED, ROLLED_BACK, STOPPED):
        text += ". {}: {}".format("NOT REACHED" if _is_lost(verdict) else "NOT PROVEN", divergent)
    return text


def _is_lost(verdict: Verdict) -> bool:
    """Whether all that stand apart do so because nobody could reach them."""
    return all(end.failed_check == "reach" for end in verdict.hosts if not end.good)


def render(kind: Kind, verdict: Verdict, next_commands: Sequence[str] = ()) -> str:
    """Headline, a line per host, and what to type next."""
    rows = [["HOST", "RUNS", "OUTCOME", "WHY"]]
    for end in verdict.hosts:
        runs = end.runs or ("nothing" if end.proven or end.outcome == "failed" else "unknown")
        rows.append([end.host, runs if end.proven else runs + " (unproven)", end.outcome, end.why or ""])
    lines = [headline(kind, verdict), "", *table(rows)]
    if next_commands:
        lines += ["", "Next:"] + ["  " + command for command in next_commands]
    return "\n".join(lines)


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - _SHOWN_NAMES
    return ", ".join(hosts[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def render_plan(
    kind: Kind,
    target: str | None,
    steps: Mapping[str, Sequence[str]],
    missing: Mapping[str, str] | None = None,
    why: str = "",
    notes: Sequence[str] = (),
) -> str:
    """What each host would do, in order; a host with nothing to do says so."""
    lines = ["PLAN: {} to {}{}".format(kind, target or "a release for each host", f" ({why})" if why else "")]
    lines += [f"  {note}" for note in notes]
    for host in sorted(steps):
        lines.append(f"{host}:")
        lines += [f"  {number}. {step}" for number, step in enumerate(steps[host], 1)]
        if not steps[host]:
            lines.append("  nothing to do: {} is live and proven".format(target or "its release"))
    lines += [f"{host}: {reason}" for host, reason in (missing or {}).items()]
    return "\n".join(lines)


def next_commands(kind: Kind, service: str, verdict: Verdict, artifact: str = "PATH_OR_URL") -> list[str]:
    """What the person on call types next, given how it ended.

    Args:
        artifact: where a deploy's release came from.
    """
    status = f"ansible-playbook playbooks/status.yml -e service={service}"
    back = f"ansible-playbook rollback.yml -e service={service}"
    again = "ansible-playbook playbooks/deploy.yml -e service={} -e release_version={} -e release_artifact={}".format(
        service, verdict.target, shlex.quote(artifact)
    )
    divergent = _names(verdict.divergent)
    if verdict.overtaken_by:
        return [status, f"{back}   # if it was for one server only: takes the others back, too"]
    if verdict.verdict == STOPPED:
        return [f"{again}   # goes on with the next batch", f"{back}   # takes back what is live now", status]
    if verdict.verdict == SUCCEEDED and kind == DEPLOY and divergent:
        when = "once it can be reached" if _is_lost(verdict) else "once that is mended"
        return [f"{again}   # {when}, brings along: {divergent}", status]
    if verdict.verdict == SUCCEEDED:
        return []
    if verdict.verdict == PARTLY_ROLLED_BACK:
        named = f" -e release_version={verdict.target}" if kind == ROLLBACK and verdict.target else ""
        return [status, f"{back}{named}   # brings back: {divergent}"]
    return [status]
