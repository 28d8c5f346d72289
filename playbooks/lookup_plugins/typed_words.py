# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What stands behind ``-e`` that was not meant so."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: typed_words
short_description: What stands behind -e that was not meant so
description:
  - Finds values that Ansible cut at a space, and names that are none and look like one that there is. C(-e @FILE) and
    JSON are left alone, so that a site can give variables of its own whatever they are called.
options:
  _terms:
    description: The playbook, as a person types it.
    required: true
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Nothing was mistyped
  ansible.builtin.assert:
    that: not query('typed_words', 'rollback.yml')
"""

RETURN = r"""
_raw:
  description: >-
    For each its C(name) and what to give C(instead); and C(rest), what of a value was lost, or C(meant), the name that
    there is.
  type: list
  elements: dict
"""

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.typed_words import problems  # noqa: E402  (the lines above make it importable)


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible names no types
    def run(self, terms: Sequence[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        return list(problems([str(word) for word in context.CLIARGS.get("extra_vars") or ()], str(terms[0])))
