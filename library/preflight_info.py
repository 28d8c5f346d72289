#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Whether a rollback would find all that it needs on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Whether a rollback would find all that it needs on a host
description:
  - Looks in one call at all that a rollback needs on a host, and writes nothing. What it comes to for the fleet is
    judged by M(fleet_preflight).
  - The releases that a rollback could go to are read as a whole and compared with what was staged, the latest proof
    first; after three seconds no further one is begun.
options:
  service:
    description: The service, as described under C(refit_services) in the inventory; see M(release_info).
    type: dict
    required: true
  service_secrets:
    description: >-
      What of the service is secret, as JSON of the same shape: it completes O(service). The action plugin of this
      module takes it out of O(service), so that neither a log nor C(-vvv) shows it.
    type: str
  scripts_dir:
    description: Where C(rollback.sh) and C(refit.pyz) are installed.
    type: path
    required: true
  config_dir:
    description: Where C(rollback.sh) reads what it knows of the service.
    type: path
    required: true
  spool_dir:
    description: Where the host's messages to Discord wait.
    type: path
    required: true
  timer:
    description: Whether the host has C(refit-outbox.timer), which sends what waits there.
    type: bool
    default: true
  sudoers_path:
    description: Where the rules are by which operators may call the scripts; empty where there are none.
    type: str
    default: ""
  sudoers:
    description: What has to stand there, as provisioning writes it.
    type: str
    default: ""
  free_mib:
    description: How much has to be free on each file system that a rollback writes to, in MiB.
    type: float
    default: 512
attributes:
  check_mode:
    description: The module only reads, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Look at all that a rollback needs
  preflight_info:
    service: "{{ refit_services.backend }}"
    scripts_dir: /opt/scripts
    config_dir: /etc/refit
    spool_dir: /var/spool/refit/discord
  register: backend
"""

RETURN = r"""
survey:
  description: Where the service stands, with what runs, as M(release_info) has it.
  returned: success
  type: dict
examined:
  description: What was found out besides; lists are of reasons, empty where nothing is wrong.
  returned: success
  type: dict
  contains:
    compared:
      description: "Each release that was read as a whole: C(version), and C(damage), null if it is what was staged."
      type: list
      elements: dict
    disk: {description: Where there is too little room., type: list}
    boot: {description: What keeps the service from starting at boot; null where its manager does not say., type: list}
    sudo: {description: "What is wrong with the operators' rules; null without O(sudoers_path).", type: list}
    outbox: {description: "C(count) of messages that wait, C(since) when (epoch), or the C(failure).", type: dict}
    timer: {description: "What keeps the timer from running; null without O(timer).", type: list}
    certificates:
      description: "Of each C(address) that is asked by TLS when its certificate C(expires) (epoch), or the C(failure)."
      type: list
      elements: dict
    clock: {description: "The host's clock (epoch) when the look C(begun), and when it C(ended).", type: dict}
asked:
  description: When the host was asked (C(at)) and had C(answered), by the controller's clock (epoch).
  returned: by the action plugin
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import preflight_info


def main() -> None:
    modules.answer(AnsibleModule(**preflight_info.ARGUMENTS, supports_check_mode=True), "preflight_info")


if __name__ == "__main__":
    main()
