#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Wait until nobody is connected to a port any more."""

from __future__ import annotations

DOCUMENTATION = r"""
module: connections_closed
short_description: Wait until nobody is connected to a port any more
description:
  - For a server that was just taken out of a load balancer - returns as soon as the last TCP connection to O(port) is
    closed, so that restarting the service cuts no request.
  - Connections that outlive O(timeout_s) do not fail the task; RV(left) counts them.
options:
  port:
    description: The local port that the service listens on.
    type: int
    required: true
  timeout_s:
    description: How many seconds to wait at most.
    type: float
    default: 30
attributes:
  check_mode:
    description: Counts, and does not wait.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Let the requests end that this server still has
  connections_closed:
    port: 8080
    timeout_s: 30
"""

RETURN = r"""
left:
  description: How many connections were still open when the time was up.
  returned: always
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.core import system
from ansible.module_utils.refit.deploy import connections


def main() -> None:
    module = AnsibleModule(
        argument_spec={"port": {"type": "int", "required": True}, "timeout_s": {"type": "float", "default": 30}},
        supports_check_mode=True,
    )
    timeout_s = 0.0 if module.check_mode else module.params["timeout_s"]
    left = connections.wait_until_closed(module.params["port"], timeout_s, system.real())
    module.exit_json(changed=False, left=left)


if __name__ == "__main__":
    main()
