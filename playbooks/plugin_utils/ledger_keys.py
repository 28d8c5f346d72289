"""The site's keys for what hosts write into their ledgers: from the inventory or the environment, and no further.

Plugins read them where they sign and judge.  They are no argument of a task: those are shown at ``-vvv``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from refit.core.timestamps import iso
from refit.state import runs
from refit.state.signatures import SETTING, Keyring, read_keys


def keyring_of(variables: Mapping[str, Any], template: Callable[[Any], Any], service: str) -> Keyring | None:
    """What this run signs with for *service*; None where the site has no key.

    Args:
        variables: those of a task; *template* evaluates one of them.

    Raises:
        InvalidInput: the keys are none.
    """
    keys = read_keys(template(variables.get(SETTING)), os.environ)
    if not keys:
        return None
    environment = template(variables.get("refit_environment")) or ""
    return Keyring(keys, service, str(environment), runs.name_run(runs.playbook_process()), iso(time.time()))
