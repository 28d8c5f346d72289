"""What runs where, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..fleet import status

ARGUMENTS = {"argument_spec": {"results": {"type": "dict", "required": True}}}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    return {"report": status.render_status(params["results"])}
