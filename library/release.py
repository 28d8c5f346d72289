#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Stage a release, remove old ones, mark one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Stage a release, remove old ones, or mark one
description:
  - With O(state=staged) an archive becomes a release directory, or nothing is left of it.
  - With O(state=pruned) old releases are removed; the live one, the rollback target and those made by hand never are.
  - With O(state=marked_bad) or O(state=cleared) a release is excluded from, or admitted to, rollbacks again.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
  state:
    description: What to bring about.
    type: str
    choices: [staged, pruned, marked_bad, cleared]
    default: staged
  version:
    description: The release's version, as C(20240127-120000). Required unless O(state=pruned).
    type: str
  artifact:
    description: Path on the host of a C(.tar.gz), C(.tgz) or C(.zip). Required with O(state=staged).
    type: path
  sha256:
    description: The checksum that the artifact must have, in hexadecimal.
    type: str
  remove_artifact:
    description: Whether the artifact is removed from the host, staged or not.
    type: bool
    default: false
  source:
    description: Where the artifact came from, for the record.
    type: str
  git_sha:
    description: The commit that the artifact was built from, for the record.
    type: str
  reason:
    description: Why a release is marked or cleared. Required with those states.
    type: str
  keep:
    description: How many proven releases O(state=pruned) keeps.
    type: int
    default: 5
  operation:
    description: The run this belongs to, as M(fleet_plan) returns it; the step is refused once a newer run took over.
    type: dict
  finish:
    description: Whether the run ends with this step.
    type: bool
    default: false
attributes:
  check_mode:
    description: Everything that can be checked without writing is checked.
    support: full
  diff_mode:
    description: Names the releases that come and go.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Stage a release
  release:
    service: "{{ refit_services.backend }}"
    version: 20240127-120000
    artifact: /tmp/backend.tar.gz
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

- name: Keep the five newest proven releases
  release:
    service: "{{ refit_services.backend }}"
    state: pruned
    keep: 5

- name: Let a repaired release be a rollback target again
  release:
    service: "{{ refit_services.backend }}"
    state: cleared
    version: 20240127-120000
    reason: the failure was the database's
"""

RETURN = r"""
version:
  description: The release that was staged, marked or cleared.
  returned: when O(state) is not C(pruned)
  type: str
sha256:
  description: The artifact's checksum.
  returned: when O(state=staged)
  type: str
removed:
  description: The versions that were removed, or would be.
  returned: when O(state=pruned)
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import marking, pruning, staging, survey, system
from ansible.module_utils.refit.errors import RefitError
from ansible.module_utils.refit.operation import Operation, Operations
from ansible.module_utils.refit.service import Service


def staged(module: AnsibleModule, service: Service, world: system.System, operation: Any) -> dict[str, Any]:
    params = module.params
    args = (service, params["version"], params["artifact"])
    if module.check_mode:
        plan = staging.plan_staging(*args, params["sha256"])
    else:
        plan = staging.stage(
            *args,
            world,
            sha256=params["sha256"],
            source=params["source"],
            git_sha=params["git_sha"],
            operation=operation,
        )
    after = f"staged {service.release_dir(plan.version)}\n"
    return {
        "changed": plan.changed,
        "version": plan.version,
        "sha256": plan.sha256,
        "diff": {"before": "" if plan.changed else after, "after": after},
    }


def pruned(module: AnsibleModule, service: Service, world: system.System, operation: Any) -> dict[str, Any]:
    keep = module.params["keep"]
    if module.check_mode:
        found = survey.survey(service, world)
        removed = pruning.prunable(found, keep)
    else:
        removed, found = pruning.prune(service, world, keep, operation)
    there = sorted(release.version for release in found.releases if release.on_disk)
    left = [version for version in there if version not in removed]
    return {
        "changed": bool(removed),
        "removed": removed,
        "diff": {"before": "\n".join(there) + "\n", "after": "\n".join(left) + "\n"},
    }


def marked(module: AnsibleModule, service: Service, world: system.System, operation: Any) -> dict[str, Any]:
    params = module.params
    bad = params["state"] == "marked_bad"
    by = operation.owner if operation else None
    version, changed = marking.mark(
        service, world, params["version"], bad=bad, reason=params["reason"], by=by, dry_run=module.check_mode
    )
    word = params["state"].replace("_", " ")
    return {
        "changed": changed,
        "version": version,
        "diff": {"before": "", "after": f"{word} {version}\n" if changed else ""},
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "service": {"type": "dict", "required": True},
            "state": {"choices": ["staged", "pruned", "marked_bad", "cleared"], "default": "staged"},
            "version": {"type": "str"},
            "artifact": {"type": "path"},
            "sha256": {"type": "str"},
            "remove_artifact": {"type": "bool", "default": False},
            "source": {"type": "str"},
            "git_sha": {"type": "str"},
            "reason": {"type": "str"},
            "keep": {"type": "int", "default": 5},
            "operation": {"type": "dict"},
            "finish": {"type": "bool", "default": False},
        },
        required_if=[
            ("state", "staged", ("version", "artifact")),
            ("state", "marked_bad", ("version", "reason")),
            ("state", "cleared", ("version", "reason")),
        ],
        supports_check_mode=True,
    )
    if not module.check_mode and module.params["remove_artifact"] and module.params["artifact"]:
        module.add_cleanup_file(module.params["artifact"])
    act = {"staged": staged, "pruned": pruned}.get(module.params["state"], marked)
    try:
        service, world = Service.from_mapping(module.params["service"]), system.real()
        operation = Operation.from_mapping(module.params["operation"]) if module.params["operation"] else None
        result = act(module, service, world, operation)
        if module.params["finish"] and operation and not module.check_mode:
            Operations(service.state_dir, world).finish(operation)
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
