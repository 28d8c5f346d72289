"""Each word of ``refit`` is a playbook's command, and what a person types arrives there as it was typed."""

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.pasting import evaluated, paste
from workstation import command_line as module
from workstation.arguments import Mistake, read
from workstation.command_line import PROGRAM, command_line
from workstation.commands import COMMANDS
from workstation.inventories import ROOT

HERE = {"PATH": str(PROGRAM.parent)}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def shown(*typed: str) -> str:
    line = command_line(read(typed), HERE)
    assert (shlex.split(line.shown), line.environment) == ([*line.words], {})
    return line.shown.removeprefix("ansible-playbook ")


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("status", "playbooks/status.yml"),
        ("status -i staging --service ai-service", "-i inventory/staging playbooks/status.yml -e service=ai-service"),
        ("-i staging -i inventory/demo status", "-i inventory/staging -i inventory/demo playbooks/status.yml"),
        ("-i host-1,host-2, status", "-i host-1,host-2, playbooks/status.yml"),
        ("health --fail-on P1 --window 30", "playbooks/health-check.yml -e fail_on=P1 -e probe_window_s=30"),
        ("check --service backend", "playbooks/preflight.yml -e service=backend"),
        ("health --act", "playbooks/health-check.yml -e act=true"),
        ("rollback", "rollback.yml"),
        (
            "rollback 20240127-100000 --reason 'the \"5xx\"'",
            'rollback.yml -e release_version=20240127-100000 -e \'{"rollback_reason": "the \\"5xx\\""}\'',
        ),
        (
            "rollback --further --reason 'slow again' --distrust a,b --plan",
            "rollback.yml --check --diff -e \"rollback_reason='slow again'\" -e rollback_further=true -e distrust=a,b",
        ),
        ("rollback --allow-divergent", "rollback.yml -e rollback_allow_divergent=true"),
        (
            "deploy 7 build/a.jar --sha256 ab --git-sha cd --wait 60 --override-freeze why",
            "playbooks/deploy.yml -e release_version=7 -e release_artifact=build/a.jar -e release_sha256=ab"
            " -e release_git_sha=cd -e deploy_override_freeze=why -e operation_wait_s=60",
        ),
        ("freeze --reason why", "playbooks/freeze.yml -e freeze_reason=why"),
        ("resume --reason why --fleet canary", "playbooks/resume.yml -e fleet=canary -e resume_reason=why"),
        (
            "notify incident_opened --severity P0 --message down",
            "playbooks/notify.yml -e notify_event=incident_opened -e notify_message=down -e notify_severity=P0",
        ),
        ("incident", "playbooks/incident.yml"),
        (
            "incident open --severity P0 --reason 'no payments' --service backend",
            "playbooks/incident.yml -e service=backend -e incident_action=open -e \"incident_reason='no payments'\""
            " -e incident_severity=P0",
        ),
        (
            "incident snooze INC-20240127-001 --minutes 30 --reason asleep",
            "playbooks/incident.yml -e incident_action=snooze -e incident_id=INC-20240127-001 -e incident_reason=asleep"
            " -e incident_minutes=30",
        ),
        ("provision --limit web-1", "playbooks/provision.yml --limit web-1 -e allow_partial=true"),
        ("scripts", "playbooks/server-scripts.yml"),
        (
            "status -vv --ask-vault-pass --vault-id dev@prompt --vault-password-file pass",
            "-vv --ask-vault-pass --vault-id dev@prompt --vault-password-file pass playbooks/status.yml",
        ),
        ("rollback --plan -- --forks 5 -e distrust=a", "rollback.yml --check --diff --forks 5 -e distrust=a"),
    ],
)
def test_a_word_is_a_playbooks_command(typed: str, command: str) -> None:
    assert shown(*shlex.split(typed)) == command


def test_every_word_is_a_playbook_that_is_there() -> None:
    assert [word for word, command in COMMANDS.items() if not (ROOT / command.playbook).is_file()] == []


ODD = st.sampled_from("'\"\\$`!{}%# \n\t;&|<>()=@~*?-한글")
REASONS = st.text(st.one_of(ODD, st.characters(exclude_categories=["Cs", "Cc"])), min_size=1).filter(str.strip)


@given(reason=REASONS)
@example("it's {{ lookup('pipe', 'id') }} $HOME `id` !! \\n # 50 %")
@example("--plan")
def test_any_reason_arrives_as_it_was_typed(reason: str) -> None:
    line = command_line(read(["rollback", f"--reason={reason}"]), HERE)
    assert evaluated([line.words[line.words.index("-e") + 1]]) == {"rollback_reason": reason}
    assert paste(line.shown).variables == {"rollback_reason": reason}


@given(typed=st.lists(st.one_of(REASONS, st.sampled_from(["rollback", "--reason", "--plan", "-i", "--", "-e"]))))
def test_whatever_is_typed_is_a_command_or_a_mistake(typed: list[str]) -> None:
    with contextlib.suppress(Mistake):
        asked = read(typed)
        if asked.command in COMMANDS and not asked.help:
            assert command_line(asked, HERE).words[0] == "ansible-playbook"


def test_a_secret_is_used_and_not_shown() -> None:
    url, token = "https://builds.example.com/a.jar?signature=abc", '{"release_artifact_headers": {"X": "token"}}'
    more = ["-e", token, "--extra-vars=password=pa ss", "-edistrust=a", "-e", f"release_artifact={url}"]
    line = command_line(read(["deploy", "7", url, "--", *more, "--extra-vars", "@vars.yml"]), HERE)

    assert f"release_artifact={url}" in line.words
    assert line.words[-8:] == (*more, "--extra-vars", "@vars.yml")
    assert [secret for secret in ("abc", "token", "pa ss") if secret in line.shown] == []
    assert "-edistrust=a" in line.shown
    assert line.shown.endswith("--extra-vars @vars.yml")


@pytest.mark.parametrize("path", [None, "/usr/bin:/bin"])
def test_elsewhere_the_command_says_whose_ansible_and_which_settings(
    path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "builds").mkdir()
    (tmp_path / "builds/a.jar").touch()
    monkeypatch.chdir(tmp_path / "builds")

    line = command_line(read(["deploy", "7", "a.jar", "-i", "staging"]), {"PATH": path} if path else {})

    settings = f"ANSIBLE_CONFIG={ROOT}/ansible.cfg"
    assert line.shown == (
        f'PATH={PROGRAM.parent}:"$PATH" {settings} ansible-playbook -i {ROOT}/inventory/staging'
        f" {ROOT}/playbooks/deploy.yml -e release_version=7 -e release_artifact=a.jar"
    )
    assert line.environment["ANSIBLE_CONFIG"] == f"{ROOT}/ansible.cfg"
    assert line.environment["PATH"] == f"{PROGRAM.parent}:{path or os.defpath}"


def test_settings_that_a_person_names_stay() -> None:
    named = {**HERE, "ANSIBLE_CONFIG": "/srv/ansible.cfg"}
    assert command_line(read(["status"]), named).environment == {}


def test_a_name_means_what_is_there_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "staging").write_text("")
    monkeypatch.chdir(tmp_path)
    assert command_line(read(["status", "-i", "staging"]), HERE).words[2] == "staging"


def test_without_the_tools_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROGRAM", Path("/nowhere/ansible-playbook"))
    with pytest.raises(Mistake) as raised:
        command_line(read(["status"]), HERE)
    assert raised.value.instead == ("make", "-C", str(ROOT), "venv")
