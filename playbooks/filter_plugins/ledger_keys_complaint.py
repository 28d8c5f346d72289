# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What is wrong with the site's keys for ledgers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
name: ledger_keys_complaint
short_description: What is wrong with the site's keys for ledgers
description:
  - Says as a reason why the keys that C(refit_ledger_keys) names, or without it C(REFIT_LEDGER_KEYS) or
    C(REFIT_LEDGER_KEY) of the environment, cannot sign. It never shows a key.
options:
  _input:
    description: C(refit_ledger_keys) of the inventory, empty where it names none.
    type: raw
    required: true
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: The keys are keys
  ansible.builtin.assert:
    that: not refit_ledger_keys | default([]) | ledger_keys_complaint
"""

RETURN = r"""
_value:
  description: The sentence, empty where nothing is wrong.
  type: str
"""

PACKAGE = str(Path(__file__).resolve().parents[2] / "module_utils")
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)

from refit.core.errors import InvalidInput  # noqa: E402  (the line above makes it importable)
from refit.state.signatures import read_keys  # noqa: E402


def ledger_keys_complaint(setting: Any) -> Any:
    """See DOCUMENTATION."""
    try:
        read_keys(setting, os.environ)
    except InvalidInput as error:
        return error.reason.to_record()
    return {}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"ledger_keys_complaint": ledger_keys_complaint}
