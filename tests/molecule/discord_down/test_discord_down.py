"""Discord is down while releases go out: no result changes, and every message arrives later, once and in order.

Discord is a stand-in on this machine; to the servers it is at the same loopback address, through SSH.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.containers.site import Site
from support.discord import DiscordStandIn
from support.fleet import wait_until
from support.playbooks import conclusions

FIRST, SECOND, BAD = "20240127-100000", "20240127-110000", "20240127-120000"
SPOOL = "/var/spool/refit/discord"
TOLD = ["🚀 배포 시작", "✅ 배포 완료"]
LIST = "Discord 장애로 밀린 알림 목록"
TOLD_OF_A_BAD_ONE = ["🚀 배포 시작", "🚨 P0 헬스체크 실패 → 자동 롤백됨", "✅ 롤백 완료"]
# The timer fires once a minute, each server up to 20 s later than the others; then it delivers.
TIMER_S = 150


class Operator:
    """Who runs the playbooks: with the webhooks in the environment, as CI has them, and a home of their own."""

    def __init__(self, site: Site, discord: DiscordStandIn, home: Path) -> None:
        self.site = site
        self.discord = discord
        self.environment = {
            "HOME": str(home),
            "REFIT_DISCORD_ALERTS": discord.webhook("alerts"),
            "REFIT_DISCORD_INCIDENTS": discord.webhook("incidents"),
        }

    def play(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.site.play(*arguments, **self.environment)

    def deploy(self, version: str, mode: str = "healthy") -> subprocess.CompletedProcess[str]:
        return self.play(*self.site.deploy_arguments(version, mode))

    def titles(self) -> list[str]:
        return [message["embeds"][0]["title"] for message in self.discord.messages()]

    def waiting(self) -> dict[str, int]:
        """How many messages wait on each server."""
        command = f"find {SPOOL}/queue -name '*.json' | wc -l"
        return {name: int(self.site.host(name).check_output(command)) for name in self.site.app}


@pytest.fixture(scope="module")
def operator(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with DiscordStandIn(roles={"devops-oncall": "100000000000000001"}) as discord, site.reaching(discord.port):
        operator = Operator(site, discord, tmp_path_factory.mktemp("home"))
        done = operator.play("playbooks/server-scripts.yml")
        assert done.returncode == 0, done.stdout
        yield operator


def test_as_long_as_discord_is_there_nothing_waits(operator: Operator) -> None:
    done = operator.deploy(FIRST)
    assert done.returncode == 0, done.stdout
    assert operator.titles() == TOLD
    assert "queued" not in done.stdout


def test_discord_being_down_changes_no_result(operator: Operator) -> None:
    operator.discord.stop()

    good = operator.deploy(SECOND)
    assert good.returncode == 0, good.stdout
    assert operator.site.running() == [SECOND] * 3

    bad = operator.deploy(BAD, "unhealthy")
    assert bad.returncode == 2
    report = conclusions(bad.stdout)
    assert f"ROLLED BACK: {BAD} failed; every touched host is proven on the release it had before" in report
    assert operator.site.running() == [SECOND] * 3

    for done in (good, bad):
        said = " ".join(done.stdout.split())  # long lines are broken
        waiting = r"(1 message is|\d+ messages are) queued, on app1, which sends them as soon as Discord takes messages"
        assert re.search(waiting, said)


def test_the_messages_wait_on_a_server_and_not_with_the_operator_and_another_server_has_a_list_of_each_run(
    operator: Operator,
) -> None:
    waiting = operator.waiting()
    assert waiting.pop("app1") >= len(TOLD) + len(TOLD_OF_A_BAD_ONE)  # and edits of the first of each
    assert waiting == {"app2": 2, "app3": 0}
    assert list(Path(operator.environment["HOME"]).rglob("queue/*.json")) == []


def test_what_waits_belongs_to_the_account_that_sends_it_though_it_was_root_who_put_it_there(
    operator: Operator,
) -> None:
    host = operator.site.host("app1")
    assert host.check_output(f"find {SPOOL} -printf '%u\n' | sort -u") == "refit-outbox"
    assert host.check_output("systemctl show --property User --value refit-outbox.service") == "refit-outbox"
    assert host.run("runuser -u refit-outbox -- cat /etc/refit/discord.json").rc != 0


def test_a_timer_that_finds_discord_down_is_no_failure_of_the_server(operator: Operator) -> None:
    host = operator.site.host("app1")
    status = "systemctl show --property {} --value refit-outbox.service"
    wait_until(lambda: host.check_output(status.format("ExecMainStatus")) == "3", TIMER_S)  # what waits, waits on
    assert host.check_output(status.format("Result")) == "success"
    assert operator.waiting()["app1"] >= len(TOLD) + len(TOLD_OF_A_BAD_ONE)


def test_the_timer_sends_them_once_and_in_order_when_discord_is_back(operator: Operator) -> None:
    operator.discord.start()

    wait_until(lambda: sum(operator.waiting().values()) == 0, TIMER_S)

    titles = operator.titles()
    assert [title for title in titles if LIST not in title] == [*TOLD, *TOLD, *TOLD_OF_A_BAD_ONE]
    assert [title for title in titles if LIST in title] == [f"ℹ️ {LIST}", f"🚨 {LIST}"]
    pings = [message["pings"]["roles"] for message in operator.discord.messages()]
    assert [bool(roles) for roles in pings] == [title.startswith("🚨") for title in titles]
