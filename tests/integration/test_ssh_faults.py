"""Servers that vanish, killed controllers and operators who meet, over real SSH: the fleet ends on one release.

Each moment is held by a hook: the run touches a file and waits for another, so nothing here depends on timing.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from refit.config.service import Service
from refit.core import system
from refit.deploy import activation, staging
from refit.state.operation import Operation
from refit.supervisors import registry
from support import playbooks
from support.discord import DiscordStandIn
from support.fleet import Server, wait_until
from support.sshd import Sshd, find_sshd
from support.still_fleet import StillFleet, write_inventory

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.slow,
    pytest.mark.skipif(find_sshd() is None, reason="needs sshd: apt-get install openssh-server"),
]

OLD, NEW, NEXT = "20240101-000000", "20240102-000000", "20240103-000000"
HOLD = """---
- name: Say that the moment is here
  ansible.builtin.file: {{path: "{here}", state: touch, mode: "0600"}}
  delegate_to: localhost
  become: false
  when: inventory_hostname == "{host}"

- name: Wait until it may go on
  ansible.builtin.wait_for: {{path: "{go}", timeout: 300, sleep: 1}}
  delegate_to: localhost
  become: false
  when: inventory_hostname == "{host}"
"""


class Run:
    """``ansible-playbook`` at work."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed by ended)
        self.process = subprocess.Popen(
            command,
            cwd=playbooks.ROOT,
            env=playbooks.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def kill(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.ended()

    def ended(self) -> tuple[int, str]:
        """Exit code and output, the latter on one line: long ones are broken."""
        code = self.process.wait(300)
        with self._output:
            self._output.seek(0)
            return code, " ".join(self._output.read().split())


class Site:
    """Three servers behind SSH with *OLD* live, and a Discord that listens."""

    def __init__(self, base: Path, fleet: StillFleet, sshd: Sshd, discord: DiscordStandIn) -> None:
        self.base = base
        self.fleet = fleet
        self.sshd = sshd
        self.discord = discord
        self.inventory = write_inventory(fleet, sshd.hosts, alerts=discord.webhook("ai-service-alerts"))
        self.hooks = base / "hooks"
        self.hooks.mkdir()
        self.here, self.go = base / "here", base / "go"
        self._numbers = itertools.count(1)
        self.make_live(OLD)

    # -- the servers -----------------------------------------------------------

    def make_live(self, version: str) -> None:
        """What a deploy comes to on every server, without Ansible."""
        artifact, number = str(self.fleet.artifact(version)), next(self._numbers)

        def on(server: Server) -> None:
            service, world = Service.from_mapping(server.service()), system.real()
            staging.stage(service, version, artifact, world)
            operation = Operation(number, kind="deploy", run=f"made-{version}", owner="tests", target=version)
            request = activation.Request(version=version, operation=operation, finish=True)
            outcome = activation.activate(service, world, registry.for_service(service, world), request)
            assert outcome.outcome == activation.ACTIVATED, outcome

        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(on, self.fleet))

    def live(self) -> list[str]:
        return [server.current for server in self.fleet]

    # -- the operators ----------------------------------------------------------

    def deploy(self, version: str = NEW, *more: str) -> list[str]:
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={self.fleet.artifact(version)}"]
        return ["playbooks/deploy.yml", *named, "-e", f"deploy_hooks_dir={self.hooks}", *more]

    def rollback(self, *more: str) -> list[str]:
        return ["rollback.yml", "-e", f"deploy_hooks_dir={self.hooks}", *more]

    def start(self, *arguments: str) -> Run:
        return Run(["ansible-playbook", "-i", str(self.inventory), *arguments], self.sshd.environment)

    def play(self, *arguments: str) -> tuple[int, str]:
        return self.start(*arguments).ended()

    @contextlib.contextmanager
    def held(self, hook: str, *arguments: str, host: str = "server1") -> Iterator[Run]:
        """Start a run; the block sees it waiting in *hook* on *host*, and afterwards it goes on."""
        self.here.unlink(missing_ok=True)
        self.go.unlink(missing_ok=True)
        path = self.hooks / f"{hook}.yml"
        path.write_text(HOLD.format(here=self.here, go=self.go, host=host))
        run = self.start(*arguments)
        try:
            wait_until(lambda: self.here.exists() or run.process.poll() is not None, 120)
            assert run.process.poll() is None, run.ended()
            yield run
        finally:
            path.unlink()
            self.go.touch()

    def status(self) -> str:
        code, said = self.play("playbooks/status.yml")
        assert code == 0, said
        return said

    def titles(self) -> list[str]:
        return [embed["title"] for message in self.discord.messages() for embed in message["embeds"]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with DiscordStandIn() as discord, StillFleet(tmp_path / "fleet", 3) as fleet, Sshd(fleet) as sshd:
        yield Site(tmp_path, fleet, sshd, discord)


# -- servers that vanish ----------------------------------------------------------------------------------------------


def test_a_server_that_is_away_from_the_start_is_caught_up_with_later(site: Site) -> None:
    site.sshd.stop("server3")

    code, said = site.play(*site.deploy())
    assert code == 2
    assert "1 of 3 hosts cannot be reached: server3" in said
    assert site.live() == [OLD] * 3

    code, said = site.play(*site.deploy(NEW, "-e", "deploy_max_unreachable=1"))
    assert site.live() == [NEW, NEW, OLD]
    assert re.search(r"server3 .*(unreachable|could not be reached)", said), said

    site.sshd.start("server3")
    assert f"{OLD} (DIVERGENT)" in site.status()
    code, said = site.play(*site.deploy())
    assert code == 0, said
    assert site.live() == [NEW] * 3
    assert "DIVERGENT" not in site.status()


def test_a_server_lost_between_staging_and_activation_takes_the_others_back_though_discord_is_down(site: Site) -> None:
    with site.held("after_stage", *site.deploy()) as run:
        site.sshd.stop("server3")
        site.discord.stop()
    code, said = run.ended()

    assert code == 2
    assert site.live() == [OLD] * 3
    assert "server3" in said
    assert re.search(r"(1 message is|\d+ messages are) queued", said)
    site.sshd.start("server3")
    status = site.status()
    assert "DIVERGENT" not in status
    assert f"INTERRUPTED: deploy of {NEW} by " in status
    assert "; its process is gone (server3)" in status


def test_a_rollback_goes_on_without_a_server_that_is_lost_and_is_finished_when_it_is_back(site: Site) -> None:
    site.make_live(NEW)
    with site.held("before_rollback", *site.rollback()) as run:
        site.sshd.stop("server2")
    code, said = run.ended()

    assert code == 2
    assert site.live() == [OLD, NEW, OLD]
    assert "server2" in said

    site.sshd.start("server2")
    assert f"{NEW} (DIVERGENT)" in site.status()
    code, said = site.play("rollback.yml")
    assert code == 0, said
    assert site.live() == [OLD] * 3


@contextlib.contextmanager
def on_a_small_disk(directory: Path, size: str) -> Iterator[None]:
    """While the block runs, what is in *directory* lies on a file system of *size*."""
    aside = directory.with_name("aside")
    shutil.copytree(directory, aside, symlinks=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(directory)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        shutil.copytree(aside, directory, symlinks=True, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def test_a_server_whose_disk_is_full_stops_the_deploy_before_anything_is_activated(site: Site) -> None:
    releases = site.fleet[2].root / "releases"
    with on_a_small_disk(releases, "64m"):  # less than the margin that staging leaves free
        code, said = site.play(*site.deploy())
        assert code == 2
        assert "NOTHING CHANGED" in said
        assert re.search(r"server3 .*too little disk space", said), said
        assert site.live() == [OLD] * 3
        assert [path.name for path in releases.iterdir()] == [f"v{OLD}"]

    code, said = site.play(*site.deploy())
    assert code == 0, said
    assert site.live() == [NEW] * 3


# -- controllers that are killed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "hook"),
    [
        (signal.SIGKILL, "before_stage"),
        (signal.SIGTERM, "after_stage"),
        (signal.SIGINT, "before_activate"),
        (signal.SIGKILL, "after_activate"),
    ],
)
def test_a_deploy_whose_controller_is_killed_is_finished_by_the_same_command(
    site: Site, number: signal.Signals, hook: str
) -> None:
    with site.held(hook, *site.deploy()) as run:
        run.kill(number)

    code, said = site.play(*site.deploy())

    assert code == 0, said
    assert site.live() == [NEW] * 3
    status = site.status()
    assert "DIVERGENT" not in status
    assert OLD in status  # where a rollback would go


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_rollback_whose_controller_is_killed_is_finished_by_the_same_command(
    site: Site, number: signal.Signals
) -> None:
    site.make_live(NEW)
    batches = ["-e", json.dumps({"rollback_batches": [1]})]
    with site.held("before_rollback", *site.rollback(*batches), host="server2") as run:
        assert site.live() == [OLD, NEW, NEW]
        run.kill(number)

    code, said = site.play("rollback.yml")

    assert code == 0, said
    assert site.live() == [OLD] * 3
    assert "DIVERGENT" not in site.status()


# -- operators who meet ------------------------------------------------------------------------------------------------


def test_a_deploy_refuses_beside_another_and_a_rollback_stops_it_in_its_second_batch(site: Site) -> None:
    with site.held("before_activate", *site.deploy(), host="server2") as run:
        assert site.live() == [NEW, OLD, OLD]

        code, said = site.play(*site.deploy(NEXT))
        assert code == 2
        assert f"deploy of {NEW}" in said or f"{NEW}" in said
        assert site.live() == [NEW, OLD, OLD]

        code, said = site.play("rollback.yml", "-e", "rollback_reason='5xx'")
        assert code == 0, said
        assert f"It stopped the deploy of {NEW}" in said, said
        assert site.live() == [OLD] * 3
    code, said = run.ended()

    assert code == 2
    assert site.live() == [OLD] * 3
    assert "rollback" in said
    assert "✅ 롤백 완료" in site.titles()
    assert "DIVERGENT" not in site.status()
