"""The commands that are printed for a person to paste.

A command that names no inventory acts on that of ``ansible.cfg``, which is production.  So each one repeats what leads
the run that prints it to its fleet: inventory, vault, group, part of it and service.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import Step
from ..words.reason import Reason
from ..words.sentence import DEFAULT_LANGUAGE, said

#: What else a run is given with ``-e`` that "the same again" repeats. None of it gives access to anything.
REPEATED = (
    "release_version",
    "release_artifact",
    "release_sha256",
    "release_git_sha",
    "release_keep",
    "release_artifact_ca",
    "release_artifact_deadline_s",
    "release_artifact_max_bytes",
    "release_artifact_origins",
    "deploy_batches",
    "deploy_hooks_dir",
    "deploy_max_unreachable",
    "deploy_observe_s",
    "deploy_override_freeze",
    "rollback_allow_divergent",
    "rollback_batches",
    "rollback_further",
    "rollback_reason",
    "operation_wait_s",
    "distrust",
    "freeze_reason",
    "resume_reason",
    "incident_action",
    "incident_id",
    "incident_minutes",
    "incident_reason",
    "incident_severity",
    "act",
    "fail_on",
    "health_check_file",
    "probe_window_s",
    "notify_actor",
    "notify_channel",
    "notify_ci_url",
    "notify_commit",
    "notify_event",
    "notify_incident",
    "notify_message",
    "notify_more",
    "notify_reason",
    "notify_severity",
    "notify_title",
)
# Of a value: what means nothing to a shell or to Ansible, and what does not between quotes.
_BARE = re.compile(r"[\w./:@%+,-]+")
_QUOTED = re.compile(r"[\w./:@%+,()<>?;-]+( [\w./:@%+,()<>?;-]+)*")
_TEMPLATE = re.compile(r"\{[{%#]")
# What stands for a value that a person has to find, and is no value itself.
_PLACEHOLDERS = {"PATH_OR_URL": Reason("placeholder_artifact")}


@dataclass(frozen=True)
class Invocation:
    """How the ``ansible-playbook`` was called that prints a command.

    Attributes:
        options: the words that lead to its inventory and open its vault, such as ``-i inventory/staging``.
        fleet: the group that ``-e fleet=`` named.
        service: which of the inventory's services it is about, where that is one.
        limit: the part of the fleet that it was kept to.
        environment: what people call the place, such as ``production``.
        root: the directory of ``rollback.yml``, seen from the one in which the command was typed.
        playbooks: what was run, as typed.
        mode: words such as ``--check``.
        given: those of :data:`REPEATED` that it was given, by name.
        language: of the person at the terminal.
    """

    options: tuple[str, ...]
    fleet: str = ""
    service: str = ""
    limit: str = ""
    environment: str = ""
    root: str = ""
    playbooks: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    language: str = DEFAULT_LANGUAGE

    def write(self, step: Step) -> str:
        """The command that does *step* on the same fleet: one line, as a shell takes it."""
        # By its last name: there are rollback.yml and playbooks/rollback.yml, which are one.
        named = [os.path.basename(step.playbook)] if step.playbook else [*map(os.path.basename, self.playbooks)]
        is_this_run = step.again and [*map(os.path.basename, self.playbooks)] == named
        playbooks = [os.path.join(self.root, step.playbook)] if step.playbook else self.playbooks
        words = ["ansible-playbook", *self.options, *playbooks]
        limit = "" if step.whole else self.limit
        words += ["--limit", limit] if limit else []
        words += [*(self.mode if is_this_run else ()), *step.options]
        place = {"fleet": self.fleet, "service": self.service, "allow_partial": "true" if limit else ""}
        given = self.given if is_this_run else {}
        told = {name: untemplated(self._filled_in(value)) for name, value in step.values.items()}
        if told.get("distrust") and given.get("distrust"):  # one host more, and not another one
            told["distrust"] = "{},{}".format(given["distrust"], told["distrust"])
        extra = [extra_var(name, value) for name, value in {**place, **given, **told}.items() if value != ""]
        return " ".join([*map(shlex.quote, words), *(f"-e {word}" for word in extra)])

    def _filled_in(self, value: Reason | str) -> str:
        """*value* of a variable, or what says in the reader's language what belongs there."""
        placeholder = value if isinstance(value, Reason) else _PLACEHOLDERS.get(value)
        return said(placeholder, self.language) if placeholder else str(value)

    @property
    def at(self) -> str:
        """Where the run acts, which its first line begins with: the environment, and which part of it; may be empty."""
        parts = (self.environment, self.fleet and f"fleet {self.fleet}", self.limit and f"only {self.limit}")
        told = ", ".join(part for part in parts if part)
        return f"[{told}] " if told else ""


def extra_var(name: str, value: Any) -> str:
    """The word after ``-e`` by which Ansible gives variable *name* the *value*, quoted for a shell."""
    if isinstance(value, str):
        if _BARE.fullmatch(value):
            return shlex.quote(f"{name}={value}")
        if _QUOTED.fullmatch(value):
            return f"\"{name}='{value}'\""
    return shlex.quote(json.dumps({name: value}, ensure_ascii=not str(value).isprintable()))


def as_typed(path: str) -> str:
    """*path*, which was made absolute, as it is named from here."""
    if "," in path:  # hosts, and no file
        return path
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def untemplated(value: str) -> str:
    """*value*, in which Ansible finds nothing to evaluate: part of it may be a stranger's."""
    return _TEMPLATE.sub(lambda found: "{{ '" + found[0] + "' }}", value)


def of_a_server(service: str, language: str = DEFAULT_LANGUAGE) -> Invocation:
    """What a script on a server can say: it does not know by which inventory it is reached."""
    return Invocation(("-i", "INVENTORY"), service=service, language=language)
