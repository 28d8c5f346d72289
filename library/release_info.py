#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Where a service stands on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: Where a service stands on a host
description:
  - Reads the releases, the ledger and the link C(current) of one service, and writes nothing.
  - Optionally looks once at the running processes and asks the service for its health.
options:
  service:
    description:
      - The service, as described under C(refit_services) in the inventory.
      - Its keys are C(name), C(root), C(state_dir), C(user), C(shared), C(health), C(process_manager), which is C(pm2),
        C(systemd) or C(command), and a group of that name; C(inventory/production/group_vars/all.yml) explains each.
    type: dict
    required: true
  service_secrets:
    description: >-
      What of the service is secret, as JSON of the same shape: it completes O(service). The action plugin of this
      module takes it out of O(service), so that neither a log nor C(-vvv) shows it.
    type: str
  observe:
    description: Whether to look at the processes and ask for the health, too.
    type: bool
    default: false
  scripts_dir:
    description: Where C(rollback.sh) and C(refit.pyz) are installed, to say of which version they are.
    type: path
  config_dir:
    description: >-
      Where C(rollback.sh) reads what it knows of the service, to say whether the last deploy went by the same.
    type: path
  incidents:
    description: Whether to read what the host knows of incidents, too.
    type: bool
    default: false
  wait_s:
    description: How many seconds to wait first for a run that is at work on the host. Not in check mode.
    type: float
    default: 0
  version:
    description: A release whose activation is to be planned.
    type: str
attributes:
  check_mode:
    description: The module only reads, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Read where the backend stands
  release_info:
    service: "{{ refit_services.backend }}"
    observe: true
  register: backend
"""

RETURN = r"""
survey:
  description: Where the service stands.
  returned: success
  type: dict
  contains:
    current: {description: "The version that C(current) names, null if nothing is live.", type: str}
    previous: {description: "The release that a rollback would go to, null if none qualifies.", type: str}
    leaving: {description: The release that a rollback would leave., type: str}
    releases:
      description:
        - "Every release, the latest proof first: C(version), C(state), C(qualifies) and, where it is no rollback
          target, C(why_not)."
      type: list
      elements: dict
    open_intent: {description: "An activation that was begun and never finished, else null.", type: dict}
    last_rollback: {description: "The last rollback, with C(age_s) in seconds, else null.", type: dict}
    operation:
      description:
        - The run that is or was at work on this host, else null. C(unfinished) says that it may still be, C(dead) that
          it was a process of this host which is gone.
      type: dict
    holds: {description: "The marks and freezes the host knows: C(placed), and by their ids C(lifted).", type: dict}
    running:
      description:
        - "With O(observe=true): C(healthy), C(failure), C(status) of the process manager, C(running) versions by
          C(/proc), C(pids), C(version) by the service's own answer, and C(forgotten), other applications that
          the process manager starts at boot and knows nothing of now."
      type: dict
    scripts:
      description:
        - "With O(scripts_dir): C(version) and C(digest) of the C(refit.pyz) there, both null where it does not say;
          null where there is none. It is not run for that."
      type: dict
    other_settings:
      description: "With O(config_dir): whether the last deploy went by other settings than those there."
      type: bool
events:
  description: The events of the newest incidents, at most 4000.
  returned: when O(incidents=true) and they can be read
  type: list
  elements: dict
plan:
  description: What activating O(version) would do here, as data and in order; empty if nothing.
  returned: when O(version) is given
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import release_info


def main() -> None:
    modules.answer(AnsibleModule(**release_info.ARGUMENTS, supports_check_mode=True), "release_info")


if __name__ == "__main__":
    main()
