#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""One decision for the whole fleet, before anything is touched."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_plan
short_description: One decision for the whole fleet, before anything is touched
description:
  - Runs once, on the controller, over every host's M(release_info), and chooses the one target of all hosts and the
    number of the operation. Reads nothing else and writes nothing.
options:
  kind:
    description: What is planned.
    type: str
    choices: [deploy, rollback]
    required: true
  surveys:
    description: Per host of the fleet its RV(release_info#module:survey); an empty value where it could not be read.
    type: dict
    required: true
  version:
    description: The version to deploy, or to go back to. A rollback chooses by itself without one.
    type: str
  further:
    description: Go back once more although another rollback was minutes ago.
    type: bool
    default: false
  sha256:
    description: The artifact's checksum, to tell hosts that have it already.
    type: str
  reason:
    description: Why a rollback is made, for the record.
    type: str
  max_unreachable:
    description: How many hosts may be missing from a deploy.
    type: int
    default: 0
  expires_s:
    description: After how many seconds others need not wait for this run, should it die.
    type: float
    default: 900
attributes:
  check_mode:
    description: The module only decides, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Choose the release that every host goes back to
  fleet_plan:
    kind: rollback
    surveys: "{{ surveys }}"
  delegate_to: localhost
  run_once: true
  register: plan
"""

RETURN = r"""
plan:
  description: What the fleet is about to do.
  returned: success
  type: dict
  contains:
    target: {description: The version that every host goes to., type: str}
    leaving: {description: "The release that a rollback leaves and marks bad, else null.", type: str}
    from_versions: {description: Per reachable host the version to go back to if this fails., type: dict}
    missing: {description: Hosts that could not be read., type: list, elements: str}
    why: {description: How the target was chosen., type: str}
steps:
  description: Per reachable host what would be done, in words, for C(--check).
  returned: success
  type: dict
report:
  description: The plan as text for a person.
  returned: success
  type: str
operation:
  description: The operation to pass to M(release) and M(release_activate).
  returned: success
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import fleet_plan, report, runs, steps
from ansible.module_utils.refit.errors import RefitError


def steps_of(plan: fleet_plan.FleetPlan, params: Mapping[str, Any]) -> dict[str, list[str]]:
    """Per reachable host what the plan amounts to there."""
    found = {}
    for host in plan.from_versions:
        survey = params["surveys"][host]
        found[host] = steps.activation_steps(survey, plan.target, mark_bad=plan.leaving, reason=params["reason"])
        if plan.kind == "deploy":
            found[host] = steps.staging_steps(survey, plan.target, params["sha256"]) + found[host]
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "kind": {"choices": ["deploy", "rollback"], "required": True},
            "surveys": {"type": "dict", "required": True},
            "version": {"type": "str"},
            "further": {"type": "bool", "default": False},
            "sha256": {"type": "str"},
            "reason": {"type": "str"},
            "max_unreachable": {"type": "int", "default": 0},
            "expires_s": {"type": "float", "default": 900},
        },
        required_if=[("kind", "deploy", ("version",))],
        supports_check_mode=True,
    )
    params = module.params
    surveys = params["surveys"]
    try:
        if params["kind"] == "deploy":
            plan = fleet_plan.plan_deploy(
                surveys,
                params["version"],
                max_unreachable=params["max_unreachable"],
                dead_runs=runs.dead_runs(surveys.values()),
            )
        else:
            plan = fleet_plan.plan_rollback(surveys, params["version"] or None, further=params["further"])
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    operation = {
        "number": plan.number,
        "kind": plan.kind,
        "run": runs.name_run(runs.playbook_process()),
        "owner": runs.owner(),
        "target": plan.target,
        "expires_s": params["expires_s"],
        "takes_over": plan.takes_over,
    }
    found = steps_of(plan, params)
    text = report.render_plan(plan.kind, plan.target, found, plan.missing, plan.why)
    module.exit_json(changed=False, plan=plan.to_record(), operation=operation, steps=found, report=text)


if __name__ == "__main__":
    main()
