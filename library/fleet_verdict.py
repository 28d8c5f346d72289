#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""All hosts' outcomes become one verdict."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_verdict
short_description: All hosts' outcomes become one verdict
description:
  - Runs once, on the controller. A host without a record was lost, and counts as maybe activated.
options:
  stage:
    description:
      - Which question is answered. C(staged) - may activation begin. C(deploy) - did the deploy succeed, and who must
        go back. C(rollback) - is every host on the target.
    type: str
    choices: [staged, deploy, rollback]
    required: true
  service:
    description: The service's name, for the commands in the report.
    type: str
    required: true
  target:
    description: The version that every host was to go to.
    type: str
    required: true
  before:
    description: Per host of the fleet the version that was live before, null if none or unknown.
    type: dict
    required: true
  records:
    description: Per host what M(release) or M(release_activate) returned; an empty value where a host was lost.
    type: dict
    required: true
  taken_back:
    description: Per host what M(release_activate) returned when the host was taken back.
    type: dict
    default: {}
  observed:
    description: Why hosts that were activated are known to be bad after all, as M(severity) returns it in C(bad_hosts).
    type: dict
    default: {}
attributes:
  check_mode:
    description: The module only decides, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Decide how the deploy went
  fleet_verdict:
    stage: deploy
    service: backend
    target: 20240127-120000
    before: "{{ plan.plan.from_versions }}"
    records: "{{ outcomes }}"
  delegate_to: localhost
  run_once: true
  register: verdict
"""

RETURN = r"""
verdict:
  description: The verdict, with every host's end.
  returned: always
  type: dict
  contains:
    verdict:
      description: "One of C(succeeded), C(rolled_back), C(partly_rolled_back), C(aborted_before_activation)."
      type: str
    succeeded: {description: Whether every host is on the target and proven., type: bool}
    hosts: {description: "Per host what it runs, whether that is proven, and what went wrong.", type: dict}
    failures:
      description: The hosts on which something went wrong, with the check and the last lines of the log.
      type: list
      elements: dict
    divergent: {description: Hosts that did not end where the verdict wants them., type: list, elements: str}
take_back:
  description: Per host that must go back, the version it goes back to.
  returned: always
  type: dict
activated:
  description: The hosts on which this run made the target live.
  returned: always
  type: list
  elements: str
blame:
  description: Why the release itself is bad, null if only hosts or the network failed.
  returned: always
  type: str
report:
  description: The verdict as text for a person, with the commands to type next.
  returned: always
  type: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import observation, report, verdict


def outcome_of(result: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A host's outcome record; None where the module did not live to return one."""
    return (result or {}).get("outcome")


def with_logs(failures: list[dict[str, Any]], *results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """*failures*, each with what the first of *results* that knows of its host has of the log."""
    for failure in failures:
        outcomes = (outcome_of(each.get(failure["host"])) or {} for each in results)
        failure["log_tail"] = next((found["log_tail"] for found in outcomes if found.get("log_tail")), [])
    return failures


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "stage": {"choices": ["staged", "deploy", "rollback"], "required": True},
            "service": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "before": {"type": "dict", "required": True},
            "records": {"type": "dict", "required": True},
            "taken_back": {"type": "dict", "default": {}},
            "observed": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    params = module.params
    target, before, stage = params["target"], params["before"], params["stage"]
    take_back, blame, activated = {}, None, []
    if stage == "staged":
        found = verdict.staging_verdict(target, before, params["records"])
    else:
        outcomes = {host: outcome_of(params["records"].get(host)) for host in before}
        if stage == "deploy":
            outcomes = observation.outcomes_after(outcomes, params["observed"])
            taken_back = {host: outcome_of(result) for host, result in params["taken_back"].items()}
            found = verdict.deploy_verdict(target, before, outcomes, taken_back)
            blame = verdict.release_is_to_blame(outcomes)
            activated = verdict.activated_hosts(outcomes)
            if not found.succeeded:
                take_back = verdict.hosts_to_take_back(before, outcomes, target)
        else:
            found = verdict.rollback_verdict(target, before, outcomes)
    kind = "rollback" if stage == "rollback" else "deploy"
    text = report.render(kind, found, report.next_commands(kind, params["service"], found))
    record = found.to_record()
    with_logs(record["failures"], params["records"], params["taken_back"])
    module.exit_json(
        changed=False,
        verdict=record,
        take_back=take_back,
        blame=blame,
        activated=activated,
        report=text,
    )


if __name__ == "__main__":
    main()
