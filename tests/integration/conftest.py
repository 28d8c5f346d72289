"""Servers with real PM2 for the tests of the release core."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.fleet import Fleet
from support.host import Host


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One server, shared by a module's tests, on which nothing was ever deployed."""
    base = tmp_path_factory.mktemp("host")
    with Fleet(base, 1) as fleet:
        yield Host(fleet[0], base)
