"""``incident.sh`` as a person types it on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from refit.cli import incident
from refit.cli.main import main
from refit.core.errors import InvalidInput
from refit.core.system import System
from refit.incidents.incident import incidents_of
from refit.incidents.store import IncidentStore
from support.discord import DiscordStandIn
from support.fakes import FakeClock, a_service, no_command


class Server:
    """A server with one service, called server2 among server1 and server3."""

    def __init__(self, base: Path, discord: DiscordStandIn) -> None:
        self.etc, self.discord, self.clock = base / "etc", discord, FakeClock()
        self.service = a_service(base)
        self.etc.mkdir()
        described = {
            "root": self.service.root,
            "state_dir": self.service.state_dir,
            "process_manager": "command",
            "command": {"reload": ["true"], "pid_file": str(base / "pid")},
            "health": {"url": "http://127.0.0.1:1/health"},
        }
        (self.etc / "backend.json").write_text(json.dumps(described))
        settings = {
            "webhooks": {"incidents": discord.webhook("incident-response")},
            "language": "en",
            "host": "server2",
            "others": ["server1", "server3"],
        }
        (self.etc / "discord.json").write_text(json.dumps(settings))
        (self.etc / "escalation.json").write_text(json.dumps({"P1": [{"after_min": 1, "ping": ["cto"]}]}))

    def run(self, *words: str) -> int:
        return incident.main(["backend", *words], str(self.etc), None, System(clock=self.clock, run=no_command))

    def incident(self) -> Any:
        (found,) = incidents_of(IncidentStore(self.service.state_dir, self.clock).read())
        return found

    def told(self) -> list[str]:
        return [message["embeds"][0]["title"] for message in self.discord.messages("incident-response")]


@pytest.fixture
def server(tmp_path: Path) -> Any:
    with DiscordStandIn() as discord:
        yield Server(tmp_path, discord)


def test_an_incident_is_opened_taken_and_resolved_on_a_lone_server_with_its_letter(server: Server, capsys: Any) -> None:
    assert server.run("open", "--severity", "p1", "--reason", "slow") == 0
    assert server.run("open", "--severity", "P1", "--reason", "slow") == 0
    number = "INC-20240127-001b"
    assert server.incident().number == number
    assert [step.ping for step in server.incident().steps] == [("cto",)]
    assert f"OPENED: {number} is P1" in capsys.readouterr().out

    server.clock.sleep(120)
    for words in (("ack",), ("escalate",), ("resolve", number.lower(), "--reason", "restarted")):
        assert server.run(*words) == 0
    assert server.incident().state == "resolved"
    assert server.told() == [
        f"🟡 P1 Incident opened {number}", f"👀 P1 Incident acknowledged {number}",
        f"📣 P1 Incident escalated {number}", f"✅ P1 Incident resolved {number}",
    ]  # fmt: skip
    assert server.run() == 0
    assert "no incident is open" in capsys.readouterr().out


def test_what_is_missing_is_named_with_this_scripts_own_command(server: Server) -> None:
    with pytest.raises(InvalidInput) as caught:
        server.run("open", "--severity", "P1")
    assert str(caught.value.next_command).endswith("incident.sh backend open --reason 'what happened' --severity P1")
    with pytest.raises(InvalidInput) as caught:
        server.run("ack")
    assert str(caught.value.next_command).endswith("incident.sh backend list")


def test_a_discord_that_takes_nothing_changes_nothing_that_was_done_and_is_told_later(
    server: Server, capsys: Any
) -> None:
    hook = json.loads((server.etc / "discord.json").read_text())
    (server.etc / "discord.json").write_text(json.dumps({**hook, "webhooks": {}}))
    assert server.run("open", "--severity", "P1", "--reason", "slow") == 0
    assert server.incident().told == frozenset()
    (server.etc / "discord.json").write_text(json.dumps(hook))
    assert server.run("ack", "--no-notify") == 0
    assert server.told() == []
    assert server.run("ack") == 0
    assert len(server.told()) == 2
    assert "[" in capsys.readouterr().out


def test_the_policy_is_no_service_and_a_broken_one_is_refused_by_its_path(server: Server, capsys: Any) -> None:
    assert main(["--etc", str(server.etc), "incident", "escalation"]) == 2
    assert "known are: backend" in capsys.readouterr().err
    (server.etc / "escalation.json").write_text("{")
    with pytest.raises(InvalidInput) as caught:
        server.run("list")
    assert caught.value.where == str(server.etc / "escalation.json")
