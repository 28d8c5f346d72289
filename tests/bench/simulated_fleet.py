#!/usr/bin/env python
"""How long deploys and rollbacks of many hosts take the controller, and how much memory.

    python tests/bench/simulated_fleet.py [HOSTS]

The hosts are directories on this machine with a local connection, and their releases are files
that one web server hands out: what is measured is Ansible, the modules and the decisions, of
the controller and of all hosts together.  Prints a line per playbook.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from measuring import measure  # noqa: E402  (found through the path above)

from support import playbooks  # noqa: E402
from support.still_fleet import StillFleet, write_inventory  # noqa: E402

OLD, NEW = "20240101-000000", "20240102-000000"


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="refit-bench-") as base, StillFleet(Path(base), count) as fleet:
        here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = write_inventory(fleet, {server.name: here for server in fleet})
        print(f"{count} hosts: {'':34}{'seconds':>9}{'s/host':>8}{'MB at most':>12}{'MB/host':>9}", flush=True)
        for name, arguments in (
            ("deploy, first release, one batch", [*deploy(fleet, OLD), "-e", "deploy_batches=100%"]),
            ("deploy in 3 batches, planned only", [*deploy(fleet, NEW), "--check"]),
            ("deploy in 3 batches", deploy(fleet, NEW)),
            ("the same once more", deploy(fleet, NEW)),
            ("rollback", ["rollback.yml"]),
        ):
            command = ["ansible-playbook", "-i", str(inventory), *arguments]
            taken = measure(command, ROOT, playbooks.environment(fleet.base), fleet.base / "output")
            figures = f"{taken.seconds:9.1f}{taken.seconds / count:8.2f}"
            figures += f"{taken.megabytes:12.0f}{taken.megabytes / count:9.1f}"
            print(f"  {name:43}{figures}", flush=True)
    return 0


def deploy(fleet: StillFleet, version: str) -> list[str]:
    named = ["-e", f"release_version={version}", "-e", f"release_artifact={fleet.artifact(version)}"]
    return ["playbooks/deploy.yml", *named]


if __name__ == "__main__":
    sys.exit(main())
