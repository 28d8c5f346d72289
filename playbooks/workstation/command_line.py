"""The ``ansible-playbook`` command for what was asked, as it runs and as it is shown."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from refit.config.invocation import REPEATED, Invocation, as_typed
from refit.core.errors import Step
from refit.core.urls import without_secrets

from . import inventories
from .arguments import Asked, Mistake, unknown
from .commands import COMMANDS

PROGRAM = Path(sys.executable).with_name("ansible-playbook")
_ARTIFACT = "release_artifact"
_EXTRA_VARS = re.compile(r"(-e|--extra-vars)(=?)(.*)", re.DOTALL)


@dataclass(frozen=True)
class CommandLine:
    """What is run: *words* with *environment* changed.

    *shown* is the same for a shell, without what gives access to something.
    """

    words: tuple[str, ...]
    shown: str
    environment: Mapping[str, str] = field(default_factory=dict)


def command_line(asked: Asked, environment: Mapping[str, str]) -> CommandLine:
    """The command for *asked*, as typed here and in *environment*.  Raises Mistake."""
    if not PROGRAM.exists():
        raise Mistake("not_installed", ["make", "-C", str(inventories.ROOT), "venv"], path=str(PROGRAM))
    changed, said = {}, []
    if not _is_here(shutil.which(PROGRAM.name, path=environment.get("PATH", os.defpath))):
        place = str(PROGRAM.parent)
        changed["PATH"] = os.pathsep.join([place, environment.get("PATH", os.defpath)])
        said.append(f'PATH={shlex.quote(place)}:"$PATH"')
    # Ansible looks for its settings where it is called, and then in the person's home.
    if "ANSIBLE_CONFIG" not in environment and Path.cwd() != inventories.ROOT:
        changed["ANSIBLE_CONFIG"] = str(inventories.ROOT / "ansible.cfg")
        said.append(f"ANSIBLE_CONFIG={shlex.quote(changed['ANSIBLE_CONFIG'])}")
    return CommandLine(
        words=(*shlex.split(_written(asked, asked.values)), *asked.extra),
        shown=" ".join(
            [*said, _written(asked, _without_secrets(asked.values)), *map(shlex.quote, _shown(asked.extra))]
        ),
        environment=changed,
    )


def _is_here(found: str | None) -> bool:
    return found is not None and os.path.realpath(os.path.dirname(found)) == os.path.realpath(PROGRAM.parent)


def _written(asked: Asked, values: Mapping[str, str]) -> str:
    """The command without what is handed on as it stands, written as all are that are printed."""
    playbook = COMMANDS[asked.command].playbook
    root = as_typed(str(inventories.ROOT))
    run = Invocation(
        options=(*(word for named in asked.inventories for word in ("-i", _inventory(named, asked))), *asked.passed_on),
        fleet=asked.fleet,
        service=asked.service,
        limit=asked.limit,
        root="" if root == "." else root,
        playbooks=(playbook,),
        mode=("--check", "--diff") if asked.plan else (),
    )
    return run.write(Step(playbook, values=values, again=True))


def _inventory(named: str, asked: Asked) -> str:
    """*named* for Ansible, which takes one that is not there for one without hosts."""
    if "," in named:  # hosts, and no file
        return named
    place = inventories.path_of(named)
    if place is None:
        raise unknown("unknown_inventory", named, inventories.names(), asked.typed)
    return as_typed(str(place)) if place.is_absolute() else named


def _without_secrets(values: Mapping[str, str]) -> dict[str, str]:
    return {name: without_secrets(value) if name == _ARTIFACT else value for name, value in values.items()}


def _shown(extra: Sequence[str]) -> Iterator[str]:
    """*extra* without the values of variables that may give access to something."""
    follows = False
    for word in extra:
        given = _EXTRA_VARS.fullmatch(word)
        if follows:
            yield _variable(word)
        elif given and given[3]:
            yield given[1] + given[2] + _variable(given[3])
        else:
            yield word
        follows = given is not None and not given[3] and not follows


def _variable(word: str) -> str:
    name, equals, value = word.partition("=")
    if word.startswith("@") or (equals and name in REPEATED and name != _ARTIFACT):
        return word
    return f"{name}={without_secrets(value) if name == _ARTIFACT else '…'}" if equals and name.isidentifier() else "…"
