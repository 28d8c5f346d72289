"""Whatever goes wrong on the way, a run ends with a verdict, a message that says so, and hosts that can go on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.still_fleet import StillFleet

pytestmark = pytest.mark.slow

OLD, NEW, NEXT = "20240101-000000", "20240102-000000", "20240103-000000"


class Site(playbooks.Site):
    fleet: StillFleet

    def deploy(self, version: str, *arguments: str, artifact: Path | None = None) -> subprocess.CompletedProcess[str]:
        given = artifact or self.fleet.artifact(version)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={given}", *playbooks.IN_ONE_BATCH]
        return self.play("playbooks/deploy.yml", *named, "-e", "deploy_override_freeze=tested", *arguments)

    def live(self) -> list[str]:
        return [server.current for server in self.fleet]

    def told(self) -> list[str]:
        """Of each message that Discord has how far it says that the run is, or its title."""
        found = []
        for message in self.discord.messages("ai-service-alerts"):
            embed = message["embeds"][0]
            progress = [field["value"] for field in embed["fields"] if field["name"] == "진행 상황"]
            found.append((progress or [embed["title"]])[0])
        return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    with DiscordStandIn() as discord, StillFleet(base, 3) as fleet:
        yield Site(base, fleet, discord)


def said_by(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(playbooks.conclusions(done.stdout).split())


def test_a_host_that_cannot_say_where_it_stands_is_left_out_and_named(site: Site) -> None:
    assert site.deploy(OLD).returncode == 0
    current, aside = site.fleet[2].root / "current", site.base / "aside"
    current.rename(aside)
    current.mkdir()
    told_before = len(site.told())

    done = site.deploy(NEW, "-e", "deploy_max_unreachable=1")

    assert done.returncode == 0, done.stdout
    assert f"DEPLOYED: {NEW} is live and proven on 2 of 3 hosts. NOT PROVEN: server3" in said_by(done)
    assert "server3 unknown (unproven) missing `current` is not a symbolic link" in said_by(done)
    assert site.told()[told_before:] == ["✅ 완료 · 2/3대", "✅ 배포 완료"]
    current.rmdir()
    aside.rename(current)
    assert site.deploy(NEW).returncode == 0


def test_an_artifact_that_vanishes_before_it_is_copied_ends_the_run_with_nothing_changed(site: Site) -> None:
    artifact = shutil.copy(site.fleet.artifact(NEXT), site.base / "gone.tar.gz")
    hooks = site.base / "vanish"
    hooks.mkdir()
    (hooks / "before_stage.yml").write_text(
        f"- name: A build server cleans up\n  ansible.builtin.file:\n    path: {artifact}\n    state: absent\n"
    )
    told_before = len(site.told())

    done = site.deploy(NEXT, "-e", f"deploy_hooks_dir={hooks}", artifact=Path(artifact))

    assert done.returncode != 0
    assert f"NOTHING CHANGED: {NEXT} could not be staged on every host" in said_by(done)
    assert f"the artifact could not be copied here: Could not find or access '{artifact}'" in said_by(done)
    assert site.told()[told_before:] == ["🚨 실패", "🚨 P0 배포 실패"]
    assert site.live() == [NEW] * 3


def test_a_release_that_cannot_be_packed_is_why_the_host_that_lacks_it_stays_where_it_is(site: Site) -> None:
    assert site.deploy(NEW).returncode == 0
    shutil.rmtree(site.fleet[2].root / "releases" / f"v{OLD}")
    (site.fleet[0].state_dir / "outgoing").touch()

    done = site.play("rollback.yml")

    assert done.returncode != 0
    assert f"MANUAL ACTION NEEDED: not on {OLD}: server3" in said_by(done)
    assert f"server3 {NEW} refused {OLD} could not be brought from server1: " in said_by(done)
    assert "outgoing is no directory" in said_by(done)
    gone_back = done.stdout.split("TASK [rollback : Go back]")[1].split("TASK [")[0]
    assert "fatal: [server3]: FAILED!" in gone_back
    assert "changed: [server1]" in gone_back
    assert site.told()[-1] == "🚨 P0 롤백 실패 (수동 개입 필요)"
    assert site.live() == [OLD, OLD, NEW]
