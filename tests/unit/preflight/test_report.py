"""One table, each fault once below it, and the verdict."""

from __future__ import annotations

import pytest

from refit.core.errors import SERVER_SCRIPTS_YML, Step
from refit.preflight import report
from refit.preflight.judge import ALL_GOOD, BAD, GOOD, NOT_KNOWN, NOTHING_THERE, OF_A_HOST, Cell, Fault
from refit.words.reason import Reason
from support.invocations import PLAYBOOK, SERVICE, STAGING

WELL = {**dict.fromkeys(OF_A_HOST, ALL_GOOD), "release": Cell(GOOD, shown="1"), "timer": NOTHING_THERE}
ABSENT = Cell(BAD, (Fault(Reason("scripts_absent"), (Step(SERVER_SCRIPTS_YML),)),))
FULL = Cell(BAD, (Fault(Reason("little_room", path="/opt", free=1, needed=2), by_hand="df -h"),))
OWN = {"outbox": ALL_GOOD, "discord": NOTHING_THERE, "keys": ALL_GOOD}


def shown(hosts: dict, own: dict = OWN, language: str = "en") -> str:
    return report.render(hosts, own, STAGING.write, language)


def test_what_is_well_is_a_table_and_nothing_below_it() -> None:
    assert shown({"a": WELL}).splitlines() == [
        "HOST          ROLLBACK TO  DISK  RUNS  BOOT  SCRIPTS  SUDO  OUTBOX  CLOCK  TIMER  TLS  DISCORD  KEYS",
        "a             ✓ 1          ✓     ✓     ✓     ✓        ✓     ✓       ✓      –      ✓",
        "this machine                                                ✓                          –        ✓",
    ]


def test_a_fault_of_many_hosts_is_told_once_with_its_command() -> None:
    hosts = {"a": {**WELL, "scripts": ABSENT}, "b": {**WELL, "scripts": ABSENT, "disk": FULL}, "c": WELL}
    assert shown(hosts).split("\n\n")[1:] == [
        "✗ DISK · b: /opt has 1 MiB free, and 2 are needed\n  there: df -h",
        f"✗ SCRIPTS · a, b: rollback.sh is not installed\n  {PLAYBOOK} playbooks/server-scripts.yml {SERVICE}",
    ]
    assert report.headline("backend", hosts, OWN, "en") == (
        "NOT READY: what a rollback of backend needs is not all there: a, b"
    )


def test_many_hosts_that_are_alike_are_one_row() -> None:
    hosts = {f"app-{number:02}": WELL for number in range(20)}
    assert [line.split("  ")[0] for line in shown(hosts).splitlines()] == [
        "HOST",
        "app-00 … app-19 (20)",
        "this machine",
    ]


@pytest.mark.parametrize("cell", [ABSENT, NOT_KNOWN])
def test_a_cell_that_is_wrong_or_unknown_makes_the_fleet_not_ready(cell: Cell) -> None:
    assert report.is_ready({"a": WELL}, OWN)
    assert not report.is_ready({"a": WELL, "b": {**WELL, "clock": cell}}, OWN)
    assert not report.is_ready({"a": WELL}, {**OWN, "keys": cell})
    assert not report.is_ready({}, OWN)


def test_a_verdict_names_some_and_counts_the_others() -> None:
    hosts = {f"app-{number}": {**WELL, "disk": FULL} for number in range(1, 9)}
    said = report.headline("backend", hosts, {**OWN, "outbox": FULL}, "en")
    assert said.endswith("is not all there: app-1, app-2, app-3, app-4, app-5, and 3 more, this machine")
    assert report.headline("backend", {"a": WELL}, OWN, "en") == "READY: backend can be rolled back now"


def test_it_is_said_in_korean_too() -> None:
    text = shown({"a": {**WELL, "scripts": ABSENT}}, language="ko")
    assert text.splitlines()[0].split()[:3] == ["서버", "롤백", "대상"]
    assert "✗ 스크립트 · a: rollback.sh가 설치되어 있지 않습니다" in text
