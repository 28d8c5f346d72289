"""Refusals that the roles' tasks and plugins of Ansible's own kinds make, in the words of whoever reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from refit.config.invocation import Invocation
from refit.core.errors import InvalidInput, Step
from refit.words.reason import Reason, from_record


def refusal(what: Mapping[str, Any], following: Mapping[str, Any], steps: Sequence[Step], run: Invocation) -> str:
    """The message that *run* is refused for *what*, and what leads out of it; reasons as their records."""
    error = InvalidInput(reason(what), next_command=reason(following) if following else None, steps=steps)
    return error.told(run.write, run.language)


def steps_of(commands: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """The *commands* of a task as steps; one with ``one_of``, a variable's possible values, is as many of them."""
    for command in json.loads(json.dumps(commands)):
        values = command.get("values", {})
        for more in [{name: each} for name, known in command.get("one_of", {}).items() for each in known] or [{}]:
            yield Step(
                command["playbook"],
                reason(command["why"]) if command.get("why") else "",
                {name: placeholder(value) for name, value in {**values, **more}.items()},
                again=bool(command.get("again")),
                whole=bool(command.get("whole")),
                options=tuple(command.get("options", ())),
            )


def placeholder(value: Any) -> str | Reason:
    """A variable's value in a command; a record stands for what a person has to put there."""
    return reason(value) if isinstance(value, Mapping) else str(value)


def reason(record: Mapping[str, Any]) -> Reason:
    """The reason that a template made as *record*: what comes from one is more than text and numbers to Ansible."""
    return from_record(json.loads(json.dumps(record)))
