# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Where this run acts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: run_place
short_description: Where this run acts
description:
  - Gives the beginning of a message that refuses something, or says how a run ended. It names the environment, and
    the group and the part of it where C(-e fleet=) and C(--limit) name one.
options: {}
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Say what is missing
  ansible.builtin.fail:
    msg: "{{ lookup('run_place') }}release_version is missing"
"""

RETURN = r"""
_raw:
  description: Such as C([production] ), with the blank; empty where the place has no name.
  type: list
  elements: str
"""

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.invocation import this_run  # noqa: E402  (the lines above make it importable)


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible names no types
    def run(self, terms: Sequence[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        if terms:
            raise AnsibleError("run_place takes nothing: it is about this run")
        return [this_run(variables or {}, self._templar.template, self._loader).at]
