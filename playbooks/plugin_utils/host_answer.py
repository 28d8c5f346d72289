"""What a host answers is a stranger's text: a result holds what the module documents, and nothing else of it.

Ansible acts on some keys of a result (``add_host``, ``ansible_facts``, ``_ansible_*`` …): a host that is not what it
seems could have other hosts, and the controller, do what it likes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from refit.core.answers import NOT_UNDERSTOOD
from refit.core.printable import printable

# A survey of a host with a hundred releases has some 100 kB.
MAX_CHARACTERS = 8 * 1024 * 1024
MAX_MESSAGE = 8192
# Ansible, and all that reads a result after it, goes down into it by calling itself.
MAX_DEPTH = 40

# What every module may answer besides what it documents: whether it is taken as it is, or what it has to be.
_ALWAYS: Mapping[str, type | tuple[type, ...]] = {
    "changed": bool,
    "failed": bool,
    "msg": str,
    "kind": str,
    "overtaken_by": (str, type(None)),
    "diff": dict,
}


def read(text: str, returns: Collection[str]) -> dict[str, Any]:
    """The result in *text*, which is the JSON that a host answered.  Never raises for anything in it.

    Args:
        returns: the keys that the module documents.

    Returns:
        What is allowed of it; or a failure whose ``msg`` says that it is not understood.
    """
    if len(text) > MAX_CHARACTERS:
        return _not_understood(f"it is longer than {MAX_CHARACTERS} characters")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return _not_understood("it is no JSON")
    if not isinstance(answer, dict):
        return _not_understood("it is no mapping")
    for key, wanted in _ALWAYS.items():
        if key in answer and not isinstance(answer[key], wanted):
            return _not_understood(f"{key} is no {wanted.__name__ if isinstance(wanted, type) else 'text'}")
    found = {key: answer[key] for key in answer if key in _ALWAYS or key in returns}
    if "msg" in found:
        found["msg"] = shown(found["msg"])
    return bounded(found)


def bounded(result: dict[str, Any]) -> dict[str, Any]:
    """*result*, or a failure where it is nested deeper than :data:`MAX_DEPTH`."""
    level: list[Any] = [result]
    for _ in range(MAX_DEPTH):
        inner = [list(each.values()) if isinstance(each, dict) else each for each in level]
        level = [item for each in inner for item in each if isinstance(item, (dict, list))]
        if not level:
            return result
    return _not_understood(f"it is nested deeper than {MAX_DEPTH}")


def shown(text: str) -> str:
    """*text*, which Ansible shows as it is, without what a terminal would obey; its lines stay lines."""
    return "\n".join(printable(line, MAX_MESSAGE) for line in text[:MAX_MESSAGE].split("\n"))


def wants(text: str, digest: str) -> bool:
    """Whether the host asks for the package *digest* before it can answer."""
    try:
        return bool(len(text) < MAX_MESSAGE and json.loads(text) == {"wanted": digest})
    except (ValueError, RecursionError):
        return False


def _not_understood(why: str) -> dict[str, Any]:
    return {"failed": True, "changed": False, "msg": f"{NOT_UNDERSTOOD}: {why}", "kind": "not_understood"}
