# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What is wrong with a value that a role was given, in one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jinja2
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

TYPES = {
    "str": "a text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
}
# Of a value.
SHOWN = 100
FROM_ANSIBLE = {"lookup", "query", "omit"}


def names_in(value: Any) -> list[str]:
    """The variables of which *value*, as it was written, is made, in their order there."""
    if not isinstance(value, str) or "{{" not in value:
        return []
    names = list(jinja2.Environment().parse(value).find_all(jinja2.nodes.Name))
    read = {each.name for each in names} - {each.name for each in names if each.ctx != "load"} - FROM_ANSIBLE
    return sorted(read, key=value.find)


def wrong(name: str, option: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """What is wrong with *name* in *given*, without the value of a secret; empty if nothing is."""
    value = {name: given[name]} if name in given else {}
    errors = ArgumentSpecValidator({name: dict(option)}).validate(value).error_messages
    if not errors:
        return ""
    if not value:
        return f"{name} is missing"
    if option.get("no_log"):
        return f"{name} must be {allowed(option)}; what it is is not shown, since it may be secret"
    if option.get("options") and isinstance(given[name], (dict, list)):  # they name what within it is meant
        return f"{name}: {'; '.join(errors)}"
    shown = json.dumps(given[name], ensure_ascii=False, default=str)
    return f"{name} must be {allowed(option)}, and is {shown if len(shown) <= SHOWN else shown[:SHOWN] + '…'}"


def allowed(option: Mapping[str, Any]) -> str:
    """What an *option* may be, in words."""
    choices = option.get("choices")
    one = f"one of {', '.join(str(each) or repr(each) for each in choices)}" if choices else ""
    if option["type"] != "list":
        return one or TYPES.get(option["type"], option["type"])
    elements = one or TYPES.get(option.get("elements", "raw"), "anything")
    return f"a list, each {elements}" if elements != "anything" else "a list"
