#!/usr/bin/env python
"""How long three servers with real PM2 are ill: from a release's first bad answer until all are proven on the old one.

    python tests/bench/time_to_healthy.py

The release is healthy when it is deployed and goes bad later.  At its first bad answer
``playbooks/health-check.yml -e act=true`` is started, as a timer or an alert would do it; the servers are reached
over real SSH, and Discord is a stand-in.  The seconds are split by what the log of the run and the ledgers say:

``detection``  until the fleet is graded P0, the window of one second included
``decision``   until the link moves on the first server
``switch``     until PM2 has restarted the last server's processes
``proof``      until the last server is proven healthy; the app's own start is in there

Exit code 1: it took more than 10 s and the app's own start.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "module_utils"), str(Path(__file__).parent)]

from measuring import this_machine  # noqa: E402  (found through the path above)
from ssh_fleet import NEW, OLD, SshFleet, with_pm2  # noqa: E402

from support import playbooks  # noqa: E402
from support.fleet import Fleet, free_ports, wait_until  # noqa: E402
from support.host import Host  # noqa: E402

GOES_BAD_MS = 6000  # long enough to be proven first
AT_MOST_S = 10.0


def main() -> int:
    print(this_machine(), flush=True)
    with with_pm2() as site:
        fleet = site.fleet
        start_s = app_start_s(fleet)
        hosts = [Host(server, server.base) for server in fleet]
        deploy(hosts, OLD, "healthy")
        deploy(hosts, NEW, "degrades", after_ms=GOES_BAD_MS)
        wait_until(lambda: not all(is_healthy(server) for server in fleet), 60)
        began = time.time()
        log = check_and_act(site)
        return tell(began, log, fleet, start_s)


def app_start_s(fleet: Fleet) -> float:
    """Seconds from starting the service by itself until it answers."""
    port = free_ports(1)[0]
    release = fleet.base / "alone"
    release.mkdir()
    (release / "server.js").write_bytes((ROOT / "tests" / "support" / "app" / "server.js").read_bytes())
    (release / "release.json").write_text('{"version": "alone"}')
    began = time.monotonic()
    environment = playbooks.environment(PORT=str(port))
    with subprocess.Popen(["node", "server.js"], cwd=release, env=environment) as process:
        probe = type(fleet[0])("alone", release, port, release)
        wait_until(lambda: is_healthy(probe), 30)
        took = time.monotonic() - began
        process.kill()
    return took


def deploy(hosts: list[Host], version: str, mode: str, **options: Any) -> None:
    with ThreadPoolExecutor(len(hosts)) as threads:
        list(threads.map(lambda host: host.must_deploy(version, mode, **options), hosts))


def is_healthy(server: Any) -> bool:
    return (server.ask("/health") or {}).get("status") == "UP"


def check_and_act(site: SshFleet) -> str:
    """Run the health check; returns its log, in which every line has its time."""
    log = site.fleet.base / "ansible.log"
    act = ["playbooks/health-check.yml", "-e", "act=true", "-e", "probe_window_s=1"]
    done = subprocess.run(
        ["ansible-playbook", *site.inventory, *act],
        cwd=ROOT,
        env={**site.environment, "ANSIBLE_LOG_PATH": str(log)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if f"ROLLED BACK: {OLD} is live and proven on all 3 hosts" not in done.stdout:
        raise SystemExit(done.stdout[-3000:])
    return log.read_text()


def tell(began: float, log: str, fleet: Fleet, start_s: float) -> int:
    entries = [
        json.loads(line)
        for server in fleet
        for line in (server.state_dir / "ledger.jsonl").read_text().splitlines()
        if json.loads(line).get("version") == OLD
    ]
    marks = {
        "detection": graded_at(log),
        "decision": min(at(entry) for entry in entries if entry["event"] == "intent" and at(entry) > began),
        "switch": max(at(entry) for entry in entries if entry["event"] == "activated"),
        "proof": max(at(entry) for entry in entries if entry["event"] == "verified"),
    }
    before = began
    for name, mark in marks.items():
        print(f"  {name:12}{mark - before:6.1f} s")
        before = mark
    took = marks["proof"] - began
    print(f"  {'in all':12}{took:6.1f} s; the app starts in {start_s:.1f} s")
    return 0 if took <= AT_MOST_S + start_s else 1


def graded_at(log: str) -> float:
    """When the task after the grade began; Ansible's log has local time."""
    line = next(line for line in log.splitlines() if "TASK [health_check : Show it]" in line)
    return datetime.datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").timestamp()


def at(entry: dict[str, Any]) -> float:
    return datetime.datetime.fromisoformat(entry["at"].replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    os.environ["PATH"] = playbooks.environment()["PATH"]
    sys.exit(main())
