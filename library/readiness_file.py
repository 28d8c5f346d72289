#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Have a readiness file on a server, or have none."""

from __future__ import annotations

DOCUMENTATION = r"""
module: readiness_file
short_description: Have a readiness file on a server, or have none
description:
  - For balancers that look for a file - it is there while the server takes requests.
  - The file may lie in a directory of the application's. No link in such a directory is followed, and what is there is
    replaced, never written to - an application that is not to be trusted leads this module nowhere else.
options:
  path:
    description: The file; its directory is there.
    type: path
    required: true
  state:
    description: Whether the server takes requests.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Tells whether the file would be written or removed.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Say that this server takes no requests
  readiness_file:
    path: /opt/ai_app/shared/ready
    state: absent
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.core.errors import RefitError
from ansible.module_utils.refit.deploy import readiness


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    path, ready = module.params["path"], module.params["state"] == "present"
    try:
        changed = readiness.set_ready(path, ready, dry_run=module.check_mode)
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    module.exit_json(changed=changed, path=path)


if __name__ == "__main__":
    main()
