#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""How bad is it, and what follows from that."""

from __future__ import annotations

DOCUMENTATION = r"""
module: severity
short_description: How bad is it, and what follows from that
description:
  - Runs once, on the controller, over every host's M(health_probe), and grades each host and the fleet as P0, P1, P2,
    UNKNOWN or OK by the team's severity table.
options:
  results:
    description:
      - Per host what M(health_probe) returned for it; a host that was lost counts as not measured.
      - With its C(survey) the report says whether a rollback would be refused now.
    type: dict
    required: true
  service:
    description: The service's name, for the report.
    type: str
    required: true
  baseline:
    description: The same as O(results) from before the deploy.
    type: dict
    default: {}
  touched:
    description:
      - The hosts that a deploy activated a release on. They are graded as a fleet of their own besides, and a
        single one of them that is P0 closes the gate.
    type: list
    elements: str
    default: []
  live:
    description:
      - Per host the version that was live when the deploy began, null if there was none. A host without one that the
        deploy has not come to yet, and on which nothing runs, is not graded.
    type: dict
    default: {}
  thresholds:
    description:
      - Bounds that differ from the team's table, by name. Known are C(server_errors_p0_pct) (50),
        C(server_errors_p1_pct) (10), C(server_errors_p2_pct) (3), C(response_rate_p1_pct) (50), C(latency_p1_ms)
        (30000), C(latency_p2_ms) (10000), C(latency_p2_factor) (2), C(health_p0_pct) (50), C(synthetic_p0_pct) (50),
        C(synthetic_p0_ms) (30000), C(p0_hosts_p0_pct) (50), C(log_errors_p2) (1) and C(minimum_requests) (20).
    type: dict
    default: {}
  fail_on:
    description: The severity from which on RV(passes) is false. UNKNOWN passes C(never) only.
    type: str
    choices: [P0, P1, P2, never]
    default: P0
  language:
    description: Language of the report.
    type: str
    choices: [ko, en]
    default: ko
attributes:
  check_mode:
    description: The module writes nothing, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Grade the fleet
  severity:
    service: backend
    results: "{{ results }}"
    fail_on: P1
  delegate_to: localhost
  run_once: true

- name: Grade an event
  severity:
    event: release_build_failed
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
grade:
  description: The fleet's grade.
  returned: always
  type: dict
  contains:
    severity: {description: "P0, P1, P2, UNKNOWN or OK.", type: str}
    complete: {description: Whether everything that is configured was measured., type: bool}
    reasons:
      description: "C(rule), C(severity), C(observed), C(threshold), C(unit), C(host), C(subject); the worst first."
      type: list
      elements: dict
    action: {description: "What to do, such as C(roll_back_now).", type: str}
    respond_within_minutes: {description: "Minutes, null if nobody must respond.", type: int}
    contacts: {description: "Whom to call: C(name), C(role), C(after_minutes).", type: list, elements: dict}
    hosts: {description: "Per host the same. With O(results).", type: dict}
    touched: {description: "The same of O(touched), else null. With O(results).", type: dict}
    control: {description: "The same of the hosts that were not touched. With O(results).", type: dict}
    failed_touched: {description: "The touched hosts that are P0 themselves. With O(results).", type: list}
passes:
  description: Whether a gate that closes at O(fail_on) lets this through.
  returned: always
  type: bool
reasons:
  description: The worst reasons as sentences in O(language).
  returned: always
  type: list
  elements: str
why:
  description: The one reason to tell where there is room for one, as data (C(code) and its values); empty if none.
  returned: always
  type: raw
headline:
  description: The severity and what to do, as one line.
  returned: with O(results)
  type: str
closed:
  description: That the gate is closed, why, and how to measure again; for the person at the terminal.
  returned: with O(results)
  type: str
bad_hosts:
  description: Why each of O(touched) that must be taken back is bad, as data; empty if the release may stay.
  returned: with O(results)
  type: dict
touched_why:
  description: What the grade of O(touched) rests on, as data; empty if they are OK.
  returned: with O(results)
  type: raw
unjudged:
  description:
    - That O(touched) together had fewer requests than the C(minimum_requests) that a share of them needs to mean
      something, as data; empty where they had, and where no traffic can be measured.
  returned: with O(results)
  type: raw
previous:
  description: >-
    The severity that the team was told last, by what the hosts remember; OK where nobody was told anything.
  returned: with O(results)
  type: str
at:
  description: When it was graded, ISO 8601 in UTC.
  returned: with O(results)
  type: str
failures:
  description: "The hosts that are not OK as C(host), C(check), C(detail), C(runs), for a message."
  returned: with O(results)
  type: list
  elements: dict
report:
  description:
    - The grade as text for a person, with a line per host and the commands to type next; with O(touched) without these,
      for the deploy decides what follows.
  returned: with O(results)
  type: str
"""
