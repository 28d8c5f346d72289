"""Write into a host's ledger what the fleet knows and the host does not yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core import system
from ..state import ledger_news
from . import SERVICE

ARGUMENTS = {
    "argument_spec": {
        **SERVICE,
        "entries": {"type": "list", "elements": "dict", "required": True},
    },
}
RETURNS = ("written",)


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    service = Service.from_mapping(params["service"])
    news = ledger_news.write_news(service, system.real(), params["entries"], dry_run=check_mode)
    after = "".join(json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n" for entry in news)
    return {"changed": bool(news), "written": news, "diff": {"before": "", "after": after}}
