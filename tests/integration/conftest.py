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


@pytest.fixture(scope="module")
def staged(host: Host) -> Host:
    """The host with releases *1* and *2*, which are well, and others that are called after how they start."""
    for version in ("1", "2"):
        host.stage(version)
    host.stage("crashing", "crash_at_start")
    host.stage("looping", "crash_loop", after_ms=50)
    host.stage("slow", "slow_start", start_ms=1500)
    return host


@pytest.fixture
def server(staged: Host) -> Iterator[Host]:
    """The host with the link on release 1, and the service not known to PM2."""
    staged.app, staged.env = {}, {}
    staged.supervisor.stop()
    staged.switch("1")
    (staged.server.root / "ecosystem.config.cjs").unlink(missing_ok=True)
    yield staged
    staged.supervisor.stop()
