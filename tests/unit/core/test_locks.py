"""Nobody waits without end for a process that holds a lock and does not let go, and it is named."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from refit.core.errors import Locked
from refit.core.locks import LONG_S, SHORT_S, await_lock, holder_of, try_lock
from refit.core.procfs import command_of, is_stopped
from refit.core.system import System
from refit.deploy.pruning import prune
from refit.deploy.staging import stage
from refit.notify.outbox import Entry, Outbox
from refit.state.ledger import Ledger
from refit.state.ledger_events import STAGED
from support.fakes import FakeClock, a_service, a_tarball
from support.locks import stopped_holder


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "lock")


@pytest.fixture
def opened(path):
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    yield fd
    os.close(fd)


def test_a_lock_that_is_free_is_had_at_once(opened, path):
    clock = FakeClock()
    await_lock(opened, path, clock, 10, "the lock")
    assert clock.monotonic() == FakeClock().monotonic()
    assert holder_of(opened, path) == os.getpid()


def test_a_lock_whose_holder_goes_on_is_had(opened, path):
    class ClockThatWakesIt(FakeClock):
        def sleep(self, seconds):
            super().sleep(seconds)
            holder.send_signal(signal.SIGCONT)  # it comes to its end
            holder.wait()

    with stopped_holder(path) as holder:
        assert not try_lock(opened)
        await_lock(opened, path, ClockThatWakesIt(), 10, "the lock")


def test_who_gives_up_names_the_holder_and_the_command_that_ends_it(opened, path):
    clock = FakeClock()
    began = clock.monotonic()
    with stopped_holder(path) as holder, pytest.raises(Locked) as refused:
        await_lock(opened, path, clock, 10, "the ledger")
    assert str(refused.value.what).startswith(f"the ledger was locked for more than 10 s by process {holder.pid} (")
    assert str(refused.value.what).endswith(", which is stopped")
    assert refused.value.where == path
    assert f"kill -9 {holder.pid};" in str(refused.value.next_command)
    assert 10 <= clock.monotonic() - began < 11


def test_a_holder_that_cannot_be_seen_is_found_with_a_command(opened, path, monkeypatch):
    with stopped_holder(path):
        assert holder_of(opened, path, proc="/nowhere") is None
        # Another file's lock may bear the same inode number: it is on another disk.
        assert holder_of(opened, path + "-of-another-disk") is None
        monkeypatch.setattr("refit.core.locks.holder_of", lambda *_: None)
        with pytest.raises(Locked, match=f"by another process for more than 10 s .*fuser -v {path};"):
            await_lock(opened, path, FakeClock(), 10, "the ledger")


def test_of_a_command_no_argument_is_shown_that_may_be_a_secret(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_bytes(b"/usr/bin/python3\0-I\0--token=s3cret\0s3cret\0/tmp/module.py\0")
    assert command_of(7, str(tmp_path)) == "/usr/bin/python3 /tmp/module.py"
    assert command_of(8, str(tmp_path)) == "?"
    assert not is_stopped(8, str(tmp_path))


# -- what is locked ----------------------------------------------------------------------------------------


@pytest.fixture
def world():
    return System(clock=FakeClock())


@pytest.fixture
def service(tmp_path):
    service = a_service(tmp_path)
    Path(service.state_dir).mkdir(parents=True)
    return service


def test_the_ledger_is_not_waited_for_without_end(service, world):
    ledger = Ledger(service.state_dir, world.clock)
    with stopped_holder(ledger.path), pytest.raises(Locked, match=f"the ledger was locked for more than {SHORT_S:g} s"):
        ledger.append({"event": STAGED, "version": "1"})
    assert ledger.read().entries == ()


def test_another_staging_is_not_waited_for_without_end(service, world, tmp_path):
    a_tarball(tmp_path / "app.tar.gz", {"app.js": "// the app"})
    message = f"staging on this host was locked for more than {LONG_S:g} s"
    with stopped_holder(Path(service.state_dir) / "staging.lock"):
        with pytest.raises(Locked, match=message):
            stage(service, "1", str(tmp_path / "app.tar.gz"), world)
        with pytest.raises(Locked, match=message):
            prune(service, world, 5)
    assert stage(service, "1", str(tmp_path / "app.tar.gz"), world).changed


def test_the_outbox_is_not_waited_for_without_end(tmp_path):
    outbox = Outbox(str(tmp_path / "spool"), FakeClock())
    assert outbox.pending() == []
    with stopped_holder(tmp_path / "spool" / "lock"), pytest.raises(Locked, match="the outbox was locked"):
        outbox.put(Entry("alerts", {"content": "hello"}))
    assert outbox.put(Entry("alerts", {"content": "hello"}))
