#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What freezing or resuming a service comes to, for the whole fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: freeze_plan
short_description: What freezing or resuming a service comes to, for the whole fleet
description:
  - Runs once, on the controller, over every host's M(release_info). While a service is frozen no deploy begins on it;
    rollbacks always do. Reads nothing else and writes nothing.
  - A freeze counts on all hosts whichever it was set on, and resuming lifts every freeze that any host knows.
options:
  kind:
    description: What is planned.
    type: str
    choices: [freeze, resume]
    required: true
  service:
    description: The service's name.
    type: str
    required: true
  results:
    description: >-
      Per host of the fleet what M(release_info) returned. A host without a RV(release_info#module:survey), or with one
      that is not understood, is missing; the others go on without it.
    type: dict
    required: true
  reason:
    description: Why, for the record and for Discord.
    type: str
    required: true
  distrusted:
    description: >-
      Hosts whose word counts for themselves alone. What they know of marks, freezes, releases and runs is left out,
      also where other hosts wrote it down since; the run reaches them like the others.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: The module only decides, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Plan a release stop
  freeze_plan:
    kind: freeze
    service: backend
    results: "{{ results }}"
    reason: end of the quarter
  delegate_to: localhost
  run_once: true
  register: plan
"""

RETURN = r"""
news:
  description: Per reachable host that does not know it yet the ledger entries for M(ledger_news).
  returned: success
  type: dict
freezes:
  description: The freezes that stand now or, with O(kind=resume), stood until now. C(id), C(reason), C(by) and C(at).
  returned: success
  type: list
  elements: dict
missing:
  description: Per host that could not be read why; the next deploy or rollback tells it.
  returned: success
  type: dict
owner:
  description: Who does it, as C(kim@ops-1).
  returned: success
  type: str
report:
  description: The outcome as text for a person.
  returned: success
  type: str
"""
