#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Messages to Discord that wait, from one machine's outbox to another's."""

from __future__ import annotations

DOCUMENTATION = r"""
module: discord_outbox
short_description: Hand messages to Discord that wait from one machine's outbox to another's
description:
  - A controller that cannot deliver its messages lists them here, lends them, puts them into a server's outbox and
    then removes them from its own. Done in this order nothing is lost, wherever it breaks off, and what may then be
    sent twice says so.
  - A server may say that it has taken them, and never send them. So another one is given RV(summary), which names them.
  - An entry holds the message and its channel's name, never a webhook's address.
options:
  path:
    description: The outbox's directory.
    type: path
    required: true
  state:
    description:
      - V(listed) - return what waits. V(offered) - return which O(entries) would be kept here. V(lent) - return those
        with O(identities), and what another server is to tell of them; from now on they are sent from here as possible
        duplicates only. V(present) - keep
        O(entries) until they are delivered. V(absent) - remove those with O(identities), because somebody else
        delivers them.
    type: str
    choices: [listed, offered, lent, present, absent]
    default: listed
  entries:
    description: What O(state=listed) or O(state=lent) returned elsewhere.
    type: list
    elements: dict
    default: []
  identities:
    description: What O(state=present) or O(state=offered) returned as RV(kept).
    type: list
    elements: str
    default: []
  config:
    description: >-
      The file with this machine's webhooks, for O(state=present) and O(state=offered). Only entries whose channel has
      one are kept; where there is no such file, none are.
    type: path
  taker:
    description: The server that they are lent to, for O(state=lent).
    type: str
  language:
    description: Language of RV(summary).
    type: str
    choices: [ko, en]
    default: ko
  environment:
    description: Name of the environment that RV(summary) shows.
    type: str
    default: ""
  mentions:
    description: Per name (C(devops-oncall) …) its C(role) or C(user) id; RV(summary) mentions as what it tells of.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Says what would be kept.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Read what waits on the controller
  discord_outbox:
    path: ~/.local/state/refit/discord
  delegate_to: localhost
  register: waiting

- name: Ask what a server would deliver
  discord_outbox:
    path: /var/spool/refit/discord
    config: /etc/refit/discord.json
    state: offered
    entries: "{{ waiting['entries'] }}"
  register: offer

- name: Lend it
  discord_outbox:
    path: ~/.local/state/refit/discord
    state: lent
    taker: server1
    identities: "{{ offer.kept }}"
  delegate_to: localhost
  register: lent

- name: Let the server deliver it
  discord_outbox:
    path: /var/spool/refit/discord
    config: /etc/refit/discord.json
    state: present
    entries: "{{ lent['entries'] }}"
  register: handed

- name: Forget it on the controller
  discord_outbox:
    path: ~/.local/state/refit/discord
    state: absent
    identities: "{{ handed.kept }}"
  delegate_to: localhost
"""

RETURN = r"""
entries:
  description: What waits, or was lent, in order.
  returned: for O(state=listed) and O(state=lent)
  type: list
  elements: dict
kept:
  description: The identities of the entries that wait here now, or would, or have been delivered already.
  returned: for O(state=present) and O(state=offered)
  type: list
  elements: str
identities:
  description: Those of what was lent.
  returned: for O(state=lent)
  type: list
  elements: str
summary:
  description: A list of one entry that names what was lent, and to whom; empty where that was only edits.
  returned: for O(state=lent)
  type: list
  elements: dict
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.core.errors import RefitError
from ansible.module_utils.refit.notify.config import NotifyConfig
from ansible.module_utils.refit.notify.handing_over import summary
from ansible.module_utils.refit.notify.outbox import Entry, Outbox


def listed(path: str) -> dict[str, Any]:
    """What waits in the outbox at *path*; reading makes no outbox."""
    entries = Outbox(path).pending() if os.path.isdir(path) else []
    return {"changed": False, "entries": [entry.to_record() for entry in entries]}


def lent(path: str, identities: list[str], taker: str, config: NotifyConfig, check_mode: bool) -> dict[str, Any]:
    """Those of *identities* that wait in the outbox at *path*, for that of *taker*.  Raises RefitError."""
    outbox = Outbox(path)
    if check_mode:
        entries = [entry for entry in outbox.pending() if entry.identity in identities]
    else:
        entries = outbox.lend(identities)
    told = summary(entries, taker, config, outbox.clock.now())
    return {
        "changed": bool(entries),
        "entries": [entry.to_record() for entry in entries],
        "identities": [entry.identity for entry in entries],
        "summary": [told.to_record()] if told else [],
    }


def present(path: str, records: list[dict[str, Any]], config: NotifyConfig, check_mode: bool) -> dict[str, Any]:
    """Keep what can be delivered from here.  Raises RefitError."""
    entries = [Entry.from_mapping(record) for record in records]
    entries = [entry for entry in entries if entry.channel in config.webhooks]
    if not check_mode:
        outbox = Outbox(path)
        for entry in entries:
            outbox.put(entry)
    return {"changed": bool(entries), "kept": [entry.identity for entry in entries]}


def absent(path: str, identities: list[str], check_mode: bool) -> dict[str, Any]:
    """Remove what somebody else delivers.  Raises RefitError."""
    if identities and not check_mode:
        Outbox(path).forget(identities)
    return {"changed": bool(identities)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "state": {"choices": ["listed", "offered", "lent", "present", "absent"], "default": "listed"},
            "entries": {"type": "list", "elements": "dict", "default": []},
            "identities": {"type": "list", "elements": "str", "default": []},
            "config": {"type": "path"},
            "taker": {"type": "str"},
            "language": {"choices": ["ko", "en"], "default": "ko"},
            "environment": {"type": "str", "default": ""},
            "mentions": {"type": "dict", "default": {}},
        },
        required_if=[
            ("state", "present", ("config",)),
            ("state", "offered", ("config",)),
            ("state", "lent", ("taker",)),
        ],
        supports_check_mode=True,
    )
    params = module.params
    path, state = params["path"], params["state"]
    try:
        if state == "offered":
            result = {**present(path, params["entries"], NotifyConfig.load(params["config"]), True), "changed": False}
        elif state == "present":
            result = present(path, params["entries"], NotifyConfig.load(params["config"]), module.check_mode)
        elif state == "absent":
            result = absent(path, params["identities"], module.check_mode)
        elif state == "lent":
            told_by = NotifyConfig.from_mapping({key: params[key] for key in ("language", "environment", "mentions")})
            result = lent(path, params["identities"], params["taker"], told_by, module.check_mode)
        else:
            result = listed(path)
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
