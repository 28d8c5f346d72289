"""What a run repeats of its command line is what was typed there, and no secret of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import context
from ansible.cli.playbook import PlaybookCLI
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.context_objects import CLIArgs
from ansible.utils.vars import load_extra_vars

from plugin_utils.invocation import this_run
from support.playbooks import ROOT

SITE = {"refit_service_name": "backend", "refit_environment": "staging"}


@pytest.fixture
def called(monkeypatch):
    """What a run makes of the words that it was called with."""
    monkeypatch.chdir(ROOT)

    def run(*words, **variables):
        load_extra_vars.__dict__.pop("extra_vars", None)
        cli = PlaybookCLI(["ansible-playbook", *words])
        cli.init_parser()
        options = cli.post_process_args(cli.parser.parse_args(words))
        monkeypatch.setattr(context, "CLIARGS", CLIArgs.from_options(options))
        loader = DataLoader()
        extra = load_extra_vars(loader)
        return this_run({**SITE, **variables, **extra}, Templar(loader, {}).template, loader)

    yield run
    load_extra_vars.__dict__.pop("extra_vars", None)


def test_inventories_and_the_way_into_the_vault_are_repeated_as_they_were_typed(called, tmp_path):
    typed = ["-i", "inventory/staging", "-i", f"{tmp_path}/more", "-i", "db,", "--ask-become-pass"]
    typed += ["--vault-id", "dev@prompt", "--vault-password-file", f"{tmp_path}/pass", "--private-key", "keys/id"]
    found = called(*typed, "playbooks/status.yml")
    assert found.options == (
        "-i", "inventory/staging", "-i", f"{tmp_path}/more", "-i", "db,", "--ask-become-pass",
        "--vault-id", "dev@prompt", "--vault-password-file", f"{tmp_path}/pass", "--private-key", "keys/id",
    )  # fmt: skip
    assert (found.service, found.environment, found.root) == ("backend", "staging", "")


def test_the_inventory_that_ansible_cfg_names_is_named(called):
    found = called("--ask-vault-pass", "rollback.yml", refit_environment="")
    assert found.options[0] == "-i"
    assert found.options[2:] == ("--ask-vault-pass",)
    assert found.environment == Path(found.options[1]).name


def test_from_another_directory_playbooks_and_inventory_are_found(called, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = called("-i", "here", f"{ROOT}/rollback.yml")
    assert (found.options, found.root) == (("-i", "here"), str(ROOT))


def test_what_a_run_was_given_is_repeated_but_for_what_gives_access(called):
    found = called(
        "-i", "inventory/staging", "playbooks/deploy.yml", "--check", "--limit", "a:b", "-e", "fleet=canary",
        "-e", "release_version=4 release_artifact=https://kim:secret@builds/4.jar?token=secret",
        "-e", '{"deploy_batches": [1], "release_artifact_headers": {"X": "secret"}, "db_password": "secret"}',
    )  # fmt: skip
    assert (found.fleet, found.limit, found.mode) == ("canary", "a:b", ("--check",))
    assert found.playbooks == ("playbooks/deploy.yml",)
    given = {"release_version": "4", "release_artifact": "https://builds/4.jar", "deploy_batches": [1]}
    assert found.given == given
    assert "secret" not in repr(found)


def test_a_playbook_for_all_services_names_none(called):
    assert called("-i", "inventory/staging", "playbooks/provision.yml", refit_any_service=True).service == ""
