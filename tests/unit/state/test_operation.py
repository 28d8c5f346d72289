"""Who may work on a server, who stops for whom, and that the dead hold nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import Busy, InvalidInput, Locked, Outranked
from refit.core.system import System
from refit.core.timestamps import epoch, shown
from refit.state.operation import DEFAULT_EXPIRES_S, DEPLOY, ROLLBACK, Operation, Operations
from support.fakes import FakeClock
from support.locks import stopped_holder

MODULE_UTILS = Path(__file__).resolve().parents[3] / "module_utils"


@pytest.fixture
def operations(tmp_path):
    return Operations(str(tmp_path / "state"), System(clock=FakeClock()))


def deploy(number, run=None, **more):
    return Operation(number, DEPLOY, run or f"deploy-{number}", "ci@runner", "2", **more)


def rollback(number, run=None, **more):
    return Operation(number, ROLLBACK, run or f"rollback-{number}", "kim@ops-1", "1", **more)


def at_work(operations):
    standing = operations.read()
    return standing.run if standing.unfinished(operations.system.clock.now()) else None


# -- taking ------------------------------------------------------------------------------------------------


def test_a_server_that_nobody_worked_on_has_no_operation(operations):
    assert operations.read() is None


def test_an_operation_says_who_does_what_since_when_and_until_when(operations):
    operations.take(deploy(7, expires_s=60))
    standing = operations.read()
    assert (standing.number, standing.kind, standing.target) == (7, DEPLOY, "2")
    assert (standing.started, standing.expires) == ("2024-01-27T12:00:00.000Z", "2024-01-27T12:01:00.000Z")
    assert str(standing.describe()) == f"deploy of 2 by ci@runner, begun {shown(standing.started)}"


def test_a_run_joins_its_own_operation(operations):
    first = operations.take(deploy(1))
    operations.system.clock.sleep(1)
    assert operations.take(deploy(1)) == first


@pytest.mark.parametrize(
    ("holder", "comer", "refusal"),
    [
        (deploy(5), deploy(4), Outranked),
        (deploy(5), deploy(5, "another"), Outranked),
        (deploy(5), deploy(6), Busy),
        (deploy(5), deploy(6, takes_over=("somebody-else",)), Busy),
        (deploy(5), deploy(6, takes_over=("deploy-5",)), None),
        (deploy(5), rollback(6), None),
        (deploy(5), rollback(5), None),
        (deploy(5), rollback(4), Outranked),
        (rollback(5), deploy(5), Outranked),
        (rollback(5), deploy(6), Busy),
        (rollback(5), rollback(6), None),
        (rollback(5), rollback(5, "another"), Outranked),
    ],
    ids=str,
)
def test_who_goes_first_while_the_holder_is_at_work(operations, holder, comer, refusal):
    operations.take(holder)
    if refusal is None:
        operations.take(comer)
        assert at_work(operations) == comer.run
        with pytest.raises(Outranked, match=comer.owner):
            operations.check(holder)
    else:
        with pytest.raises(refusal, match=holder.owner) as refused:
            operations.take(comer)
        assert type(refused.value) is refusal
        assert at_work(operations) == holder.run
        operations.check(holder)


def test_a_deploy_starts_when_the_one_before_has_finished(operations):
    operations.take(deploy(1))
    operations.finish(deploy(1))
    assert at_work(operations) is None
    operations.take(deploy(2))
    assert at_work(operations) == "deploy-2"


def test_every_step_leaves_a_sign_of_life_and_what_another_run_asks_leaves_none(operations):
    assert operations.seen_at() is None
    operations.take(deploy(1))
    begun = operations.system.clock.now()
    assert operations.seen_at() == pytest.approx(begun, abs=0.01)
    operations.system.clock.sleep(30)
    operations.check(deploy(1))
    assert operations.seen_at() == pytest.approx(begun + 30, abs=0.01)
    operations.system.clock.sleep(30)
    with pytest.raises(Outranked):
        operations.check(deploy(2))
    assert operations.seen_at() == pytest.approx(begun + 30, abs=0.01)


def test_a_deploy_need_not_wait_for_one_that_has_expired(operations):
    operations.take(deploy(1, expires_s=60))
    operations.system.clock.sleep(59)
    with pytest.raises(Busy, match=r"it expires .*\(2024-01-27 12:01 UTC\)"):
        operations.take(deploy(2))
    operations.system.clock.sleep(1)
    operations.take(deploy(2))


def test_an_expired_operation_still_outranks_what_is_older(operations):
    operations.take(deploy(5, expires_s=1))
    operations.system.clock.sleep(3600)
    with pytest.raises(Outranked):
        operations.take(deploy(5, "another"))


def test_only_the_run_that_holds_an_operation_finishes_it(operations):
    operations.take(deploy(1))
    operations.take(rollback(2))
    operations.finish(deploy(1))
    assert at_work(operations) == "rollback-2"
    operations.finish(rollback(2))
    ended = operations.read().finished
    operations.system.clock.sleep(10)
    operations.finish(rollback(2))
    assert operations.read().finished == ended


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"number": 1}', b'{"nothing": "known"}'])
def test_a_damaged_operation_stops_its_run_and_no_other(operations, damage):
    operations.take(deploy(1))
    Path(operations.path).write_bytes(damage)
    with pytest.raises(Outranked, match="gone"):
        operations.check(deploy(1))
    operations.take(deploy(1, "another"))
    operations.check(deploy(1, "another"))


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"number": 0, "kind": DEPLOY, "run": "r", "owner": "o"},
        {"number": "x", "kind": DEPLOY, "run": "r", "owner": "o"},
        {"number": 1, "kind": "restore", "run": "r", "owner": "o"},
        {"number": 1, "kind": DEPLOY, "owner": "o"},
    ],
)
def test_an_operation_that_is_not_one_is_refused(mapping):
    with pytest.raises(InvalidInput, match="needed are number"):
        Operation.from_mapping(mapping)


def test_an_operation_is_read_from_a_plans_record_whatever_else_that_holds():
    mapping = {"number": 3, "kind": ROLLBACK, "run": "r", "owner": "o", "target": None, "why": "of no interest"}
    assert Operation.from_mapping(mapping) == Operation(3, ROLLBACK, "r", "o")


def alive(_run):
    return False


def dead(_run):
    return True


def test_who_waits_for_the_end_of_a_run_goes_on_at_its_end_at_its_expiry_or_at_its_death(operations):
    clock = operations.system.clock
    operations.await_end(60, alive)  # nobody is at work
    operations.take(deploy(1, expires_s=20))
    began = clock.monotonic()
    operations.await_end(60, dead)
    assert clock.monotonic() == began
    operations.await_end(5, alive)
    assert clock.monotonic() - began == pytest.approx(5, abs=0.6)
    operations.await_end(60, alive)
    assert clock.monotonic() - began == pytest.approx(20, abs=0.6)
    operations.finish(deploy(1))
    operations.await_end(60, alive)
    assert clock.monotonic() - began == pytest.approx(20, abs=0.6)


# -- how long others wait for it -----------------------------------------------------------------------------


def left_s(operations):
    """How many seconds the host's operation has before it expires."""
    return epoch(operations.read().expires) - operations.system.clock.now()


STEPS = [Operations.take, Operations.check, Operations.expect]
# With steps as far apart as this a run is never taken for dead.
OFTEN_ENOUGH_S = DEFAULT_EXPIRES_S * 0.66


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.floats(0, OFTEN_ENOUGH_S)), max_size=20))
def test_a_run_whose_steps_are_not_too_far_apart_never_expires_and_a_dead_one_does_in_time(steps):
    with tempfile.TemporaryDirectory() as state:
        operations = Operations(state, System(clock=FakeClock()))
        operations.take(deploy(1))
        for step, pause_s in steps:
            operations.system.clock.sleep(pause_s)
            assert at_work(operations) == "deploy-1"
            with pytest.raises(Busy):
                operations.take(deploy(2))
            step(operations, deploy(1))
        operations.system.clock.sleep(DEFAULT_EXPIRES_S)
        operations.take(deploy(2))


@given(st.lists(st.floats(0, 7200), min_size=1, max_size=5))
def test_a_step_that_said_how_long_it_lasts_is_waited_for_and_then_the_usual_time_again(steps_s):
    with tempfile.TemporaryDirectory() as state:
        operations = Operations(state, System(clock=FakeClock()))
        operations.take(deploy(1))
        for lasts_s in steps_s:
            with operations.lasting(deploy(1), lasts_s):
                operations.system.clock.sleep(lasts_s)
                assert left_s(operations) >= DEFAULT_EXPIRES_S * 0.66
            assert DEFAULT_EXPIRES_S * 0.66 <= left_s(operations) <= DEFAULT_EXPIRES_S * 1.34


def test_a_step_that_fails_is_not_waited_for_any_longer(operations):
    operations.take(deploy(1))

    def fail():
        with operations.lasting(deploy(1), 3600):
            assert left_s(operations) == 3600 + DEFAULT_EXPIRES_S
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert left_s(operations) == DEFAULT_EXPIRES_S


def test_no_run_puts_off_what_is_not_its_own(operations):
    with operations.lasting(deploy(1), 3600):
        assert operations.read() is None  # it never took it
    operations.take(rollback(2))
    with operations.lasting(deploy(1), 3600), operations.lasting(None, 3600):
        assert left_s(operations) == DEFAULT_EXPIRES_S


def test_a_run_that_is_over_stays_over(operations):
    operations.take(deploy(1))
    operations.finish(deploy(1))
    over = operations.read()
    operations.system.clock.sleep(800)
    operations.take(deploy(1))
    operations.expect(deploy(1), 3600)
    assert operations.read() == over


def test_an_expiry_that_cannot_be_written_stops_no_step(operations, monkeypatch):
    operations.take(deploy(1))
    operations.system.clock.sleep(800)
    before = operations.read()
    with stopped_holder(operations.path + ".lock"):
        operations.check(deploy(1))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    operations.check(deploy(1))
    assert operations.take(deploy(1)) == operations.read() == before


# -- the lock ----------------------------------------------------------------------------------------------


def test_a_lock_whose_holder_is_stopped_is_given_up_with_the_command_that_ends_it(operations):
    operations.take(deploy(1))
    with stopped_holder(operations.path + ".lock") as holder:
        with pytest.raises(Locked, match=rf"process {holder.pid} \(.*\), which is stopped.* kill -9 {holder.pid}"):
            operations.take(rollback(2))
        holder.kill()
        holder.wait()
        operations.take(rollback(2))


def test_who_is_refused_because_another_works_is_told_the_process(operations):
    operations.take(deploy(1))
    with stopped_holder(operations.lock_path) as holder:
        with pytest.raises(Busy, match=rf"deploy of 2 by ci@runner, begun .* held by process {holder.pid}\)"):
            operations.working(rollback(2)).__enter__()
        assert at_work(operations) == "rollback-2"  # the stopped one does nothing when it goes on


def test_a_second_deploy_is_refused_and_told_who_holds_the_lock(operations):
    with operations.working(deploy(1)), pytest.raises(Busy, match="deploy of 2 by ci@runner"):
        operations.working(deploy(2)).__enter__()


def test_a_rollback_outranks_a_deploy_that_holds_the_lock_before_it_waits_for_it(operations):
    with operations.working(deploy(1)):
        with pytest.raises(Busy):
            operations.working(rollback(2)).__enter__()
        with pytest.raises(Outranked, match="rollback of 1 by kim@ops-1"):
            operations.check(deploy(1))
    with operations.working(rollback(2)):
        operations.check(rollback(2))


def test_a_second_rollback_waits_without_outranking_the_first_and_says_so_once(operations):
    waited = []
    with operations.working(rollback(1)):
        with pytest.raises(Busy):
            operations.working(rollback(2), wait_s=1.0, on_wait=waited.append).__enter__()
        operations.check(rollback(1))
    assert list(map(str, waited)) == [f"rollback of 1 by kim@ops-1, begun {shown('2024-01-27T12:00:00.000Z')}"]


def test_one_who_waits_works_as_soon_as_the_lock_is_free(operations):
    first = operations.working(rollback(1))
    first.__enter__()
    told = []

    def let_go(who):
        told.append(who)
        operations.finish(rollback(1))
        first.__exit__(None, None, None)

    with operations.working(rollback(2), wait_s=10.0, on_wait=let_go):
        operations.check(rollback(2))
    assert len(told) == 1


def test_an_orphan_that_gets_the_lock_late_is_refused_under_it(operations):
    operations.take(rollback(2))
    operations.finish(rollback(2))
    with pytest.raises(Outranked):
        operations.working(deploy(1)).__enter__()
    with operations.working(deploy(3)):
        pass


HOLDER = """
import subprocess, sys, time
from refit.state.operation import Operation, Operations
from refit.core.system import real
with Operations(sys.argv[1], real()).working(Operation(1, "deploy", "the-dead", "ci@runner")):
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(child.pid, flush=True)
    time.sleep(60)
"""


def test_the_lock_dies_with_its_holder_though_its_children_live_on(tmp_path):
    from refit.core.system import real

    operations = Operations(str(tmp_path), real())
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(MODULE_UTILS)},
        text=True,
    )
    child = int(holder.stdout.readline())
    try:
        taker = deploy(2, takes_over=("the-dead",))
        with pytest.raises(Busy):
            operations.working(taker).__enter__()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        os.kill(child, 0)  # it inherited every descriptor that can be inherited, and lives
        with operations.working(taker):
            operations.check(taker)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
        os.kill(child, signal.SIGKILL)
