# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""A command that acts on the fleet of this run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: playbook_command
short_description: A command that acts on the fleet of this run
description:
  - Writes an C(ansible-playbook) command for a person to paste. It repeats inventory, vault option, C(fleet),
    C(--limit) and service of the run that shows it, and is quoted for a shell.
  - It belongs on a line of its own in a message of several lines. Ansible shows a message of one line with its quotes
    doubled, and wrapped.
options:
  _terms:
    description: One playbook, as named from the repository's root.
    required: true
  again:
    description: Whether it is what runs now, with what that was given.
    type: bool
    default: false
  whole:
    description: Whether it is about all hosts, also where this run was kept to some.
    type: bool
    default: false
  options:
    description: Other words of the command line.
    type: list
    elements: str
    default: []
  values:
    description: The playbook's variables, by name; one that is empty is left out.
    type: dict
    default: {}
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Say how to go on
  ansible.builtin.fail:
    msg: |-
      There is nothing to go back to. Next:
        {{ lookup('playbook_command', 'playbooks/status.yml') }}
"""

RETURN = r"""
_raw:
  description: The command, one line.
  type: list
  elements: str
"""

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.invocation import this_run  # noqa: E402  (the lines above make it importable)
from refit.core.errors import Step  # noqa: E402


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible names no types
    def run(self, terms: Sequence[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        (playbook,) = terms
        step = Step(
            str(playbook),
            values={name: str(value) for name, value in self.get_option("values").items()},
            again=self.get_option("again"),
            whole=self.get_option("whole"),
            options=tuple(self.get_option("options")),
        )
        return [this_run(variables or {}, self._templar.template, self._loader).write(step)]
