#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Remember which severity the team was told."""

from __future__ import annotations

DOCUMENTATION = r"""
module: severity_told
short_description: Remember which severity the team was told
description:
  - Writes it into the service's state on a host, where M(health_probe) reads it, so that the next one who looks tells
    the team only what has changed.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
  service_secrets:
    description: As for M(release_info).
    type: str
  severity:
    description: What the team was told.
    type: str
    choices: [P0, P1, P2, UNKNOWN, OK]
    required: true
  at:
    description: When it was graded, RV(severity#module:at). The same on all hosts, whose clocks may differ.
    type: str
    required: true
attributes:
  check_mode:
    description: Nothing is written.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Remember what the team was told
  severity_told:
    service: "{{ refit_services.backend }}"
    severity: "{{ grade.grade.severity }}"
    at: "{{ grade.at }}"
"""

RETURN = r"""
severity:
  description: What the host remembers now.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import severity_told


def main() -> None:
    modules.answer(AnsibleModule(**severity_told.ARGUMENTS, supports_check_mode=True), "severity_told")


if __name__ == "__main__":
    main()
