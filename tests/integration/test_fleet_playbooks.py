"""The playbooks on a local fleet of three, with real PM2: what a person or CI runs."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from refit import __version__
from refit.core.build_info import BuildInfo
from support import playbooks
from support.app.build import build
from support.discord import DiscordStandIn
from support.fleet import Fleet, wait_until
from support.host import make_live
from support.pasting import commands_in, paste
from support.tiers import seldom

pytestmark = pytest.mark.fleet

OLD, NEW = "20240101-000000", "20240102-000000"


class Site(playbooks.Site):
    """A fleet with *OLD* and then *NEW* live, and a Discord that listens."""

    def deploy_arguments(self, version: str, mode: str = "healthy", **options: object) -> list[str]:
        artifact = build(self.base / "artifacts", version, mode, **options)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={artifact}"]
        # What a test before took back has frozen the service.
        return ["playbooks/deploy.yml", *named, "-e", "deploy_override_freeze=tested"]

    def deploy(self, version: str, mode: str = "healthy", **options: object) -> subprocess.CompletedProcess[str]:
        return self.play(*self.deploy_arguments(version, mode, **options), *playbooks.IN_ONE_BATCH)

    def current(self) -> list[str]:
        return [server.current for server in self.fleet]

    def said(self) -> str:
        """All text that Discord received since the last call."""
        texts = []
        for message in self.discord.messages("ai-service-alerts")[getattr(self, "_read", 0) :]:
            for embed in message["embeds"]:
                texts += [embed.get("title", ""), embed.get("description", "")]
                texts += [field["name"] + " " + field["value"] for field in embed.get("fields", [])]
        self._read = len(self.discord.messages("ai-service-alerts"))
        return "\n".join(texts)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    with DiscordStandIn() as discord, Fleet(base, health={"deadline_s": 4, "stable_s": 0.6}) as fleet:
        site = Site(base, fleet, discord)
        make_live(fleet, OLD, NEW)
        yield site


@pytest.fixture
def on_new(site: Site) -> Site:
    """The site with *NEW* live and proven everywhere."""
    if site.running() != [NEW] * 3:
        make_live(site.fleet, NEW)
    site.said()
    return site


def lost_once(site: Site, host: str, marker: Path) -> list[str]:
    """An inventory in which *host* cannot be reached any more as soon as *marker* exists."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    inventory = site.base / f"lost-{host}.yml"
    inventory.write_text(
        "app:\n  hosts:\n"
        f"    {host}:\n"
        f"      ansible_connection: \"{{{{ 'ssh' if '{marker}' is exists else 'local' }}}}\"\n"
        f"      ansible_host: 127.0.0.1\n"
        f"      ansible_port: {port}\n"
    )
    return ["-i", str(inventory)]


def test_a_host_that_fails_takes_the_whole_fleet_back(on_new: Site) -> None:
    bad_port = on_new.fleet[2].port

    done = on_new.deploy("20240103-000000", "unhealthy", only_on=[bad_port])

    assert done.returncode != 0
    assert on_new.running() == [NEW] * 3
    assert on_new.current() == [NEW] * 3
    report = playbooks.conclusions(done.stdout)
    assert "every touched host is proven on the release it had before" in report
    assert "server3" in report
    assert "503" in report
    said = on_new.said()
    assert "🚨 P0 헬스체크 실패 → 자동 롤백 시작" in said
    assert "✅ 롤백 완료" in said
    assert "server3" in said
    assert "503" in said

    again = on_new.deploy("20240103-000000", "unhealthy", only_on=[bad_port])
    assert again.returncode != 0
    assert "marked bad" in again.stdout
    assert on_new.running() == [NEW] * 3


@pytest.mark.slow
def test_a_release_that_fails_everywhere_leaves_the_old_one_everywhere(on_new: Site) -> None:
    done = on_new.deploy("20240104-000000", "crash_at_start")

    assert done.returncode != 0
    assert on_new.running() == [NEW] * 3
    report = playbooks.conclusions(done.stdout)
    assert all(f"server{number}" in report for number in (1, 2, 3))
    assert report.count(" restored ") == 3


def test_a_host_that_cannot_be_reached_stops_a_deploy_before_anything_is_touched(on_new: Site) -> None:
    gone = lost_once(on_new, "server2", Path("/"))

    done = on_new.play(*on_new.deploy_arguments("20240105-000000"), *gone)

    assert done.returncode != 0
    assert "1 of 3 hosts cannot be reached: server2" in done.stdout
    assert on_new.running() == [NEW] * 3
    assert not (on_new.fleet[0].root / "releases" / "v20240105-000000").exists()


@pytest.mark.slow
def test_a_host_that_is_lost_during_the_deploy_is_named_and_the_others_go_back(on_new: Site) -> None:
    version = "20240106-000000"
    gone = lost_once(on_new, "server2", on_new.fleet[1].root / "releases" / f"v{version}")

    done = on_new.play(*on_new.deploy_arguments(version), *gone)

    assert done.returncode != 0
    assert on_new.running() == [NEW] * 3
    report = playbooks.conclusions(done.stdout)
    assert "MANUAL ACTION NEEDED" in report
    assert "server2" in report
    assert "lost" in report
    assert "🚨 P0 롤백 실패 (수동 개입 필요)" in on_new.said()


def test_check_mode_shows_the_plan_and_leaves_everything_as_it_was(on_new: Site) -> None:
    before = snapshot(on_new.fleet)

    deploy = on_new.play(*on_new.deploy_arguments("20240107-000000"), "--check", "--diff")
    rollback = on_new.play("rollback.yml", "-e", "rollback_further=true", "--check", "--diff")

    assert deploy.returncode == 0, deploy.stdout
    assert rollback.returncode == 0, rollback.stdout
    assert snapshot(on_new.fleet) == before
    plan = playbooks.conclusions(deploy.stdout)
    assert "stage 20240107-000000" in plan
    assert f"switch current: releases/v{NEW} -> releases/v20240107-000000" in plan
    assert "batch 1 of 3: server1\n" in plan
    assert f"switch current: releases/v{NEW} -> releases/v" in playbooks.conclusions(rollback.stdout)
    assert on_new.said() == ""


def test_a_deploy_that_runs_again_changes_nothing(on_new: Site) -> None:
    pids = [server.daemon_pid() for server in on_new.fleet]

    done = on_new.deploy(NEW)

    assert done.returncode == 0, done.stdout
    assert playbooks.conclusions(done.stdout).count(" unchanged") == 3
    assert [server.daemon_pid() for server in on_new.fleet] == pids


@pytest.mark.slow
def test_a_discord_that_is_down_changes_no_result_and_loses_no_message(on_new: Site) -> None:
    on_new.discord.stop()
    try:
        done = on_new.deploy(NEW)
    finally:
        on_new.discord.start()
    assert done.returncode == 0, done.stdout
    assert "Messages that wait" in done.stdout

    assert on_new.deploy(NEW).returncode == 0

    said = on_new.said()
    assert said.count("🚀 배포 시작") == 2
    assert said.count("✅ 배포 완료") == 2


@pytest.mark.slow
def test_the_same_deploy_finishes_what_a_killed_controller_began(on_new: Site) -> None:
    version = "20240108-000000"
    arguments = on_new.deploy_arguments(version, "slow_start", start_ms=1500)
    controller = subprocess.Popen(
        playbooks.command(*arguments),
        cwd=playbooks.ROOT,
        env=playbooks.environment(on_new.base),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(lambda: version in on_new.current(), 60)
    os.kill(controller.pid, signal.SIGKILL)
    controller.wait()

    done = on_new.play(*arguments)

    assert done.returncode == 0, done.stdout
    assert on_new.running() == [version] * 3


def test_what_the_environment_says_of_tags_and_strategies_lets_no_fleet_go_apart(on_new: Site) -> None:
    skipped = on_new.play("rollback.yml", ANSIBLE_RUN_TAGS="app")
    assert skipped.returncode != 0
    assert "The tag app is no part of this playbook" in " ".join(skipped.stdout.split())

    planned = on_new.play(
        "rollback.yml", "--check", "-e", "rollback_further=true", ANSIBLE_STRATEGY="free", ANSIBLE_SKIP_TAGS="notest"
    )
    assert planned.returncode == 0, planned.stdout
    assert playbooks.conclusions(planned.stdout).count("PLAN: rollback") == 1


def snapshot(fleet: Fleet) -> dict[str, object]:
    """Every file, link and process of the fleet; logs are what the processes write."""
    found: dict[str, object] = {}
    for server in fleet:
        found[server.name] = [server.daemon_pid(), server.ask("/version")]
        for path in sorted(server.base.rglob("*")):
            status = path.lstat()
            if path.is_symlink():
                found[str(path)] = os.readlink(path)
            elif path.is_file() and path.suffix != ".log":
                found[str(path)] = (status.st_mode, status.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            elif path.is_dir():
                found[str(path)] = (status.st_mode, status.st_mtime_ns)
    return found


def test_rolling_back_takes_the_fleet_back_once_and_says_so_when_repeated(on_new: Site) -> None:
    done = on_new.play("rollback.yml", "-e", "rollback_reason='느린 응답'", "-e", "rollback_further=true")
    assert done.returncode == 0, done.stdout
    went_to = on_new.fleet[0].current
    assert went_to != NEW
    assert on_new.running() == [went_to] * 3
    said = on_new.said()
    assert "✅ 롤백 완료" in said
    assert "느린 응답" in said

    again = on_new.play("rollback.yml")

    assert again.returncode != 0
    assert "nothing was changed now" in again.stdout
    assert on_new.running() == [went_to] * 3

    on_new.said()
    there = on_new.play("rollback.yml", "-e", f"release_version={went_to}")
    assert there.returncode == 0, there.stdout
    assert f"NOTHING TO LEAVE: {went_to} was live already" in playbooks.conclusions(there.stdout)
    assert on_new.said() == ""

    scripts = on_new.fleet[1].base / "opt" / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "refit.pyz").write_bytes(BuildInfo("0.0.1", "0" * 32).stamp())

    status = playbooks.conclusions(on_new.play("playbooks/status.yml").stdout)
    assert status.count(f" {went_to} ") >= 6  # what the link says, and what really runs
    assert status.count(" UP ") == 3
    assert f"refit {__version__}; 1 of 1 hosts have other scripts\n  server2: 0.0.1, older than here\n" in status
    assert status.endswith("\n  ansible-playbook -i inventory/demo playbooks/server-scripts.yml -e service=backend")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["playbooks/deploy.yml"], "release_version and release_artifact missing"),
        (["playbooks/deploy.yml", "-e", "release_version=../x", "-e", "release_artifact=/etc/hosts"], "not a version"),
        seldom(
            ["playbooks/deploy.yml", "-e", "release_version=1", "-e", "release_artifact=/no/such"], "There is no file"
        ),
        (["rollback.yml", "-e", "service=nonsense"], "There is no service"),
        seldom(["rollback.yml", "-e", "fleet=nobody"], "has no hosts"),
        (["rollback.yml", "-e", "rollback_reason=5xx above 50 %"], """-e "rollback_reason='5xx above 50 %'\""""),
        (
            ["playbooks/notify.yml", "-e", "notify_event=incident_opened", "-e", "notify_message=say 'now or never'"],
            """{"notify_message": "say '"'"'now or never'"'"'"}""",
        ),
        seldom(["rollback.yml", "-e", "release_version="], "release_version is given and says nothing"),
        seldom(
            ["playbooks/deploy.yml", "-e", '{"release_version": 1.10, "release_artifact": "/etc/hosts"}'],
            "in JSON a text",
        ),
        seldom(["playbooks/notify.yml"], "notify_event missing"),
    ],
)
def test_a_request_that_cannot_be_met_fails_with_the_command_to_type(
    site: Site, arguments: list[str], message: str
) -> None:
    done = site.play(*arguments)

    assert done.returncode != 0
    flat = " ".join(done.stdout.split())
    assert message in flat
    assert "[demo" in flat
    assert "Next" in flat
    for command in commands_in(done.stdout):
        assert paste(command).words[:2] == ["-i", "inventory/demo"]
    assert re.findall(r"^PLAY \[(.+?)\]", done.stdout, re.MULTILINE) in ([], ["Check what was asked for"])


@pytest.mark.slow
def test_an_inventory_that_says_itself_which_service_is_meant_is_refused_and_told_why(site: Site) -> None:
    named = site.base / "named.yml"
    named.write_text("app:\n  vars:\n    service: payments\n")
    done = site.play("rollback.yml", "-i", str(named))
    assert done.returncode != 0
    assert 'The inventory sets a variable "service" (payments)' in " ".join(done.stdout.split())
