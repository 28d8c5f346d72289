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
from ansible.module_utils.refit.errors import RefitError
from ansible.module_utils.refit.grades import RANK
from ansible.module_utils.refit.service import Service
from ansible.module_utils.refit.system import Clock
from ansible.module_utils.refit.told_severity import ToldSeverity


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "service": {"type": "dict", "required": True},
            "severity": {"choices": list(RANK), "required": True},
            "at": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        if not module.check_mode:
            service = Service.from_mapping(params["service"])
            ToldSeverity(service.state_dir, Clock()).write(params["severity"], params["at"])
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    module.exit_json(changed=True, severity=params["severity"])


if __name__ == "__main__":
    main()
