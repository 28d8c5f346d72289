#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Stage a release, remove old ones, mark one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Stage a release, remove old ones, or mark one
description:
  - With O(state=staged) an artifact becomes a release directory, or nothing is left of it. A jar is put there under
    the service's own name for it, a wheel is installed there into a virtualenv of the release's own.
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
    description: Path on the host of a C(.tar.gz), C(.tgz), C(.zip), C(.jar) or C(.whl). Required with O(state=staged).
    type: path
  sha256:
    description: The checksum that the artifact must have, in hexadecimal.
    type: str
  incoming:
    description: >-
      Whether the directory of O(artifact) is one for artifacts on their way, and holds nothing else. It is closed to
      others, what dead runs left in it is removed, and so is the artifact at the end, staged or not.
    type: bool
    default: false
  download:
    description: >-
      Where the host fetches the artifact from, as M(release_source) returns it, unless it has the content already.
      O(artifact) is then the path to put it to, in a directory as with O(incoming), and O(sha256) is required.
    type: dict
    suboptions:
      url:
        description: C(https) or C(http), without user, password and query.
        type: str
        required: true
      query:
        description: What follows the question mark, such as a signature. It appears in no output.
        type: str
        default: ""
      headers:
        description: Sent to the URL's own host. Their values appear in no output.
        type: dict
        default: {}
      ca:
        description: Certificates (PEM) to trust besides the host's own.
        type: str
        default: ""
      proxy:
        description: C(http://[user:password@]host:port); by default the host's environment decides.
        type: str
        default: ""
      max_bytes:
        description: The largest artifact accepted, in bytes.
        type: int
        default: 8589934592
      deadline_s:
        description: How many seconds the download may take, all attempts included.
        type: float
        default: 1800
  source:
    description: Where the artifact came from, for the record.
    type: str
  git_sha:
    description: The commit that the artifact was built from, for the record.
    type: str
  reason:
    description: Why a release is marked or cleared. Required with those states.
    type: str
  freeze:
    description: Whether O(state=marked_bad) also freezes the service, so that no deploy begins until somebody resumes.
    type: bool
    default: false
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
  stopped:
    description: With O(finish), whether the run ends half-way, so that the same deploy continues it.
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

- name: Let the host fetch and stage one
  release:
    service: "{{ refit_services.backend }}"
    version: 20240127-120000
    artifact: /var/lib/refit/backend/incoming/backend.tar.gz
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    download:
      url: https://builds.example.com/backend.tar.gz
      headers: {Authorization: "{{ vault_builds_token }}"}

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
received_bytes:
  description: How much was fetched; 0 where the content was there.
  returned: with O(download), except in check mode
  type: int
removed:
  description: The versions that were removed, or would be.
  returned: when O(state=pruned)
  type: list
  elements: str
"""

import contextlib
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import fetching, marking, pruning, staging, survey, system
from ansible.module_utils.refit.errors import RefitError
from ansible.module_utils.refit.incoming import incoming
from ansible.module_utils.refit.operation import Operation, Operations
from ansible.module_utils.refit.service import Service


def staged(module: AnsibleModule, service: Service, world: system.System, operation: Any) -> dict[str, Any]:
    params = module.params
    if params["download"]:
        return fetched(module, service, world, operation)
    args = (service, params["version"], params["artifact"])
    if module.check_mode:
        plan = staging.plan_staging(*args, world, params["sha256"])
    else:
        with incoming(params["artifact"], world.clock) if params["incoming"] else contextlib.nullcontext():
            plan = staging.stage(
                *args,
                world,
                sha256=params["sha256"],
                source=params["source"],
                git_sha=params["git_sha"],
                operation=operation,
            )
    return told(service, plan)


def fetched(module: AnsibleModule, service: Service, world: system.System, operation: Any) -> dict[str, Any]:
    params = module.params
    fetch = fetching.Fetch.from_mapping(params["download"], params["artifact"], params["sha256"])
    if module.check_mode:
        return told(service, fetching.plan_fetched(service, params["version"], fetch))
    plan, received = fetching.stage_fetched(
        service,
        params["version"],
        fetch,
        world,
        operation=operation,
        source=params["source"],
        git_sha=params["git_sha"],
    )
    return {**told(service, plan), "received_bytes": received}


def told(service: Service, plan: staging.StagePlan) -> dict[str, Any]:
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
    version, changed = marking.mark(
        service,
        world,
        params["version"],
        bad=bad,
        reason=params["reason"],
        operation=operation,
        freeze=params["freeze"],
        dry_run=module.check_mode,
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
            "incoming": {"type": "bool", "default": False},
            "download": {
                "type": "dict",
                "options": {
                    "url": {"type": "str", "required": True},
                    "query": {"type": "str", "default": "", "no_log": True},
                    "headers": {"type": "dict", "default": {}, "no_log": True},
                    "ca": {"type": "str", "default": ""},
                    "proxy": {"type": "str", "default": "", "no_log": True},
                    "max_bytes": {"type": "int", "default": 8 << 30},
                    "deadline_s": {"type": "float", "default": 1800},
                },
            },
            "source": {"type": "str"},
            "git_sha": {"type": "str"},
            "reason": {"type": "str"},
            "freeze": {"type": "bool", "default": False},
            "keep": {"type": "int", "default": 5},
            "operation": {"type": "dict"},
            "finish": {"type": "bool", "default": False},
            "stopped": {"type": "bool", "default": False},
        },
        required_if=[
            ("state", "staged", ("version", "artifact")),
            ("state", "marked_bad", ("version", "reason")),
            ("state", "cleared", ("version", "reason")),
        ],
        required_by={"download": ["sha256"]},
        supports_check_mode=True,
    )
    act = {"staged": staged, "pruned": pruned}.get(module.params["state"], marked)
    try:
        service, world = Service.from_mapping(module.params["service"]), system.real()
        operation = Operation.from_mapping(module.params["operation"]) if module.params["operation"] else None
        result = act(module, service, world, operation)
        if module.params["finish"] and operation and not module.check_mode:
            Operations(service.state_dir, world).finish(operation, module.params["stopped"])
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind, overtaken_by=getattr(error, "by", None))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
