"""What every scenario's tests start from."""

from __future__ import annotations

from typing import Callable

import pytest

from support.containers.site import Site
from support.containers.suite import MEASURED

_figures: list[str] = []


@pytest.fixture(scope="session")
def site() -> Site:
    """The servers that Molecule created for this scenario."""
    return Site()


@pytest.fixture(scope="session")
def measured() -> Callable[[str], None]:
    """Takes a figure that the person who reads the run is to see, whether or not a test fails."""
    return _figures.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was measured."""
    for figure in _figures:
        terminalreporter.write_line(MEASURED + figure)
