"""What happened to a release, or to the service: the ``event`` of each entry in the ledger."""

from __future__ import annotations

STAGED = "staged"
INTENT = "intent"  # the link is about to move; open until verified, failed or abandoned
ACTIVATED = "activated"  # link moved and process manager told; not proven yet
VERIFIED = "verified"
FAILED = "failed"
ABANDONED = "abandoned"  # another activation took an open intent's place
ROLLED_BACK = "rolled_back"
MARKED_BAD = "marked_bad"
CLEARED = "cleared"
PRUNED = "pruned"
FROZEN = "frozen"
RESUMED = "resumed"
OVERRIDDEN = "overridden"  # a deploy was let through although the service was frozen

EVENTS = (
    STAGED, INTENT, ACTIVATED, VERIFIED, FAILED, ABANDONED, ROLLED_BACK, MARKED_BAD, CLEARED, PRUNED, FROZEN, RESUMED,
    OVERRIDDEN,
)  # fmt: skip
