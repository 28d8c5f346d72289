#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Tell one event to Discord."""

from __future__ import annotations

DOCUMENTATION = r"""
module: discord_message
short_description: Tell one event to Discord
description:
  - Composes the message of an event of the catalogue, cuts it to Discord's limits, and delivers it; what cannot be
    delivered waits in the spool and goes out with the next call.
  - With O(update_key) or O(replace_key) it brings an earlier message up to date instead; that pings nobody. With the
    latter, a message that cannot be edited at once is sent anew.
  - Runs on the controller, with C(requests) where that is installed. Trouble with Discord is a part of the result, not
    a failure; only wrong input fails.
options:
  event:
    description: The event's name, such as C(deploy_started).
    type: str
    required: true
  facts:
    description: What happened. Each event shows the facts that it has a place for; empty ones are left out.
    type: dict
    default: {}
  key:
    description: Names the message. A second one with the same key is not sent within a day; O(update_key) finds it.
    type: str
  update_key:
    description: The O(key) of the earlier message that this one replaces. If that still waits, this waits behind it.
    type: str
  replace_key:
    description: As O(update_key), but where the earlier message cannot be edited at once, this one is sent beside it.
    type: str
  channel:
    description: Where it goes. By default the event's own channel.
    type: str
    choices: [alerts, incidents]
  webhooks:
    description: Webhook URLs of the channels C(alerts) and C(incidents). They appear in no output.
    type: dict
    default: {}
  mentions:
    description: Per name (C(devops-oncall) …) its C(role) or C(user) id.
    type: dict
    default: {}
  language:
    description: Language of the message.
    type: str
    choices: [ko, en]
    default: ko
  environment:
    description: Name of the environment that the message shows.
    type: str
    default: ""
  runbook_url:
    description: >-
      Where the files of C(docs/runbooks) are read, such as C(https://git.example.com/team/ops/blob/main/docs/runbooks).
      Messages then have a button that leads to the section on what to do. No button is made of what is no https URL.
    type: str
    default: ""
  repository_url:
    description: >-
      Where the service's code is read, such as C(https://git.example.com/team/backend). Messages on a change between
      two known commits then have a button that leads to C(compare/FROM...TO) below it.
    type: str
    default: ""
  spool_dir:
    description: Where messages wait. Without it, what cannot be delivered now is lost, and that is said.
    type: path
  patience_s:
    description: How many seconds the whole run may lose to a Discord that takes no messages.
    type: float
    default: 5
attributes:
  check_mode:
    description: Composes the message, asks Discord whether the webhook exists, and sends nothing.
    support: full
  diff_mode:
    description: In check mode, shows the payload that would be sent.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Tell the team that a deploy begins
  discord_message:
    event: deploy_started
    facts: {service: backend, to_version: 20240127-120000}
    webhooks: {alerts: "{{ vault_discord_alerts }}"}
    spool_dir: /var/spool/refit/discord
    key: deploy-20240127-120000
  delegate_to: localhost
  run_once: true

- name: Show in the same message how far it is
  discord_message:
    event: deploy_started
    facts: {service: backend, to_version: 20240127-120000, progress: {done: 3, total: 8}}
    webhooks: {alerts: "{{ vault_discord_alerts }}"}
    spool_dir: /var/spool/refit/discord
    update_key: deploy-20240127-120000
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
status:
  description: >-
    C(sent), C(edited), C(queued) (it waits in the spool), C(refused) (Discord will not have it), C(failed) (not
    delivered, and there is no spool), C(skipped) (there was nothing to do, see RV(note)) or C(planned) (check mode).
  returned: success
  type: str
event:
  description: The event's name.
  returned: success
  type: str
channel:
  description: The channel's name, C(alerts) or C(incidents).
  returned: success
  type: str
key:
  description: What the message can be updated by.
  returned: success, except in check mode
  type: str
message_id:
  description: Discord's id of the message, null while it has none.
  returned: success, except in check mode
  type: str
channel_id:
  description: Discord's id of the channel; null while that is not known.
  returned: success
  type: str
attempts:
  description: How many requests were made for it.
  returned: success, except in check mode
  type: int
waited_s:
  description: Seconds spent waiting between them.
  returned: success, except in check mode
  type: float
reduced:
  description: Whether Discord took the message only in its minimal form.
  returned: success, except in check mode
  type: bool
complaint:
  description: >-
    What Discord or the network said last, or, where neither was asked, a reason as C({code, …}); null if nothing went
    wrong.
  returned: success
  type: raw
note:
  description: Why it was not sent, a reason as C({code, …}); null if there is nothing to say.
  returned: success
  type: dict
told:
  description: What became of it, for a person; in check mode also what is known of whom it would ping.
  returned: success
  type: str
unpinged:
  description: The names whose roles should have been pinged and, by what Discord answered, were not.
  returned: success
  type: list
  elements: str
trouble:
  description: Whether RV(told) is worth saying where nobody asked.
  returned: success
  type: bool
url:
  description: Where Discord shows the message; empty where it does not say on which of its servers that is.
  returned: in a job of GitHub Actions that has a summary, when the message was sent
  type: str
confirmed:
  description: Whether Discord says that the webhook is there, and no role to be pinged is the server's own id.
  returned: in check mode
  type: bool
lost:
  description: Whether nothing is kept of a message that could not be delivered.
  returned: success, except in check mode
  type: bool
unheard:
  description: Whether it is a P0 that nobody is told of, since no webhook is configured.
  returned: success, except in check mode
  type: bool
pending:
  description: How many messages wait in the spool now.
  returned: success
  type: int
delivered_earlier:
  description: How many messages that had waited went out in the same call.
  returned: success, except in check mode
  type: int
"""
