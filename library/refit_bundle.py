#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Pack the release core as one file for the servers' scripts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: refit_bundle
short_description: Pack the release core as one file for the servers' scripts
description:
  - Packs C(module_utils/refit) as a Python zip application. The same sources give the same bytes.
  - Runs on the controller.
options:
  package:
    description: The package's directory.
    type: path
    required: true
  dest:
    description: The file to write; its directory is made when missing.
    type: path
    required: true
attributes:
  check_mode:
    description: Tells whether the file would change.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Pack the release core
  refit_bundle:
    package: "{{ playbook_dir }}/../module_utils/refit"
    dest: /tmp/refit.pyz
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
dest:
  description: The file.
  returned: always
  type: str
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import bundle


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read()
    except FileNotFoundError:
        return b""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "package": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    dest = module.params["dest"]
    try:
        packed = bundle.bundle(module.params["package"])
        changed = read(dest) != packed
        if changed and not module.check_mode:
            os.makedirs(os.path.dirname(dest), exist_ok=True)
            with open(dest + ".tmp", "wb") as handle:
                handle.write(packed)
            os.replace(dest + ".tmp", dest)
    except OSError as error:
        module.fail_json(msg="cannot pack {}: {}".format(module.params["package"], error))
    module.exit_json(changed=changed, dest=dest)


if __name__ == "__main__":
    main()
