"""``refit WORD …``: shows the ``ansible-playbook`` command that does it, and becomes that command.

It stays the same process: signals, the terminal and the exit code are Ansible's.  Its own exit code is 2, where what
was typed means nothing.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence

from refit import __version__
from refit.cli.terminal import answer, be_patient, say
from refit.core.spelling import nearest
from refit.words.particles import PARTICLES, with_particle

from . import completion, help_page, inventories
from .arguments import Asked, Mistake, read
from .command_line import PROGRAM, command_line
from .texts import DEFAULT, LANGUAGES, Texts


def main(typed: Sequence[str]) -> int:
    """Do what *typed* asks for; comes back only where no playbook does it."""
    be_patient()
    if typed[:1] == [completion.ASKS]:
        answer(completion.candidates(typed[1:]))
        return 0
    asked = Asked()
    try:
        asked = read(typed)
        return _do(asked)
    except Mistake as mistake:
        for line in _complaint(mistake, _texts(asked)):
            say(line)
        return 2


def _do(asked: Asked) -> int:
    if asked.version:
        answer([f"refit {__version__}"])
    elif asked.help:
        answer(help_page.lines(asked.command, _texts(asked)))
    elif asked.shell:
        answer(completion.script(asked.shell, str(inventories.ROOT / ".venv/bin/refit")).splitlines())
    elif asked.command:
        _become(asked)
    else:
        for line in help_page.lines("", _texts(asked)):
            say(line)
        return 2
    return 0


def _become(asked: Asked) -> None:
    line = command_line(asked, os.environ)
    for hint in hints(asked, _texts(asked)):
        say(hint)
    say(line.shown)
    os.execve(PROGRAM, line.words, {**os.environ, **line.environment})


def _texts(asked: Asked) -> Texts:
    """The language of who asks: what the environment says, else what the inventory plainly says."""
    told = os.environ.get("REFIT_LANGUAGE") or inventories.language(_inventory(asked))
    return LANGUAGES.get(told, LANGUAGES[DEFAULT])


def _inventory(asked: Asked) -> str:
    return asked.inventories[0] if asked.inventories else inventories.DEFAULT


def hints(asked: Asked, texts: Texts) -> Iterator[str]:
    """Of a service that is not among those that the inventory plainly names: only Ansible knows all that it says."""
    known = inventories.services(_inventory(asked))
    if asked.service and known and asked.service not in known:
        hint = _hint(texts, nearest(asked.service, known) or "", ", ".join(known))
        yield texts.notes["unknown_service"].format(word=asked.service, hint=hint)


def _hint(texts: Texts, near: str, known: str) -> str:
    return texts.notes["maybe" if near else "known"].format(near=near or known)


class _Word(str):
    """A word that a template may give a Korean particle."""

    def __format__(self, form: str) -> str:
        return with_particle(self, form) if form in PARTICLES else super().__format__(form)


def _complaint(mistake: Mistake, texts: Texts) -> Iterator[str]:
    hint = _hint(texts, mistake.values.get("near", ""), mistake.values.get("known", ""))
    named = {name: _Word(value) for name, value in mistake.values.items()}
    yield "refit: " + texts.mistakes[mistake.kind].format(hint=hint, **named)
    right = mistake.instead or ["refit", *filter(None, [mistake.command]), "--help"]
    yield f"  {texts.notes['next']}: {shlex.join(right)}"
