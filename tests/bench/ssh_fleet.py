#!/usr/bin/env python
"""What a rollback and a deploy take over real SSH, beside plain ``ssh`` to all hosts at once.

    python tests/bench/ssh_fleet.py [HOSTS …]

Every host is a loopback address with an sshd of its own; its release is files that one web server hands out, so a
restart does nothing, and what is left is Ansible, SSH, the modules, the gate and Discord (a stand-in).  The controller
and all hosts share this machine's cores, as no real fleet does: the processor's time that a module takes on each of 50
hosts is 50 times spent here, and once there.

Two floors are measured beside it, each the fastest of three: ``ssh`` that moves the link and calls the no-op restart,
and one that then asks for the health until it was good as often as the gate wants.  Neither looks where the hosts stand
first, decides, locks, records, proves what runs or tells anybody.

Writes ``build/bench/ssh_fleet.json``, from which plot.py draws.  Exit code 1: a rollback of the largest fleet took more
than five times the floor that checks the health.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from measuring import Taken, measure, this_machine  # noqa: E402  (found through the path above)

from support import playbooks  # noqa: E402
from support.discord import DiscordStandIn  # noqa: E402
from support.sshd import Sshd  # noqa: E402
from support.still_fleet import HEALTH, StillFleet, write_inventory  # noqa: E402

OLD, NEW = "20240101-000000", "20240102-000000"
RESULTS = ROOT / "build" / "bench" / "ssh_fleet.json"
AT_MOST = 5.0
SWITCH = "cd {root} && ln -sfn releases/v{version} .next && mv -T .next current && true"
GATE = (
    " && good=0; while [ $good -lt {successes} ]; do"
    " curl --silent --fail --max-time 5 {url}/health.json | grep -q UP && good=$((good + 1)) || good=0;"
    " sleep {interval_s}; done"
)


class SshFleet:
    """*count* servers behind SSH, with an inventory for them."""

    def __init__(self, fleet: StillFleet, sshd: Sshd, discord: DiscordStandIn) -> None:
        self.fleet = fleet
        self.sshd = sshd
        self.inventory = write_inventory(fleet, sshd.hosts, alerts=discord.webhook("ai-service-alerts"))

    def play(self, *arguments: str) -> Taken:
        environment = playbooks.environment(**self.sshd.environment)
        command = ["ansible-playbook", "-i", str(self.inventory), *arguments]
        return measure(command, ROOT, environment, self.fleet.base / "output")

    def deploy(self, version: str, *more: str) -> Taken:
        artifact = self.fleet.artifact(version)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={artifact}"]
        return self.play("playbooks/deploy.yml", *named, *more)

    def floor(self, script: str) -> float:
        """Seconds of the fastest of three runs of *script* on all hosts at once."""
        return min(self._at_once(script) for _ in range(3))

    def _at_once(self, script: str) -> float:
        began = time.monotonic()
        running = [
            subprocess.Popen(
                ["ssh", *self.sshd.ssh_arguments(server.name), script.format(root=server.root, url=server.url)],
                stdin=subprocess.DEVNULL,
            )
            for server in self.fleet
        ]
        ended = [process.wait() for process in running]
        if any(ended):
            raise SystemExit("plain ssh failed")
        return time.monotonic() - began


def bench(count: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="refit-bench-") as base,
        DiscordStandIn() as discord,
        StillFleet(Path(base), count) as fleet,
        Sshd(fleet) as sshd,
    ):
        site = SshFleet(fleet, sshd, discord)
        site.deploy(OLD, "-e", "deploy_batches=100%")
        deploy = site.deploy(NEW)
        rollback = site.play("rollback.yml")
        assert {server.current for server in fleet} == {OLD}
        switch = SWITCH.replace("{version}", OLD)
        gate = GATE.replace("{successes}", str(HEALTH["successes"])).replace("{interval_s}", str(HEALTH["interval_s"]))
        return {
            "hosts": count,
            "ssh": site.floor(switch),
            "ssh_and_health": site.floor(switch + gate),
            "rollback": vars(rollback),
            "deploy": vars(deploy),
        }


def tell(found: Sequence[dict[str, Any]]) -> None:
    print("{:>5} {:>8} {:>12} {:>22} {:>22} {:>10}".format("hosts", "ssh", "ssh+health", "rollback", "deploy", "MB"))
    for at in found:
        columns = [f"{at['hosts']:5}", f"{at['ssh']:7.1f}s", f"{at['ssh_and_health']:11.1f}s"]
        for what in ("rollback", "deploy"):
            seconds = at[what]["seconds"]
            times = "{:.1f}x, {:.1f}x".format(seconds / at["ssh"], seconds / at["ssh_and_health"])
            columns.append(f"{seconds:6.1f}s ({times:>12})")
        print(*columns, f"{max(at['rollback']['megabytes'], at['deploy']['megabytes']):9.0f}", flush=True)


def main() -> int:
    counts = [int(argument) for argument in sys.argv[1:]] or [1, 10, 50]
    machine = this_machine()
    print(machine, flush=True)
    found = [bench(count) for count in counts]
    tell(found)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine, "fleets": found}, indent=1) + "\n")
    largest = max(found, key=lambda at: at["hosts"])
    return 0 if largest["rollback"]["seconds"] <= AT_MOST * largest["ssh_and_health"] else 1


if __name__ == "__main__":
    sys.exit(main())
