"""Which message tells the team how a deploy ended, and what it says.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..deploy.survey_record import release_in
from ..health.grades import P1, Grade
from ..words.reason import Record
from .memory import Reachable
from .verdict import PARTLY_ROLLED_BACK, ROLLED_BACK, STOPPED, SUCCEEDED, Verdict, Word

_EVENTS: Mapping[Word, tuple[str, str]] = {
    SUCCEEDED: ("deploy_succeeded", "succeeded"),
    STOPPED: ("deploy_stopped", "stopped"),
    ROLLED_BACK: ("rollback_succeeded", "rolled_back"),
    PARTLY_ROLLED_BACK: ("rollback_failed", "failed"),
}


@dataclass(frozen=True)
class Ending:
    """What is told.

    Attributes:
        event: its name in :mod:`.events`.
        outcome: what the deploy's first message shows from now on.
        back: whether it is told as a way back, from the new release to the old.
        facts: what is known only now.
    """

    event: str
    outcome: str
    back: bool
    facts: dict[str, Any] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        return asdict(self)


def _to_decide(verdict: Verdict, commands: Sequence[Any]) -> dict[str, Any]:
    """What a person has to know who decides whether a deploy goes on or back, the likelier command first.

    Where the release was seen to be ill that is the way back; where it could not be seen, once it can, the way on.
    """
    ways = [each for each in commands if isinstance(each, Mapping) and each["why"]]
    is_ill = isinstance(verdict.why, Mapping) and verdict.why.get("severity") == P1
    return {
        "commands": (ways[::-1] if is_ill else ways) or list(commands),
        "decide_within_minutes": Grade(P1).respond_within_minutes,
        "running": {end.host: end.runs for end in verdict.hosts},
    }


def compared(surveys: Reachable, before: Iterable[str | None], after: Iterable[str | None]) -> dict[str, str]:
    """The commits *from* and *to* that a change is between; each empty where that is not known, or is several.

    Args:
        before, after: the versions, of which several may be None.
    """
    return {"from": _commit_of(surveys, before), "to": _commit_of(surveys, after)}


def _commit_of(surveys: Reachable, versions: Iterable[str | None]) -> str:
    named = {version for version in versions if version}
    releases = (release_in(survey, version) for version in named for survey in surveys.values())
    commits = {release["git_sha"] for release in releases if release.get("git_sha")}
    return str(commits.pop()) if len(commits) == len(named) == 1 else ""


def ending(verdict: Verdict, failures: Sequence[Any], blame: Record | None, commands: Sequence[Any]) -> Ending:
    """What to tell of a deploy that ended with *verdict*.

    Args:
        failures: the verdict's, with what is known of each host's log.
        blame: why the release itself is bad.
        commands: what the person on call types next.
    """
    event, outcome = _EVENTS[verdict.verdict]
    if verdict.verdict == PARTLY_ROLLED_BACK and verdict.why:
        # The message on a failed rollback would speak of one that there was nothing to do with.
        event = "deploy_failed"
    facts: dict[str, Any] = {"failures": list(failures)}
    if verdict.verdict == ROLLED_BACK:
        # Why the others failed stands in the message before it.
        facts["failures"] = [each for each in failures if each["host"] in verdict.divergent]
    if verdict.unjudged:
        facts["message"] = verdict.unjudged
    if verdict.verdict == PARTLY_ROLLED_BACK:
        facts["commands"] = list(commands)
    if verdict.verdict == STOPPED:
        facts.update(_to_decide(verdict, commands))
    if event == "deploy_failed":
        facts["nothing_before"] = True
        facts["commands"] = list(commands)[:1]  # to look; a rollback would be refused
    if verdict.overtaken_by:
        facts["overtaken"] = True
    facts["reason"] = verdict.why or blame or ""
    return Ending(event, outcome, event.startswith("rollback_"), facts)
