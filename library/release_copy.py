#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Bring a staged release from one host to another."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_copy
short_description: Bring a staged release from one host to another
description:
  - With O(state=packed) a host writes a release that is whole there to one file; with O(state=unpacked) another host
    makes a release of that file. The file itself is carried by C(fetch) and C(copy).
  - For a host that lacks the release to which a fleet goes back. The copy must be what the release's own manifest says.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
  state:
    description: What to bring about.
    type: str
    choices: [packed, unpacked]
    required: true
  version:
    description: The release's version.
    type: str
    required: true
  path:
    description: >-
      The file on this host, in a directory that holds nothing else. With O(state=unpacked) it is removed at the end,
      whatever came of it.
    type: path
    required: true
  sha256:
    description: The checksum of the artifact that the release was made from. Required with O(state=unpacked).
    type: str
  pack_sha256:
    description: The checksum the file must have, RV(pack_sha256) of the other host. Required with O(state=unpacked).
    type: str
  tree_sha256:
    description: >-
      What stands for all the files of the release, RV(release_info#module:survey.releases.tree_sha256) of a host that
      the file does not come from. Where it is left out, the file's own word counts.
    type: str
  operation:
    description: The run this belongs to, as M(fleet_plan) returns it; refused once a newer run took over.
    type: dict
attributes:
  check_mode:
    description: Nothing is written; O(state=unpacked) says whether the release would be made.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Pack a release where it is whole
  release_copy:
    service: "{{ refit_services.backend }}"
    state: packed
    version: 20240127-120000
    path: /var/lib/refit/backend/outgoing/20240127-120000.tar
"""

RETURN = r"""
version:
  description: The release.
  returned: success
  type: str
pack_sha256:
  description: The file's checksum.
  returned: when O(state=packed), except in check mode
  type: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.artifacts.incoming import incoming
from ansible.module_utils.refit.config.service import Service
from ansible.module_utils.refit.core import system
from ansible.module_utils.refit.core.errors import RefitError
from ansible.module_utils.refit.deploy import transplant
from ansible.module_utils.refit.state.operation import Operation
from ansible.module_utils.refit.state.versions import normalise


def packed(module: AnsibleModule, service: Service) -> dict[str, Any]:
    if module.check_mode:
        return {"changed": True}
    return {"changed": True, "pack_sha256": transplant.pack(service, module.params["version"], module.params["path"])}


def unpacked(module: AnsibleModule, service: Service) -> dict[str, Any]:
    params = module.params
    how = {
        "sha256": params["sha256"],
        "pack_sha256": params["pack_sha256"],
        "tree_sha256": params["tree_sha256"],
        "operation": Operation.from_mapping(params["operation"]) if params["operation"] else None,
    }
    world = system.real()
    asked = (service, params["version"], params["path"], world)
    if module.check_mode:
        return {"changed": transplant.unpack(*asked, **how, dry_run=True)}
    with incoming(params["path"], world.clock):
        return {"changed": transplant.unpack(*asked, **how)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "service": {"type": "dict", "required": True},
            "state": {"choices": ["packed", "unpacked"], "required": True},
            "version": {"type": "str", "required": True},
            "path": {"type": "path", "required": True},
            "sha256": {"type": "str"},
            "pack_sha256": {"type": "str"},
            "tree_sha256": {"type": "str"},
            "operation": {"type": "dict"},
        },
        required_if=[("state", "unpacked", ("sha256", "pack_sha256"))],
        supports_check_mode=True,
    )
    act = {"packed": packed, "unpacked": unpacked}[module.params["state"]]
    try:
        result = act(module, Service.from_mapping(module.params["service"]))
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    module.exit_json(version=normalise(module.params["version"]), **result)


if __name__ == "__main__":
    main()
