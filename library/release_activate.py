#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Make a release live on a host, prove it, or put back what was there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_activate
short_description: Make a release live on a host, prove it, or put back what was there
description:
  - Switches C(current) atomically, reloads the process manager and proves that every worker runs the release and that
    the service is healthy; when the proof fails, restores and proves what was live before.
  - Fails when the release did not go live; RV(outcome) then says what the host runs instead, and why.
  - A run that was interrupted at any point is finished by running it again.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
  version:
    description: The release to make live. It must be on the host.
    type: str
    required: true
  operation:
    description:
      - The run this belongs to, as M(fleet_plan) returns it (C(number), C(kind), C(run), C(owner)).
      - The activation stops at its next step once a newer run has taken over.
    type: dict
    required: true
  kind:
    description: What the activation is for. C(restore) takes back a host whose own deploy went well.
    type: str
    choices: [deploy, rollback, restore]
    default: deploy
  mark_bad:
    description: A version to mark bad, whatever becomes of this activation; usually the one that is left.
    type: str
  reason:
    description: Why the release is left.
    type: str
  lock_wait_s:
    description: How many seconds to wait for another run on this host.
    type: float
    default: 30
  finish:
    description: Whether the run ends with this activation.
    type: bool
    default: false
attributes:
  check_mode:
    description: Returns the steps that would be taken.
    support: full
  diff_mode:
    description: Shows the link before and after.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Activate a staged release
  release_activate:
    service: "{{ refit_services.backend }}"
    version: 20240127-120000
    operation: "{{ plan.operation }}"

- name: Go back, and never roll back into the bad release again
  release_activate:
    service: "{{ refit_services.backend }}"
    version: 20240126-090000
    kind: rollback
    mark_bad: 20240127-120000
    reason: 5xx above 50 %
    operation: "{{ plan.operation }}"
    finish: true
"""

RETURN = r"""
outcome:
  description: What became of the activation on this host.
  returned: always, except in check mode
  type: dict
  contains:
    host: {description: The server's own name., type: str}
    from: {description: "The version that was live before, null if none was.", type: str}
    to: {description: The version that was asked for., type: str}
    live: {description: The version that C(current) names now., type: str}
    outcome: {description: "One of C(activated), C(unchanged), C(restored), C(failed), C(refused).", type: str}
    touched: {description: Whether the link may have been moved., type: bool}
    reason: {description: "Why the release is not live, null if it is.", type: str}
    failed_check: {description: "The check that failed, such as C(health) or C(release).", type: str}
    overtaken_by: {description: "Whose newer run refused the rest, such as C(a rollback by kim), else null.", type: str}
    proof: {description: What was proven of the release., type: dict}
    restore_proof: {description: "What was proven of the release that was restored, if any.", type: dict}
    duration_s: {description: Seconds it took., type: float}
    log_tail:
      description: What the service logged last while the release was tried. Not there when it went well.
      type: list
      elements: str
    steps: {description: "The steps taken, with seconds since the beginning (C(at_s)).", type: list, elements: dict}
plan:
  description: The steps that would be taken.
  returned: in check mode
  type: list
  elements: str
"""

import socket
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import activation, steps, supervisor, survey, system
from ansible.module_utils.refit.errors import RefitError
from ansible.module_utils.refit.log_tail import LastWords
from ansible.module_utils.refit.operation import Operation
from ansible.module_utils.refit.releases import link_target
from ansible.module_utils.refit.service import Service
from ansible.module_utils.refit.versions import normalise


def link_diff(before: Mapping[str, Any] | None, version: str) -> dict[str, str]:
    target = before["target"] if before else "absent"
    return {"before": f"current -> {target}\n", "after": f"current -> {link_target(version)}\n"}


def refused(request: activation.Request, live: str | None, error: RefitError) -> dict[str, Any]:
    outcome = activation.Outcome(request.version, activation.REFUSED, live=live, before=live)
    outcome.reason, outcome.failed_check = str(error), error.kind
    return outcome.to_record()


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "service": {"type": "dict", "required": True},
            "version": {"type": "str", "required": True},
            "operation": {"type": "dict", "required": True},
            "kind": {"choices": ["deploy", "rollback", "restore"], "default": "deploy"},
            "mark_bad": {"type": "str"},
            "reason": {"type": "str"},
            "lock_wait_s": {"type": "float", "default": 30},
            "finish": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        service, world = Service.from_mapping(params["service"]), system.real()
        manager = supervisor.for_service(service, world)
        request = activation.Request(
            version=normalise(params["version"]),
            operation=Operation.from_mapping(params["operation"]),
            kind=params["kind"],
            mark_bad=params["mark_bad"],
            reason=params["reason"],
            finish=params["finish"],
            lock_wait_s=params["lock_wait_s"],
        )
        record = survey.full_record(service, world, manager)
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    link = record["current_link"]
    if module.check_mode:
        plan = steps.activation_steps(record, request.version, mark_bad=request.mark_bad, reason=request.reason)
        module.exit_json(changed=bool(plan), plan=plan, diff=link_diff(link, request.version) if plan else {})
    try:
        last_words = LastWords(service, world)
        outcome = activation.activate(service, world, manager, request, last_words.on_step).to_record()
    except RefitError as error:
        outcome = refused(request, record["current"], error)
    outcome["host"] = socket.gethostname()
    if outcome["outcome"] in (activation.ACTIVATED, activation.UNCHANGED):
        changed = outcome["outcome"] == activation.ACTIVATED
        module.exit_json(changed=changed, outcome=outcome, diff=link_diff(link, outcome["to"]) if changed else {})
    if outcome["touched"]:
        outcome["log_tail"] = last_words.lines()
    module.fail_json(msg=outcome["reason"], outcome=outcome)


if __name__ == "__main__":
    main()
