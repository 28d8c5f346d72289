"""What it costs to tell a deploy of 50 hosts as a story: the callback's processor time, its log included.

Run by `make bench`.  Both are of one and the same run, since two runs on a machine that others use differ by more than
this is.  The servers are directories of this machine, so that hosts answer at once and the share is as high as it gets.
Exit code 1: it took more than two percent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support import playbooks
from support.still_fleet import StillFleet, write_inventory

HOSTS = 50
AT_MOST = 0.02
VERSION = "20240101-000000"
HERE = Path(__file__).parent / "timed_story"


def main() -> int:
    with tempfile.TemporaryDirectory() as directory, StillFleet(Path(directory), HOSTS) as fleet:
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = write_inventory(fleet, {server.name: local for server in fleet})
        given = [f"release_version={VERSION}", f"release_artifact={fleet.artifact(VERSION)}"]
        terminal, screen = os.openpty()
        environment = playbooks.environment(
            ANSIBLE_STDOUT_CALLBACK="timed_story",
            ANSIBLE_CALLBACK_PLUGINS=os.pathsep.join(["playbooks/callback_plugins", str(HERE)]),
            REFIT_LOG_DIR=f"{directory}/logs",
            STORY_TIMES=f"{directory}/times.json",
            TERM="xterm",
        )
        command = ["ansible-playbook", "-i", str(inventory), "playbooks/deploy.yml"]
        command += [part for each in given for part in ("-e", each)]
        run = subprocess.Popen(command, cwd=playbooks.ROOT, env=environment, stdin=screen, stdout=screen, stderr=screen)
        os.close(screen)
        shown = read(terminal)
        if run.wait():
            print(shown[-3000:])
            return 1
        times = json.loads(Path(directory, "times.json").read_text())
    share = times["story_s"] / times["run_s"]
    print(
        f"{HOSTS} hosts, {times['run_s']:.1f} s: {times['calls']} calls, {times['story_s'] * 1000:.0f} ms, {share:.2%}"
    )
    return int(share > AT_MOST)


def read(terminal: int) -> str:
    """All that is shown there, until nobody writes any more."""
    found = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            return found.decode(errors="replace")
        found += more


if __name__ == "__main__":
    sys.exit(main())
