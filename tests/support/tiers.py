"""Which tests `make test` leaves to `make test-slow`."""

from __future__ import annotations

from typing import Any

import pytest


def seldom(*case: Any) -> Any:
    """One more case of its kind, a whole run of Ansible: among the slow tests."""
    return pytest.param(*case, marks=pytest.mark.slow)
