#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Whether the fleet could roll back now, as a table."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_preflight
short_description: Whether the fleet could roll back now, as a table
description:
  - Runs once, on the controller, over every host's M(preflight_info), and looks at what the controller itself needs.
  - "That is: its own outbox is empty; Discord knows the webhooks, which are asked and sent nothing; P0 has somebody to
    ping; what is encrypted can be read; and the site's key is the one by which the ledgers are signed."
options:
  service:
    description: The service's name.
    type: str
    required: true
  results:
    description: Per host of the fleet what M(preflight_info) returned for it.
    type: dict
    required: true
  scripts_dir:
    description: Where C(rollback.sh) is on the servers, for the commands that are shown.
    type: path
    required: true
  unit:
    description: The service's unit where systemd runs it, for the same.
    type: str
    default: ""
  user:
    description: Whose PM2 runs it, for the same.
    type: str
    default: ""
  spool_dir:
    description: Where messages to Discord wait on the controller; not looked at where it is empty.
    type: path
attributes:
  check_mode:
    description: The module writes nothing, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Judge the fleet
  fleet_preflight:
    service: "{{ refit_service_name }}"
    results: "{{ results }}"
    scripts_dir: /opt/scripts
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
ready:
  description: Whether nothing is wrong, and nothing unknown.
  returned: always
  type: bool
headline:
  description: That as a sentence.
  returned: always
  type: str
report:
  description:
    - The table, a line for each host and one for the controller; below it what is wrong, with the next command. Last
      the headline, where nothing is wrong.
  returned: always
  type: str
checks:
  description: >-
    Per host, and for C(localhost) as the controller, what each check came to: C(good), C(bad), C(unknown), or C(none)
    where there is nothing to check.
  returned: always
  type: dict
faults:
  description: "What is wrong: the C(check), C(host) and C(reason)."
  returned: always
  type: list
  elements: dict
"""
