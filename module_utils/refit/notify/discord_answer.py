"""What Discord, or whoever is in its place, answered: understood within bounds, or not at all, and never an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ..core.http import Response

_SNOWFLAKE = re.compile(r"[0-9]{1,20}\Z")
# Discord names a problem by its place in the message, such as embeds.0.fields.3.value.
_DEEPEST = 10
_MOST_PROBLEMS = 10


def document(answer: Response) -> Mapping[str, Any]:
    """The JSON object that *answer* is; empty where it is anything else."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def snowflake(value: Any) -> str | None:
    """*value* if it is an id as Discord gives them: it becomes a part of URLs."""
    return value if isinstance(value, str) and _SNOWFLAKE.match(value) else None


def complaint(answer: Response) -> str:
    """``HTTP 400: Invalid Form Body: embeds.0.title: Must be 256 or fewer in length.``; raw, and of any length."""
    said = document(answer)
    if not said:
        return "HTTP {} without an answer of Discord's API".format(answer.status)
    problems = "; ".join(islice(_problems(said.get("errors"), "", 0), _MOST_PROBLEMS))
    parts = ["HTTP {}".format(answer.status), text(said.get("message")), problems]
    return ": ".join(part for part in parts if part)


def text(value: Any) -> str:
    """*value* if it is a text; empty for anything else."""
    return value if isinstance(value, str) else ""


def _problems(node: Any, path: str, depth: int) -> Iterator[str]:
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    for key, value in node.items():
        if key == "_errors" and isinstance(value, list):
            for each in value:
                if isinstance(each, Mapping) and text(each.get("message")):
                    yield "{}: {}".format(path, each["message"])
        else:
            yield from _problems(value, "{}.{}".format(path, key) if path else key, depth + 1)
