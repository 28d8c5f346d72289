#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Write into a host's ledger what the fleet knows and the host does not yet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ledger_news
short_description: Write into a host's ledger what the fleet knows and the host does not yet
description:
  - Marks on releases and freezes of the service count on all hosts, whichever they were set on. This module writes
    them, and that they were lifted, to a host that was not there when it happened.
  - Where the site has a key, what the host staged itself is signed by it later on, if the host still has just that.
  - What the ledger holds already is not written again.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
  service_secrets:
    description: As for M(release_info).
    type: str
  entries:
    description: The entries for this host, as M(fleet_plan) and M(freeze_plan) return them.
    type: list
    elements: dict
    required: true
attributes:
  check_mode:
    description: Nothing is written.
    support: full
  diff_mode:
    description: Shows the entries that are new.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Tell the hosts what they missed
  ledger_news:
    service: "{{ refit_services.backend }}"
    entries: "{{ plan.news[inventory_hostname] }}"
  when: inventory_hostname in plan.news
"""

RETURN = r"""
written:
  description: The entries that were new to this host.
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import ledger_news


def main() -> None:
    modules.answer(AnsibleModule(**ledger_news.ARGUMENTS, supports_check_mode=True), "ledger_news")


if __name__ == "__main__":
    main()
