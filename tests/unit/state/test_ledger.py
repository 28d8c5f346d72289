"""What was written to the ledger is there, whole, whatever happened to the file or the disk."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import RefitError
from refit.state.ledger import Ledger, parse
from refit.state.ledger_events import EVENTS, STAGED, VERIFIED
from support.fakes import FakeClock

MODULE_UTILS = Path(__file__).resolve().parents[3] / "module_utils"


@pytest.fixture
def ledger(tmp_path):
    return Ledger(str(tmp_path / "state"), FakeClock())


def versions(ledger):
    return [entry["version"] for entry in ledger.read().entries]


def test_a_ledger_that_was_never_written_is_empty(ledger):
    assert ledger.read().entries == ()
    assert not os.path.exists(os.path.dirname(ledger.path))


@given(reason=st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_written_and_comes_back(tmp_path_factory, reason):
    ledger = Ledger(str(tmp_path_factory.mktemp("ledger")), FakeClock())
    ledger.append({"event": STAGED, "version": "1", "reason": reason})
    assert [entry["reason"] for entry in ledger.read().entries] == [reason]


def test_entries_come_back_in_order_with_the_time_they_were_written(ledger):
    ledger.append({"event": STAGED, "version": "1"}, {"event": VERIFIED, "version": "1", "from": None})
    ledger.clock.sleep(1.5)
    ledger.append({"event": STAGED, "version": "판-2"})
    assert ledger.read().entries == (
        {"event": STAGED, "version": "1", "at": "2024-01-27T12:00:00.000Z"},
        {"event": VERIFIED, "version": "1", "from": None, "at": "2024-01-27T12:00:00.000Z"},
        {"event": STAGED, "version": "판-2", "at": "2024-01-27T12:00:01.500Z"},
    )


def test_only_its_owner_may_write_the_ledger_and_others_may_not_read_it(ledger):
    ledger.append({"event": STAGED, "version": "1"})
    assert stat.S_IMODE(os.stat(ledger.path).st_mode) & 0o027 == 0


def test_an_event_that_nobody_knows_is_a_mistake_and_is_not_written(ledger):
    with pytest.raises(ValueError, match="deployed"):
        ledger.append({"event": STAGED, "version": "1"}, {"event": "deployed", "version": "1"})
    assert versions(ledger) == []


def test_a_last_line_torn_at_any_byte_is_passed_over_and_gone_after_the_next_append(ledger):
    ledger.append({"event": STAGED, "version": "1"})
    whole = Path(ledger.path).read_bytes()
    ledger.append({"event": STAGED, "version": "둘"})
    both = Path(ledger.path).read_bytes()
    for length in range(len(whole), len(both) - 1):
        Path(ledger.path).write_bytes(both[:length])
        assert versions(ledger) == ["1"], length
        assert ledger.read().damaged == 0
        ledger.append({"event": STAGED, "version": "3"})
        assert versions(ledger) == ["1", "3"], length
        assert Path(ledger.path).read_bytes().startswith(whole + b"{")


def test_a_last_entry_that_lost_its_line_feed_counts_and_stays(ledger):
    ledger.append({"event": STAGED, "version": "1"}, {"event": VERIFIED, "version": "1", "reason": "x" * 10_000})
    Path(ledger.path).write_bytes(Path(ledger.path).read_bytes().rstrip(b"\n"))
    assert versions(ledger) == ["1", "1"]
    ledger.append({"event": STAGED, "version": "2"})
    assert versions(ledger) == ["1", "1", "2"]
    assert ledger.read().damaged == 0
    assert len(Path(ledger.path).read_bytes().splitlines()) == 3


def test_entries_that_were_glued_together_are_all_there(ledger):
    ledger.append({"event": STAGED, "version": "1"}, {"event": VERIFIED, "version": "1"})
    Path(ledger.path).write_bytes(Path(ledger.path).read_bytes().replace(b"\n", b"") + b"junk\n")
    assert versions(ledger) == ["1", "1"]
    assert ledger.read().damaged == 1


ENTRY = st.fixed_dictionaries(
    {"event": st.sampled_from(sorted(EVENTS)), "version": st.text(), "reason": st.text(max_size=20)}
)


@given(st.lists(ENTRY, min_size=1, max_size=5), st.data())
def test_no_cut_at_any_byte_loses_an_entry_that_is_whole(entries, data):
    lines = [json.dumps(entry, ensure_ascii=False).encode() for entry in entries]
    written = b"\n".join(lines) + b"\n"
    cut = data.draw(st.integers(0, len(written)))
    whole = sum(len(b"\n".join(lines[: count + 1])) <= cut for count in range(len(lines)))
    assert list(parse(written[:cut]).entries) == entries[:whole]


def test_a_torn_line_longer_than_a_read_is_gone_after_the_next_append(ledger):
    ledger.append({"event": STAGED, "version": "1"})
    with open(ledger.path, "ab") as file:
        file.write(b'{"event": "staged", "reason": "' + b"x" * 20_000)
    ledger.append({"event": STAGED, "version": "2"})
    assert versions(ledger) == ["1", "2"]
    assert os.path.getsize(ledger.path) < 1000


def test_a_file_that_holds_nothing_but_a_torn_line_starts_anew(ledger):
    ledger.append({"event": STAGED, "version": "1"})
    Path(ledger.path).write_bytes(b'{"event": "sta')
    ledger.append({"event": STAGED, "version": "2"})
    assert versions(ledger) == ["2"]


@pytest.mark.parametrize(
    "line", [b"not json", b"[]", b'"staged"', b'{"event": "unheard of"}', b"{}", b"\xff\xfe", b"[" * 100_000, b"null"]
)
def test_a_damaged_line_in_the_middle_is_counted_and_the_others_are_read(ledger, line):
    ledger.append({"event": STAGED, "version": "1"})
    with open(ledger.path, "ab") as file:
        file.write(line + b"\n\n")
    ledger.append({"event": STAGED, "version": "2"})
    assert versions(ledger) == ["1", "2"]
    assert ledger.read().damaged == 1


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(data):
    contents = parse(data)
    assert all(entry["event"] in EVENTS for entry in contents.entries)
    assert contents.damaged <= data.count(b"\n")


def test_a_disk_that_fills_up_in_the_middle_of_a_write_leaves_the_file_as_it_was(ledger, monkeypatch):
    ledger.append({"event": STAGED, "version": "1"})
    before = Path(ledger.path).read_bytes()
    write, calls = os.write, []

    def full_after_ten_bytes(fd, data):
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data[:10])

    monkeypatch.setattr(os, "write", full_after_ten_bytes)
    with pytest.raises(RefitError, match=r"No space left.*ledger\.jsonl.*df -h"):
        ledger.append({"event": STAGED, "version": "2"}, {"event": STAGED, "version": "3"})
    monkeypatch.undo()
    assert len(calls) == 2
    assert Path(ledger.path).read_bytes() == before
    ledger.append({"event": STAGED, "version": "4"})
    assert versions(ledger) == ["1", "4"]


def test_a_write_that_the_kernel_takes_in_pieces_is_whole(ledger, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    ledger.append({"event": STAGED, "version": "1"}, {"event": STAGED, "version": "2"})
    monkeypatch.undo()
    assert versions(ledger) == ["1", "2"]


def test_a_disk_that_fails_to_sync_leaves_the_file_as_it_was(ledger, monkeypatch):
    ledger.append({"event": STAGED, "version": "1"})

    def fails(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(RefitError, match="Input/output error"):
        ledger.append({"event": STAGED, "version": "2"})
    monkeypatch.undo()
    assert versions(ledger) == ["1"]


WRITER = """
import sys
from refit.state.ledger import Ledger
from refit.core.system import Clock
ledger = Ledger(sys.argv[1], Clock())
sys.stdin.readline()
for number in range(25):
    entry = {"event": "staged", "version": sys.argv[2], "number": number}
    ledger.append(entry, {**entry, "event": "failed"})
"""


def test_writers_at_the_same_time_never_mix_their_lines(ledger):
    state = os.path.dirname(ledger.path)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, state, name],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(MODULE_UTILS)},
            text=True,
        )
        for name in "abc"
    ]
    for writer in writers:  # all are at the start line before any of them runs
        writer.stdin.write("go\n")
        writer.stdin.close()
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    contents = ledger.read()
    assert contents.damaged == 0
    assert len(Path(ledger.path).read_bytes().splitlines()) == 150
    for name in "abc":
        own = [entry for entry in contents.entries if entry["version"] == name]
        assert [entry["number"] for entry in own if entry["event"] == STAGED] == list(range(25))
    pairs = [json.dumps([entry["event"], entry["version"]]) for entry in contents.entries]
    assert all(staged.replace("staged", "failed") == failed for staged, failed in zip(pairs[::2], pairs[1::2]))
