"""How hard hypothesis looks, chosen with HYPOTHESIS_PROFILE: on this machine, and on a server with an old Python.

`default` draws the same examples each time, so that a red run is red for whoever looks at it; `few` draws the first of
them, where only the Python is another; `thorough` draws new ones and is for hunting. No deadline: test machines are
shared.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("default", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "few", derandomize=True, deadline=None, print_blob=True, max_examples=20, stateful_step_count=20
)
settings.register_profile("thorough", deadline=None, max_examples=5000, stateful_step_count=100, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
