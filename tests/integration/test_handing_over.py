"""Messages that a controller cannot deliver are with two servers, of which one may keep them to itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from refit.notify.outbox import Entry, Outbox
from support import playbooks

SERVERS = ("server1", "server2", "server3")
MESSAGE = Entry("alerts", {"embeds": [{"title": "🚨 P0 롤백 실패"}]}, "P0")


class Place:
    """A controller and three servers, each a directory; the first server cannot deliver anything."""

    def __init__(self, base: Path) -> None:
        self.base = base
        webhook = "https://discord.com/api/webhooks/1/token"
        for name in SERVERS:
            (base / name).mkdir()
            known = {} if name == SERVERS[0] else {"webhooks": {"alerts": webhook}}
            (base / name / "discord.json").write_text(json.dumps(known))
        self.outbox("controller").put(MESSAGE)

    def outbox(self, name: str) -> Outbox:
        return Outbox(str(self.base / name / "spool"))

    def titles(self, name: str) -> list[str]:
        return [entry.payload["embeds"][0]["title"] for entry in self.outbox(name).pending()]

    def hand_over(self) -> subprocess.CompletedProcess[str]:
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        places = {"notify_server_spool_dir": f"{self.base}/{{{{ inventory_hostname }}}}/spool"}
        places["notify_server_config"] = f"{self.base}/{{{{ inventory_hostname }}}}/discord.json"
        inventory = self.base / "inventory.yml"
        inventory.write_text(json.dumps({"all": {"hosts": dict.fromkeys(SERVERS, local)}}))
        role = {"ansible.builtin.include_role": {"name": "notify", "tasks_from": "hand_over"}}
        told = {"notify_pending": 1, "notify_spool_dir": str(self.base / "controller" / "spool"), **places}
        play = self.base / "play.yml"
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "vars": told, "tasks": [role]}]))
        return playbooks.run(self.base, "-i", str(inventory), "--limit", ",".join(SERVERS), str(play))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.slow
def test_a_second_server_tells_of_what_the_first_one_has_to_send(place: Place) -> None:
    done = place.hand_over()

    assert "1 message is queued, on server2" in done.stdout, done.stdout
    assert {name: place.titles(name) for name in ("controller", *SERVERS)} == {
        "controller": [],
        "server1": [],
        "server2": ["🚨 P0 롤백 실패"],
        "server3": ["🚨 Discord 장애로 밀린 알림 목록"],
    }
    [told] = place.outbox("server3").pending()
    assert "server2" in json.dumps(told.payload)
    assert "P0 롤백 실패" in json.dumps(told.payload, ensure_ascii=False)


@pytest.mark.slow
def test_what_no_second_server_can_tell_of_is_sent_from_the_controller_as_well(place: Place) -> None:
    (place.base / "server3" / "spool").write_text("no directory")

    done = place.hand_over()

    assert "1 message is queued, on this machine" in done.stdout, done.stdout
    [kept] = place.outbox("controller").pending()
    assert (kept.identity, kept.maybe_arrived) == (MESSAGE.identity, True)
    assert place.titles("server2") == ["🚨 P0 롤백 실패"]
