"""Frozen after a rollback, resumed by name; and a fresh server that takes part in the next rollback."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.core import system
from refit.state import runs
from refit.state.holds import Hold
from refit.state.ledger import Ledger, parse
from refit.state.operation import Operation, Operations
from support import playbooks
from support.app.build import build
from support.discord import DiscordStandIn
from support.fleet import Fleet, Server
from support.host import make_live
from support.pasting import commands_in

pytestmark = pytest.mark.fleet

FIRST, SECOND, THIRD = "20240101-000000", "20240102-000000", "20240103-000000"


class Site(playbooks.Site):
    """Three servers with *FIRST* and then *SECOND* live, and a Discord that listens."""

    def deploy(self, version: str, *more: str) -> subprocess.CompletedProcess[str]:
        artifact = build(self.base / "artifacts", version)
        return self.play(
            "playbooks/deploy.yml", "-e", f"release_version={version}", "-e", f"release_artifact={artifact}", *more
        )

    def told(self, title: str) -> list[str]:
        """What the fields of Discord's messages called *title* say, and what is above them."""
        embeds = [embed for message in self.discord.messages("ai-service-alerts") for embed in message["embeds"]]
        meant = [embed for embed in embeds if title in embed["title"]]
        values = [field["value"] for embed in meant for field in embed["fields"]]
        return [*values, *(embed.get("description", "") for embed in meant)]


def entries(server: Server) -> list[Any]:
    return list(parse((server.state_dir / "ledger.jsonl").read_bytes()).entries)


def flat(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(done.stdout.split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("freeze")
    with DiscordStandIn() as discord, Fleet(base, health={"deadline_s": 4, "stable_s": 0.6}) as fleet:
        site = Site(base, fleet, discord)
        make_live(fleet, FIRST, SECOND)
        yield site


def test_a_rollback_freezes_the_service_until_somebody_says_why_it_is_safe_again(site: Site) -> None:
    back = site.play("rollback.yml", "-e", "rollback_reason='느린 응답'")
    assert back.returncode == 0, back.stdout
    assert "playbooks/resume.yml" in playbooks.conclusions(back.stdout)
    assert any("playbooks/resume.yml" in text for text in site.told("롤백 완료"))

    refused = site.deploy(THIRD)

    assert refused.returncode != 0
    assert f"deploys of backend are frozen: {SECOND} was taken back: 느린 응답" in flat(refused)
    assert "playbooks/resume.yml -e service=backend -e \"resume_reason='" in playbooks.conclusions(refused.stdout)
    assert not (site.fleet[0].root / "releases" / f"v{THIRD}").exists()

    planned = site.play("playbooks/resume.yml", "-e", "resume_reason='mended'", "--check", "--diff")
    assert planned.returncode == 0, planned.stdout
    assert not [entry for entry in entries(site.fleet[0]) if entry["event"] == "resumed"]
    resumed = site.play("playbooks/resume.yml", "-e", "resume_reason='mended'")

    assert resumed.returncode == 0, resumed.stdout
    assert "mended" in site.told("동결 해제")
    for server in site.fleet:
        frozen, lifted = (e for e in entries(server) if e["event"] in ("frozen", "resumed"))
        assert (lifted["lifts"], lifted["reason"]) == ([frozen["id"]], "mended")
    said = len(site.told("동결 해제"))
    again = site.play("playbooks/resume.yml", "-e", "resume_reason='mended'")
    assert "NOTHING TO RESUME" in again.stdout
    assert len(site.told("동결 해제")) == said


def inventory_of(base: Path, name: str) -> tuple[Path, Server]:
    """An inventory with one server, on which nothing was deployed."""
    server = Fleet(base / name, 1)[0]
    reached = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    site = {"refit_services": {"backend": server.service()}, "refit_environment": name}
    path = base / f"the {name} inventory.json"
    path.write_text(json.dumps({"all": {"vars": site}, "app": {"hosts": {server.name: reached}}}))
    return path, server


@pytest.mark.slow
def test_what_a_staging_run_prints_lets_nothing_through_in_production(tmp_path: Path) -> None:
    (staging, there), (production, elsewhere) = (inventory_of(tmp_path, name) for name in ("staging", "production"))
    by_default = playbooks.environment(ANSIBLE_INVENTORY=str(production))

    def in_a_shell(line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=playbooks.ROOT, env=by_default, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    Ledger(str(elsewhere.state_dir), system.real().clock).append(Hold("here/freeze", "분기 말", "kim").to_entry())
    freeze = f"ansible-playbook -i {shlex.quote(str(staging))} playbooks/freeze.yml"
    printed = in_a_shell(f"{freeze} -e \"freeze_reason='분기 말'\"")
    assert playbooks.conclusions(printed).startswith("[staging] FROZEN: ")
    (resume,) = commands_in(printed)

    assert playbooks.conclusions(in_a_shell(resume)).startswith("[staging] RESUMED: ")

    assert [entry["event"] for entry in entries(elsewhere)] == ["frozen"]
    frozen, resumed = entries(there)
    assert (resumed["lifts"], resumed["reason"]) == ([frozen["id"]], "why it is safe again")


def test_refit_is_the_playbook_from_anywhere_with_the_reason_as_it_was_typed(site: Site, tmp_path: Path) -> None:
    door = tmp_path / "my refit"
    door.symlink_to(playbooks.ROOT / "playbooks/workstation/refit.sh")
    reason, alone = 'it\'s "over" {{ 50 }} $HOME 한글', {"REFIT_DEMO_DIR": str(site.base)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*words], cwd=tmp_path, env=alone, capture_output=True, text=True, check=False)

    frozen = run(str(door), "-i", "demo", "freeze", "--reason", reason)
    assert frozen.returncode == 0, frozen.stdout + frozen.stderr
    assert [(last["event"], last["reason"]) for *_, last in map(entries, site.fleet)] == [("frozen", reason)] * 3

    shown = frozen.stderr.splitlines()[0]
    resumed = run("bash", "-c", shown.replace("freeze.yml", "resume.yml").replace("freeze_reason", "resume_reason"))
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert [(last["event"], last["reason"]) for *_, last in map(entries, site.fleet)] == [("resumed", reason)] * 3


def test_a_release_stop_lets_nothing_through_but_what_somebody_answers_for(site: Site) -> None:
    frozen = site.play("playbooks/freeze.yml", "-e", "freeze_reason='end of the quarter'")
    assert frozen.returncode == 0, frozen.stdout
    assert "end of the quarter" in site.told("배포 동결")

    done = site.deploy(THIRD, "-e", "deploy_override_freeze='a customer is down'", *playbooks.IN_ONE_BATCH)

    assert done.returncode == 0, done.stdout
    assert site.running() == [THIRD] * 3
    assert "Deploys are still frozen; this one was let through: a customer is down" in flat(done)
    assert any("playbooks/resume.yml" in command for command in commands_in(done.stdout))
    assert "a customer is down" in site.told("배포 시작")
    for server in site.fleet:
        (overridden,) = (entry for entry in entries(server) if entry["event"] == "overridden")
        assert (overridden["version"], overridden["reason"]) == (THIRD, "a customer is down")
    missing = site.play("playbooks/resume.yml")
    assert missing.returncode != 0
    assert "resume_reason missing. Next:" in flat(missing)
    (resume,) = set(commands_in(missing.stdout))
    assert resume.endswith("playbooks/resume.yml -e service=backend -e \"resume_reason='why it is safe again'\"")


@pytest.mark.slow
def test_a_deploy_waits_for_who_is_at_work_and_not_for_who_died(site: Site) -> None:
    lives, died = (Operations(str(server.state_dir), system.real()) for server in (site.fleet[0], site.fleet[1]))
    with subprocess.Popen(["sleep", "60"]) as process:
        gone = Operation(90, "rollback", runs.name_run(process.pid), "lee@server2", FIRST)
        died.take(gone)
        process.kill()
    lives.take(Operation(91, "deploy", "elsewhere:1:1:x", "ci@runner", THIRD))

    artifact = build(site.base / "artifacts", THIRD)
    waiting = subprocess.Popen(
        playbooks.command(
            "playbooks/deploy.yml", "-e", f"release_version={THIRD}", "-e", f"release_artifact={artifact}",
            "-e", "deploy_override_freeze=tested", "-e", "operation_wait_s=60",
        ),
        cwd=playbooks.ROOT,
        env=playbooks.environment(site.base),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    for line in waiting.stdout or ():
        if "another run is unfinished" in line:
            lives.finish(Operation(91, "deploy", "elsewhere:1:1:x", "ci@runner", THIRD))
            break
    output, _ = waiting.communicate(timeout=120)

    assert waiting.returncode == 0, output
    assert site.running() == [THIRD] * 3
    standing = died.read()
    assert standing is not None
    assert (standing.kind, standing.finished is None) == ("deploy", False)


def test_a_fresh_server_is_brought_the_release_to_which_the_fleet_goes_back(site: Site) -> None:
    fresh = site.fleet[1]
    fresh.stop()
    shutil.rmtree(fresh.base / "opt")
    shutil.rmtree(fresh.base / "var")

    status = playbooks.conclusions(site.play("playbooks/status.yml").stdout)
    assert f"DIVERGENT: 1 of 3 differs: server2 runs nothing; the fleet runs {THIRD}" in status
    plan = site.play("rollback.yml", "-e", "rollback_further=true", "--check")
    assert f"bring {FIRST} from server1, by way of the controller" in plan.stdout
    assert not (fresh.root / "releases").exists()

    done = site.play("rollback.yml", "-e", "rollback_further=true")

    assert done.returncode == 0, done.stdout
    assert site.running() == [FIRST] * 3
    manifests = [json.loads((s.root / "releases" / f"v{FIRST}" / ".release.json").read_text()) for s in site.fleet]
    assert manifests[0] == manifests[1]
    told = {(entry["event"], entry.get("version")) for entry in entries(fresh)}
    assert {("marked_bad", SECOND), ("marked_bad", THIRD), ("frozen", None), ("verified", FIRST)} <= told
    left = [path for server in site.fleet for path in server.state_dir.rglob("*.tar")]
    assert left == []
