"""Run the real playbooks on a local fleet, as a person would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

from support.discord import DiscordStandIn
from support.fleet import Fleet

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
TOOLS = ROOT / ".tools" / "bin"


# For a deploy whose story is not about batches: each of them costs a second of looking at what the one before did.
IN_ONE_BATCH = ("-e", "deploy_batches=100%")


def environment(fleet_dir: Path | None = None, **more: str) -> dict[str, str]:
    """An environment with this project's tools, in which ``-i inventory/demo`` means the fleet in *fleet_dir*.

    What is read there of a run is Ansible's own output, which has all of it, and in English, unless *more*
    says otherwise.
    """
    path = os.pathsep.join([str(TOOLS), str(BIN), os.environ.get("PATH", "")])
    demo = {"REFIT_DEMO_DIR": str(fleet_dir)} if fleet_dir else {}
    plain = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_STDOUT_CALLBACK": "default"}
    plain["REFIT_LANGUAGE"] = "en"
    return {**os.environ, "PATH": path, **plain, **demo, **more}


def command(*arguments: str) -> list[str]:
    """``ansible-playbook`` on the demo inventory with *arguments*."""
    return ["ansible-playbook", "-i", "inventory/demo", *arguments]


def run(fleet_dir: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a playbook to its end; standard error is part of the output."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(fleet_dir, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class Site:
    """*fleet*, a Discord that listens, and the person who runs playbooks there; *base* is the fleet's directory."""

    def __init__(self, base: Path, fleet: Fleet, discord: DiscordStandIn) -> None:
        self.base = base
        self.fleet = fleet
        self.discord = discord
        fleet.save(webhooks={"alerts": discord.webhook("ai-service-alerts")})

    def play(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run(self.base, *arguments, **more)

    def running(self) -> list[str | None]:
        """What each server's own process answers."""
        return self.fleet.running()


def conclusions(output: str) -> str:
    """What a playbook's debug and fail tasks told the person."""
    blocks = re.findall(r"^    msg: \|-?\n((?:      .*\n|\n)+)", output, re.MULTILINE)
    return "\n\n".join(textwrap.dedent(block).strip() for block in blocks)
