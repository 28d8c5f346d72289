"""What happened to a release, or to the service: the ``event`` of each entry in the ledger."""

from __future__ import annotations

from typing import Final, Literal, get_args

Event = Literal[
    "staged", "intent", "activated", "verified", "failed", "abandoned", "rolled_back", "marked_bad",
    "cleared", "pruned", "frozen", "resumed", "overridden",
]  # fmt: skip

STAGED: Final = "staged"
INTENT: Final = "intent"  # the link is about to move; open until verified, failed or abandoned
ACTIVATED: Final = "activated"  # link moved and process manager told; not proven yet
VERIFIED: Final = "verified"
FAILED: Final = "failed"
ABANDONED: Final = "abandoned"  # another activation took an open intent's place
ROLLED_BACK: Final = "rolled_back"
MARKED_BAD: Final = "marked_bad"
CLEARED: Final = "cleared"
PRUNED: Final = "pruned"
FROZEN: Final = "frozen"
RESUMED: Final = "resumed"
OVERRIDDEN: Final = "overridden"  # a deploy was let through although the service was frozen

EVENTS: tuple[Event, ...] = get_args(Event)
