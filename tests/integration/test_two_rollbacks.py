"""Two people press at once: one rollback works, the other stands back, and the host goes back one version."""

from __future__ import annotations

import os
import signal

import pytest

from support.host import Driven, Host

pytestmark = pytest.mark.fleet

OK, BUSY, RECENT = 0, 5, 8


@pytest.fixture(scope="module")
def three(host: Host) -> Host:
    host.health = {"stable_s": 0.3, "successes": 2, "interval_s": 0.1}
    for version in ("1", "2", "3"):
        host.must_deploy(version)
    host.keep()
    return host


@pytest.fixture
def on_three(three: Host) -> Host:
    """The host with releases 1, 2 and 3 proven, and 3 live."""
    three.put_back("3")
    return three


def assert_went_back_once(host: Host) -> None:
    assert (host.server.current, host.running()) == ("2", "2")
    assert {r["version"]: r["state"] for r in host.record()["releases"]} == {
        "1": "verified",
        "2": "verified",
        "3": "bad",
    }
    assert [entry["version"] for entry in host.ledger() if entry["event"] == "rolled_back"] == ["3"]
    assert host.record()["open_intent"] is None
    assert host.operation().finished


def rollback(host: Host, owner: str, *arguments: str) -> Driven:
    return host.start("rollback", owner=owner, arguments=list(arguments))


def test_two_rollbacks_started_together_go_back_one_version(on_three: Host) -> None:
    kim, lee = rollback(on_three, "kim"), rollback(on_three, "lee")
    codes = {kim.ended().code, lee.ended().code}
    assert OK in codes, (kim.err, lee.err)
    assert codes <= {OK, BUSY, RECENT}, (kim.err, lee.err)
    assert_went_back_once(on_three)


@pytest.mark.parametrize("step", ["switch", "prove", "verify"])
def test_the_one_who_does_not_wait_is_told_who_is_at_work(on_three: Host, step: str) -> None:
    kim = on_three.start("rollback", owner="kim", arguments=[], stop_at=step)
    kim.reaches(step)
    try:
        lee = rollback(on_three, "lee", "--wait", "0").ended()
    finally:
        os.kill(kim.process.pid, signal.SIGCONT)
    assert lee.code == BUSY, lee.err
    assert "another run is at work on this host: rollback of 2 by kim@" in lee.err
    assert "Rollback complete" not in lee.err
    assert kim.ended().code == OK, kim.err
    assert_went_back_once(on_three)


def test_the_one_who_waits_finds_the_work_done(on_three: Host) -> None:
    kim = on_three.start("rollback", owner="kim", arguments=[], stop_at="switch")
    kim.reaches("switch")
    lee = rollback(on_three, "lee", "--wait", "60")
    try:
        lee.reaches("wait")
    finally:
        os.kill(kim.process.pid, signal.SIGCONT)
    assert kim.ended().code == OK, kim.err
    assert lee.ended().code == OK, lee.err
    assert "Waiting for another run to end: rollback of 2 by kim@" in lee.err
    assert "live already" in lee.err
    assert_went_back_once(on_three)


def test_the_one_who_comes_after_is_told_that_it_was_done(on_three: Host) -> None:
    assert rollback(on_three, "kim").ended().code == OK
    lee = rollback(on_three, "lee").ended()
    assert lee.code == RECENT
    assert "went back from 3 to 2" in lee.err
    assert "by kim@" in lee.err
    assert "--further" in lee.err
    assert_went_back_once(on_three)


def test_going_back_two_versions_takes_a_word_of_its_own(on_three: Host) -> None:
    assert rollback(on_three, "kim").ended().code == OK
    assert rollback(on_three, "kim", "--further").ended().code == OK
    assert (on_three.server.current, on_three.running()) == ("1", "1")
