"""A value that Ansible cut at a space, and a name that is nearly one of ours, are found in what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_utils.typed_words import known_names, problems
from refit.config.invocation import REPEATED


def found(*words: str, playbook: str = "rollback.yml") -> list[dict[str, object]]:
    return list(problems(words, playbook))


@pytest.mark.parametrize(
    ("word", "name", "rest", "whole"),
    [
        ("rollback_reason=5xx above 50 %", "rollback_reason", "above 50 %", "5xx above 50 %"),
        (
            "service=a rollback_reason=the disk is full distrust=b",
            "rollback_reason",
            "disk is full",
            "the disk is full",
        ),
        ("release_artifact=build/my app.jar", "release_artifact", "app.jar", "build/my app.jar"),
        ("notify_message=say 'now or never'", "notify_message", "'now or never'", "say 'now or never'"),
        ("release_artifact_headers=Authorization: Bearer t0ken", "release_artifact_headers", "…", "…"),
        ("release_artifact=https://kim:t0ken@builds/a b.jar", "release_artifact", "b.jar", "https://builds/a b.jar"),
    ],
)
def test_a_value_that_lost_its_quotes_is_told_whole_unless_it_gives_access(
    word: str, name: str, rest: str, whole: str
) -> None:
    assert found(word) == [{"name": name, "rest": rest, "instead": {name: whole}}]


def test_a_word_of_no_variable_is_named_and_no_more_of_it() -> None:
    assert found("Authorization: Bearer t0ken") == [{"name": "", "rest": "Authorization:", "instead": {}}]


@pytest.mark.parametrize(
    ("playbook", "word", "meant"),
    [
        ("rollback.yml", "relase_version=3", "release_version"),
        ("rollback.yml", "version=3", "release_version"),
        ("rollback.yml", "reason=3", "rollback_reason"),
        ("playbooks/freeze.yml", "reason=3", "freeze_reason"),
        ("playbooks/deploy.yml", "deploy_hook_dir=3", "deploy_hooks_dir"),
        ("playbooks/deploy.yml", "allow-partial=3", "allow_partial"),
    ],
)
def test_a_name_that_is_nearly_one_of_ours_is_told_with_that_one(playbook: str, word: str, meant: str) -> None:
    (problem,) = found(word, playbook=playbook)
    assert problem["meant"] == meant


def test_the_value_of_a_name_that_may_hold_a_secret_is_not_told() -> None:
    (problem,) = found("refit_discord_webhook=https://discord.com/api/webhooks/1/t0ken")
    assert problem["instead"] == {"refit_discord_webhooks": "…"}


@pytest.mark.parametrize(
    "word",
    [
        "rollback_reason='5xx above 50 %'",
        "service=a fleet=b",
        "demo_dir=/x",
        "ansible_user=kim",
        "__activate_grade=half",
        "refit_artifact_proxy=http://x",
        "server_scripts_dir=/opt",
        "@relase_version.yml",
        '{"relase_version": "of a site"}',
        "",
    ],
)
def test_what_is_meant_as_it_stands_is_left_alone(word: str) -> None:
    assert found(word) == []


@given(st.sampled_from(sorted({*REPEATED, *known_names()})), st.from_regex(r"[\w./:-]{1,9}", fullmatch=True))
def test_no_name_that_there_is_is_taken_for_a_slip(name: str, value: str) -> None:
    assert found(f"{name}={value}") == []
