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
  allow_divergent:
    description: Where a rollback finds no release for the whole fleet, whether each host goes to its own previous one.
    type: bool
    default: false
  may_fetch:
    description: >-
      Where nothing else is left, whether a rollback goes to a release that no host has whole, but that was staged from
      a URL. The caller then brings it to the hosts of RV(plan) C(fetched) before it is activated.
    type: bool
    default: false
  override_freeze:
    description: Why a deploy goes on although the service is frozen. Nothing else lets it.
    type: str
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
  batches:
    description:
      - "In which order the hosts get the release: how many at a time (C(2)), which share of the whole fleet (C(50%)),
        or a group of the inventory. The last entry is repeated until all hosts have their place."
    type: list
    elements: raw
    default: [100%]
  groups:
    description: The inventory's groups, with the names of their hosts, for O(batches).
    type: dict
    default: {}
  expires_s:
    description: After how many seconds without a step others need not wait for this run any more.
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
    target: {description: "The version that every host goes to, null where each goes to its own.", type: str}
    targets: {description: Per reachable host the version that it goes to., type: dict}
    brought: {description: Per host that lacks its target the host from which it is brought first., type: dict}
    fetched: {description: Per host that must fetch its target first the URL that it was staged from., type: dict}
    content: {description: "The checksum of the artifact of what is brought or fetched, else null.", type: str}
    divergent: {description: Per host that stands apart from the fleet why., type: dict}
    stops: {description: "The deploys at work that a rollback stops: C(target), C(owner), C(started).", type: list}
    override: {description: "Why the deploy goes on although the service is frozen, else null.", type: str}
    leaving: {description: "The release that a rollback leaves and marks bad, else null.", type: str}
    from_versions: {description: Per reachable host the version to go back to if this fails., type: dict}
    missing: {description: Hosts that could not be read., type: list, elements: str}
    why: {description: How the target was chosen., type: str}
steps:
  description: Per reachable host what would be done, in words, for C(--check).
  returned: success
  type: dict
batches:
  description: The hosts that could be read, each in the batch in which it gets the release.
  returned: success
  type: list
  elements: list
resumed:
  description: The hosts that have the version already from a deploy that did not end, and go back if this one fails.
  returned: success
  type: list
  elements: str
news:
  description: Per host that lacks something the ledger entries for M(ledger_news), an overridden freeze included.
  returned: success
  type: dict
resume_command:
  description: The command with which deploys are resumed that a rollback froze.
  returned: success
  type: str
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
from ansible.module_utils.refit import batches, fleet_plan, fleet_steps, freeze, report, runs
from ansible.module_utils.refit.errors import RefitError


def is_resumed(plan: fleet_plan.FleetPlan, host: str, survey: Mapping[str, Any]) -> bool:
    """Whether a deploy that did not end had brought the version to *host* already."""
    return plan.kind == "deploy" and survey["current"] == plan.target != plan.from_versions[host]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "kind": {"choices": ["deploy", "rollback"], "required": True},
            "surveys": {"type": "dict", "required": True},
            "version": {"type": "str"},
            "further": {"type": "bool", "default": False},
            "allow_divergent": {"type": "bool", "default": False},
            "may_fetch": {"type": "bool", "default": False},
            "override_freeze": {"type": "str"},
            "sha256": {"type": "str"},
            "reason": {"type": "str"},
            "max_unreachable": {"type": "int", "default": 0},
            "batches": {"type": "list", "elements": "raw", "default": ["100%"]},
            "groups": {"type": "dict", "default": {}},
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
                override_freeze=params["override_freeze"] or None,
            )
        else:
            plan = fleet_plan.plan_rollback(
                surveys,
                params["version"] or None,
                further=params["further"],
                allow_divergent=params["allow_divergent"],
                may_fetch=params["may_fetch"],
            )
        order = batches.split(
            plan.from_versions,
            params["groups"],
            params["batches"],
            fleet_size=len(surveys),
            option=f"{plan.kind}_batches",
        )
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
    found = fleet_steps.steps_of(plan, surveys, sha256=params["sha256"], reason=params["reason"])
    notes = fleet_steps.notes_on(plan) + batches.describe(order)
    text = report.render_plan(plan.kind, plan.target, found, plan.missing, plan.why, notes)
    news = dict(plan.lessons)
    if plan.override:
        entry = freeze.override_entry(plan.target, plan.override, operation["owner"], operation["run"])
        news = {host: [*news.get(host, []), entry] for host in plan.from_versions}
    service = next(survey["service"] for survey in surveys.values() if survey)
    module.exit_json(
        changed=False,
        plan=plan.to_record(),
        operation=operation,
        batches=order,
        resumed=[host for host in plan.from_versions if is_resumed(plan, host, surveys[host])],
        steps=found,
        news=news,
        resume_command=freeze.lifted_by(service),
        report=text,
    )


if __name__ == "__main__":
    main()
