"""What a shell offers where the cursor stands."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workstation.completion import candidates, script
from workstation.inventories import ROOT

DOOR = ROOT / "playbooks/workstation/refit.sh"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["st"], ["status"]),
        (["re"], ["resume"]),
        (["rollback", "--re"], ["--reason"]),
        (["rollback", "--f"], ["--further", "--fleet"]),
        (["status", "--re"], []),
        (["-i", "staging", "fr"], ["freeze"]),
        (["-i", "st"], ["staging"]),
        (["status", "--inventory", "st"], ["staging"]),
        (["status", "--inventory", "=", "st"], ["staging"]),
        (["status", "--service", ""], ["backend", "ai-service"]),
        (["status", "-i", "demo", "--service", ""], []),
        (["health", "--fail-on", "P"], ["P0", "P1", "P2"]),
        (["notify", "incident_o"], ["incident_opened"]),
        (["incident", "re"], ["resolve", "reopen"]),
        (["deploy", "7", ""], []),
        (["completion", ""], ["bash", "zsh"]),
        (["status", "--", "--"], []),
        (["nothing", "--pl"], ["--plan"]),
    ],
)
def test_what_may_stand_there_is_offered(typed: list[str], offered: list[str]) -> None:
    assert candidates(typed) == offered


ASK = """\
{script}
COMP_WORDS=(refit health --fail-on = P); COMP_CWORD=4
_refit refit P =
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def test_bash_offers_it() -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", ASK.format(script=script("bash", str(DOOR)))],
        cwd="/", env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (["P0", "P1", "P2"], "")


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_offers_it(tmp_path: Path) -> None:
    ask = 'compdef() { :; }; compadd() { print -l -- "${@:2}"; }\n'
    ask += script("zsh", str(DOOR)) + "words=(refit health --fail-on P); CURRENT=4; _refit"
    done = subprocess.run(["zsh", "-f", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["P0", "P1", "P2"], "")
