"""In PM2's cluster mode no request is lost: not in a deploy, not when a bad canary is taken back, not in a rollback.

Nothing stands in front of the servers.  A request fails when it gets no answer; what the bad release itself answers
wrongly, as long as it is live, is counted apart.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from support import playbooks
from support.app.build import build
from support.discord import DiscordStandIn
from support.fleet import Fleet
from support.host import make_live
from support.load import Load

pytestmark = [pytest.mark.fleet, pytest.mark.slow, pytest.mark.timeout(600)]

OLD, NEW, BAD = "20240101-000000", "20240102-000000", "20240103-000000"
CANARY = 0  # the first batch is the first host


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[playbooks.Site]:
    base = tmp_path_factory.mktemp("site")
    cluster = {"exec_mode": "cluster", "instances": 2}
    with DiscordStandIn() as discord, Fleet(base, **cluster, health={"deadline_s": 5, "stable_s": 0.5}) as fleet:
        make_live(fleet, OLD)
        yield playbooks.Site(base, fleet, discord)


def deploy(site: playbooks.Site, version: str, mode: str = "healthy", **extra: Any) -> subprocess.CompletedProcess[str]:
    artifact = build(site.base / "artifacts", version, mode)
    named = {"release_version": version, "release_artifact": str(artifact), **extra}
    return site.play("playbooks/deploy.yml", "-e", json.dumps(named))


@contextlib.contextmanager
def load(site: playbooks.Site, what: str) -> Iterator[list[dict[str, Any]]]:
    """Requests to every server while the block runs; afterwards what came back from each."""
    with contextlib.ExitStack() as generators:
        urls = [f"http://127.0.0.1:{server.port}/" for server in site.fleet]
        seen = [generators.enter_context(Load([url], workers=2)) for url in urls]
        yield seen
    for server, found in zip(site.fleet, seen):
        print(f"{what}, {server.name}: {json.dumps(found)}")
    requests, failed, wrong = (sum(found[key] for found in seen) for key in ("requests", "failed", "wrong"))
    print(f"cluster: {what}: {requests} requests, {failed} failed, {wrong} answered wrongly by the bad release")


def test_workers_in_turn_lose_no_request(site: playbooks.Site) -> None:
    with load(site, "deploy") as deployed:
        done = deploy(site, NEW)
    assert done.returncode == 0, done.stdout
    assert site.running() == [NEW] * 3

    with load(site, "bad canary taken back") as taken_back:
        done = deploy(site, BAD, "unhealthy")
    assert done.returncode == 2, done.stdout
    assert site.running() == [NEW] * 3

    with load(site, "rollback") as rolled_back:
        done = site.play("rollback.yml", "-e", "rollback_further=true")
    assert done.returncode == 0, done.stdout
    assert site.running() == [OLD] * 3

    for seen in (*deployed, *taken_back, *rolled_back):
        assert seen["failed"] == 0, seen["first_failures"]
        assert seen["requests"] > 100
    wrong = [seen["wrong"] for seen in taken_back]
    assert wrong[CANARY] > 0
    assert sum(seen["wrong"] for seen in (*deployed, *rolled_back)) + sum(wrong[CANARY + 1 :]) == 0
