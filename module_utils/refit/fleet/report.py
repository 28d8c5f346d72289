"""A verdict as a person reads it at three in the morning: plain text, one host a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeVar

from ..core.errors import DEPLOY_YML, ROLLBACK_YML, STATUS_YML, Step, Writer, lines_of
from ..core.text_table import folded, table
from ..deploy.outcomes import ACTIVATED
from ..state.operation import DEPLOY, ROLLBACK, Kind
from ..words.reason import Reason, Record, from_record
from ..words.sentence import DEFAULT_LANGUAGE, said
from .freeze import LIFT
from .verdict import (
    ABORTED,
    INTERRUPTED,
    PARTLY_ROLLED_BACK,
    ROLLED_BACK,
    STOPPED,
    SUCCEEDED,
    End,
    HostEnd,
    Verdict,
    Word,
)

LEFT_NOTHING: Final = "left_nothing"
_HEADLINES: Mapping[tuple[Kind, Word | Literal["left_nothing"]], str] = {
    (DEPLOY, SUCCEEDED): "deployed",
    (DEPLOY, ABORTED): "nothing_changed",
    (DEPLOY, STOPPED): "stopped",
    (DEPLOY, INTERRUPTED): "interrupted",
    (DEPLOY, ROLLED_BACK): "taken_back",
    (DEPLOY, PARTLY_ROLLED_BACK): "not_all_back",
    (ROLLBACK, SUCCEEDED): "went_back",
    (ROLLBACK, LEFT_NOTHING): "nothing_to_leave",
    (ROLLBACK, INTERRUPTED): "interrupted",
    (ROLLBACK, PARTLY_ROLLED_BACK): "not_on_target",
}
_ENDS: Mapping[End, str] = {
    "activated": "end_activated",
    "unchanged": "end_unchanged",
    "restored": "end_restored",
    "failed": "end_failed",
    "refused": "end_refused",
    "lost": "end_lost",
    "staged": "end_staged",
    "not_staged": "end_not_staged",
    "missing": "end_missing",
    "untouched": "end_untouched",
    "taken_back": "end_taken_back",
    "at_work": "end_at_work",
}
_SHOWN_NAMES = 10
_Said = TypeVar("_Said", str, tuple[Reason, ...])


def headline(kind: Kind, verdict: Verdict, at: str = "", language: str = DEFAULT_LANGUAGE) -> str:
    """The one sentence that says how it ended and which hosts stand apart, after *at* which place."""
    return at + said(_headline(kind, verdict), language)


def _headline(kind: Kind, verdict: Verdict) -> Reason:
    count, divergent = len(verdict.hosts), _names(verdict.divergent)
    found = Reason(
        _HEADLINES[kind, LEFT_NOTHING if verdict.left_nothing else verdict.verdict],
        target=verdict.target or Reason("its_own_release"),
        count=count,
        done=verdict.done,
        where=Reason("some_hosts", done=verdict.done, count=count)
        if verdict.divergent
        else Reason("all_hosts", count=count),
        why=from_record(verdict.why) if verdict.why else Reason("hosts_not_back", hosts=divergent),
        hosts=divergent,
    )
    buts = [from_record(verdict.unjudged)] if verdict.unjudged else []
    if verdict.divergent and verdict.verdict in (SUCCEEDED, ROLLED_BACK, STOPPED):
        buts.insert(0, Reason("not_reached" if _is_lost(verdict) else "not_proven", hosts=divergent))
    for but in buts:
        found = Reason("headline_but", headline=found, but=but)
    return found


def _is_lost(verdict: Verdict) -> bool:
    """Whether all that stand apart do so because nobody could reach them."""
    return all(end.failed_check == "reach" for end in verdict.hosts if not end.good)


def render(
    kind: Kind,
    verdict: Verdict,
    steps: Sequence[Step],
    write: Writer,
    at: str = "",
    language: str = DEFAULT_LANGUAGE,
    stands: Sequence[Reason] = (),
) -> str:
    """Headline, what else *stands* now, a line per host, and what to type next."""
    columns = [Reason("column_host"), Reason("column_runs"), Reason("column_outcome"), Reason("column_why")]
    rows = [
        [end.host, said(_runs(end), language), said(_end(kind, end), language), said(end.why, language)]
        for end in verdict.hosts
    ]
    shown = table([[said(column, language) for column in columns], *folded(rows)])
    lines = [headline(kind, verdict, at, language), *(said(each, language) for each in stands), "", *shown]
    if steps:
        lines += ["", said(Reason("next"), language), *lines_of(steps, write, language)]
    return "\n".join(lines)


def stands_after_a_deploy(override: str | None, marked: str | None = None) -> list[Reason]:
    """*override* is why it went on although deploys are frozen; *marked* the release that it left marked as bad, which
    froze them."""
    left = [Reason("marked_and_frozen", version=marked)] if marked else []
    return [*left, *([Reason("still_frozen", why=override)] if override else [])]


def stands_after_a_rollback(stops: Sequence[Mapping[str, Any]], frozen: bool) -> list[Reason]:
    """*stops* are the deploys that it stopped, as in :class:`~.plan.FleetPlan`; *frozen* whether it froze deploys."""
    stopped = [Reason("stopped_a_deploy", target=deploy["target"], owner=deploy["owner"]) for deploy in stops]
    return [*stopped, *([Reason("now_frozen")] if frozen else [])]


def _runs(end: HostEnd) -> Reason:
    """What the host runs, as far as that is known."""
    nothing = Reason("nothing" if end.proven or end.outcome == "failed" else "unknown")
    runs = Reason("version", version=end.runs) if end.runs else nothing
    return runs if end.proven else Reason("unproven", runs=runs)


def _end(kind: Kind, end: HostEnd) -> Reason:
    return Reason("end_went_back" if kind == ROLLBACK and end.outcome == ACTIVATED else _ENDS[end.outcome])


def _names(hosts: Sequence[str]) -> Reason:
    """*hosts* by name; of many the first, and how many more there are."""
    more = len(hosts) - _SHOWN_NAMES
    named = Reason("hosts", hosts=list(hosts[:_SHOWN_NAMES]))
    return Reason("hosts_and_more", hosts=named, more=more) if more > 0 else named


def render_plan(
    kind: Kind,
    target: str | None,
    steps: Mapping[str, Sequence[Reason]],
    missing: Mapping[str, Record] | None = None,
    why: Reason | None = None,
    notes: Sequence[Reason] = (),
    at: str = "",
    language: str = DEFAULT_LANGUAGE,
) -> str:
    """What each host would do, in order, once for those that would do the same; where that is nothing it says so."""
    named = Reason("kind_deploy" if kind == DEPLOY else "kind_rollback")
    plan = Reason(
        "plan" if kind == DEPLOY else "plan_back", kind=named, target=target or Reason("a_release_for_each"), why=why
    )
    lines = [at + said(plan, language), *("  " + said(note, language) for note in notes)]
    for hosts, found in _alike({host: tuple(steps[host]) for host in sorted(steps)}):
        lines.append(f"{hosts}:")
        lines += [f"  {number}. {said(step, language)}" for number, step in enumerate(found, 1)]
        if not found:
            lines.append("  " + said(Reason("nothing_to_do", target=target or Reason("its_release")), language))
    whys = {host: said(reason, language) for host, reason in (missing or {}).items()}
    lines += [f"{hosts}: {why}" for hosts, why in _alike(whys)]
    return "\n".join(lines)


def _alike(told: Mapping[str, _Said]) -> list[tuple[str, _Said]]:
    """What is said of hosts, once for all those of whom the same is; all are named, in their order."""
    found: dict[_Said, list[str]] = {}
    for host, what in told.items():
        found.setdefault(what, []).append(host)
    return [(", ".join(hosts), what) for what, hosts in found.items()]


def next_steps(kind: Kind, verdict: Verdict, artifact: str = "PATH_OR_URL", frozen: bool = False) -> list[Step]:
    """What the person on call does next, given how it ended.

    Args:
        artifact: where a deploy's release came from.
        frozen: whether deploys are frozen after it.
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
    if verdict.verdict == SUCCEEDED and kind == DEPLOY and verdict.divergent:
        when = "to_bring_along_once_reached" if _is_lost(verdict) else "to_bring_along_once_mended"
        return [Step(DEPLOY_YML, Reason(when, hosts=divergent), release, again=True), status]
    if verdict.verdict == SUCCEEDED:
        return [LIFT] if frozen else []
    if verdict.verdict == PARTLY_ROLLED_BACK:
        return [status, Step(ROLLBACK_YML, _what_a_rollback_does(kind, verdict, divergent), named)]
    return [status, LIFT] if verdict.verdict == ROLLED_BACK and frozen else [status]


def _what_a_rollback_does(kind: Kind, verdict: Verdict, divergent: Reason) -> Reason:
    """What to type it for: not to bring back *divergent* where that is back, and the release before is ill as well."""
    if kind == DEPLOY and all(end.runs not in (None, verdict.target) for end in verdict.hosts if not end.good):
        return Reason("to_take_all_further", hosts=divergent)
    return Reason("to_bring_back", hosts=divergent)
