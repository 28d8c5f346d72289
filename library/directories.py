#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Make many directories at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: directories
short_description: Make many directories at once
description:
  - What M(ansible.builtin.file) does for each directory, in one round trip for all of them.
options:
  directories:
    description: The directories, each after those that it lies in.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: >-
          Where it is; missing parents are made as well. A link is followed, so name none that lies where others may
          write.
        type: path
        required: true
      owner:
        description: The account that owns it.
        type: str
        required: true
      group:
        description: Its group.
        type: str
        required: true
      mode:
        description: Its permissions, as an octal number in quotes.
        type: str
        required: true
attributes:
  check_mode:
    description: Tells which directories would be made or changed.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Make the directories
  directories:
    directories:
      - {path: /opt/ai_app, owner: root, group: root, mode: "0755"}
      - {path: /opt/ai_app/shared, owner: refit-backend, group: refit-backend, mode: "0750"}
"""

RETURN = r"""
changed_paths:
  description: The directories that were made or changed.
  returned: success
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule


def make(module: AnsibleModule, wanted: dict) -> bool:
    """Bring one directory to what is *wanted*; returns whether that changes anything."""
    path = wanted["path"]
    made = not os.path.isdir(path)
    if made:
        if module.check_mode:
            return True
        try:
            os.makedirs(path, mode=0o755)
        except OSError as error:
            module.fail_json(msg=f"cannot make a directory: {error.strerror} ({path}). Next: ls -ld {path}")
    attributes = module.load_file_common_arguments({**wanted, "follow": True})
    return module.set_fs_attributes_if_different(attributes, made)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "directories": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "path": {"type": "path", "required": True},
                    "owner": {"type": "str", "required": True},
                    "group": {"type": "str", "required": True},
                    "mode": {"type": "str", "required": True},
                },
            },
        },
        supports_check_mode=True,
    )
    changed = [wanted["path"] for wanted in module.params["directories"] if make(module, wanted)]
    module.exit_json(
        changed=bool(changed),
        changed_paths=changed,
        diff={"before": "", "after": "".join(path + "\n" for path in changed)},
    )


if __name__ == "__main__":
    main()
