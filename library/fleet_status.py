#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What runs where, as a table."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_status
short_description: What runs where, as a table
description:
  - Runs once, on the controller, over every host's M(release_info), and puts the hosts side by side.
options:
  service:
    description: The service's name.
    type: str
    required: true
  results:
    description: Per host of the fleet what M(release_info) returned for it with O(release_info#module:observe=true).
    type: dict
    required: true
attributes:
  check_mode:
    description: The module writes nothing, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Put the hosts side by side
  fleet_status:
    service: "{{ refit_service_name }}"
    results: "{{ results }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
report:
  description:
    - A line per host; below it the hosts that stand apart from the fleet, whether it is frozen, the controller's
      version, and the hosts whose scripts are not of it.
  returned: always
  type: str
version:
  description: The version of this package on the controller.
  returned: always
  type: str
scripts:
  description:
    - "Per host that answered how its scripts stand to the controller's code: C(same), C(older), C(newer), C(changed)
      (of the same version, with other content), C(unknown), or C(absent) where there are none or nobody looked."
  returned: always
  type: dict
"""
