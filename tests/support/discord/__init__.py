"""A local stand-in for Discord's webhook API (v10) that enforces the published rules.

In a test::

    with DiscordStandIn(roles={"devops-oncall": "111"}) as discord:
        url = discord.webhook("ai-service-alerts")
        ...
        assert discord.messages("ai-service-alerts")[0]["pings"]["roles"] == ["111"]

As a process: ``python tests/support/discord/__main__.py --help``; what such a process
received is shown with ``python tests/support/discord/show.py LOG``.
"""

from __future__ import annotations

from .buckets import Limit
from .server import DiscordStandIn

__all__ = ["DiscordStandIn", "Limit"]
