"""A deploy that stopped half-way, and waits for a person who decides.  Pure: surveys in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import DEPLOY_YML, ROLLBACK_YML, Step, Writer, lines_of
from ..core.timestamps import epoch, iso
from ..deploy.survey_record import release_in
from ..health.grades import Grade
from ..state.operation import DEPLOY
from ..words.reason import Reason, from_record
from ..words.sentence import said
from .memory import FleetMemory, Survey


def stopped_on(survey: Survey) -> Mapping[str, Any] | None:
    """The deploy that brought what the host runs, and stopped after that; None where there is none."""
    operation: Mapping[str, Any] = survey.get("operation") or {}
    if operation.get("unfinished") or not operation.get("stopped") or operation.get("kind") != DEPLOY:
        return None
    return operation if operation.get("target") == survey.get("current") else None


def describe(memory: FleetMemory, count: int, write: Writer, language: str) -> list[str]:
    """What stopped, why, until when somebody is to decide, and the two ways on; nothing where no deploy did.

    Args:
        count: how many hosts the fleet has.
    """
    found = {host: stopped_on(survey) for host, survey in memory.hosts.items()}
    on = [host for host, operation in found.items() if operation]
    deploy = max((each for each in found.values() if each), key=lambda each: int(each.get("number", 0)), default=None)
    if deploy is None:
        return []
    what = Reason("deploy_stopped", target=deploy["target"], owner=deploy["owner"], done=len(on), count=count)
    by = deploy["stopped"] if isinstance(deploy["stopped"], Mapping) else {}
    more = [
        *([from_record(by["why"])] if by.get("why") else []),
        *_deadline(deploy.get("finished"), by.get("severity")),
    ]
    lines = [said(what, language), *("  " + said(each, language) for each in more)]
    version = deploy["target"]
    steps = [Step(ROLLBACK_YML, Reason("to_take_back_what_is_live"))]
    if not memory.holds.freezes():  # else it would be refused
        release = {"release_version": version, "release_artifact": artifact_of(memory, version)}
        steps.insert(0, Step(DEPLOY_YML, Reason("to_go_on_with_the_next_batch"), release))
    return [*lines, said(Reason("next_whichever"), language), *lines_of(steps, write, language)]


def artifact_of(memory: FleetMemory, version: str) -> Reason | str:
    """Where *version* came from; what was a file of a workstation is known by its name alone."""
    sources = (release_in(survey, version).get("source") for survey in memory.hosts.values())
    source = next((str(source) for source in sources if source), "PATH_OR_URL")
    return source if "://" in source or source == "PATH_OR_URL" else Reason("placeholder_path_of", name=source)


def _deadline(finished: Any, severity: Any) -> list[Reason]:
    at_s, minutes = epoch(finished), Grade(severity).respond_within_minutes if severity else None
    if at_s is None:
        return []
    if not minutes:
        return [Reason("it_stopped", at=finished)]
    return [Reason("stopped_and_due", at=finished, severity=severity, minutes=minutes, until=iso(at_s + 60 * minutes))]
