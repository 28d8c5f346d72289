#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What a command on an incident comes to, for the whole fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: incident_plan
short_description: What a command on an incident comes to, for the whole fleet
description:
  - Runs once, on the controller, over every host's M(incident_record). What hosts know together is the union of it, so
    a host that was away, or has lost its record, is brought what it lacks.
  - Reads nothing else and writes nothing. The same command twice comes to something once.
options:
  action:
    description: >-
      What is asked for. V(list) and V(show) only look; V(escalate) tells those whom the incident's policy calls by now
      and nobody told yet; V(audit) returns nothing but a RV(report), empty where no incident is open.
    type: str
    choices: [open, ack, note, severity, mitigate, snooze, escalate, resolve, reopen, list, show, audit]
    required: true
  service:
    description: The service's name.
    type: str
    required: true
  results:
    description: >-
      Per host of the fleet what M(incident_record) returned. A host without RV(incident_record#module:events), or with
      what is not understood, is missing; the others go on without it.
    type: dict
    required: true
  number:
    description: Which incident, such as V(INC-20240127-001); not needed where only one can be meant.
    type: str
    default: ""
  reason:
    description: What happened, what was seen, what was done.
    type: str
    default: ""
  severity:
    description: Of a new incident, or the one that it gets.
    type: str
    choices: ["", P0, P1, P2]
    default: ""
  minutes:
    description: For how many minutes V(snooze) has nobody told, at most 1440.
    type: float
    default: 0
  policy:
    description: Whom each severity calls when, as C(refit_escalation) of the inventory; copied into a new incident.
    type: dict
    default: {}
attributes:
  check_mode:
    description: The module only decides, so check mode makes no difference but in what the report says.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Open an incident
  incident_plan:
    action: open
    service: backend
    severity: P0
    reason: no payments
    results: "{{ results }}"
  delegate_to: localhost
  run_once: true
  register: plan
"""

RETURN = r"""
number:
  description: Which incident is meant; none for a list.
  returned: success
  type: str
news:
  description: Per reachable host that lacks some the events for M(incident_record).
  returned: success
  type: dict
claims:
  description: The host that is to be written to first, with C(state=claimed), where a number is given.
  returned: success
  type: str
told:
  description: >-
    The messages to send, in order; each with an C(event), its C(facts) and the events to write to all hosts after it
    (C(then)).
  returned: success
  type: list
  elements: dict
missing:
  description: Per host that could not be read why.
  returned: success
  type: dict
readable:
  description: The hosts that could be read.
  returned: success
  type: list
  elements: str
report:
  description: The outcome as text for a person.
  returned: success
  type: str
"""
