"""Every screen, as a staging run and a production run print it side by side: its commands reach their own fleet.

They are pasted into a shell; and what that makes of them is given to the real ``ansible-playbook``, beside two real
inventories, neither of which can be read without its own vault's password.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from refit.config.invocation import Invocation
from refit.config.thresholds import Thresholds
from refit.core.build_info import BuildInfo
from refit.core.errors import SAME_PLAYBOOK, RefitError, Step
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
from support import stories
from support.pasting import commands_in, paste, words_of
from support.playbooks import ROOT, environment
from support.resolving import Resolved, resolve
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


def told() -> Iterator[Screen]:
    """What a run shows from its beginning to its end, as recorded: the golden screens."""
    for path in sorted((ROOT / "tests/unit/plugin_utils/story/recorded").glob("*.jsonl")):
        yield functools.partial(_told, path)


def _told(path: Path, by: Invocation) -> str:
    again = by.write(Step(SAME_PLAYBOOK, again=True))
    return stories.in_a_pipe(stories.read(path, by.language, by), by.language, path.stem == "plan", again)


SCREENS = [*verdicts(), *statuses(), *freezes(), *gradings(), *refusals()]
GOLDEN = [*told()]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_begins_with_the_place_that_it_is_about(screen: Screen) -> None:
    for by in (STAGING, PRODUCTION):
        assert screen(by).startswith(by.at)


@pytest.mark.parametrize("screen", [*SCREENS, *GOLDEN])
def test_every_command_of_every_screen_reaches_the_fleet_that_it_was_printed_for(screen: Screen) -> None:
    for by in (STAGING, PRODUCTION):
        for command in commands_in(screen(by)):
            pasted = paste(command)
            assert pasted.words[: len(by.options)] == list(by.options)
            playbook, *rest = pasted.words[len(by.options) :]
            assert (ROOT / playbook).is_file()
            assert rest[:2] == ["--limit", by.limit] if by.limit else rest in ([], ["--check", "--diff"])
            place = {"fleet": by.fleet, "service": by.service, "allow_partial": "true" if by.limit else ""}
            assert {name: pasted.variables.get(name, "") for name in place} == place


# -- what Ansible makes of them ----------------------------------------------------------------------------

PASSWORD = "of production's vault"
FLEETS = {
    "staging": {"app": ["stg-1", "stg-2", "stg-3"], "canary": ["stg-2"]},
    "production": {"app": ["app-1", "app-2", "app-3"], "canary": ["app-3"]},
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Invocation]:
    """Runs on two sites side by side; what environment each is stands in a file of its vault."""
    base = tmp_path_factory.mktemp("sites of ours")
    (base / "staging's password").write_text("of staging's vault\n")
    for name, groups in FLEETS.items():
        variables = base / name / "group_vars" / "all"
        variables.mkdir(parents=True)
        hosts = {group: {"hosts": dict.fromkeys(names)} for group, names in groups.items()}
        (base / name / "hosts.json").write_text(json.dumps(hosts))
        (variables / "site.json").write_text(json.dumps({"refit_services": {"backend": {}, "ai-service": {}}}))
        vault = VaultLib([(name, VaultSecret(f"of {name}'s vault".encode()))])
        secret = vault.encrypt(f"refit_environment: {name}\n", vault_id=name if name == "staging" else None)
        (variables / "vault.yml").write_bytes(secret)
    staging = replace(
        STAGING, options=("-i", str(base / "staging"), "--vault-id", f"staging@{base}/staging's password")
    )
    production = replace(PRODUCTION, options=("-i", str(base / "production"), "--ask-vault-pass"))
    return [staging, production, replace(production, limit="", language="en")]


def test_ansible_finds_the_hosts_the_place_and_the_service_of_the_run_that_printed_a_command(
    sites: list[Invocation], tmp_path: Path
) -> None:
    printed = [
        (by, paste(command), words_of(command))
        for by in sites
        for screen in [*SCREENS, *GOLDEN]
        for command in dict.fromkeys(commands_in(screen(by)))
    ]
    # What a command says besides is nothing that leads it anywhere: one of each kind is enough.
    kinds = {}
    for by, pasted, words in printed:
        place = tuple(pasted.variables.get(name, "") for name in ("fleet", "service", "allow_partial"))
        kinds.setdefault((*pasted.words, *place), (by, words))
    found = resolve([words for _, words in kinds.values()], PASSWORD, {**environment(), "HOME": str(tmp_path)})
    assert len(found) >= 4 * len(sites)
    for (by, words), resolved in zip(kinds.values(), found):
        _check(by, words, resolved)


def test_without_its_vault_no_site_is_found(sites: list[Invocation], tmp_path: Path) -> None:
    words = [*sites[0].options[:2], "playbooks/status.yml", "-e", "service=backend"]
    with pytest.raises(AssertionError, match="no vault secrets"):
        resolve([words], PASSWORD, {**environment(), "HOME": str(tmp_path)})


def _check(by: Invocation, words: list[str], resolved: Resolved) -> None:
    group = FLEETS[by.environment][by.fleet or "app"]
    hosts = by.limit.split(",") if by.limit else group
    here = {"refit_environment": by.environment, "service": by.service, "fleet": by.fleet or None}
    assert resolved.hosts == dict.fromkeys(hosts, here), words


def test_the_screens_show_commands() -> None:
    shown = [command for screen in SCREENS for command in commands_in(screen(STAGING))]
    assert {paste(command).words[4] for command in dict.fromkeys(shown)} == {
        "rollback.yml", "playbooks/deploy.yml", "playbooks/resume.yml", "playbooks/server-scripts.yml",
        "playbooks/status.yml",
    }  # fmt: skip
