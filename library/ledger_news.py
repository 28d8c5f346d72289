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
  - What the ledger holds already is not written again.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
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

import json

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import ledger_news, system
from ansible.module_utils.refit.errors import RefitError
from ansible.module_utils.refit.service import Service


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "service": {"type": "dict", "required": True},
            "entries": {"type": "list", "elements": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        service = Service.from_mapping(module.params["service"])
        news = ledger_news.write_news(service, system.real(), module.params["entries"], dry_run=module.check_mode)
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    after = "".join(json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n" for entry in news)
    module.exit_json(changed=bool(news), written=news, diff={"before": "", "after": after})


if __name__ == "__main__":
    main()
