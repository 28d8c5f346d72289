# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What is wrong with a value that a role was given, in one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jinja2
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from refit.words.reason import Reason, as_it_came

TYPES = {
    "str": Reason("type_text"),
    "path": Reason("type_path"),
    "int": Reason("type_whole_number"),
    "float": Reason("type_number"),
    "bool": Reason("type_boolean"),
    "list": Reason("type_list"),
    "dict": Reason("type_mapping"),
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


def wrong(name: str, option: Mapping[str, Any], given: Mapping[str, Any]) -> Reason | None:
    """What is wrong with *name* in *given*, without the value of a secret; None if nothing is."""
    value = {name: given[name]} if name in given else {}
    errors = ArgumentSpecValidator({name: dict(option)}).validate(value).error_messages
    if not errors:
        return None
    if not value:
        return Reason("variable_missing", name=name)
    if option.get("no_log"):
        return Reason("variable_wrong_secret", name=name, allowed=allowed(option))
    if option.get("options") and isinstance(given[name], (dict, list)):  # they name what within it is meant
        return Reason("variable_wrong_within", name=name, errors=errors)
    shown = json.dumps(given[name], ensure_ascii=False, default=str)
    shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
    return Reason("variable_wrong", name=name, allowed=allowed(option), value=shown)


def allowed(option: Mapping[str, Any]) -> Reason:
    """What an *option* may be, in words."""
    choices = option.get("choices")
    one = Reason("type_one_of", choices=[str(each) or repr(each) for each in choices]) if choices else None
    if option["type"] != "list":
        return one or TYPES.get(option["type"]) or as_it_came(str(option["type"]))
    elements = one or TYPES.get(option.get("elements", "raw"))
    return Reason("type_list_of", each=elements) if elements else TYPES["list"]
