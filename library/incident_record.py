#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Read what a host knows of incidents, and have it learn what the fleet knows."""

from __future__ import annotations

DOCUMENTATION = r"""
module: incident_record
short_description: Read what a host knows of incidents, and have it learn what the fleet knows
description:
  - Every host keeps the events of incidents in C(incidents/events.jsonl) beside the services' ledgers. Events are only
    ever added, and each has an id, so what several hosts know is the union of it; M(incident_plan) makes of it what a
    person reads.
  - What the host holds already is not written again.
options:
  service:
    description: The service, as for M(release_info). The services of a host share one record.
    type: dict
    required: true
  service_secrets:
    description: As for M(release_info).
    type: str
  state:
    description: >-
      V(read) returns what there is. V(written) adds O(events). V(claimed) does the same, but not if a number that they
      give has another incident here.
    type: str
    choices: [read, written, claimed]
    default: read
  events:
    description: The events for this host, as M(incident_plan) returns them.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    description: Nothing is written.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Read what every host knows
  incident_record:
    service: "{{ refit_services.backend }}"
  register: known
"""

RETURN = r"""
events:
  description: With O(state=read) the events of the newest incidents, at most 4000.
  returned: success
  type: list
  elements: dict
written:
  description: How many events were new to this host.
  returned: success
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import incident_record


def main() -> None:
    modules.answer(AnsibleModule(**incident_record.ARGUMENTS, supports_check_mode=True), "incident_record")


if __name__ == "__main__":
    main()
