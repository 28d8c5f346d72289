"""A command that is printed for one fleet reaches that one when it is pasted, and says what it was printed to say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refit.config.invocation import Invocation, extra_var, of_a_server
from refit.core.errors import DEPLOY_YML, RESUME_YML, ROLLBACK_YML, SAME_PLAYBOOK, STATUS_YML, Step
from support.invocations import STAGING
from support.pasting import evaluated, paste, words_of

# One word each; what a shell or Ansible could take for something else comes more often than by chance.
ODD = st.sampled_from("'\"\\$`!{}%# \n\t;&|<>()=@~*?한글")
TEXTS = st.text(st.one_of(ODD, st.characters(exclude_categories=["Cs", "Cc"])))


FLEET = Invocation(
    options=("-i", "inventory/my staging", "-i", "db,", "--vault-id", "dev@~/pass word", "--ask-vault-pass"),
    fleet="canary",
    service="ai-service",
    limit="app-1:!app-2",
    environment="staging",
    root="../ops $HOME",
)


def test_a_command_repeats_what_leads_to_the_fleet_of_the_run_that_prints_it():
    pasted = paste(FLEET.write(Step(ROLLBACK_YML, values={"release_version": "20240127-110000"})))
    assert pasted.words == [*FLEET.options, "../ops $HOME/rollback.yml", "--limit", "app-1:!app-2"]
    assert pasted.variables == {
        "fleet": "canary", "service": "ai-service", "allow_partial": "true", "release_version": "20240127-110000",
    }  # fmt: skip


def test_an_ordinary_command_is_one_that_a_person_would_type():
    step = Step(RESUME_YML, values={"resume_reason": "why it is safe again"})
    assert STAGING.write(step) == (
        "ansible-playbook -i inventory/staging playbooks/resume.yml -e service=backend"
        " -e \"resume_reason='why it is safe again'\""
    )


@given(value=TEXTS)
@example("5xx above 50 %")
@example("5xx 비율이 50 %를 넘음")
@example('it\'s "quoted"; rm -rf / #')
@example("{{ lookup('pipe', 'id') }}{% raw %}{#")
@example("a  b ")
@example("$HOME `id` !! \\n")
def test_any_value_arrives_as_it_is(value):
    line = STAGING.write(Step(ROLLBACK_YML, values={"rollback_reason": value}))
    assert "\n" not in line
    assert paste(line).variables.get("rollback_reason", "") == value


@pytest.mark.parametrize("value", [[1, "50%", "100%"], True, 5, {"a": ["b c"]}])
def test_what_is_no_text_keeps_its_kind(value):
    words = words_of(f"ansible-playbook {extra_var('deploy_batches', value)}")
    assert evaluated(words) == {"deploy_batches": value}


DEPLOYING = replace(
    STAGING,
    playbooks=("playbooks/deploy.yml",),
    mode=("--check",),
    given={"release_version": "4", "release_artifact": "build/my app.jar", "deploy_batches": [1], "distrust": "a"},
)


def test_the_same_again_is_what_was_typed_and_what_is_to_change():
    pasted = paste(DEPLOYING.write(Step(DEPLOY_YML, values={"operation_wait_s": "960"}, again=True)))
    assert pasted.words == ["-i", "inventory/staging", "playbooks/deploy.yml", "--check"]
    assert pasted.variables == {**DEPLOYING.given, "service": "backend", "operation_wait_s": "960"}


def test_what_is_about_all_hosts_is_not_kept_to_those_of_the_run():
    kept = replace(STAGING, limit="app-1")
    assert paste(kept.write(Step(STATUS_YML))).words[-2:] == ["--limit", "app-1"]
    whole = paste(kept.write(Step(STATUS_YML, whole=True)))
    assert (whole.words[-1], whole.variables) == ("playbooks/status.yml", {"service": "backend"})


def test_the_same_again_may_be_whatever_runs_as_it_was_typed_and_without_a_value_that_was_wrong():
    pasted = paste(DEPLOYING.write(Step(SAME_PLAYBOOK, values={"distrust": ""}, again=True)))
    assert pasted.words == ["-i", "inventory/staging", "playbooks/deploy.yml", "--check"]
    given = {name: value for name, value in DEPLOYING.given.items() if name != "distrust"}
    assert pasted.variables == {**given, "service": "backend"}


def test_a_host_more_is_distrusted_and_not_another_one():
    line = DEPLOYING.write(Step(DEPLOY_YML, values={"distrust": "b"}, again=True))
    assert paste(line).variables["distrust"] == "a,b"


@pytest.mark.parametrize("step", [Step(STATUS_YML), Step(ROLLBACK_YML), Step(ROLLBACK_YML, again=True)])
def test_another_playbook_is_given_nothing_that_the_run_was_given(step):
    pasted = paste(DEPLOYING.write(step))
    assert (pasted.words, pasted.variables) == (["-i", "inventory/staging", step.playbook], {"service": "backend"})


def test_a_server_does_not_know_the_inventory_and_no_inventory_has_that_name():
    pasted = paste(of_a_server("backend").write(Step(STATUS_YML)))
    assert (pasted.words, pasted.variables) == (["-i", "INVENTORY", "playbooks/status.yml"], {"service": "backend"})


@pytest.mark.parametrize(
    ("run", "at"),
    [
        (STAGING, "[staging] "),
        (replace(STAGING, fleet="canary"), "[staging, fleet canary] "),
        (replace(STAGING, limit="app-1"), "[staging, only app-1] "),
        (replace(STAGING, environment=""), ""),
    ],
)
def test_what_a_run_says_begins_with_where_it_acts(run, at):
    assert run.at == at
