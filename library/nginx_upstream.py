#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Take a server out of an nginx upstream, or put it back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nginx_upstream
short_description: Take a server out of an nginx upstream, or put it back
description:
  - Adds the parameter C(down) to one C(server) of an C(upstream) block, or removes it, and reloads nginx. Nothing else
    in the file changes. Returns once no worker hands new requests to a server that was taken out.
  - What C(nginx -t) refuses is put back. The last server that takes requests is never taken out.
options:
  path:
    description: The file that holds the upstream block.
    type: path
    required: true
  upstream:
    description: The upstream's name.
    type: str
    required: true
  server:
    description: The server's address, as the upstream has it.
    type: str
    required: true
  state:
    description: Whether the server takes requests.
    type: str
    choices: [up, down]
    required: true
  command:
    description: The program, with what it needs to find its configuration.
    type: list
    elements: str
    default: [nginx]
  pid_file:
    description: The file with the master's process id.
    type: path
    default: /run/nginx.pid
  timeout_s:
    description: How many seconds nginx may take to take the change up.
    type: float
    default: 10
attributes:
  check_mode:
    description: Shows the change and writes nothing.
    support: full
  diff_mode:
    description: Shows the file before and after.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Take this server out of the balancer
  nginx_upstream:
    path: /etc/nginx/conf.d/backend.conf
    upstream: backend
    server: "{{ ansible_host }}:8080"
    state: down
  delegate_to: balancer1
"""

RETURN = r"""
members:
  description: Per server of the upstream whether it takes requests.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.core import system
from ansible.module_utils.refit.core.errors import RefitError
from ansible.module_utils.refit.deploy import nginx, nginx_config


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "upstream": {"type": "str", "required": True},
            "server": {"type": "str", "required": True},
            "state": {"choices": ["up", "down"], "required": True},
            "command": {"type": "list", "elements": "str", "default": ["nginx"]},
            "pid_file": {"type": "path", "default": "/run/nginx.pid"},
            "timeout_s": {"type": "float", "default": 10},
        },
        supports_check_mode=True,
    )
    params = module.params
    wanted = (params["path"], params["upstream"], params["server"])
    down = params["state"] == "down"
    try:
        if module.check_mode:
            change = nginx.plan_state(*wanted, down=down)
        else:
            running = nginx.Nginx(params["command"], params["pid_file"])
            change = nginx.set_state(running, *wanted, system.real(), down=down, timeout_s=params["timeout_s"])
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    found = nginx_config.members(change.after, params["upstream"])
    module.exit_json(
        changed=change.changed,
        members={member.address: "down" if member.down else "up" for member in found},
        diff={"before": change.before, "after": change.after, "before_header": params["path"]},
    )


if __name__ == "__main__":
    main()
