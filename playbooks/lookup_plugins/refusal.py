# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Why a run is refused, in the language of the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: refusal
short_description: Why a run is refused, in the language of the person at the terminal
description:
  - Makes the message of a refusal, which says what is wrong and what leads out of it. Reasons are codes of
    C(module_utils/refit/words), each with its values.
  - Commands stand on lines of their own, written as by P(playbook_command#lookup).
options:
  _terms:
    description: What is wrong, as a reason; C({code, …}).
    required: true
  next:
    description: What to do about it, as a reason.
    type: dict
    default: {}
  commands:
    description: >-
      Commands that lead out of it, each with its C(playbook), and C(values), C(options), C(again), C(whole) as for
      P(playbook_command#lookup), C(why), a reason, and C(one_of), a variable with its possible values, each for a
      command of its own. A value that is a reason says what a person has to put there.
    type: list
    elements: dict
    default: []
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: The fleet is whole
  ansible.builtin.assert:
    that: ansible_limit is not defined
    fail_msg: >-
      {{ lookup('refusal', {'code': 'limit_leaves_a_part', 'limit': ansible_limit},
                commands=[{'playbook': 'rollback.yml', 'again': true}]) }}
"""

RETURN = r"""
_raw:
  description: The message.
  type: list
  elements: str
"""

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.invocation import this_run  # noqa: E402  (the lines above make it importable)
from plugin_utils.refusals import refusal, steps_of  # noqa: E402


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible names no types
    def run(self, terms: Sequence[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        (what,) = terms
        run = this_run(variables or {}, self._templar.template, self._loader)
        steps = [*steps_of(self.get_option("commands"))]
        return [refusal(what, self.get_option("next"), steps, run)]
