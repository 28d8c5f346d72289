"""What a host waits for is seen while it waits, over the one connection that its task has anyway."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support import playbooks
from support.fleet import wait_until
from support.sshd import Sshd, find_sshd
from support.still_fleet import StillFleet, StillServer, write_inventory
from support.stories import Terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_sshd() is None, reason="needs sshd: apt-get install openssh-server"),
]

VERSION = "20240101-000000"


class SlowServer(StillServer):
    """Proven after four checks, which take three seconds."""

    def service(self) -> dict[str, Any]:
        found = super().service()
        return {**found, "health": {**found["health"], "successes": 4, "interval_s": 1}}


class SlowFleet(StillFleet):
    kind = SlowServer


def test_how_far_the_gate_is_comes_up_on_a_terminal_while_it_works(tmp_path: Path) -> None:
    with SlowFleet(tmp_path, 1) as fleet, Sshd(fleet) as sshd:
        inventory = write_inventory(fleet, sshd.hosts)
        log = tmp_path / "logs"
        shown_live = {
            "ANSIBLE_STDOUT_CALLBACK": "story",
            "REFIT_LOG_DIR": str(log),
            "TERM": "xterm",
            "REFIT_LANGUAGE": "ko",
        }
        terminal, seen = Terminal(columns=100, lines=40), set()
        artifact = fleet.artifact(VERSION)
        given = ("-e", f"release_version={VERSION}", "-e", f"release_artifact={artifact}")
        run = subprocess.Popen(
            ["ansible-playbook", "-i", str(inventory), "playbooks/deploy.yml", *given],
            cwd=playbooks.ROOT,
            env=playbooks.environment(**sshd.environment, **shown_live),
            stdin=terminal.stream,
            stdout=terminal.stream,
            stderr=terminal.stream,
        )

        def is_over() -> bool:
            seen.update(re.findall(r"배치 1/1 +server1  헬스체크 ([0-4])/4", terminal.look()))
            return run.poll() is not None

        wait_until(is_over, 120)
        shown = terminal.look()
        terminal.close()

        assert run.returncode == 0, shown
        assert len(seen & {"1", "2", "3"}) >= 2, seen
        assert "refit-progress" not in shown + max(log.glob("*.log")).read_text()
