"""Whatever goes wrong on the way, a run ends with a verdict, a message that says so, and hosts that can go on."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.fleet import wait_until
from support.still_fleet import StillFleet

pytestmark = pytest.mark.slow

IN_A_BATCH = "TASK [activate : Keep the decision]"
OLD, NEW, NEXT = "20240101-000000", "20240102-000000", "20240103-000000"


class Site(playbooks.Site):
    fleet: StillFleet
    versions = 0

    def deploy(self, version: str, *arguments: str, artifact: Path | None = None) -> subprocess.CompletedProcess[str]:
        given = artifact or self.fleet.artifact(version)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={given}", *playbooks.IN_ONE_BATCH]
        return self.play("playbooks/deploy.yml", *named, "-e", "deploy_override_freeze=tested", *arguments)

    def new_version(self) -> str:
        self.versions += 1
        return f"20240104-{self.versions:06}"

    def in_batches(self, version: str) -> list[str]:
        """A deploy to one host, and then to the two others."""
        given = [f"release_version={version}", f"release_artifact={self.fleet.artifact(version)}"]
        given += ["deploy_override_freeze=tested", "deploy_batches=1,2"]
        return ["playbooks/deploy.yml", *(part for each in given for part in ("-e", each))]

    def broken_off(self, by: signal.Signals, at: str, *arguments: str) -> tuple[int, str]:
        """Begin a playbook and send the signal *by* once it has shown *at*; its exit code and what it showed."""
        output = self.base / "output"
        with output.open("w") as shown:
            begun = subprocess.Popen(
                playbooks.command(*arguments),
                cwd=playbooks.ROOT,
                env=playbooks.environment(self.base),
                stdin=subprocess.DEVNULL,
                stdout=shown,
                stderr=subprocess.STDOUT,
            )
            with begun:
                wait_until(lambda: at in output.read_text() or begun.poll() is not None, 60)
                begun.send_signal(by)
        return begun.returncode, output.read_text()

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
    for version in (OLD, NEW):
        assert site.deploy(version).returncode == 0
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


def table_of(shown: str, word: str) -> dict[str, list[str]]:
    """Per host what the verdict that begins with *word* says of it."""
    rows = re.findall(r"^(server\d) +(.*)$", shown[shown.index(f"{word}: ") :], re.MULTILINE)
    return {host: re.split(r" {2,}", row.strip()) for host, row in rows}


@pytest.fixture
def level(site: Site) -> Site:
    """The site with one release on all hosts, and one before it."""
    while site.versions < 2 or len(set(site.live())) > 1:
        done = site.deploy(site.new_version())
        assert done.returncode == 0, done.stdout
    return site


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_deploy_that_is_ended_in_a_batch_says_where_every_host_is_and_goes_on_when_asked(
    level: Site, by: signal.Signals
) -> None:
    before, version = level.live()[0], level.new_version()

    code, shown = level.broken_off(by, IN_A_BATCH, *level.in_batches(version))

    assert code == 99, shown
    assert f"{version} is live and proven on 1 of 3 hosts" in shown
    assert table_of(shown, "INTERRUPTED")["server1"] == [version, "activated"]
    assert table_of(shown, "INTERRUPTED")["server3"] == [before, "untouched"]
    (again,) = re.findall(r"^  to go on where it was:\n    ansible-playbook (.*)$", shown, re.MULTILINE)
    assert level.told()[-1].startswith("⏸️ 끊김 · 1/3대")

    done = level.play(*shlex.split(again))
    assert done.returncode == 0, done.stdout
    assert level.live() == [version] * 3


def test_the_message_of_a_deploy_that_was_killed_is_ended_by_the_next_command(level: Site) -> None:
    code, _ = level.broken_off(signal.SIGKILL, IN_A_BATCH, *level.in_batches(level.new_version()))
    assert code == -signal.SIGKILL
    assert level.told()[-1].startswith("⏳")

    assert level.play("playbooks/status.yml").returncode == 0

    assert level.told()[-1].startswith("⏸️ 끊김")


def test_a_rollback_that_is_ended_is_told_and_the_command_that_finishes_it_is_shown(level: Site) -> None:
    asked = ["rollback.yml", "-e", '{"rollback_further": true, "rollback_batches": [1]}']
    code, shown = level.broken_off(signal.SIGTERM, "TASK [rollback : Go back]", *asked)

    assert code == 99, shown
    assert "INTERRUPTED: SIGTERM. " in shown
    (finishes,) = re.findall(r"^  to finish it:\n    ansible-playbook (.*)$", shown, re.MULTILINE)
    assert level.told()[-1] == "🟡 P1 롤백이 끊김"
    said = level.discord.messages("ai-service-alerts")[-1]["embeds"][0]["description"]
    assert "# 마저 끝내기\nansible-playbook " in said
    done = level.play(*shlex.split(finishes))
    assert done.returncode == 0, done.stdout
    assert len(set(level.live())) == 1


def test_a_decision_that_cannot_be_made_ends_the_run_with_what_is_known(level: Site) -> None:
    version = level.new_version()
    done = level.play(*level.in_batches(version), "-e", "__activate_grade=half")

    assert done.returncode != 0
    assert "INTERRUPTED: it broke off at the task 'activate : Decide whether the deploy goes on'" in done.stdout
    assert table_of(done.stdout, "INTERRUPTED")["server1"] == [version, "activated"]
    assert level.told()[-1].startswith("⏸️ 끊김")


def test_a_version_that_is_a_number_in_json_is_the_version_of_these_digits(level: Site) -> None:
    given = {"release_version": 20240104, "release_artifact": str(level.fleet.artifact("20240104"))}
    done = level.play(
        "playbooks/deploy.yml", "-e", json.dumps(given), "-e", "deploy_override_freeze=tested", *playbooks.IN_ONE_BATCH
    )

    assert done.returncode == 0, done.stdout
    assert level.live() == ["20240104"] * 3
