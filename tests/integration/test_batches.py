"""Deploys and rollbacks in batches on a local fleet of three, with real PM2: whose turn it is, and who goes back."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.app.build import build
from support.counters import half_of_the_requests_fail
from support.discord import DiscordStandIn
from support.fleet import Fleet, wait_until
from support.host import make_live

pytestmark = pytest.mark.fleet

OLDEST, OLD = "20240101-000000", "20240102-000000"


class Site:
    """A fleet with *OLD* live, and a Discord that listens."""

    def __init__(self, base: Path, fleet: Fleet, discord: DiscordStandIn) -> None:
        self.base = base
        self.fleet = fleet
        self.discord = discord
        self._read = 0
        self.describe()

    def describe(self, **more: object) -> None:
        """Put *more* into every server's description of the service, as an inventory would."""
        self.fleet.save(webhooks={"alerts": self.discord.webhook("ai-service-alerts")})
        path = self.fleet.base / "fleet.json"
        described = json.loads(path.read_text())
        for server in described["servers"].values():
            server["services"]["backend"].update(more)
        path.write_text(json.dumps(described))

    def arguments(self, version: str, mode: str = "healthy", bad_on: int | None = None, **more: object) -> list[str]:
        """A deploy; *mode* shows on server number *bad_on* only, everywhere if there is none."""
        only_on = {} if bad_on is None else {"only_on": [self.fleet[bad_on - 1].port]}
        artifact = build(self.base / "artifacts", version, mode, **only_on, **more)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={artifact}"]
        # What a test before took back has frozen the service.
        return ["playbooks/deploy.yml", *named, "-e", "deploy_override_freeze=tested", "-e", "deploy_observe_s=0"]

    def play(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return playbooks.run(self.base, *arguments)

    def running(self) -> list[str | None]:
        """What each server's own process answers."""
        return self.fleet.running()

    def starts(self) -> list[int]:
        """How often each server's PM2 has started the service."""
        return [(server.pm2_home / "pm2.log").read_text().count(" online") for server in self.fleet]

    def said(self) -> str:
        """All text that Discord received since the last call."""
        messages = self.discord.messages("ai-service-alerts")
        texts = []
        for message in messages[self._read :]:
            for embed in message["embeds"]:
                texts += [embed.get("title", ""), embed.get("description", "")]
                texts += [field["name"] + " " + field["value"] for field in embed.get("fields", [])]
        self._read = len(messages)
        return "\n".join(texts)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    with DiscordStandIn() as discord, Fleet(base, health={"deadline_s": 6, "stable_s": 0.6}) as fleet:
        site = Site(base, fleet, discord)
        make_live(fleet, OLDEST, OLD)
        yield site


@pytest.fixture
def on_old(site: Site) -> Site:
    """The site with *OLD* live and proven everywhere."""
    site.describe()
    if site.running() != [OLD] * 3:
        make_live(site.fleet, OLD)
    site.said()
    return site


def row(report: str, host: str) -> list[str]:
    """The cells of *host*'s line in a report."""
    return re.search(rf"^{host} .*", report, re.MULTILINE).group().split()


def test_a_batch_that_fails_takes_back_those_before_it_and_none_after_it_begins(on_old: Site) -> None:
    before = on_old.starts()

    done = on_old.play(*on_old.arguments("20240103-000000", "unhealthy", bad_on=2))

    assert done.returncode == 2, done.stdout
    assert on_old.running() == [OLD] * 3
    report = playbooks.conclusions(done.stdout)
    assert "ROLLED BACK: 20240103-000000 failed" in report
    assert "20240103-000000 is marked bad, and deploys are frozen" in report
    assert "playbooks/resume.yml" in report.splitlines()[-1]
    assert row(report, "server1")[:3] == ["server1", OLD, "taken_back"]
    assert row(report, "server2")[:3] == ["server2", OLD, "restored"]
    assert row(report, "server3")[:3] == ["server3", OLD, "untouched"]
    assert on_old.starts()[2] == before[2]
    said = on_old.said()
    assert "배치 1/3" not in said  # the first message has moved on
    assert "↩️ 롤백됨" in said
    assert "0/3대" not in said
    assert "❌ server2" in said


@pytest.mark.slow
def test_a_deploy_that_stopped_at_p1_is_continued_by_the_same_command_and_all_of_it_goes_back(on_old: Site) -> None:
    bad = on_old.arguments("20240104-000000", "unhealthy", bad_on=3)
    with half_of_the_requests_fail() as page:
        on_old.describe(traffic={"kind": "prometheus", "url": page})
        stopped = on_old.play(*bad, "-e", "deploy_observe_s=0.5", "-e", "refit_language=en")

    assert stopped.returncode == 2, stopped.stdout
    assert on_old.running() == ["20240104-000000", OLD, OLD]
    report = playbooks.conclusions(stopped.stdout)
    assert "STOPPED: P1: " in report
    assert "→ stops, and takes nothing back" in stopped.stdout
    assert "20240104-000000 is live on 1 of 3 hosts; nothing was taken back" in report
    playbook = "ansible-playbook -i inventory/demo"
    go_on = rf"  to go on with the next batch:\n    {playbook} playbooks/deploy.yml -e service=backend "
    assert re.search(rf"{go_on}-e release_version=20240104-000000 .*-e deploy_observe_s=0\.5", report)
    assert f"  to take back what is live now:\n    {playbook} rollback.yml -e service=backend\n" in report
    said = on_old.said()
    assert "🟡 P1 Deploy stopped" in said
    assert "⏸️ stopped · 1/3 hosts" in said
    status = playbooks.conclusions(on_old.play("playbooks/status.yml").stdout)
    assert "STOPPED deploy of 20240104-000000 by" in status
    assert "STOPPED: the deploy of 20240104-000000 by " in status
    assert re.search(r"^  P1: .+\n  it stopped .+; P1 is answered within 15 minutes: until ", status, re.MULTILINE)

    on_old.describe()
    first = on_old.starts()[0]
    done = on_old.play(*bad)

    assert done.returncode == 2, done.stdout
    assert on_old.running() == [OLD] * 3  # the first one as well, though the second run only found it there
    assert "every touched host is proven on the release it had before" in playbooks.conclusions(done.stdout)
    assert on_old.starts()[0] == first + 1


@pytest.mark.slow
def test_a_host_that_may_be_missing_is_named_and_the_others_get_the_release(on_old: Site, tmp_path: Path) -> None:
    gone = tmp_path / "gone.yml"
    gone.write_text(
        "app:\n  hosts:\n    server2:\n      ansible_connection: ssh\n"
        "      ansible_host: 127.0.0.1\n      ansible_port: 1\n"
    )
    version = "20240105-000000"

    done = on_old.play(*on_old.arguments(version), "-i", str(gone), "-e", "deploy_max_unreachable=1")

    assert done.returncode == 0, done.stdout
    assert on_old.running() == [version, OLD, version]
    report = playbooks.conclusions(done.stdout)
    assert f"DEPLOYED: {version} is live and proven on 2 of 3 hosts. NOT REACHED: server2" in report
    assert "  once it can be reached, to bring along server2:\n    ansible-playbook -i inventory/demo -i " in report
    said = on_old.said()
    assert "✅ 배포 완료" in said
    assert "❌ server2" in said


@pytest.mark.slow
def test_a_rollback_overtakes_a_deploy_which_says_so_and_disturbs_nothing(on_old: Site) -> None:
    version = "20240106-000000"
    slow = on_old.arguments(version, "slow_start", start_ms=4500)
    with subprocess.Popen(
        playbooks.command(*slow),
        cwd=playbooks.ROOT,
        env=playbooks.environment(on_old.base),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as deploying:
        wait_until(lambda: on_old.fleet[0].current == version, 120)
        rollback = on_old.play("rollback.yml", "-e", f"release_version={OLD}")
        output, _ = deploying.communicate()

    assert rollback.returncode == 0, rollback.stdout
    assert deploying.returncode == 2, output
    assert on_old.running() == [OLD] * 3
    report = playbooks.conclusions(output)
    assert re.search(r"STOPPED: a rollback by \S+ has taken over", report), report
    assert "MANUAL ACTION" not in report
    said = on_old.said()
    assert "🟡 P1 배포 중단" in said
    assert "이어받았습니다" in said
    assert "롤백 실패" not in said


@pytest.mark.parametrize("option", ["deploy_batches", "rollback_batches"])
def test_batches_that_mean_nothing_are_refused_before_anything_is_touched(on_old: Site, option: str) -> None:
    done = on_old.play(*on_old.arguments("20240107-000000"), "-e", f"{option}=1,half")

    assert done.returncode == 2
    assert f"{option} holds 'half'" in done.stdout
    assert f"-e {option}=1,50%,100%" in done.stdout
    assert not list(on_old.fleet[0].root.glob("releases/*20240107*"))
    assert on_old.said() == ""


@pytest.mark.slow
def test_a_rollback_may_take_the_hosts_one_by_one_in_their_order(on_old: Site) -> None:
    done = on_old.play("rollback.yml", "-e", f"release_version={OLDEST}", "-e", "rollback_batches=1")

    assert done.returncode == 0, done.stdout
    assert on_old.running() == [OLDEST] * 3
    proven = [
        [json.loads(line) for line in (server.state_dir / "ledger.jsonl").read_text().splitlines()]
        for server in on_old.fleet
    ]
    times = [[entry["at"] for entry in ledger if entry["event"] in ("intent", "verified")][-2:] for ledger in proven]
    assert times[0][1] < times[1][0] < times[1][1] < times[2][0]
