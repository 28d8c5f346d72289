"""Of messages that one server takes over another one tells, so that no single server can keep them from the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.timestamps import epoch
from .config import NotifyConfig
from .discord_payload import build_payload
from .discord_text import moment, outside
from .events import compose
from .outbox import P0, Entry

_WORST_FIRST = (P0, "P1", "P2", "unknown", "info", "success")


def summary(entries: Sequence[Entry], taker: str, config: NotifyConfig, at: float) -> Entry | None:
    """What says which of *entries* the server *taker* has to deliver; None where they are edits, which are no news.

    It is as grave as the gravest of them, and pings whom that pings.

    Args:
        config: the language and the environment to write in, and whom to mention.
        at: now, in seconds since the epoch.
    """
    news = [entry for entry in entries if not entry.is_edit]
    if not news:
        return None
    severity = next((each for each in _WORST_FIRST if any(entry.severity == each for entry in news)), "info")
    facts = {
        "environment": config.environment,
        "hosts": [taker],
        "severity": severity,
    }
    message = compose("messages_handed_over", facts, language=config.language, at=at)
    listed = "\n".join(_line(entry.payload, at) for entry in news)
    message = replace(message, description="\n\n".join(filter(None, [message.description, listed])))
    payload, _warnings = build_payload(message, mentions=config.mentions, username=config.username)
    return Entry(message.channel, payload, severity)


def _line(payload: Mapping[str, Any], at: float) -> str:
    """When a message was to be told, and how it begins."""
    embeds = payload.get("embeds")
    embed = embeds[0] if isinstance(embeds, list) and embeds and isinstance(embeds[0], Mapping) else {}
    footer = embed.get("footer")
    where = footer.get("text") if isinstance(footer, Mapping) else ""
    said = " · ".join(str(each) for each in (embed.get("title") or payload.get("content"), where) if each)
    told = epoch(embed.get("timestamp"))
    return "{}  {}".format(moment(at if told is None else told), outside(said))
