"""How this ``ansible-playbook`` was called, as its command line and its variables say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from refit.config.invocation import REPEATED, Invocation, as_typed
from refit.core.urls import without_secrets
from refit.words.sentence import DEFAULT_LANGUAGE, LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
# What opens the vault and the servers: never a secret, only how it is asked for or where it lies.
SWITCHES = {"ask_vault_pass": "--ask-vault-pass", "ask_pass": "--ask-pass", "become_ask_pass": "--ask-become-pass"}
NAMED = {
    "vault_ids": "--vault-id",
    "vault_password_files": "--vault-password-file",
    "private_key_file": "--private-key",
    "remote_user": "--user",
    "connection_password_file": "--connection-password-file",
    "become_password_file": "--become-password-file",
}
DEFAULTS = {"private_key_file": C.DEFAULT_PRIVATE_KEY_FILE, "remote_user": C.DEFAULT_REMOTE_USER}


def this_run(variables: Mapping[str, Any], template: Callable[[Any], Any], loader: DataLoader) -> Invocation:
    """How this run was called.

    Args:
        variables: those of a task; *template* evaluates one of them.
        loader: what read the files named with ``-e @FILE``.
    """

    def told(name: str) -> str:
        try:
            value = template(variables.get(name))
        except AnsibleError:  # a message about what is wrong with the inventory must not fail for that itself
            return ""
        return value if isinstance(value, str) else ""

    asked, extra = context.CLIARGS, load_extra_vars(loader)
    sources = as_list(asked.get("inventory"))
    return Invocation(
        options=(*(word for each in sources for word in ("-i", as_typed(each))), *ways_in(asked)),
        fleet=told("fleet"),
        service=told("service") if variables.get("refit_any_service") else told("refit_service_name"),
        limit=str(asked.get("subset") or ""),
        environment=told("refit_environment") or ", ".join(Path(each).name for each in sources),
        root="" if as_typed(str(ROOT)) == "." else as_typed(str(ROOT)),
        playbooks=tuple(asked.get("args") or ()),
        mode=tuple(word for name, word in (("check", "--check"), ("diff", "--diff")) if asked.get(name)),
        given={name: may_be_shown(name, extra[name]) for name in REPEATED if name in extra},
        language=language_of(told("refit_language")),
    )


def language_of(site: str) -> str:
    """The language of the person at the terminal: what their environment says, else what the *site* speaks."""
    return next((each for each in (os.environ.get("REFIT_LANGUAGE"), site) if each in LANGUAGES), DEFAULT_LANGUAGE)


def ways_in(asked: Mapping[str, Any]) -> Iterable[str]:
    """The options by which the run got at what is encrypted, and onto the servers."""
    for name, option in SWITCHES.items():
        if asked.get(name):
            yield option
    for name, option in NAMED.items():
        for value in as_list(asked.get(name)):
            if value != DEFAULTS.get(name):
                yield from (option, as_typed(value) if os.path.isabs(value) else value)


def as_list(value: Any) -> list[str]:
    """What an option says that may be given several times, once or not at all."""
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def may_be_shown(name: str, value: Any) -> Any:
    """The *value* of variable *name*; of a URL only what gives no access."""
    return without_secrets(value) if name == "release_artifact" and isinstance(value, str) else value
