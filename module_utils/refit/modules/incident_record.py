"""Read what a host knows of incidents, and have it learn what the fleet knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core.system import Clock
from ..incidents.events import read_events
from ..incidents.store import IncidentStore
from . import SERVICE

READ, WRITTEN, CLAIMED = "read", "written", "claimed"

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "state": {"choices": [READ, WRITTEN, CLAIMED], "default": READ},
        "events": {"type": "list", "elements": "dict", "default": []},
    },
}
RETURNS = ("events", "written")


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    store = IncidentStore(Service.from_mapping(params["service"]).state_dir, Clock())
    if params["state"] == READ:
        return {"events": store.newest(), "written": 0}
    claims = params["state"] == CLAIMED
    new = store.learn(read_events(params["events"]), claims=claims, dry_run=check_mode)
    return {"changed": bool(new), "events": [], "written": len(new)}
