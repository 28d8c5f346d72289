"""What a host says of itself, as ``release_info`` returns it, put together for decisions over fleets."""

from __future__ import annotations

from typing import Any


def release(
    version: str,
    order: int = 0,
    *,
    state: str = "verified",
    bad: str | None = None,
    op: int = 0,
    sha256: str | None = None,
    source: str | None = None,
    tree: str | None = None,
) -> dict[str, Any]:
    """A release as a survey has it; *order* ranks its proof."""
    usable = state not in ("missing", "damaged")
    fit = state == "verified" and not bad
    return {
        "version": version,
        "state": state,
        "order": order,
        "usable": usable,
        "proven": state == "verified",
        "result": state if state in ("verified", "failed", "rolled_back", "staged") else None,
        "sha256": sha256,
        "tree_sha256": tree,
        "source": source,
        "qualifies": fit,
        "why_not": None if fit else f"it is {'bad' if bad else state}",
        "bad": {"reason": bad, "by": "kim", "at": "2024-01-27T12:00:00.000Z"} if bad else None,
        "activated_op": op,
    }


def survey(current: str | None, *releases: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A host's survey; releases are given the latest proof first."""
    return {
        "service": "backend",
        "current": current,
        "current_link": {"target": f"releases/v{current}", "absolute": False} if current else None,
        "leaving": current,
        "releases": list(releases),
        "holds": {"placed": [mark(r["version"], r["bad"]["reason"]) for r in releases if r["bad"]], "lifted": {}},
        "open_intent": None,
        "last_rollback": None,
        "operation": None,
        **more,
    }


def mark(version: str | None, reason: str, id: str | None = None) -> dict[str, Any]:
    """A mark as a survey has it; with ``version=None`` a freeze."""
    at = "2024-01-27T12:00:00.000Z"
    return {"id": id or f"{version}/{reason}", "reason": reason, "by": "kim", "at": at, "version": version}


def rolled_back(version: str, left: str, age_s: float = 60.0) -> dict[str, Any]:
    return {"version": version, "from": left, "at": "2024-01-27T12:00:00.000Z", "by": "lee@ops-2", "age_s": age_s}


def intent(version: str, before: str | None, kind: str) -> dict[str, Any]:
    return {"version": version, "from": before, "kind": kind, "at": "2024-01-27T12:00:00.000Z"}


def at_work(
    number: int,
    kind: str = "deploy",
    target: str | None = "3",
    unfinished: bool = True,
    run: str | None = None,
) -> dict[str, Any]:
    return {
        "number": number,
        "kind": kind,
        "run": run or f"run-{number}",
        "owner": "lee@ops-2",
        "target": target,
        "started": "2024-01-27T12:00:00.000Z",
        "expires": "2024-01-27T12:15:00.000Z",
        "finished": None if unfinished else "2024-01-27T12:01:00.000Z",
        "unfinished": unfinished,
    }


def lost(version: str, order: int, state: str = "missing", **more: Any) -> dict[str, Any]:
    """A release that was proven, and is no more what it was."""
    return {**release(version, order, state=state, **more), "proven": True, "result": "verified"}
