"""Every screen, as a staging run and a production run print it side by side: its commands reach their own fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from refit.config.invocation import Invocation
from refit.config.thresholds import Thresholds
from refit.core.build_info import BuildInfo
from refit.core.errors import RefitError
from refit.fleet import batches, freeze, report, status
from refit.fleet.plan import plan_deploy, plan_rollback
from refit.fleet.verdict import (
    ABORTED,
    PARTLY_ROLLED_BACK,
    ROLLED_BACK,
    STOPPED,
    SUCCEEDED,
    HostEnd,
    Verdict,
)
from refit.fleet.way_back import way_back
from refit.health import report as health_report
from refit.health import severity
from support.pasting import commands_in, paste
from support.playbooks import ROOT
from support.surveys import at_work, intent, mark, release, rolled_back, survey

GIVEN = {"release_version": "4", "release_artifact": "build/백엔드 4.jar", "rollback_reason": "it's 5xx > 50 %"}
STAGING = Invocation(
    ("-i", "inventory/staging", "--vault-id", "staging@prompt"),
    fleet="canary",
    service="backend",
    environment="staging",
    playbooks=("playbooks/deploy.yml",),
    given=GIVEN,
)
PRODUCTION = Invocation(
    ("-i", "/srv/our inventories/production", "--ask-vault-pass"),
    service="ai-service",
    limit="app-1,app-2",
    environment="production",
    playbooks=("playbooks/rollback.yml",),
    given=GIVEN,
)
HERE = BuildInfo("0.10.0", "a" * 32)
THREE = [release("3", 30), release("2", 20), release("1", 10)]
LEFT = release("3", 30, state="rolled_back", bad="5xx")
BAD = {"placed": [mark("4", "5xx")], "lifted": {}}
FROZEN = {"placed": [mark(None, "end of the quarter")], "lifted": {}}
Screen = Callable[[Invocation], str]


def verdicts() -> Iterator[Screen]:
    ends = [HostEnd("a", "2", True, True, "activated"), HostEnd("b", None, False, False, "lost", "why", "reach")]
    for kind in ("deploy", "rollback"):
        for word in (SUCCEEDED, ABORTED, STOPPED, ROLLED_BACK, PARTLY_ROLLED_BACK):
            if kind == "rollback" and word in (ABORTED, STOPPED, ROLLED_BACK):
                continue
            for found in (Verdict(word, "4", ends), Verdict(word, "4", ends, overtaken_by="a rollback by kim")):
                steps = report.next_steps(kind, found, "build/백엔드 4.jar")
                yield lambda by, kind=kind, found=found, steps=steps: report.render(kind, found, steps, by.write, by.at)


def statuses() -> Iterator[Screen]:
    runs_1 = {"healthy": True, "failure": None, "running": ["1"]}
    stopped = {**at_work(7, target="3", unfinished=False), "stopped": {"severity": "P1", "why": "P1: 5xx 27 %"}}
    old = {"version": "0.9.0", "digest": "b" * 32}
    for fleet in (
        {"a": survey("3", *THREE), "b": survey("2", *THREE)},
        {"a": survey("3", *THREE), "b": survey("2", *THREE, holds=FROZEN)},
        {"a": survey("3", *THREE, running=runs_1), "b": survey("3", *THREE, scripts=old)},
        {"a": survey("3", *THREE, operation=stopped), "b": survey("2", *THREE, operation=stopped)},
        {"a": survey("3", *THREE), "b": survey("3", *THREE, open_intent=intent("4", "3", "deploy"))},
    ):
        results = {host: {"survey": found} for host, found in fleet.items()}
        yield lambda by, results=results: status.render_status(results, HERE, by.write, by.service, by.at)


def freezes() -> Iterator[Screen]:
    asked: dict[str, Any] = {"reason": "it's the end; of $QUARTER", "by": "kim"}
    fleet = {"a": survey("3", *THREE), "b": None}
    yield lambda by: freeze.plan_freeze(fleet, by.service, run="r", **asked).describe(by.write, by.at)
    yield lambda by: freeze.plan_resume(fleet, by.service, **asked).describe(by.write, by.at)


def gradings() -> Iterator[Screen]:
    process = {"status": "online", "pids": [7], "restarts": 0, "versions": ["3"], "unknown": None}
    probe = {"attempts": 50, "answered": 50, "successes": 50, "last_failure": None, "mean_latency_ms": 1.5}
    up = {"at": "2024-01-27T12:00:00.000Z", "window_s": 10, "current": "3", "health": probe, "process": process}
    down = {**up, "health": {**probe, "answered": 0, "successes": 0, "last_failure": "503"}}
    for measurements in ({"a": down, "b": down}, {"a": down, "b": up, "c": up}, {"a": up, "b": None}):
        fleet = severity.grade_fleet(measurements, {}, [], Thresholds())
        yield lambda by, fleet=fleet, found=measurements: health_report.render(
            by.service, fleet, found, by.write, at=by.at
        )
    back = way_back({"a": survey("2", LEFT, *THREE[1:], last_rollback=rolled_back("2", "3"))})
    fleet = severity.grade_fleet({"a": down}, {}, [], Thresholds())
    yield lambda by: health_report.render(
        by.service, fleet, {"a": down}, by.write, at=by.at, back=back.steps, refused=back.refused
    )


def refusals() -> Iterator[Screen]:
    busy = at_work(4)
    back = survey("2", LEFT, *THREE[1:], last_rollback=rolled_back("2", "3"))
    half = {**at_work(7, target="4"), "unfinished": False}
    two = {"a": survey("3", *THREE), "b": survey("3", *THREE)}
    for refuse in (
        lambda: plan_rollback(two, distrusted=["c"]),
        lambda: plan_rollback(two, distrusted=["a", "b"]),
        lambda: batches.split(two, {}, ["half"], option="rollback_batches"),
        lambda: plan_deploy({"a": None, "b": None}, "4"),
        lambda: plan_deploy({"a": survey("3", *THREE), "b": None}, "4"),
        lambda: plan_deploy({"a": survey("3", *THREE, holds=BAD), "b": survey("3", *THREE)}, "4"),
        lambda: plan_deploy({"a": survey("3", *THREE, holds=FROZEN), "b": survey("3", *THREE)}, "4"),
        lambda: plan_deploy({"a": survey("3", *THREE, operation=busy), "b": survey("3", *THREE)}, "4"),
        lambda: plan_rollback({"a": survey("3", THREE[0]), "b": survey("2", THREE[1])}),
        lambda: plan_rollback({"a": survey("3", *THREE), "b": survey("3", *THREE)}, "9"),
        lambda: plan_rollback({"a": survey("3", *THREE, holds=BAD), "b": survey("3", release("4", 5), *THREE)}, "4"),
        lambda: plan_rollback({"a": back}),
        lambda: plan_rollback({"a": survey("3", release("4", state="staged"), *THREE, operation=half)}),
    ):
        with pytest.raises(RefitError) as refused:
            refuse()
        yield lambda by, error=refused.value: by.at + error.told(by.write)


SCREENS = [*verdicts(), *statuses(), *freezes(), *gradings(), *refusals()]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_command_of_every_screen_reaches_the_fleet_that_it_was_printed_for(screen: Screen) -> None:
    for by in (STAGING, PRODUCTION):
        text = screen(by)
        assert text.startswith(by.at)
        for command in commands_in(text):
            pasted = paste(command)
            assert pasted.words[: len(by.options)] == list(by.options)
            playbook, *rest = pasted.words[len(by.options) :]
            assert (ROOT / playbook).is_file()
            assert rest[:2] == ["--limit", by.limit] if by.limit else rest in ([], ["--check", "--diff"])
            place = {"fleet": by.fleet, "service": by.service, "allow_partial": "true" if by.limit else ""}
            assert {name: pasted.variables.get(name, "") for name in place} == place


def test_the_screens_show_commands() -> None:
    shown = [command for screen in SCREENS for command in commands_in(screen(STAGING))]
    assert {paste(command).words[4] for command in dict.fromkeys(shown)} == {
        "rollback.yml", "playbooks/deploy.yml", "playbooks/resume.yml", "playbooks/server-scripts.yml",
        "playbooks/status.yml",
    }  # fmt: skip
