# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""ledger_news: see call_on_host.py."""

from __future__ import annotations

from ansible.plugins.loader import action_loader

CallOnHost = action_loader.get("call_on_host", class_only=True)


class ActionModule(CallOnHost):
    module = CallOnHost.load("ledger_news")
