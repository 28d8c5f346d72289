#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Check what a role was given."""

from __future__ import annotations

DOCUMENTATION = r"""
module: role_arguments
short_description: Check what a role was given
description:
  - Checks variables against the C(meta/argument_specs.yml) of a role, as Ansible does by itself before a role; but once
    for the fleet, in one sentence for what is wrong, which says what is allowed and by which variable a person says it,
    and without the values of options that are C(no_log).
  - Runs on the controller and changes nothing.
options:
  role:
    description: The role's directory.
    type: path
    required: true
  entry:
    description: Which of the role's specs.
    type: str
    default: main
  hosts:
    description:
      - Hosts of which each may say in the inventory what it is given. Without them what the task's host is given
        counts.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: It changes nothing.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Check the arguments, once for the fleet
  role_arguments:
    role: "{{ role_path }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
msg:
  description: What is wrong.
  returned: failure
  type: str
"""
