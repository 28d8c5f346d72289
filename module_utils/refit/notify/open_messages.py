"""Messages that are kept current while a run goes on: who comes after a run that died can end its message.

One file each beside the outbox, for as long as the run is at work.  Webhook URLs are not stored: an entry knows the
address that it was sent to when it sees it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..core.durable import make_directory, remove_file, write_file
from ..words.reason import Record
from .discord_webhook import Webhook

#: What such a message shows of a run that nobody carries any more.
INTERRUPTED = "interrupted"
_ONGOING = ("running", "staging", "activating", "rolling_back")


@dataclass(frozen=True)
class OpenMessage:
    """A message that says that work goes on.

    Attributes:
        key: by which it was sent, and is changed.
        event, facts, channel: as it was told last.
        run: who has to end it, as :mod:`..state.runs` names runs.
        address: what stands for the webhook that it was sent to.
    """

    key: str
    event: str
    facts: Mapping[str, Any]
    channel: str
    run: str
    address: str

    def interrupted(self, why: Record, done: int | None = None) -> dict[str, Any]:
        """What it says once nobody carries on the run, which *done* hosts are known to have come through."""
        progress = {**self.facts["progress"], "outcome": INTERRUPTED, **({} if done is None else {"done": done})}
        return {**self.facts, "progress": progress, **({"reason": why} if why else {})}


def is_ongoing(facts: Mapping[str, Any]) -> bool:
    """Whether a message with these *facts* says that work goes on."""
    progress = facts.get("progress")
    return isinstance(progress, Mapping) and progress.get("outcome") in _ONGOING


def address_of(webhook: Webhook) -> str:
    """What stands for *webhook*, of which nothing can be learnt from it."""
    return hashlib.sha256(webhook.endpoint().encode()).hexdigest()[:16]


class OpenMessages:
    """Those that were sent from this machine; *spool* is the outbox's directory."""

    def __init__(self, spool: str) -> None:
        self.path = os.path.join(spool, "open")

    def note(self, message: OpenMessage) -> None:
        """Remember *message*.

        Raises:
            RefitError: it cannot be written.
        """
        make_directory(self.path, 0o700)
        write_file(self._file(message.key), json.dumps(asdict(message)), 0o600)

    def close(self, key: str) -> None:
        """Forget the message, which has been ended."""
        remove_file(self._file(key))

    def all(self) -> list[OpenMessage]:
        """Every one of them; what cannot be read is none."""
        names = []
        with contextlib.suppress(OSError):
            names = sorted(name for name in os.listdir(self.path) if name.endswith(".json"))
        return [found for found in map(self._read, names) if found is not None]

    def _read(self, name: str) -> OpenMessage | None:
        try:
            with open(os.path.join(self.path, name), encoding="utf-8") as handle:
                known = json.load(handle)
            message = OpenMessage(**{field.name: known[field.name] for field in fields(OpenMessage)})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        texts = (message.key, message.event, message.channel, message.run, message.address)
        return message if all(isinstance(text, str) for text in texts) and is_ongoing(message.facts) else None

    def _file(self, key: str) -> str:
        return os.path.join(self.path, hashlib.sha256(key.encode()).hexdigest()[:16] + ".json")
