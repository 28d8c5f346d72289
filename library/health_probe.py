#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Measure how a service really is on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_probe
short_description: Measure how a service really is on a host
description:
  - Measures health, processes and, where the service names a source for them, its traffic, its log and a synthetic
    request, all at the same time over one window. M(severity) grades what this module returns.
  - What could not be measured says why (C(unmeasured)); it is never a zero. The module does not fail for it.
options:
  service:
    description:
      - The service, as for M(release_info).
      - Its optional keys C(traffic), C(log) and C(synthetic) say what else can be measured.
    type: dict
    required: true
  service_secrets:
    description: As for M(release_info).
    type: str
  window_s:
    description:
      - How many seconds to measure, at most 3600; 0 is a single look.
      - The call lasts as long and, if the service does not answer, as its longest time limit for an answer besides.
    type: float
    default: 10
  operation:
    description: >-
      The run that observes, as M(fleet_plan) returns it: while the window lasts nobody takes it for dead. Without it,
      or where another run has taken over, nothing is written.
    type: dict
  survey:
    description: Whether to say as well where the service stands, as M(release_info) does.
    type: bool
    default: false
attributes:
  check_mode:
    description: The module only measures, so check mode makes no difference to what it returns.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Measure the backend for ten seconds
  health_probe:
    service: "{{ refit_services.backend }}"
  register: backend
"""

RETURN = r"""
measurement:
  description: What was measured. A part that could not be measured holds C(unmeasured), the reason, and nothing else.
  returned: success
  type: dict
  contains:
    at: {description: "When the window began, ISO 8601 in UTC.", type: str}
    window_s: {description: Seconds., type: float}
    current: {description: "The version that C(current) names, null if nothing is live.", type: str}
    health:
      description: "C(attempts), C(answered), C(successes), C(failures) by kind, C(last_failure), C(status) of the last
        answer, C(mean_latency_ms)."
      type: dict
    process:
      description:
        - "C(status), C(pids), C(restarts) during the window, and C(versions) that run by C(/proc)."
      type: dict
    traffic:
      description:
        - "C(requests) during the window, C(errors) (5xx) of them, C(mean_latency_ms), C(p95_latency_ms), and whether
          the counters were C(restarted). Health checks and scrapes are left out."
      type: dict
    log:
      description: "C(errors), C(patterns), C(lines), C(samples); C(truncated) says why counts are lower bounds."
      type: dict
    synthetic:
      description: "C(attempts), C(answered), C(successes), C(status), C(failure), C(latency_max_ms)."
      type: dict
told:
  description: "What this host knows of the severity that the team was told last: C(severity), C(at); or null."
  returned: success
  type: dict
survey:
  description: As of M(release_info).
  returned: with O(survey)
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import health_probe


def main() -> None:
    modules.answer(AnsibleModule(**health_probe.ARGUMENTS, supports_check_mode=True), "health_probe")


if __name__ == "__main__":
    main()
