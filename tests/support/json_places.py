"""Every place of a JSON value, and the value with something else put there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value can be put into *value*."""
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*here, key))


def put(value: Any, path: tuple[Any, ...], anything: Any) -> Any:
    """*value* with *anything* at *path*; it is not changed itself."""
    if not path:
        return anything
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], anything)
    return changed
