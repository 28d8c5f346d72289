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
  service_secrets:
    description: As for M(release_info).
    type: str
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
    description: Why the release is left, as a person says it; or as data, C(code) and its values.
    type: raw
  lock_wait_s:
    description: How many seconds to wait for another run on this host.
    type: float
    default: 30
  finish:
    description: Whether the run ends with this activation.
    type: bool
    default: false
  signed:
    description: What the controller signed of the mark and the freeze, by their ids; as for M(release).
    type: dict
    default: {}
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
    reason: {description: "Why the release is not live, as data (C(code) and its values), null if it is.", type: raw}
    failed_check: {description: "The check that failed, such as C(health) or C(release).", type: str}
    overtaken_by: {description: "Whose newer run refused the rest, as data, else null.", type: raw}
    proof: {description: What was proven of the release., type: dict}
    restore_proof: {description: "What was proven of the release that was restored, if any.", type: dict}
    duration_s: {description: Seconds it took., type: float}
    log_tail:
      description: What the service logged last while the release was tried. Empty when it went well.
      type: list
      elements: str
    steps: {description: "The steps taken, with seconds since the beginning (C(at_s)).", type: list, elements: dict}
plan:
  description: The steps that would be taken, as data (C(code) and its values).
  returned: in check mode
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import release_activate


def main() -> None:
    modules.answer(AnsibleModule(**release_activate.ARGUMENTS, supports_check_mode=True), "release_activate")


if __name__ == "__main__":
    main()
