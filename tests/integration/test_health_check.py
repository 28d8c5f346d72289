"""`playbooks/health-check.yml` on a local fleet of three, with real PM2: how bad is it, and what happens then."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import playbooks
from support.app.build import build
from support.counters import counting
from support.discord import DiscordStandIn
from support.fleet import Fleet, wait_until
from support.host import make_live
from support.tiers import seldom

pytestmark = pytest.mark.fleet

OLD, NEW = "20240101-000000", "20240102-000000"
PROVEN_MS = 3000  # long enough for a release to be proven before it shows what it is
PAGES = playbooks.ROOT / "tests" / "fixtures" / "metrics"


class Site:
    """A fleet with *OLD* and then *NEW* live, and a Discord that listens."""

    def __init__(self, base: Path, fleet: Fleet, discord: DiscordStandIn) -> None:
        self.base = base
        self.fleet = fleet
        self.discord = discord
        self._read = 0
        self.describe()

    def describe(self, **more: Any) -> None:
        """Put *more*, in which ``SERVER`` is its name, into every server's description of the service."""
        self.fleet.save(webhooks={"alerts": self.discord.webhook("ai-service-alerts")})
        path = self.fleet.base / "fleet.json"
        described = json.loads(path.read_text())
        for name, server in described["servers"].items():
            server["services"]["backend"].update(json.loads(json.dumps(more).replace("SERVER", name)))
        path.write_text(json.dumps(described))

    def try_to_deploy(self, version: str) -> subprocess.CompletedProcess[str]:
        """Run ``deploy.yml``, which watches the release for a moment; an earlier one may have been taken back."""
        artifact = build(self.base / "artifacts", version)
        return playbooks.run(
            self.base,
            "playbooks/deploy.yml",
            *("-e", f"release_version={version}", "-e", f"release_artifact={artifact}", "-e", "activate_observe_s=0.5"),
            *("-e", "deploy_override_freeze=tested", *playbooks.IN_ONE_BATCH),
            REFIT_LANGUAGE="",
        )

    def deploy(self, version: str, mode: str = "healthy", **options: Any) -> None:
        """What ``deploy.yml`` comes to on every host, without Ansible."""
        make_live(self.fleet, version, mode=mode, **options)

    def healthy(self) -> bool:
        return all((server.ask("/health") or {}).get("status") == "UP" for server in self.fleet)

    def check(self, *arguments: str, **values: object) -> subprocess.CompletedProcess[str]:
        """Run the health check; *values* are given with ``-e``."""
        values.setdefault("probe_window_s", 0.3)
        given = [part for name, value in values.items() for part in ("-e", f"{name}={value}")]
        return playbooks.run(self.base, *arguments, "playbooks/health-check.yml", *given, REFIT_LANGUAGE="")

    def current(self) -> list[str]:
        return [server.current for server in self.fleet]

    def ledgers(self) -> list[str]:
        return [(server.state_dir / "ledger.jsonl").read_text() for server in self.fleet]

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
    health = {"deadline_s": 8, "stable_s": 0.4, "interval_s": 0.1}
    with DiscordStandIn() as discord, Fleet(base, health=health) as fleet:
        site = Site(base, fleet, discord)
        site.deploy(OLD)
        site.deploy(NEW)
        yield site


@pytest.fixture
def healthy(site: Site) -> Iterator[Site]:
    """The site with *NEW* live and well on every server, and a team that was told nothing yet."""
    if site.current() != [NEW] * 3 or not site.healthy():
        site.deploy(NEW)
    for server in site.fleet:
        (server.state_dir / "severity.json").unlink(missing_ok=True)
    site.said()
    yield site
    site.describe()


def stamp() -> str:
    """Now, as a log has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def turned_bad(site: Site, version: str, *ports: int) -> None:
    """Deploy a release that is proven, and soon after is not healthy any more, on *ports* (everywhere if none)."""
    site.deploy(version, "degrades", after_ms=PROVEN_MS, **({"only_on": list(ports)} if ports else {}))
    bad = [server for server in site.fleet if not ports or server.port in ports]
    wait_until(lambda: all(server.ask("/health") is None for server in bad), seconds=30)
    site.said()


def test_a_fleet_that_is_well_passes_and_is_shown(healthy: Site, tmp_path: Path) -> None:
    file = tmp_path / "health.json"

    done = healthy.check(health_check_file=file, fail_on="P2", probe_window_s=2)

    assert done.returncode == 0, done.stdout
    table = playbooks.conclusions(done.stdout)
    assert table.startswith("[demo] OK backend: 조치할 것이 없습니다")
    for server in healthy.fleet:
        assert f"{server.name}  {NEW}  online, UP" in table
    written = json.loads(file.read_text())
    assert (written["service"], written["passes"], written["grade"]["severity"]) == ("backend", True, "OK")
    for server in healthy.fleet:
        measurement = written["measurements"][server.name]
        assert measurement["process"]["versions"] == [NEW]
        assert measurement["health"]["successes"] == measurement["health"]["attempts"] > 1
    assert healthy.said() == ""


@pytest.mark.slow
def test_check_mode_measures_as_usual_and_writes_nothing(healthy: Site, tmp_path: Path) -> None:
    file = tmp_path / "health.json"

    done = healthy.check("--check", health_check_file=file, refit_language="en")

    assert done.returncode == 0, done.stdout
    assert "OK backend: Nothing to do" in done.stdout
    assert "online, UP" in done.stdout
    assert not file.exists()


def test_a_source_that_yields_nothing_closes_the_gate(healthy: Site) -> None:
    port = healthy.fleet[0].port
    healthy.describe(traffic={"kind": "prometheus", "url": f"http://127.0.0.1:{port}/metrics"})

    closed = healthy.check(fail_on="P0", act="true")

    assert closed.returncode == 2
    assert "UNKNOWN backend" in closed.stdout
    assert "traffic: " in closed.stdout
    assert healthy.current() == [NEW] * 3
    assert "UNKNOWN" in healthy.said()


def test_a_log_and_a_synthetic_request_count(healthy: Site) -> None:
    log = healthy.base / "application.log"
    log.write_text(f"2024-01-27T12:00:00Z ERROR NullPointerException\n{stamp()} ERROR OutOfMemoryError: heap space\n")
    health = f"http://127.0.0.1:{healthy.fleet[0].port}/health"
    settings = {"path": str(log), "lookback_s": 300}
    healthy.describe(log=settings, synthetic={"url": health, "json": {"status": "GREAT"}})

    done = healthy.check(fail_on="P0")

    assert done.returncode == 2
    assert "P0 backend: 즉시 롤백하세요" in done.stdout
    assert "테스트 요청 실패 100%" in done.stdout
    assert "OutOfMemoryError 1줄" in done.stdout
    assert "NullPointerException" not in done.stdout  # long before the window


@contextlib.contextmanager
def spring() -> Iterator[str]:
    """A Spring application that hands out its recorded Prometheus page to each path; from the second time on it has
    answered 40 more requests there, 20 of them with 500.  Yields its address."""
    page = (PAGES / "spring.prom").read_bytes()
    analysis = b'uri="/api/workouts/{id}/analysis"} '
    later = page.replace(analysis + b"940", analysis + b"960").replace(analysis + b"50\n", analysis + b"70\n")
    with counting(lambda time: page if time == 1 else later) as address:
        yield address


@pytest.mark.slow
def test_a_springs_own_counters_are_graded(healthy: Site) -> None:
    with spring() as address:
        healthy.describe(traffic={"kind": "prometheus", "url": f"{address}/SERVER/actuator/prometheus"})
        done = healthy.check(fail_on="P1", refit_language="en")

    assert done.returncode == 2, done.stdout
    table = playbooks.conclusions(done.stdout)
    assert table.startswith("[demo] P1 backend: ")
    assert re.search(r"\[demo\] P1 backend: .* Closed at fail_on=P1", done.stdout), done.stdout  # the gate, too
    for server in healthy.fleet:  # 20 of 40 each: exactly half is not P0
        assert f"{server.name}  {NEW}  online, UP  50% (20/40)" in table
    assert "50% of the requests answered with 5xx (bound 10%)" in table


def test_a_host_that_cannot_be_reached_is_named_and_closes_the_gate(healthy: Site, tmp_path: Path) -> None:
    inventory = tmp_path / "lost.yml"
    inventory.write_text(
        "app:\n  hosts:\n    server2:\n      ansible_connection: ssh\n"
        "      ansible_host: 127.0.0.1\n      ansible_port: 1\n"
    )

    done = healthy.check("-i", str(inventory))

    assert done.returncode != 0
    table = playbooks.conclusions(done.stdout)
    assert "UNKNOWN backend" in table
    assert "server2: 측정하지 못함" in table
    assert f"server1  {NEW}" in table
    assert f"server3  {NEW}" in table


@pytest.mark.slow
def test_a_deploy_after_which_the_log_is_full_of_trouble_is_taken_back(healthy: Site) -> None:
    log = healthy.base / "deploy.log"
    log.write_text(f"{stamp()} INFO quiet so far\n")
    healthy.describe(log={"path": str(log), "lookback_s": 300})
    bad = "20240105-000000"

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        deploying = thread.submit(healthy.try_to_deploy, bad)
        wait_until(lambda: deploying.done() or healthy.current() == [bad] * 3, seconds=200)
        log.write_text(f"{stamp()} ERROR java.lang.OutOfMemoryError: Java heap space\n")
        done = deploying.result()

    assert done.returncode == 2, done.stdout
    assert "로그에 OutOfMemoryError 1줄 (배포 전에는 없었음)" in done.stdout
    assert "→ 되돌림" in done.stdout
    assert "롤백하세요" not in done.stdout  # the deploy does so itself
    assert "바꾼 서버는 모두 이전 버전으로 되돌려 정상 확인했습니다" in done.stdout, done.stdout
    assert healthy.current() == [NEW] * 3
    assert [(server.ask("/version") or {}).get("version") for server in healthy.fleet] == [NEW] * 3
    said = healthy.said()
    assert "🚨 P0 헬스체크 실패 → 자동 롤백 시작" in said
    assert "OutOfMemoryError" in said
    assert "✅ 롤백 완료" in said
    again = healthy.try_to_deploy(bad)
    assert again.returncode != 0
    assert "불량으로 표시된 버전" in again.stdout, again.stdout


@pytest.mark.slow
def test_a_first_deploy_grades_no_host_that_it_comes_to_later(tmp_path: Path) -> None:
    with DiscordStandIn() as discord, Fleet(tmp_path, health={"stable_s": 0.4, "interval_s": 0.1}) as fleet:
        first = Site(tmp_path, fleet, discord)
        first.describe(log={"path": str(tmp_path / "SERVER.log")})
        (tmp_path / "server1.log").touch()  # the others' begin with their service
        artifact = build(tmp_path / "artifacts", OLD)

        done = playbooks.run(
            tmp_path,
            "playbooks/deploy.yml",
            *("-e", f"release_version={OLD}", "-e", f"release_artifact={artifact}"),
            *("-e", "deploy_observe_s=0.3", "-e", '{"deploy_batches": [1, "100%"]}'),
            REFIT_LANGUAGE="",
        )

        observed = done.stdout.split("OK backend: 이번에 배포한 서버 server1\n")[1].split("→ 계속")[0]
        assert observed.count("아직 없음") == 2
        assert not [said for said in ("P0", "UNKNOWN", "나머지 서버", "ansible-playbook") if said in observed]


@pytest.mark.slow
def test_what_was_in_the_log_before_a_deploy_does_not_take_it_back(healthy: Site) -> None:
    log = healthy.base / "before.log"
    log.write_text(f"{stamp()} ERROR java.lang.OutOfMemoryError: Java heap space\n")
    healthy.describe(log={"path": str(log), "lookback_s": 300})

    done = healthy.try_to_deploy("20240106-000000")

    assert done.returncode == 0, done.stdout
    assert healthy.current() == ["20240106-000000"] * 3


def test_one_bad_host_of_three_is_p1_and_only_told(healthy: Site) -> None:
    turned_bad(healthy, "20240103-000000", healthy.fleet[2].port)

    at_p0 = healthy.check(fail_on="P0", act="true")

    assert at_p0.returncode == 0, at_p0.stdout
    assert "P1 backend: 원인을 파악한 뒤" in at_p0.stdout
    assert "server3" in playbooks.conclusions(at_p0.stdout)
    assert "15분 이내" in at_p0.stdout
    assert healthy.current() == ["20240103-000000"] * 3
    said = healthy.said()
    assert said.count("심각도 변경") == 1  # three hosts, one message
    assert "🟡 심각도 변경 OK → P1" in said
    assert "P1 backend: 원인을 파악한 뒤" in said
    assert "❌ server3" in said
    assert "롤백 완료" not in said

    healthy.fleet[0].state_dir.joinpath("severity.json").unlink()  # a host that missed it; the others know
    again = healthy.check(act="true")

    assert again.returncode == 0, again.stdout
    assert healthy.said() == ""

    healthy.deploy(NEW)
    well = healthy.check(act="true")

    assert well.returncode == 0, well.stdout
    said = healthy.said()
    assert said.count("심각도 변경") == 1
    assert "심각도 변경 P1 → OK" in said
    assert [json.loads((host.state_dir / "severity.json").read_text())["severity"] for host in healthy.fleet] == (
        ["OK"] * 3
    )


@pytest.mark.slow
def test_a_fleet_that_is_down_is_rolled_back_on_request_only(healthy: Site) -> None:
    turned_bad(healthy, "20240104-000000")
    ledgers = healthy.ledgers()

    never = healthy.check(fail_on="never")
    planned = healthy.check("--check", act="true")

    assert (never.returncode, planned.returncode) == (0, 2)
    for done in (never, planned):
        assert "P0 backend: 즉시 롤백하세요" in done.stdout
        assert "5분 이내" in done.stdout
        assert "@devops-oncall" in done.stdout
        assert "    ansible-playbook -i inventory/demo rollback.yml -e service=backend\n" in done.stdout
    assert f"계획: {NEW}으로 롤백" in planned.stdout
    assert healthy.current() == ["20240104-000000"] * 3
    assert healthy.ledgers() == ledgers
    assert healthy.said() == ""

    acted = healthy.check(act="true")

    assert acted.returncode == 2  # what was measured was P0
    assert healthy.current() == [NEW] * 3
    assert [(server.ask("/version") or {}).get("version") for server in healthy.fleet] == [NEW] * 3
    said = healthy.said()
    assert "🚨 P0 헬스체크 실패 → 자동 롤백 시작" in said
    assert "✅ 롤백 완료" in said

    health = f"http://127.0.0.1:{healthy.fleet[0].port}/health"
    healthy.describe(synthetic={"url": health, "json": {"status": "GREAT"}})
    again = healthy.check(fail_on="never")

    assert "P0 backend" in again.stdout  # the release before is no better
    assert "버전을 지정하지 않은 롤백은 거절됩니다 (" in again.stdout
    command = "ansible-playbook -i inventory/demo rollback.yml -e service=backend"
    assert f"    {command} -e rollback_further=true\n" in again.stdout
    assert f"    {command}\n" not in again.stdout
    assert healthy.healthy()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fail_on": "P5"}, "fail_on=P5 must be P0, P1, P2 or never"),
        seldom({"probe_window_s": "soon"}, "probe_window_s=soon a number of seconds"),
        seldom({"probe_window_s": 7200}, "probe_window_s=7200 a number of seconds up to 3600"),
        ({"service": "nobody"}, 'There is no service "nobody"'),
    ],
)
def test_a_mistake_on_the_command_line_is_named(healthy: Site, values: dict[str, object], said: str) -> None:
    done = healthy.check(refit_language="en", **values)
    assert done.returncode != 0
    assert said in " ".join(done.stdout.split())


def test_acting_on_a_part_of_the_fleet_must_be_meant(healthy: Site) -> None:
    looked = healthy.check("--limit", "server1")
    refused = healthy.check("--limit", "server1", act="true")
    assert looked.returncode == 0, looked.stdout
    assert refused.returncode != 0
    assert "allow_partial=true" in refused.stdout
