"""A person pastes a command into a shell: what bash makes of it, and what Ansible then."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Any

from ansible import context
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.utils.vars import load_extra_vars

# Takes the place of the real one, and says its words.
_STUB = """ansible-playbook() { printf "%s\\0" "$@"; }"""


@dataclass(frozen=True)
class Pasted:
    """*words* of a command but for ``-e``, and the *variables* that those give, as a playbook gets to see them."""

    words: list[str]
    variables: dict[str, Any]


def commands_in(screen: str) -> list[str]:
    """The commands on *screen*, each of which is a line: Ansible wraps and quotes anew what is a part of one."""
    lines = [line.strip() for line in screen.splitlines()]
    commands = [line for line in lines if line.startswith("ansible-playbook ")]
    assert [line for line in lines if "ansible-playbook " in line] == commands
    assert not re.search(r"\.yml -e", re.sub("^ *ansible-playbook .*", "", screen, flags=re.MULTILINE)), screen
    return commands


def paste(command: str) -> Pasted:
    """What becomes of *command*."""
    words = words_of(command)
    options = [place for place, word in enumerate(words) if word == "-e"]
    rest = [word for place, word in enumerate(words) if place not in options and place - 1 not in options]
    return Pasted(rest, evaluated([words[place + 1] for place in options]))


def words_of(line: str) -> list[str]:
    """What bash makes of *line*."""
    done = subprocess.run(["bash", "-c", f"{_STUB}\n{line}\n"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split("\0")[:-1]


def evaluated(words: list[str]) -> dict[str, Any]:
    """The extra variables that Ansible has by these words."""
    before = context.CLIARGS
    load_extra_vars.__dict__.pop("extra_vars", None)
    try:
        context.CLIARGS = ImmutableDict(extra_vars=tuple(map(trust_as_template, words)))
        found = load_extra_vars(DataLoader())
        return dict(Templar(DataLoader(), dict(found)).template(found))
    finally:
        context.CLIARGS = before
        load_extra_vars.__dict__.pop("extra_vars", None)
