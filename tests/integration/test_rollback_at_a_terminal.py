"""``rollback.sh`` at a terminal: whatever is typed or said to nobody, a rollback that began is made to its end."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit import modules
from support.discord import DiscordStandIn
from support.served_files import deploy, served

MODULE_UTILS = Path(__file__).resolve().parents[2] / "module_utils"
PROGRAM = "import sys; from refit.cli.main import main; sys.exit(main())"
# What a terminal would obey: clear the screen, write from right to left.
FORGED = "\x1b[2J\x1b[H\u202edetelpmoc\nRollback complete: site runs 9, proven healthy"


class Server:
    """A service that runs release 2, and may go back to release 1."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder, self.settings = folder, settings
        for version in ("1", "2"):
            assert deploy(settings, version, folder)["outcome"] == "activated"
        (folder / "etc").mkdir()
        self.configure()

    def configure(self, **changes: Any) -> None:
        described = json.dumps({**self.settings, **changes})
        (self.folder / "etc" / "site.json").write_text(described)

    def rollback(
        self, *arguments: str | bytes, notify: str = "--no-notify", asks: bool = False, **streams: Any
    ) -> subprocess.CompletedProcess[bytes]:
        places = ["--etc", str(self.folder / "etc"), "--spool", str(self.folder / "spool")]
        typed = ["rollback", "site", *([] if asks else ["--yes"]), *([notify] if notify else []), *arguments]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(MODULE_UTILS)}
        environment |= {"LC_ALL": "C.UTF-8", "REFIT_LANGUAGE": "en"}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        command = [sys.executable, "-c", PROGRAM, *places, *typed]
        return subprocess.run(command, env=environment, timeout=60, check=False, **streams)

    def survey(self) -> Any:
        """What ``status.yml`` reads here."""
        left_out = {"scripts_dir": None, "incidents": False, "version": None}
        asked = {"service": self.settings, "observe": False, "wait_s": 0, "config_dir": str(self.folder / "etc")}
        return modules.call("release_info", {**asked, **left_out}, False)["survey"]

    @property
    def live(self) -> str:
        return os.readlink(self.folder / "opt" / "current")

    @property
    def is_finished(self) -> bool:
        return json.loads((self.folder / "state" / "operation.json").read_text())["finished"] is not None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path) as settings:
        yield Server(tmp_path, settings)


@pytest.mark.parametrize("named", [{}, {"host": "app-1"}], ids=["by itself", "by the inventory"])
def test_the_team_is_told_of_one_server_and_what_others_call_it(server: Server, named: dict[str, str]) -> None:
    with DiscordStandIn() as discord:
        settings = {"webhooks": {"alerts": discord.webhook("alerts")}, **named}
        (server.folder / "etc" / "discord.json").write_text(json.dumps(settings))
        done = server.rollback(notify="")
        assert done.returncode == 0
        assert b"no other was looked at" in done.stderr
        [message] = discord.messages()
    shown = {field["name"]: field["value"] for field in message["embeds"][0]["fields"]}
    assert message["embeds"][0]["title"] == "↩️ 서버 1대만 롤백됨"
    assert shown["서버"] == named.get("host", socket.gethostname())


@pytest.mark.parametrize(
    ("settings", "at", "others"),
    [
        (None, "site on {}", ""),
        ("no JSON", "site on {}", ""),
        ({"environment": "staging", "host": "app-1", "others": ["app-2", "app-3"]}, "[staging] site on app-1",
         ": app-2, app-3"),
    ],
)  # fmt: skip
def test_who_is_asked_reads_what_goes_where_and_what_stays_as_it_is(
    server: Server, settings: Any, at: str, others: str
) -> None:
    if settings is not None:
        (server.folder / "etc" / "discord.json").write_text(json.dumps(settings))
    terminal, stdin = pty.openpty()
    os.write(terminal, b"n\n")
    done = server.rollback("--reason", "too slow", notify="", asks=True, stdin=stdin)
    os.close(stdin)
    os.close(terminal)
    assert (done.returncode, server.live) == (2, "releases/v2")
    asked = done.stderr.decode()
    assert asked.startswith(f"{at.format(socket.gethostname())}: 2 -> 1 (")
    assert f"\nOnly this server; no other is touched{others}\nRoll back now? [y/N] " in asked
    assert asked.endswith("rollback.sh site --reason 'too slow' --yes\n")


def nobody_reads() -> int:
    """The writing end of a pipe whose reader has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("gone", [["stderr"], ["stdout", "stderr"]], ids=" and ".join)
def test_a_reader_that_goes_away_stops_nothing(server: Server, gone: list[str]) -> None:
    pipes = {name: nobody_reads() for name in gone}
    done = server.rollback("--json", **pipes)
    for pipe in pipes.values():
        os.close(pipe)
    assert done.returncode == 0
    assert server.live == "releases/v1"
    assert server.is_finished
    assert not done.stdout or json.loads(done.stdout)["exit_code"] == 0


def test_a_reason_in_any_bytes_is_a_reason(server: Server) -> None:
    done = server.rollback("--reason", "응답 지연".encode("euc-kr"))
    assert (done.returncode, server.live, server.is_finished) == (0, "releases/v1", True), done.stderr
    assert server.rollback("--list").returncode == 0


def test_a_reason_moves_no_cursor_of_the_next_person(server: Server) -> None:
    assert server.rollback("--reason", FORGED).returncode == 0
    listed = server.rollback("--list").stdout.decode()
    assert "Rollback complete" in listed
    assert not [line for line in listed.splitlines() if not line.isprintable() or line.startswith("Rollback complete")]
    assert "\\u001b" not in (server.folder / "state" / "ledger.jsonl").read_text()


def test_what_a_command_complains_of_is_one_line_without_orders_to_the_terminal(server: Server) -> None:
    complaint = FORGED.replace("\n", "\r")
    server.configure(command={"reload": ["bash", "-c", 'printf "%s" "$0" >&2; exit 1', complaint]})
    done = server.rollback()
    assert done.returncode in (6, 7)
    said = done.stderr.decode().split("\n")
    assert any("Rollback complete: site runs 9" in line for line in said)
    assert not [line for line in said if not line.isprintable() or line.startswith("Rollback complete")]


def test_what_the_service_is_handed_is_said_to_nobody(server: Server) -> None:
    handed = {"python": "3.11", "app": "site:app", "import_env": {"DB_PASSWORD": "hunter2-and-more"}}
    server.configure(wheel=handed, command={"reload": ["bash", "-c", "echo cannot use hunter2-and-more >&2; exit 1"]})
    done = server.rollback("--json")
    assert done.returncode in (6, 7)
    assert b"cannot use ***" in done.stderr
    assert b"cannot use ***" in done.stdout
    assert b"hunter2" not in done.stderr + done.stdout


def test_settings_that_are_not_those_of_the_last_deploy_are_said(server: Server) -> None:
    for looked in (["--list"], ["--status"], ["--plan"]):
        assert b"is not what the last deploy" not in server.rollback(*looked).stderr
    assert not server.survey()["other_settings"]
    server.configure(traffic={"kind": "prometheus", "url": "http://127.0.0.1:9/metrics"})
    for looked in (["--list", "--json"], ["--status"], ["--plan"], []):
        done = server.rollback(*looked)
        assert done.returncode == 0
        assert b"etc/site.json is not what the last deploy of site went by" in done.stderr
        assert b"playbooks/server-scripts.yml" in done.stderr
    assert server.survey()["other_settings"]
    # A rollback with other settings is no deploy: what is said stays true.
    assert b"is not what the last deploy" in server.rollback("--list").stderr
