"""Outcome records of activations, as hosts return them, for tests of what follows from them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

OLD, NEW = "1", "2"


def outcome(result: str, to: str = NEW, live: str | None = NEW, **more: Any) -> dict[str, Any]:
    """A record; *more* may hold ``touched``, ``check`` and ``reason``."""
    return {
        "outcome": result,
        "to": to,
        "live": live,
        "touched": more.get("touched", True),
        "failed_check": more.get("check"),
        "overtaken_by": more.get("by"),
        "reason": more.get("reason"),
    }


GOOD = outcome("activated")
UNCHANGED = outcome("unchanged", touched=False)
RESTORED = outcome("restored", live=OLD, check="health", reason="answered 503")
FAILED = outcome("failed", live=OLD, check="health", reason="answered 503; going back failed, too")
REFUSED = outcome("refused", live=OLD, touched=False, check="busy", reason="another run is at work")
OVERTAKEN = outcome(
    "refused", live=NEW, check="outranked", by="a rollback by kim@ops-1", reason="a newer run has taken over"
)
BACK = outcome("activated", to=OLD, live=OLD)
NOT_BACK = outcome("failed", to=OLD, live=OLD, check="process", reason="it does not start")


def any_record(to: str) -> Any:
    """What may come back from a host that was told to go to *to*; None if nothing does."""
    return st.none() | st.builds(
        outcome,
        st.sampled_from(["activated", "unchanged", "restored", "failed", "refused"]),
        st.just(to),
        st.sampled_from([OLD, NEW, None]),
        touched=st.booleans(),
        check=st.sampled_from([None, "health", "busy", "outranked"]),
        reason=st.sampled_from([None, "why"]),
    )
