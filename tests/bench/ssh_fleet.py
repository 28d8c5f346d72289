#!/usr/bin/env python
"""What a rollback and a deploy take over real SSH, beside plain ``ssh`` to all hosts at once.

    python tests/bench/ssh_fleet.py [HOSTS …]

Every host is a loopback address with an sshd of its own; its release is files that one web server hands out, so a
restart does nothing, and what is left is Ansible, SSH, the modules, the gate and Discord (a stand-in).  Three hosts
with real PM2 come last.  The controller and all hosts share this machine's cores, as no real fleet does: the
processor's time that a call takes on each of 50 hosts is 50 times spent here, and once there.

Two floors are measured beside it, each the median of three: ``ssh`` that moves the link and restarts (calls the no-op,
or ``pm2 reload``), and one that then asks for the health until it was good as often as the gate wants.  Neither looks
where the hosts stand first, decides, locks, records, proves what runs or tells anybody.

Writes ``build/bench/ssh_fleet.json``, from which plot.py draws.  Exit code 1: a rollback of 50 hosts took more than
five times the floor that only switches, or a host of 200 cost more than 1.15 times what one of 50 did.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from measuring import Taken, measure, this_machine  # noqa: E402  (found through the path above)

from support import playbooks  # noqa: E402
from support.app.build import build  # noqa: E402
from support.discord import DiscordStandIn  # noqa: E402
from support.fleet import Fleet  # noqa: E402
from support.sshd import Sshd  # noqa: E402
from support.still_fleet import StillFleet, write_inventory  # noqa: E402

OLD, NEW = "20240101-000000", "20240102-000000"
RESULTS = ROOT / "build" / "bench" / "ssh_fleet.json"
FLEET, LARGE_FLEET = 50, 200
AT_MOST = 5.0  # times the floor, for FLEET
AT_MOST_PER_HOST = 1.15  # times a host of FLEET, for one of LARGE_FLEET
SWITCH = "cd {root} && ln -sfn releases/v{version} .next && mv -T .next current && {restart}"
GATE = (
    " && good=0; while [ $good -lt {successes} ]; do"
    " curl --silent --fail --max-time 5 {url} | grep -q UP && good=$((good + 1)) || good=0;"
    " sleep {interval_s}; done"
)


class SshFleet:
    """Servers behind SSH, with *inventory* arguments for them and the *environment* that those need."""

    def __init__(self, fleet: Fleet, sshd: Sshd, inventory: list[str], environment: dict[str, str]) -> None:
        self.fleet = fleet
        self.sshd = sshd
        self.inventory = inventory
        self.environment = playbooks.environment(**sshd.environment, **environment)

    def play(self, *arguments: str) -> Taken:
        command = ["ansible-playbook", *self.inventory, *arguments]
        return measure(command, ROOT, self.environment, self.fleet.base / "output")

    def deploy(self, version: str, *more: str) -> Taken:
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={self.artifact(version)}"]
        return self.play("playbooks/deploy.yml", *named, *more)

    def artifact(self, version: str) -> Path:
        if isinstance(self.fleet, StillFleet):
            return self.fleet.artifact(version)
        return build(self.fleet.base / "builds", version)

    def floor(self, *, gate: bool) -> float:
        """Seconds of plain ``ssh`` on all hosts at once, the median of three runs."""
        return statistics.median(self._at_once(gate) for _ in range(3))

    def _at_once(self, gate: bool) -> float:
        began = time.monotonic()
        running = [
            subprocess.Popen(
                ["ssh", *self.sshd.ssh_arguments(server.name), self._script(server.service(), gate)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            for server in self.fleet
        ]
        ended = [process.wait() for process in running]
        if any(ended):
            raise SystemExit("plain ssh failed")
        return time.monotonic() - began

    @staticmethod
    def _script(service: dict[str, Any], gate: bool) -> str:
        restart = "true"
        if "pm2" in service:
            pm2 = service["pm2"]
            restart = f"PM2_HOME={pm2['home']} PATH={pm2['path'][0]}:$PATH {pm2['bin']} reload {service['name']}"
        script = SWITCH.format(root=service["root"], version=OLD, restart=restart)
        return script + GATE.format(**service["health"]) if gate else script


@contextlib.contextmanager
def still(count: int) -> Iterator[SshFleet]:
    """*count* servers on which a restart does nothing."""
    with (
        tempfile.TemporaryDirectory(prefix="refit-bench-") as base,
        DiscordStandIn() as discord,
        StillFleet(Path(base), count) as fleet,
        Sshd(fleet) as sshd,
    ):
        inventory = write_inventory(fleet, sshd.hosts, alerts=discord.webhook("ai-service-alerts"))
        yield SshFleet(fleet, sshd, ["-i", str(inventory)], {})


@contextlib.contextmanager
def with_pm2() -> Iterator[SshFleet]:
    """Three servers with real PM2."""
    with (
        tempfile.TemporaryDirectory(prefix="refit-bench-") as base,
        DiscordStandIn() as discord,
        Fleet(Path(base)) as fleet,
        Sshd(fleet) as sshd,
    ):
        fleet.save(webhooks={"alerts": discord.webhook("ai-service-alerts")})
        inventory = ["-i", "inventory/demo", *sshd.inventory]
        yield SshFleet(fleet, sshd, inventory, {"REFIT_DEMO_DIR": str(fleet.base)})


def bench(site: SshFleet) -> dict[str, Any]:
    site.deploy(OLD, "-e", "deploy_batches=100%")
    deploy = site.deploy(NEW)
    rollback = site.play("rollback.yml")
    assert {server.current for server in site.fleet} == {OLD}
    return {
        "hosts": len(site.fleet.servers),
        "ssh": site.floor(gate=False),
        "ssh_and_health": site.floor(gate=True),
        "rollback": vars(rollback),
        "deploy": vars(deploy),
    }


def tell(at: dict[str, Any], restarted_by: str = "") -> None:
    columns = ["{:>3} {:4}".format(at["hosts"], restarted_by), f"{at['ssh']:7.1f}s", f"{at['ssh_and_health']:11.1f}s"]
    for what in ("rollback", "deploy"):
        seconds = at[what]["seconds"]
        times = "{:.1f}x, {:.1f}x".format(seconds / at["ssh"], seconds / at["ssh_and_health"])
        columns.append(f"{seconds:6.1f}s ({times:>12}) {seconds / at['hosts']:5.2f}s")
    print(*columns, f"{max(at['rollback']['megabytes'], at['deploy']['megabytes']):9.0f}", flush=True)


def main() -> int:
    counts = [int(argument) for argument in sys.argv[1:]] or [1, 10, FLEET, LARGE_FLEET]
    machine = this_machine()
    print(machine, flush=True)
    head = ("hosts", "ssh", "ssh+health", "rollback, s/host", "deploy, s/host", "MB")
    print("{:>8} {:>8} {:>12} {:>29} {:>29} {:>10}".format(*head))
    found = []
    for count in counts:
        with still(count) as site:
            found.append(bench(site))
        tell(found[-1])
    with with_pm2() as site:
        pm2 = bench(site)
    tell(pm2, "PM2")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine, "fleets": found, "pm2": pm2}, indent=1) + "\n")
    return 0 if holds({at["hosts"]: at for at in found}) else 1


def holds(found: dict[int, dict[str, Any]]) -> bool:
    """Whether the figures are within the bounds, as far as fleets of those sizes were measured."""
    fleet, large = found.get(FLEET), found.get(LARGE_FLEET)
    if fleet and fleet["rollback"]["seconds"] > AT_MOST * fleet["ssh"]:
        return False
    per_host = [at["rollback"]["seconds"] / at["hosts"] for at in (fleet, large) if at]
    return len(per_host) < 2 or per_host[1] <= AT_MOST_PER_HOST * per_host[0]


if __name__ == "__main__":
    sys.exit(main())
