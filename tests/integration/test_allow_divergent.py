"""No release is good on the whole fleet: a person lets each server go back to its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.fleet import Fleet
from support.host import Host

pytestmark = [pytest.mark.fleet, pytest.mark.slow]

ONES, OTHERS, LIVE = "20240101-000000", "20240102-000000", "20240103-000000"


class Site(playbooks.Site):
    """Three servers with *LIVE*: the first has proven *ONES* and seen *OTHERS* fail, the rest the other way round."""

    def __init__(self, base: Path, fleet: Fleet, discord: DiscordStandIn) -> None:
        super().__init__(base, fleet, discord)
        first, *rest = fleet
        for host in (Host(server, server.base) for server in fleet):
            host.deploy(ONES, "unhealthy", only_on=[server.port for server in rest])
            host.deploy(OTHERS, "unhealthy", only_on=[first.port])
            host.must_deploy(LIVE)

    def roll_back(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.play("rollback.yml", *arguments)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("divergent")
    health = {"deadline_s": 3, "stable_s": 0.4, "interval_s": 0.1}
    with DiscordStandIn() as discord, Fleet(base, health=health) as fleet:
        yield Site(base, fleet, discord)


def test_without_a_release_in_common_the_fleet_stays_and_is_told_how_it_may_go_apart(site: Site) -> None:
    refused = site.roll_back()

    assert refused.returncode != 0
    said = " ".join(refused.stdout.split())
    assert "no release qualifies on every host to go back to" in said
    assert "-e rollback_allow_divergent=true" in said
    assert site.running() == [LIVE] * 3


def test_each_server_goes_back_to_its_own_where_a_person_allows_it(site: Site) -> None:
    asked = ("-e", "rollback_allow_divergent=true", "-e", "rollback_reason='too slow'")
    done = site.roll_back(*asked)

    assert done.returncode == 0, done.stdout
    assert "ROLLED BACK: its own release is live and proven on all 3 hosts" in done.stdout
    assert site.running() == [ONES, OTHERS, OTHERS]
    told = json.dumps(site.discord.messages("ai-service-alerts"), ensure_ascii=False)
    assert told.count("롤백 완료") == 1

    again = site.roll_back(*asked)

    assert again.returncode != 0
    assert "to each host's own release" in " ".join(again.stdout.split())
    assert site.running() == [ONES, OTHERS, OTHERS]


def test_a_server_that_stands_apart_since_is_named(site: Site) -> None:
    status = playbooks.conclusions(playbooks.run(site.base, "playbooks/status.yml").stdout)

    assert f"DIVERGENT: 1 of 3 differs: server1 runs {ONES}; the fleet runs {OTHERS}" in status
