# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What every host registered, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: by_host
short_description: What every host registered, side by side
description:
  - Makes of names of hosts a dictionary with what each of them has in a variable. A host that was lost before it
    could have it, or whose result lacks what is asked for, has O(missing) there.
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: C(hostvars), which a filter is not given by itself.
    type: dict
    required: true
  variable:
    description: The variable's name.
    type: str
    required: true
  field:
    description: Only this field of it; with a dot the field of a field.
    type: str
  missing:
    description: What stands for a host that has nothing there; an empty dictionary if it is not given.
    type: raw
positional: hostvars, variable, field
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Show what all hosts said
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | by_host(hostvars, '__stage_survey', 'survey') }}"
"""

RETURN = r"""
_value:
  description: Per host what it has, in the order of the hosts.
  type: dict
"""


NOTHING: dict[str, Any] = {}


def by_host(
    hosts: Iterable[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    variable: str,
    field: str | None = None,
    missing: Any = NOTHING,
) -> dict[str, Any]:
    """Per host of *hosts* its *variable*, or that one's *field*; *missing* where there is none."""
    found = {host: hostvars[host].get(variable) if host in hostvars else None for host in hosts}
    for name in field.split(".") if field else []:
        found = {host: value.get(name) if isinstance(value, Mapping) else None for host, value in found.items()}
    return {host: missing if value is None else value for host, value in found.items()}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"by_host": by_host}
