"""A verdict as a person reads it at three in the morning: plain text, one host a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeVar

from ..core.errors import DEPLOY_YML, ROLLBACK_YML, STATUS_YML, Step, Writer, lines_of
from ..core.text_table import folded, table
from ..state.operation import DEPLOY, ROLLBACK, Kind
from ..words.reason import Reason, Record, from_record
from ..words.sentence import said
from .freeze import LIFT
from .verdict import ABORTED, INTERRUPTED, PARTLY_ROLLED_BACK, ROLLED_BACK, STOPPED, SUCCEEDED, Verdict, Word

LEFT_NOTHING: Final = "left_nothing"
_HEADLINES: Mapping[tuple[Kind, Word | Literal["left_nothing"]], str] = {
    (DEPLOY, SUCCEEDED): "DEPLOYED: {target} is live and proven on {all}",
    (DEPLOY, ABORTED): "NOTHING CHANGED: {target} could not be staged on every host, so none was activated",
    (DEPLOY, STOPPED): "STOPPED: {why}. {target} is live on {done} of {count} hosts; nothing was taken back",
    (DEPLOY, INTERRUPTED): "INTERRUPTED: {why}. {target} is live and proven on {done} of {count} hosts",
    (DEPLOY, ROLLED_BACK): "ROLLED BACK: {target} failed; every touched host is proven on the release it had before",
    (DEPLOY, PARTLY_ROLLED_BACK): "MANUAL ACTION NEEDED: {target} failed, and {why}",
    (ROLLBACK, SUCCEEDED): "ROLLED BACK: {target} is live and proven on {all}",
    (ROLLBACK, LEFT_NOTHING): "NOTHING TO LEAVE: {target} was live already, and is proven on {all}",
    (ROLLBACK, INTERRUPTED): "INTERRUPTED: {why}. {target} is live and proven on {done} of {count} hosts",
    (ROLLBACK, PARTLY_ROLLED_BACK): "MANUAL ACTION NEEDED: not on {target}: {divergent}",
}
_SHOWN_NAMES = 10
_Said = TypeVar("_Said", str, tuple[str, ...])


def headline(kind: Kind, verdict: Verdict, at: str = "", language: str = "en") -> str:
    """The one sentence that says how it ended and which hosts stand apart, after *at* which place."""
    count, divergent = len(verdict.hosts), _names(verdict.divergent)
    text = at + _HEADLINES[kind, LEFT_NOTHING if verdict.left_nothing else verdict.verdict].format(
        target=verdict.target or "its own release",
        count=count,
        done=verdict.done,
        all=f"all {count} hosts" if not verdict.divergent else f"{verdict.done} of {count} hosts",
        why=said(verdict.why, language) or f"not every host is back: {divergent}",
        divergent=divergent,
    )
    if verdict.divergent and verdict.verdict in (SUCCEEDED, ROLLED_BACK, STOPPED):
        text += ". {}: {}".format("NOT REACHED" if _is_lost(verdict) else "NOT PROVEN", divergent)
    return f"{text}. {said(verdict.unjudged, language)}" if verdict.unjudged else text


def _is_lost(verdict: Verdict) -> bool:
    """Whether all that stand apart do so because nobody could reach them."""
    return all(end.failed_check == "reach" for end in verdict.hosts if not end.good)


def render(
    kind: Kind,
    verdict: Verdict,
    steps: Sequence[Step],
    write: Writer,
    at: str = "",
    language: str = "en",
    override: str | None = None,
) -> str:
    """Headline, a line per host, and what to type next; reasons in *language*, and *override* is why a deploy went on
    although deploys are frozen."""
    rows = [["HOST", "RUNS", "OUTCOME", "WHY"]]
    for end in verdict.hosts:
        runs = end.runs or ("nothing" if end.proven or end.outcome == "failed" else "unknown")
        rows.append([end.host, runs if end.proven else runs + " (unproven)", end.outcome, said(end.why, language)])
    stands = [f"Deploys are still frozen; this one was let through: {override}"] if override else []
    lines = [headline(kind, verdict, at, language), *stands, "", *table([rows[0], *folded(rows[1:])])]
    if steps:
        lines += ["", "Next:", *lines_of(steps, write)]
    return "\n".join(lines)


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - _SHOWN_NAMES
    return ", ".join(hosts[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def render_plan(
    kind: Kind,
    target: str | None,
    steps: Mapping[str, Sequence[str]],
    missing: Mapping[str, Record] | None = None,
    why: str = "",
    notes: Sequence[str] = (),
    at: str = "",
) -> str:
    """What each host would do, in order, once for those that would do the same; where that is nothing it says so."""
    lines = ["{}PLAN: {} to {}{}".format(at, kind, target or "a release for each host", f" ({why})" if why else "")]
    lines += [f"  {note}" for note in notes]
    for hosts, found in _alike({host: tuple(steps[host]) for host in sorted(steps)}):
        lines.append(f"{hosts}:")
        lines += [f"  {number}. {step}" for number, step in enumerate(found, 1)]
        if not found:
            lines.append("  nothing to do: {} is live and proven".format(target or "its release"))
    whys = {host: str(from_record(reason)) for host, reason in (missing or {}).items()}
    lines += [f"{hosts}: {why}" for hosts, why in _alike(whys)]
    return "\n".join(lines)


def _alike(said: Mapping[str, _Said]) -> list[tuple[str, _Said]]:
    """What is said of hosts, once for all those of whom the same is; all are named, in their order."""
    found: dict[_Said, list[str]] = {}
    for host, what in said.items():
        found.setdefault(what, []).append(host)
    return [(", ".join(hosts), what) for what, hosts in found.items()]


def next_steps(kind: Kind, verdict: Verdict, artifact: str = "PATH_OR_URL", override: str | None = None) -> list[Step]:
    """What the person on call does next, given how it ended.

    Args:
        artifact: where a deploy's release came from.
        override: why a deploy went on although deploys are frozen.
    """
    status = Step(STATUS_YML)
    divergent = _names(verdict.divergent)
    named = {"release_version": verdict.target} if kind == ROLLBACK and verdict.target else {}
    release = {"release_version": verdict.target or "", "release_artifact": artifact}
    if verdict.overtaken_by:
        return [status, Step(ROLLBACK_YML, Reason("back_the_others_too"))]
    if verdict.verdict == INTERRUPTED and kind == ROLLBACK:
        return [Step(ROLLBACK_YML, Reason("to_finish_it"), named), status]
    if verdict.verdict == INTERRUPTED:
        go_on = Step(DEPLOY_YML, Reason("to_go_on_where_it_was"), release, again=True)
        return [go_on, Step(ROLLBACK_YML, Reason("to_take_back_what_is_live")), status]
    if verdict.verdict == STOPPED:
        go_on = Step(DEPLOY_YML, Reason("to_go_on_with_the_next_batch"), release, again=True)
        return [go_on, Step(ROLLBACK_YML, Reason("to_take_back_what_is_live")), status]
    if verdict.verdict == SUCCEEDED and kind == DEPLOY and divergent:
        when = "to_bring_along_once_reached" if _is_lost(verdict) else "to_bring_along_once_mended"
        return [Step(DEPLOY_YML, Reason(when, hosts=divergent), release, again=True), status]
    if verdict.verdict == SUCCEEDED:
        return [LIFT] if override else []
    if verdict.verdict == PARTLY_ROLLED_BACK:
        return [status, Step(ROLLBACK_YML, _what_a_rollback_does(kind, verdict, divergent), named)]
    return [status]


def _what_a_rollback_does(kind: Kind, verdict: Verdict, divergent: str) -> Reason:
    """What to type it for: not to bring back *divergent* where that is back, and the release before is ill as well."""
    if kind == DEPLOY and all(end.runs not in (None, verdict.target) for end in verdict.hosts if not end.good):
        return Reason("to_take_all_further", hosts=divergent)
    return Reason("to_bring_back", hosts=divergent)
