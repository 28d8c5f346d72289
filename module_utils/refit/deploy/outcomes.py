"""How an activation ended on one host: the words of its outcome record."""

from __future__ import annotations

ACTIVATED = "activated"
UNCHANGED = "unchanged"
RESTORED = "restored"
FAILED = "failed"
REFUSED = "refused"

GOOD = (ACTIVATED, UNCHANGED)
