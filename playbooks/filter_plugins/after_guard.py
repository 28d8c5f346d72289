# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""The fleet, once the guard has let the run pass."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import context
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader

DOCUMENTATION = r"""
name: after_guard
short_description: The fleet, once the guard has let the run pass
description:
  - Gives the name of the fleet as it is, if the role P(guard#role) passed in this run. If it did not, because
    C(--start-at-task) or C(--skip-tags always) left it out, the run ends here.
  - What Ansible only reads or lists a playbook for, as with C(--syntax-check), changes nothing and passes.
options:
  _input:
    description: What the hosts of a play are.
    type: str
    required: true
  hostvars:
    description: C(hostvars), which a filter is not given by itself, and which is not there where Ansible only reads.
    type: dict
    required: true
positional: hostvars
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Roll back
  hosts: "{{ fleet | default('app') | after_guard(hostvars | default({})) }}"
"""

RETURN = r"""
_value:
  description: The input.
  type: str
"""

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.invocation import this_run  # noqa: E402  (the lines above make it importable)
from refit.words.reason import Reason  # noqa: E402
from refit.words.sentence import said  # noqa: E402

# What the guard's check of the fleet registers; a task that all hosts of its play share registers it on each of them.
PASSED = "__guard_fleet"
READING = ("syntax", "listhosts", "listtasks", "listtags")


def after_guard(fleet: str, hostvars: Mapping[str, Mapping[str, Any]]) -> str:
    """*fleet*, if the guard passed in this run.

    Raises:
        AnsibleFilterError: it was left out.
    """
    # --limit can leave localhost out: then the guard ran on the servers that are in.
    asked = (hostvars[host].get(PASSED) for host in ("localhost", *hostvars) if host in hostvars)
    passed = any(result is not None and not result.get("failed") for result in asked)
    if passed or any(context.CLIARGS.get(option) for option in READING):
        return fleet
    run = this_run(next(iter(hostvars.values()), {}), lambda value: value, DataLoader())
    told = Reason("error", what=Reason("guard_did_not_run"), where=None, next=Reason("run_playbook_as_a_whole"))
    raise AnsibleFilterError(run.at + said(told, run.language))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"after_guard": after_guard}
