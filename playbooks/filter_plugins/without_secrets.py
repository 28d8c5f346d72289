# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""A service's settings for whom its secrets are none of the business."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
name: without_secrets
short_description: A service's settings without what is handed to the application
description:
  - Leaves out variables (C(env), C(environment), C(import_env)), C(headers) and C(body), and users and passwords of
    URLs. For modules that need none of them, since Ansible may log or show what a module is given.
options:
  _input:
    description: A service, or several by name, as under C(refit_services) in the inventory.
    type: dict
    required: true
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Read what the server needs and has
  host_plan:
    services: "{{ refit_services | without_secrets }}"
"""

RETURN = r"""
_value:
  description: The same settings without them.
  type: dict
"""

PACKAGE = str(Path(__file__).resolve().parents[2] / "module_utils")
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)

from refit.config import secrets  # noqa: E402  (the line above makes it importable)


def without_secrets(settings: Mapping[str, Any]) -> dict[str, Any]:
    """See DOCUMENTATION."""
    return secrets.split(settings)[0]


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"without_secrets": without_secrets}
