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
      Where nothing else is left, whether a rollback goes to a release that no host can give, but that was staged from
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
    description: Why a rollback is made, for the record; a sentence, or a reason as data.
    type: raw
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
  back_batches:
    description: How many hosts a deploy that fails takes back at a time; only looked at, to be right when it is needed.
    type: list
    elements: raw
    default: [100%]
  groups:
    description: The inventory's groups, with the names of their hosts, for O(batches).
    type: dict
    default: {}
  hooks:
    description: Whether the site has tasks of its own around the steps, for RV(todo).
    type: bool
    default: false
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
- name: Choose the release that every host goes back to
  fleet_plan:
    kind: rollback
    service: backend
    results: "{{ results }}"
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
    tree: {description: "What stands for all the files of what is brought, null where that is not known.", type: str}
    divergent: {description: "Per host that stands apart from the fleet why, as data.", type: dict}
    leaves_nothing:
      description: Whether a rollback finds every host on its target, with nothing begun to be finished.
      type: bool
    stops: {description: "The deploys at work that a rollback stops: C(target), C(owner), C(started).", type: list}
    override: {description: "Why the deploy goes on although the service is frozen, else null.", type: str}
    leaving: {description: "The release that a rollback leaves and marks bad, else null.", type: str}
    from_versions: {description: Per reachable host the version to go back to if this fails., type: dict}
    missing: {description: Per host that could not be read why., type: dict}
    why: {description: "How the target was chosen, as data; null for a deploy.", type: raw}
steps:
  description: Per reachable host what would be done, as data (C(code) and its values), for C(--check).
  returned: success
  type: dict
todo:
  description: The role's files of tasks that this needs, in their order.
  returned: success
  type: list
  elements: str
lacking:
  description: The hosts of a deploy to which the artifact has yet to come.
  returned: success
  type: list
  elements: str
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
compare:
  description: The commits of the older and the newer release, C(from) and C(to); empty where not known, or several.
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
