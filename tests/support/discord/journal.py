"""Everything that happened in a guild as JSON lines, to be read when the server is gone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from .conversation import Conversation
from .guild import Event


class Journal:
    """Writes events to a file that is started anew, each line at once."""

    def __init__(self, path: str, roles: Mapping[str, str], users: Mapping[str, str]) -> None:
        self._file: TextIO = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 (open as long as the server)
        self({"event": "guild", "roles": dict(roles), "users": dict(users)})

    def __call__(self, event: Event) -> None:
        self._file.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def read(path: str) -> Conversation:
    """The conversation as the last line of the journal at *path* leaves it."""
    conversation = Conversation()
    messages: dict[str, Any] = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "guild":
            conversation.roles, conversation.users = event["roles"], event["users"]
        elif event["event"] == "channel":
            conversation.channels[event["id"]] = event["name"]
        elif event["event"] == "message":
            messages[event["message"]["id"]] = event["message"]
        elif event["event"] == "deleted":
            del messages[event["id"]]
    conversation.messages = list(messages.values())
    return conversation
