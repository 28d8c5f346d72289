"""What the Ansible modules of the same names do on a host: arguments, a function that answers, and what it may answer.

There are two doors to each.  An action plugin calls it on the host without building a module first; where the
connection does not allow that, the module in ``library/`` does, in Ansible's own way.  What no release waits for, such
as provisioning, is in ``library/`` alone.  What decides for the whole fleet is no module: see
``playbooks/action_plugins/``.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
from collections.abc import Mapping
from typing import Any, Callable

from ..config.secrets import join, masker_of, split
from ..core.errors import Outranked, RefitError, Writer, in_words

# What each of them is told of the service.  Ansible logs and shows what a module is given, except for a text that it is
# told to hide; with each secret as a text of its own it would tear holes into the result.
SERVICE: Mapping[str, Any] = {
    "service": {"type": "dict", "required": True},
    "service_secrets": {"type": "str", "no_log": True},
}


def call(name: str, params: Mapping[str, Any], check_mode: bool, watched: bool = False) -> dict[str, Any]:
    """What module *name* answers to *params*, which have been checked against its ``ARGUMENTS``.

    Args:
        watched: whether somebody reads how far it is meanwhile, of a module that says so (``TELLS_PROGRESS``).
    """
    os.umask(0o022)  # what is made here is made for the service's user to read, whatever the login shell's is
    if params.get("service_secrets"):
        params = {**params, "service": join(params["service"], json.loads(params["service_secrets"]))}
    run = importlib.import_module("." + name, __name__).run
    return guarded(functools.partial(run, watched=True) if watched else run, params, check_mode)


def hide_secrets(service: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that tell a module of *service*, with its secrets in an argument of their own."""
    shown, secrets = split(service)
    return {"service": shown, "service_secrets": json.dumps(secrets) if secrets else None}


def guarded(
    run: Callable[[Mapping[str, Any], bool], Mapping[str, Any]],
    params: Mapping[str, Any],
    check_mode: bool,
    write: Writer = in_words,
    language: str = "en",
) -> dict[str, Any]:
    """What *run* answers, as a module's result.  Its texts leave this host: without what the service is handed.

    Args:
        write: what makes a command of a step that an error names.
        language: of who reads ``msg``.

    Returns:
        ``failed`` is true where it failed for a reason that a person can mend; ``msg`` then says which, ``reason``
        is the same as data (:mod:`..words.reason`), and ``kind`` what sort of error it was.
    """
    masker = masker_of(params.get("service"))
    try:
        result: dict[str, Any] = masker.hide_in({"changed": False, **run(params, check_mode)})
        return result
    except RefitError as error:
        overtaken = (
            {"overtaken_by": masker.hide_in(error.by.to_record(), within=True)} if isinstance(error, Outranked) else {}
        )
        return {
            "failed": True,
            "changed": False,
            "msg": masker.hide(error.told(write, language)),
            "reason": masker.hide_in(error.reason.to_record(), within=True),
            "kind": error.kind,
            **overtaken,
        }


def answer(door: Any, name: str) -> None:
    """End the Ansible module *door*, an ``AnsibleModule`` that has checked the arguments, with what *name* answers."""
    result = call(name, door.params, door.check_mode)
    (door.fail_json if result.get("failed") else door.exit_json)(**result)
