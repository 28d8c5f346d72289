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
          Where it is; missing parents are made as well. A link is followed where nobody but root can have put it. In a
          directory that others may write, none is, and nothing that was there before is given to another owner unless
          it is root's and empty.
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

import grp
import pwd

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.core import beneath
from ansible.module_utils.refit.core.durable import explained
from ansible.module_utils.refit.core.errors import PROVISION_YML, RefitError, Step
from ansible.module_utils.refit.words.reason import Reason


def make(wanted: dict, dry_run: bool) -> bool:
    """Bring one directory to what is *wanted*; returns whether that changes anything.

    Raises:
        RefitError: it cannot be done, or not safely.
    """
    path = wanted["path"]
    try:
        uid, gid = pwd.getpwnam(wanted["owner"]).pw_uid, grp.getgrnam(wanted["group"]).gr_gid
    except KeyError as error:
        if dry_run:
            return True  # its account would be made before
        raise RefitError(
            Reason("no_account_or_group", why=str(error.args[0])),
            where=path,
            steps=[Step(PROVISION_YML, Reason("to_make_it"), options=("--tags", "users,directories"))],
        ) from error
    with explained(path, Reason("make_the_directory")):
        return beneath.settle_directory(path, uid, gid, int(wanted["mode"], 8), dry_run)


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
    try:
        changed = [each["path"] for each in module.params["directories"] if make(each, module.check_mode)]
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    module.exit_json(
        changed=bool(changed),
        changed_paths=changed,
        diff={"before": "", "after": "".join(path + "\n" for path in changed)},
    )


if __name__ == "__main__":
    main()
