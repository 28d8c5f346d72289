#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""All hosts' outcomes become one verdict."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_verdict
short_description: All hosts' outcomes become one verdict
description:
  - Runs once, on the controller. A host whose turn has come and that has no record was lost, and counts as maybe
    activated.
options:
  stage:
    description:
      - Which question is answered. C(staged) - may activation begin. C(batch) - what does a deploy do after a batch.
        C(deploy) - how did the deploy end. C(rollback) - is every host on the target.
    type: str
    choices: [staged, batch, deploy, rollback]
    required: true
  service:
    description: The service's name, for the commands in the report.
    type: str
    required: true
  target:
    description: The version that every host was to go to. A rollback may have none that is the same for all.
    type: str
  targets:
    description: With O(stage=rollback) per host the version that it goes to.
    type: dict
    default: {}
  before:
    description: Per host that takes part in a deploy the version to go back to, null if there is none.
    type: dict
    default: {}
  live:
    description:
      - Per host that takes part in a deploy the version that was live when it began, null if there was none. Required
        with O(stage=staged).
    type: dict
  missing:
    description: Per host of the fleet that could not be read from the start why.
    type: dict
    default: {}
  resumed:
    description: The hosts that had the version from the start, from a deploy that this one continues.
    type: list
    elements: str
    default: []
  lacking:
    description: With O(stage=staged) the hosts that had to be staged, as M(fleet_plan) returns them; the others had it.
    type: list
    elements: str
  copied:
    description: With O(stage=staged) per host what came of copying the artifact to it from the controller.
    type: dict
    default: {}
  obstacles:
    description: With O(stage=rollback) per host to which the version could not be brought why; else an empty text.
    type: dict
    default: {}
  tried:
    description: With O(stage=batch) and O(stage=deploy) the hosts of all batches that have begun.
    type: list
    elements: str
    default: []
  records:
    description: Per host what M(release) or M(release_activate) returned; an empty value where a host was lost.
    type: dict
    required: true
  taken_back:
    description: Per host what M(release_activate) returned when the host was taken back.
    type: dict
    default: {}
  ended:
    description: Per host what M(release) returned when it was told that the deploy is over.
    type: dict
    default: {}
  observed:
    description: What the hosts that run the release were graded after the last batch.
    type: dict
    default: {}
    suboptions:
      bad_hosts:
        description: Why hosts that were activated are known to be bad after all, as M(severity) returns it.
        type: dict
        default: {}
      severity:
        description: Their grade.
        type: str
        default: OK
      why:
        description: What that rests on, as M(severity) returns it.
        type: raw
        default: ""
      unjudged:
        description: That there were too few requests to say more, as M(severity) returns it.
        type: raw
        default: ""
  back_batches:
    description: With O(stage=batch), how many hosts of RV(take_back) go back at a time, as C(rollback_batches).
    type: list
    elements: raw
    default: ["100%"]
  groups:
    description: The inventory's groups, for O(back_batches).
    type: dict
    default: {}
  leaves_nothing:
    description: With O(stage=rollback), the same of the plan of M(fleet_plan).
    type: bool
    default: false
  artifact:
    description: Where the release came from, for the command that continues a deploy.
    type: str
    default: PATH_OR_URL
  override:
    description: Why a deploy went on although deploys are frozen.
    type: str
  stops:
    description: The deploys that a rollback stopped, as its plan names them.
    type: list
    elements: dict
    default: []
  marked:
    description: Per host what came of marking the release as bad, which freezes deploys.
    type: dict
    default: {}
  frozen:
    description: Whether a rollback froze deploys.
    type: bool
    default: false
attributes:
  check_mode:
    description: The module only decides, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Decide whether the deploy goes on
  fleet_verdict:
    stage: batch
    service: backend
    target: 20240127-120000
    before: "{{ plan.plan.from_versions }}"
    tried: "{{ plan.batches[0] }}"
    records: "{{ outcomes }}"
  delegate_to: localhost
  run_once: true
  register: gate
"""

RETURN = r"""
decision:
  description:
    - C(go_on); C(stop), for a person to decide; C(take_back) every touched host; or C(stand_aside), since a newer run
      has taken over.
  returned: with O(stage=batch)
  type: str
why:
  description: What the decision rests on, as data (C(code) and its values); empty where all is well.
  returned: with O(stage=batch)
  type: raw
told:
  description: The same as a sentence, in the language of the person at the terminal.
  returned: with O(stage=batch)
  type: str
conclusion:
  description: The decision as a word for people, in the same language.
  returned: with O(stage=batch)
  type: str
touched:
  description: The hosts on which the version was, or may have been, made live by this deploy or the one it continues.
  returned: with O(stage=batch)
  type: list
  elements: str
take_back:
  description: Per host that must go back, the version it goes back to.
  returned: with O(stage=batch)
  type: dict
take_back_batches:
  description: These hosts, in the order in which they go back.
  returned: with O(stage=batch)
  type: list
  elements: list
is_back:
  description: Whether every touched host has gone back by itself, so that nothing has to be taken back any more.
  returned: with O(stage=batch)
  type: bool
blame:
  description: Why the release itself is bad, null if only hosts or the network failed.
  returned: with O(stage=batch)
  type: str
failures:
  description: The hosts on which something went wrong so far, with the check and the last lines of the log.
  returned: with O(stage=batch)
  type: list
  elements: dict
commands:
  description: What a person types next; each with C(why), as data, and the C(command).
  returned: except with O(stage=batch)
  type: list
  elements: dict
verdict:
  description: The verdict, with every host's end.
  returned: except with O(stage=batch)
  type: dict
  contains:
    verdict:
      description:
        - C(succeeded), C(rolled_back), C(partly_rolled_back), C(stopped) or C(aborted_before_activation).
      type: str
    succeeded: {description: Whether every host that takes part is on the target and proven., type: bool}
    why: {description: "Why a deploy stopped, or could not go back, as data; empty otherwise.", type: raw}
    overtaken_by: {description: "Whose newer run took over, as data, else null.", type: raw}
    unjudged: {description: "O(observed.unjudged) of a deploy that succeeded; else empty.", type: raw}
    left_nothing: {description: Whether a rollback succeeded that had nothing to go back from., type: bool}
    hosts: {description: "Per host what it runs, whether that is proven, and what went wrong.", type: dict}
    failures:
      description: The hosts on which something went wrong, with the check and the last lines of the log.
      type: list
      elements: dict
    done: {description: How many hosts run the target and are proven., type: int}
    divergent: {description: Hosts that did not end where the verdict wants them., type: list, elements: str}
duration_s:
  description: How long the activation took on the host where it took longest, in seconds.
  returned: except with O(stage=batch)
  type: float
ending:
  description: >-
    What Discord is told: C(event), C(facts), C(back), whether it is told as a way back, and the C(outcome) that the
    deploy's first message shows from now on.
  returned: with O(stage=deploy)
  type: dict
report:
  description: The verdict as text for a person, with the commands to type next.
  returned: except with O(stage=batch)
  type: str
"""
