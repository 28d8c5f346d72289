"""Five servers over real SSH, of which one is an attacker's: the other four end right, and nothing of its own runs.

Its Python answers every module with what Ansible itself would act on, and with a standing that no reader takes.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.false_host import false_python, instead_on
from support.sshd import Sshd, find_sshd
from support.still_fleet import StillFleet, write_inventory

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.slow,
    pytest.mark.skipif(find_sshd() is None, reason="needs sshd: apt-get install openssh-server"),
]

OLD, NEW = "20240101-000000", "20240102-000000"
HONEST = ["server1", "server2", "server3", "server4"]
# A host that is added would be reached by a command of the attacker's; facts would replace what the operator said.
LIE = """
RUN = "-o ProxyCommand='sh -c \\"id >> {loot}\\"'"
ACTED_ON = {{
    "add_host": {{
        "host_name": "server1",
        "groups": ["app"],
        "host_vars": {{"ansible_connection": "ssh", "ansible_ssh_common_args": RUN}},
    }},
    "add_group": "app",
    "ansible_facts": {{"ansible_ssh_common_args": RUN, "refit_fleet": "server5"}},
    "ansible_stats": {{"data": {{"{loot}": 1}}, "aggregate": True, "per_host": False}},
    "_ansible_delegated_vars": {{"ansible_host": "{loot}"}},
    "_ansible_no_log": False,
    "exception": "{{{{ lookup('pipe', 'touch {loot}') }}}}",
    "warnings": ["{{{{ lookup('pipe', 'touch {loot}') }}}}", {{"msg": 1}}],
}}

def lie(answer):
    garbage = {{name: {{"x": [{{}}] * 3}} for name in answer if name not in ("changed", "failed", "msg")}}
    return {{**answer, **garbage, **ACTED_ON, "changed": True}}
"""


class Site:
    """Five servers behind SSH, the last of them the attacker's."""

    def __init__(self, base: Path, fleet: StillFleet, sshd: Sshd, discord: DiscordStandIn) -> None:
        self.fleet = fleet
        self.loot = base / "loot"
        self.environment = sshd.environment
        python = {"ansible_python_interpreter": str(false_python(base / "python", LIE.format(loot=self.loot)))}
        reached = {name: {**its, **(python if name == "server5" else {})} for name, its in sshd.hosts.items()}
        self.inventory = write_inventory(fleet, reached, alerts=discord.webhook("ai-service-alerts"))

    def play(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and the output on one line."""
        done = subprocess.run(
            ["ansible-playbook", "-i", str(self.inventory), *arguments],
            cwd=playbooks.ROOT,
            env=playbooks.environment(**self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, " ".join(done.stdout.split())

    def deploy(self, version: str, *more: str) -> tuple[int, str]:
        artifact = self.fleet.artifact(version)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={artifact}", *playbooks.IN_ONE_BATCH]
        return self.play("playbooks/deploy.yml", *named, *more)

    def live(self) -> dict[str, str]:
        """What is live on the four."""
        return {server.name: server.current for server in self.fleet if server.name in HONEST}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with DiscordStandIn() as discord, StillFleet(tmp_path, 5) as fleet, Sshd(fleet) as sshd:
        yield Site(tmp_path, fleet, sshd, discord)


def test_whatever_one_host_answers_the_four_are_deployed_to_shown_graded_frozen_and_taken_back(site: Site) -> None:
    code, said = site.deploy(OLD)
    assert code != 0
    assert "1 of 5 hosts cannot be read: server5 (its answer is not understood" in said
    assert [server.name for server in site.fleet if os.path.lexists(server.root / "current")] == []

    for version in (OLD, NEW):
        code, said = site.deploy(version, "-e", "deploy_max_unreachable=1")
        assert site.live() == dict.fromkeys(HONEST, version), said
        assert code == 0, said
        assert f"DEPLOYED: {version} is live and proven on 4 of 5 hosts. NOT PROVEN: server5" in said

    code, said = site.play("playbooks/status.yml")
    assert code == 0, said
    assert "server5 UNKNOWN its answer is not understood" in said
    assert all(f"{name} {NEW} " in said for name in HONEST)

    code, said = site.play("playbooks/health-check.yml", "-e", "probe_window_s=0.3")
    assert "server5" in said
    assert "P0" not in said.split("PLAY RECAP")[0].replace("fail_on=P0", ""), said

    code, said = site.play("playbooks/freeze.yml", "-e", "freeze_reason=tested")
    frozen = [json.loads(line)["event"] for line in _ledger(site, "server1")]
    assert "frozen" in frozen, said

    code, said = site.play("rollback.yml")
    assert site.live() == dict.fromkeys(HONEST, OLD), said
    assert code != 0
    assert f"MANUAL ACTION NEEDED: not on {OLD}: server5" in said

    assert not site.loot.exists()


def test_a_host_that_never_stops_talking_is_missing_and_takes_nothing_from_the_others(site: Site) -> None:
    python = site.loot.with_name("endless-python")
    python.write_text("#!/bin/sh\nexec yes\n")
    python.chmod(0o755)

    code, said = site.play("playbooks/status.yml", *instead_on("server5", python))

    assert code == 0, said
    assert "server5 UNKNOWN its answer is not understood: it never ends" in said


def _ledger(site: Site, name: str) -> list[str]:
    server = next(server for server in site.fleet if server.name == name)
    return (server.state_dir / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
