"""What `status.yml`, `freeze.yml` and `resume.yml` show, as files beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

from refit.config.invocation import Invocation
from refit.core.build_info import BuildInfo
from refit.core.errors import RefitError
from refit.fleet import answers, freeze, status
from refit.state.signatures import Keyring
from refit.words.reason import Reason
from support import screens, surveys

SCREENS = Path(__file__).parent / "screens"
HERE = BuildInfo("0.10.0", "a" * 32)
RUN = Invocation(
    ("-i", "inventory/production"), service="backend", environment="production", playbooks=("playbooks/freeze.yml",)
)
OLD, BEFORE, NOW, NEXT = "20240125-090000", "20240126-090000", "20240127-090000", "20240127-100000"
PROVEN = {OLD: "2024-01-25T00:03:00.000Z", BEFORE: "2024-01-26T00:03:00.000Z", NOW: "2024-01-27T00:03:00.000Z"}
ENDED = "2024-01-27T18:06:00.000Z"
FREEZE = {"id": "f", "by": "kim@ops-1", "at": ENDED, "version": None}
LEFT = Reason("was_taken_back", version=NEXT, why=Reason("server_errors", observed=50, threshold=10)).to_record()
FROZEN = {"placed": [{**FREEZE, "reason": LEFT}], "lifted": {}}
DEPLOY = {
    "number": 7,
    "kind": "deploy",
    "run": "run-7",
    "owner": "kim@ops-1",
    "target": NEXT,
    "started": "2024-01-27T18:04:00.000Z",
    "expires": "2024-01-27T18:19:00.000Z",
    "finished": None,
    "unfinished": True,
    "silent_s": 200.0,
}


def release(version: str, order: int, **more: Any) -> dict[str, Any]:
    made = {"source": "https://builds.example.com/backend.jar"} if version == NEXT else {}
    return {**surveys.release(version, order), "verified_at": PROVEN.get(version), **made, **more}


def on(version: str, **more: Any) -> dict[str, Any]:
    """A host that runs *version*, proven, and has had the ones before."""
    known = [release(each, order) for order, each in enumerate((OLD, BEFORE, NOW), 10)]
    known += [release(NEXT, 20, verified_at="2024-01-27T18:05:00.000Z")] if version == NEXT else []
    running = {"healthy": True, "failure": None, "running": [version]}
    scripts = {"version": HERE.version, "digest": HERE.digest}
    return surveys.survey(version, *reversed(known), **{"running": running, "scripts": scripts, **more})


def stopped() -> dict[str, Any]:
    why = Reason("graded", severity="P1", why=Reason("server_errors", observed=50, threshold=10)).to_record()
    return {**DEPLOY, "unfinished": False, "finished": ENDED, "stopped": {"severity": "P1", "why": why}}


def rolled_back() -> dict[str, Any]:
    went = {"version": NOW, "from": NEXT, "at": ENDED, "by": "kim@ops-1", "age_s": 360.0}
    left = release(NEXT, 9, state="rolled_back", bad={"reason": LEFT, "by": "kim@ops-1", "at": ENDED})
    holds = {"placed": [*FROZEN["placed"], {**FREEZE, "id": "m", "version": NEXT, "reason": LEFT}], "lifted": {}}
    found = on(NOW, last_rollback=went, holds=holds, scripts={"version": "0.9.3", "digest": "b" * 32})
    return {**found, "releases": [*found["releases"], left]}


def odd() -> dict[str, Any]:
    refused = Reason("health_status", answered=503, expected=200, body='{"status":"DOWN"}').to_record()
    running = {"healthy": False, "failure": {"kind": "bad_status", "detail": refused}, "running": [BEFORE]}
    return on(
        NOW,
        running={**running, "forgotten": ["billing"]},
        other_settings=True,
        damaged_ledger_lines=2,
        unsafe=Reason("directory_is_gone").to_record(),
    )


def unreachable(why: Reason) -> dict[str, Any]:
    return {"unreachable": True, "explained": True, "why": why.to_record()}


FLEETS: Mapping[str, Mapping[str, Any]] = {
    "quiet": {"app-1": on(NOW), "app-2": on(NOW), "app-3": on(NOW)},
    "stopped": {"app-1": on(NEXT, operation=stopped()), **{f"app-{n}": on(NOW, operation=stopped()) for n in (2, 3)}},
    "interrupted": {
        "app-1": on(NEXT, operation={**DEPLOY, "dead": True}),
        "app-2": on(NOW, operation={**DEPLOY, "dead": True}, open_intent=surveys.intent(NEXT, NOW, "deploy")),
        "app-3": on(NOW),
    },
    "at_work": {"app-1": on(NEXT, operation=DEPLOY), "app-2": on(NOW, operation=DEPLOY), "app-3": on(NOW)},
    "rolled_back": {
        "app-1": rolled_back(),
        "app-2": rolled_back(),
        "app-3": unreachable(Reason("ssh_refuses", account="ec2-user")),
    },
    "odd": {
        "app-1": on(NOW),
        "app-2": odd(),
        "app-3": on(BEFORE, scripts={"version": "0.11.0", "digest": "b" * 32}),
        "app-4": surveys.survey(None, running=None, scripts=None),
    },
    "nobody": {host: unreachable(Reason("ssh_key_unknown", address=host)) for host in ("app-1", "app-2")},
}


@pytest.fixture(autouse=True)
def _at_night(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with screens.at_night(monkeypatch):
        yield


def compared(name: str, language: str, shown: str) -> None:
    screens.compared(SCREENS / f"{name}.{language}.txt", shown + "\n")
    assert language == "en" or screens.english_in(shown) == []


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("fleet", FLEETS)
def test_the_status(fleet: str, language: str) -> None:
    results = {host: found if "why" in found else {"survey": found} for host, found in FLEETS[fleet].items()}
    run = replace(RUN, language=language)
    keyring = Keyring(("k" * 40,), "backend", "production") if fleet == "odd" else None
    shown = status.render_status(results, HERE, run.write, "backend", run.at, language, keyring)
    compared(f"status.{fleet}", language, shown)


def shown_by(change: Callable[[], freeze.FreezePlan], run: Invocation, *, planned: bool = False) -> str:
    """What `freeze.yml` or `resume.yml` says, or why it refuses."""
    try:
        return change().describe(run.write, run.at, run.language, planned=planned)
    except RefitError as error:
        return run.at + error.told(run.write, run.language)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_freezing_and_resuming(language: str) -> None:
    free, frozen = on(NOW), on(NOW, holds=FROZEN)
    hosts = {"app-1": free, "app-2": free, "app-3": None}
    run = replace(RUN, language=language)
    gone = answers.read_surveys({"app-1": {"unreachable": True, "msg": "ssh: connect to host app-1: timed out"}})[1]

    def freezing(found: Any, **more: Any) -> Callable[[], freeze.FreezePlan]:
        why = "분기 마감" if language == "ko" else "end of the quarter"
        return lambda: freeze.plan_freeze(found, "backend", reason=why, by="kim@ops-1", run="run-8", **more)

    def resuming(found: Any, **more: Any) -> Callable[[], freeze.FreezePlan]:
        why = "원인 수정 완료" if language == "ko" else "mended"
        return lambda: freeze.plan_resume(found, "backend", reason=why, by="kim@ops-1", **more)

    shown = [
        shown_by(freezing(hosts), run, planned=True),
        shown_by(freezing(hosts), run),
        shown_by(freezing({"app-1": None}, unread=gone), run),
        shown_by(freezing({"app-1": free, "app-2": free}, distrusted=["app-9"]), run),
        shown_by(resuming({**hosts, "app-1": frozen}), run, planned=True),
        shown_by(resuming({**hosts, "app-1": frozen}), run),
        shown_by(resuming(hosts), run),
    ]
    compared("freeze", language, f"\n{screens.RULE}\n".join(shown))
