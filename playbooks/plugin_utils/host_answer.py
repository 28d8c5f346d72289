"""What a host answers is a stranger's text: a result holds what the module documents, and nothing else of it.

Ansible acts on some keys of a result (``add_host``, ``ansible_facts``, ``_ansible_*`` …): a host that is not what it
seems could have other hosts, and the controller, do what it likes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from refit.words.printable import printable
from refit.words.reason import Reason, from_record

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
    "reason": (str, dict),
    "overtaken_by": (str, dict, type(None)),
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
        return not_understood(Reason("longer_than", most=MAX_CHARACTERS))
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return not_understood(Reason("is_no_json"))
    if not isinstance(answer, dict):
        return not_understood(Reason("is_no_mapping"))
    for key, wanted in _ALWAYS.items():
        if key in answer and not isinstance(answer[key], wanted):
            return not_understood(Reason("is_of_another_type", name=key))
    found = {key: answer[key] for key in answer if key in _ALWAYS or key in returns}
    if "msg" in found:
        found["msg"] = shown(found["msg"])
    for key in ("reason", "overtaken_by"):
        if found.get(key) is not None:
            found[key] = from_record(found[key]).to_record()
    return bounded(found)


def bounded(result: dict[str, Any]) -> dict[str, Any]:
    """*result*, or a failure where it is nested deeper than :data:`MAX_DEPTH`."""
    level: list[Any] = [result]
    for _ in range(MAX_DEPTH):
        inner = [list(each.values()) if isinstance(each, dict) else each for each in level]
        level = [item for each in inner for item in each if isinstance(item, (dict, list))]
        if not level:
            return result
    return not_understood(Reason("nested_deeper", most=MAX_DEPTH))


def shown(text: str) -> str:
    """*text*, which Ansible shows as it is, without what a terminal would obey; its lines stay lines."""
    return "\n".join(printable(line, MAX_MESSAGE) for line in text[:MAX_MESSAGE].split("\n"))


def wants(text: str, digest: str) -> bool:
    """Whether the host asks for the package *digest* before it can answer."""
    try:
        return bool(len(text) < MAX_MESSAGE and json.loads(text) == {"wanted": digest})
    except (ValueError, RecursionError):
        return False


def not_understood(why: Reason) -> dict[str, Any]:
    """The failure that stands for an answer of which nothing is taken."""
    reason = Reason("answer_not_understood", why=why)
    return {
        "failed": True,
        "changed": False,
        "msg": str(reason),
        "reason": reason.to_record(),
        "kind": "not_understood",
    }
