"""What the Ansible modules of the same names do: their arguments, and a function that answers.

There are three doors to each.  A module in ``library/`` is Ansible's own and works over every connection.  Where the
connection allows it, an action plugin in ``playbooks/action_plugins/`` calls the same function on the host without
building a module first, or, for what decides for the whole fleet, on the controller.

Modules that no release waits for are in ``library/`` alone: those that provision a server or take it out of a balancer.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from ..core.errors import Outranked, RefitError


def call(name: str, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """What module *name* answers to *params*, which have been checked against its ``ARGUMENTS``.

    Returns:
        A module's result.  ``failed`` is true in it where the module failed; ``msg`` then says why, and ``kind`` what
        sort of error it was.
    """
    module = importlib.import_module("." + name, __name__)
    try:
        return {"changed": False, **module.run(params, check_mode)}
    except RefitError as error:
        overtaken = {"overtaken_by": error.by} if isinstance(error, Outranked) else {}
        return {"failed": True, "changed": False, "msg": str(error), "kind": error.kind, **overtaken}


def answer(door: Any, name: str) -> None:
    """End the Ansible module *door*, an ``AnsibleModule`` that has checked the arguments, with what *name* answers."""
    result = call(name, door.params, door.check_mode)
    (door.fail_json if result.get("failed") else door.exit_json)(**result)
