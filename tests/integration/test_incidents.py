"""An incident by hand, from any controller: opened, taken, resolved, and known to hosts that were away."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from refit.core.system import Clock
from refit.incidents.incident import Incident, incidents_of
from refit.incidents.store import IncidentStore
from support import playbooks
from support.discord import DiscordStandIn
from support.fleet import Fleet, Server

ON_CALL = "111"


class Site(playbooks.Site):
    """Three servers on which nothing runs: incidents are kept there all the same."""

    def __init__(self, base: Path, fleet: Fleet, discord: DiscordStandIn) -> None:
        super().__init__(base, fleet, discord)
        fleet.save(
            webhooks={"incidents": discord.webhook("incident-response")},
            mentions={"devops-oncall": {"role": ON_CALL}},
        )

    def incident(self, action: str, *more: str) -> subprocess.CompletedProcess[str]:
        return self.play("playbooks/incident.yml", "-e", f"incident_action={action}", "-e", "refit_language=en", *more)

    def told(self) -> list[tuple[str, str]]:
        """Whom each message pings, and what it is called."""
        messages = self.discord.messages("incident-response")
        return [(message["content"].split(" ")[0], message["embeds"][0]["title"]) for message in messages]


def incident_of(server: Server) -> Incident:
    (found,) = incidents_of(IncidentStore(str(server.state_dir), Clock()).read())
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("incidents")
    with DiscordStandIn(roles={"devops-oncall": ON_CALL}) as discord, Fleet(base) as fleet:
        yield Site(base, fleet, discord)


def test_an_incident_is_opened_taken_and_resolved_and_a_host_that_was_away_learns_of_it(site: Site) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    away = site.base / "away.yml"
    away.write_text(
        "app:\n  hosts:\n    server3:\n"
        f"      ansible_connection: ssh\n      ansible_host: 127.0.0.1\n      ansible_port: {port}\n"
    )

    what = ("-e", "incident_severity=P0", "-e", "incident_reason='no payments'")
    opened = site.incident("open", *what, "-i", str(away))

    assert opened.returncode == 0, opened.stdout
    number = incident_of(site.fleet[0]).number
    report = playbooks.conclusions(opened.stdout)
    assert f"[demo] OPENED: {number} is P0" in report
    assert "server3: " in report
    assert not (site.fleet[2].state_dir.parent / "incidents").exists()
    assert site.told() == [(f"<@&{ON_CALL}>", f"🚨 P0 Incident opened {number}")]

    assert site.incident("open", *what).returncode == 0
    assert [incident_of(server).number for server in site.fleet] == [number] * 3
    assert len(site.told()) == 1

    planned = site.incident("ack", "--check", "--diff")
    assert planned.returncode == 0, planned.stdout
    assert incident_of(site.fleet[0]).state == "open"
    status = site.play("playbooks/status.yml", "-e", "refit_language=en")
    assert "nobody has it yet" in status.stdout
    first = site.discord.messages("incident-response")[0]["embeds"][0]["description"]
    assert "incident.yml" in first
    assert f"-e incident_id={number}" in first

    for action in ("ack", "resolve"):
        done = site.incident(action, "-e", f"incident_id={number}")
        assert done.returncode == 0, done.stdout
    assert [incident_of(server).state for server in site.fleet] == ["resolved"] * 3
    assert [title for _, title in site.told()[1:]] == [
        f"👀 P0 Incident acknowledged {number}", f"✅ P0 Incident resolved {number}",
    ]  # fmt: skip
