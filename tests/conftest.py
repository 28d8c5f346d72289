"""What every test needs: imports as production does them, and how hard hypothesis looks.

The same files are reachable by two names, as in production: `refit` (the zipapp on a server) and
`ansible.module_utils.refit` (a module run by Ansible). They are two packages with two sets of classes: a test uses one
of them. The first name comes from `pythonpath` in pyproject.toml.
"""

from __future__ import annotations

import os
from pathlib import Path

import ansible.module_utils
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

ansible.module_utils.__path__.append(str(ROOT / "module_utils"))

# Chosen with HYPOTHESIS_PROFILE. The first two draw the same examples each time, so that a red run is red for whoever
# looks at it; `thorough` draws new ones and is for hunting. No deadline: test machines are shared.
settings.register_profile("default", derandomize=True, deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=5000, stateful_step_count=100, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
