"""What every test needs: imports as production does them, and how hard hypothesis looks.

The same files are reachable by two names, as in production: `refit` (the zipapp on a server) and
`ansible.module_utils.refit` (a module run by Ansible). They are two packages with two sets of classes: a test uses one
of them. The first name comes from `pythonpath` in pyproject.toml.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import ansible.module_utils

from support import hypothesis_profiles  # noqa: F401  (how hard hypothesis looks)

ROOT = Path(__file__).resolve().parent.parent

# Times are told in the zone of who reads them.
os.environ["TZ"] = "UTC"
time.tzset()

ansible.module_utils.__path__.append(str(ROOT / "module_utils"))
