"""One server of the fleet is somebody else's: the others are served as if it could not be reached."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from refit.state.ledger import parse
from refit.state.signatures import Keyring, key_id
from support import playbooks
from support.discord import DiscordStandIn
from support.false_host import false_python, instead_on
from support.still_fleet import StillFleet

pytestmark = pytest.mark.slow

OLD, NEW = "20240101-000000", "20240102-000000"
NO_SURVEY = """
def lie(answer):
    return {**answer, "survey": {"x": 1}} if "survey" in answer else answer
"""
NO_OUTCOME = """
def lie(answer):
    return {**answer, "outcome": [["activated"]]} if "outcome" in answer else answer
"""


class Site(playbooks.Site):
    def deploy(self, version: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        named = [f"release_version={version}", f"release_artifact={self.fleet.artifact(version)}"]
        return self.play("playbooks/deploy.yml", *(part for each in named for part in ("-e", each)), *arguments)

    def live(self) -> list[str]:
        return [server.current for server in self.fleet]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with DiscordStandIn() as discord, StillFleet(tmp_path, 3) as fleet:
        yield Site(tmp_path, fleet, discord)


def test_a_host_whose_answer_is_not_understood_keeps_none_of_the_others_from_going_back(site: Site) -> None:
    for version in (OLD, NEW):
        assert site.deploy(version).returncode == 0
    lying = instead_on("server3", false_python(site.base / "python", NO_SURVEY))

    refused = site.deploy("20240103-000000", *lying)
    assert refused.returncode != 0
    assert "1 of 3 hosts cannot be read: server3 (its answer is not understood" in " ".join(refused.stdout.split())
    assert site.live() == [NEW] * 3

    done = site.play("rollback.yml", *lying)

    assert site.live() == [OLD, OLD, NEW], done.stdout
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert f"MANUAL ACTION NEEDED: not on {OLD}: server3" in said
    assert "its answer is not understood: service is no service's name" in said
    told = json.dumps(site.discord.messages("ai-service-alerts"), ensure_ascii=False)
    assert "서버의 응답을 해석할 수 없습니다" in told

    status = site.play("playbooks/status.yml", *lying)
    assert "server3 UNKNOWN its answer is not understood" in " ".join(status.stdout.split())

    assert site.play("rollback.yml").returncode == 0  # it is itself again, and brought along
    assert site.live() == [OLD] * 3


def test_a_host_whose_outcome_is_not_understood_is_taken_back_with_the_others(site: Site) -> None:
    assert site.deploy(OLD).returncode == 0

    done = site.deploy(NEW, *instead_on("server2", false_python(site.base / "python", NO_OUTCOME)))

    assert done.returncode != 0
    assert site.live() == [OLD] * 3, done.stdout
    assert "its answer is not understood: it is no mapping" in " ".join(done.stdout.split())


OFFERS = """
def lie(answer):
    if "survey" not in answer:
        return answer
    told = answer["survey"]
    like = told["releases"][0]
    marks = [
        {"id": "m" + str(number), "reason": "trust me", "by": "root", "version": version}
        for number, version in enumerate(sorted(release["version"] for release in told["releases"]))
    ]
    offered = {**like, "version": "99", "sha256": "9" * 64, "usable": True, "proven": True, "result": "verified"}
    holds = {"placed": marks, "lifted": {}}
    return {**answer, "survey": {**told, "releases": [offered, *told["releases"]], "holds": holds}}
"""


def test_a_host_that_condemns_all_and_offers_its_own_is_named_and_can_be_left_out(site: Site) -> None:
    for version in (OLD, NEW):
        assert site.deploy(version).returncode == 0
    lying = instead_on("server3", false_python(site.base / "python", OFFERS))

    refused = site.play("rollback.yml", *lying)
    assert refused.returncode != 0
    assert site.live() == [NEW] * 3
    said = " ".join(refused.stdout.split())
    assert "not there, and that server3 alone knows it is not enough to bring it" in said
    assert re.search(r"if server3 is not to be believed: ansible-playbook [^:]+ -e distrust=server3 ", said), said

    done = site.play("rollback.yml", *lying, "-e", "distrust=server3")
    assert done.returncode == 0, done.stdout
    assert site.live() == [OLD] * 3

    frozen = site.deploy("20240103-000000", *lying, "-e", "distrust=server1,server3")
    assert "deploys of backend are frozen" in frozen.stdout  # by the rollback, as server2 knows


FIRST_KEY, SECOND_KEY = "first-key-" + "1" * 32, "second-key-" + "2" * 32


def test_with_a_key_it_neither_keeps_the_others_from_going_back_nor_gets_its_own_release_on_them(site: Site) -> None:
    """And the key is nowhere but with the controller, whatever is shown and written."""
    vault = site.base / "vault.yml"
    vault.write_text(json.dumps({"refit_ledger_keys": [FIRST_KEY]}))
    keyed = ("-e", f"@{vault}", "-vvv")
    short = site.play("playbooks/status.yml", "-e", json.dumps({"refit_ledger_keys": [FIRST_KEY, "hunter2"]}), "-vvv")
    assert "key 2 of refit_ledger_keys has 7 characters, and 32 are needed" in " ".join(short.stdout.split())
    outputs = [short.stdout]
    for version in (OLD, NEW):
        outputs.append(site.deploy(version, *keyed).stdout)
    lying = instead_on("server3", false_python(site.base / "python", OFFERS))

    done = site.play("rollback.yml", *lying, "-vvv", REFIT_LEDGER_KEYS=f"{SECOND_KEY},{FIRST_KEY}")
    assert done.returncode == 0, done.stdout
    assert site.live() == [OLD] * 3
    status = site.play("playbooks/status.yml", "-vvv", REFIT_LEDGER_KEYS=f"{SECOND_KEY},{FIRST_KEY}")
    said = status.stdout
    assert f"Ledgers: signed by key {key_id(SECOND_KEY)}\n" in said

    ring = Keyring((SECOND_KEY, FIRST_KEY), "backend", "demo")
    for server in site.fleet:
        entries = parse((server.state_dir / "ledger.jsonl").read_bytes()).entries
        signed = [(entry["event"], ring.judge(entry["signed"])) for entry in entries if "signed" in entry]
        # OLD is signed when it is staged, and again by the next deploy: the hosts agree on its files and its proof.
        events = ["staged", "staged", "staged", "marked_bad", "frozen"]
        assert signed == [(event, "signed") for event in events], server.name

    outputs += [done.stdout, said]
    assert [text[:200] for text in outputs if any(key in text for key in (FIRST_KEY, SECOND_KEY, "hunter2"))] == []
    searched = [path for path in site.base.rglob("*") if path.is_file() and path != vault]
    keys = (FIRST_KEY.encode(), SECOND_KEY.encode())
    assert [str(path) for path in searched if any(key in path.read_bytes() for key in keys)] == []
