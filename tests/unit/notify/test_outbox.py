"""What waits in the outbox arrives once, in order, whatever dies on the way."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from refit.core.errors import InvalidInput, RefitError
from refit.core.system import Clock
from refit.notify.discord_delivery import Delivery
from refit.notify.discord_payload import POSSIBLE_DUPLICATE
from refit.notify.outbox import Entry, Outbox
from support.discord import DiscordStandIn, Limit

MODULE_UTILS = Path(__file__).resolve().parents[3] / "module_utils"
DAY = 86400.0
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root takes on the rights of somebody else")


class SetClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = 1_700_000_000.0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


class Channel:
    """What a channel's webhook took; *says* decides how the next deliveries end."""

    def __init__(self):
        self.says = {}
        self.tried = []
        self.taken = []
        self.told_dropped = []

    def send(self, entry, dropped):
        self.tried.append(entry)
        status = self.says.get(entry.channel, "sent")
        if status == "dead":
            return Delivery("refused", dead_webhook=True, complaint="HTTP 404")
        if status == "unclear":
            return Delivery("failed", maybe_arrived=True, unclear=True)
        if status == "lost":
            return Delivery("failed", maybe_arrived=True)
        if status != "sent":
            return Delivery(status, complaint="HTTP 500")
        self.taken.append(entry)
        self.told_dropped.append(dropped)
        return Delivery("edited" if entry.is_edit else "sent", str(len(self.taken)), "8")

    @property
    def texts(self):
        return [entry.payload["content"] for entry in self.taken]


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def discord():
    return Channel()


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool" / "discord"


@pytest.fixture
def outbox(spool, clock):
    return Outbox(str(spool), clock)


def entry(text, channel="alerts", **more):
    return Entry(channel, {"content": text}, **more)


def queue(spool):
    return sorted(path.name for path in (spool / "queue").iterdir())


# --- Answers that may have been good -----------------------------------------------------------------------------


def test_after_unclear_answers_each_copy_waits_longer_than_the_one_before(outbox, discord, clock):
    outbox.put(entry("p0", severity="P0"))
    discord.says["alerts"] = "unclear"
    began, tried_at = clock.time, []
    for _minute in range(7 * 24 * 60 - 1):
        before = len(discord.tried)
        outbox.drain(discord.send)
        if len(discord.tried) > before:
            tried_at.append(clock.time - began)
        clock.time += 60
    pauses = [later - earlier for earlier, later in zip(tried_at, tried_at[1:])]
    assert 5 <= len(tried_at) <= 12
    assert pauses == sorted(pauses)
    assert all(each.maybe_arrived for each in discord.tried[1:])


def test_what_waits_for_its_next_copy_holds_back_no_other_message_and_no_edit_is_lost(outbox, discord, clock):
    outbox.put(entry("first", key="first"))
    discord.says["alerts"] = "unclear"
    outbox.drain(discord.send)
    discord.says.clear()
    outbox.put(entry("edit", edits="first"))
    outbox.put(entry("second"))
    assert outbox.drain(discord.send).pending == 2
    assert discord.texts == ["second"]
    clock.time += 600
    assert outbox.drain(discord.send).pending == 0
    assert discord.texts == ["second", "first", "edit"]
    assert (discord.taken[2].message_id, discord.taken[2].channel_id) == ("2", "8")


def test_a_clock_that_is_set_back_does_not_keep_a_copy_for_ever(outbox, discord, clock):
    outbox.put(entry("first"))
    discord.says["alerts"] = "unclear"
    outbox.drain(discord.send)
    clock.time -= 30 * DAY
    discord.says.clear()
    assert outbox.drain(discord.send).pending == 0


# --- Order ---------------------------------------------------------------------------------------------------------


def test_messages_leave_in_the_order_in_which_they_came(outbox, discord):
    for n in range(20):
        outbox.put(entry(str(n)))
    assert outbox.drain(discord.send).pending == 0
    assert discord.texts == [str(n) for n in range(20)]


def test_the_order_holds_when_the_clock_is_set_back(outbox, discord, clock):
    outbox.put(entry("first"))
    clock.time -= 3600
    outbox.put(entry("second"))
    outbox.drain(discord.send)
    assert discord.texts == ["first", "second"]


@pytest.mark.parametrize("trouble", ["failed", "dead"])
def test_a_message_that_must_wait_holds_back_its_own_channel_only(outbox, discord, trouble):
    for n in range(3):
        outbox.put(entry(f"alert {n}", "alerts"))
        outbox.put(entry(f"report {n}", "incidents"))
    discord.says["alerts"] = trouble
    drained = outbox.drain(discord.send)
    assert discord.texts == ["report 0", "report 1", "report 2"]
    assert drained.pending == 3
    assert [each.payload["content"] for each in discord.tried].count("alert 0") == 1
    assert len(discord.tried) == 4
    discord.says.clear()
    outbox.drain(discord.send)
    assert discord.texts[3:] == ["alert 0", "alert 1", "alert 2"]


def test_a_message_that_is_refused_for_good_holds_nobody_back_and_is_set_aside(outbox, discord, spool):
    outbox.put(entry("bad", "alerts"))
    outbox.put(entry("good", "incidents"))
    discord.says["alerts"] = "refused"
    assert outbox.drain(discord.send).pending == 0
    assert discord.texts == ["good"]
    [kept] = (spool / "damaged").iterdir()
    assert json.loads(kept.read_text())["payload"] == {"content": "bad"}


# --- Once ----------------------------------------------------------------------------------------------------------


def test_a_key_that_waits_or_was_delivered_is_not_taken_again_within_its_window(outbox, discord, clock):
    assert outbox.put(entry("1", key="deploy-7"))
    assert not outbox.put(entry("2", key="deploy-7"))
    outbox.drain(discord.send)
    clock.time += DAY - 1
    assert not outbox.put(entry("3", key="deploy-7"))
    clock.time += 2
    assert outbox.put(entry("4", key="deploy-7"))
    outbox.drain(discord.send)
    assert discord.texts == ["1", "4"]


def test_a_receipt_says_where_a_message_stands(outbox, discord):
    outbox.put(entry("1", key="k"))
    assert outbox.receipt("k") is None
    outbox.drain(discord.send)
    assert outbox.receipt("k")[:2] == ("1", "8")


def test_the_remembered_keys_are_bounded(outbox, discord, spool, monkeypatch):
    monkeypatch.setattr("refit.notify.outbox._REMEMBERED_KEYS", 5)
    for n in range(9):
        outbox.put(entry(str(n), key=str(n)))
    outbox.drain(discord.send)
    assert list(json.loads((spool / "delivered.json").read_text())) == ["4", "5", "6", "7", "8"]


def test_a_message_that_may_have_arrived_says_so_until_it_does(outbox, discord):
    outbox.put(entry("1"))
    for trouble in ("lost", "failed"):
        discord.says["alerts"] = trouble
        outbox.drain(discord.send)
    discord.says.clear()
    outbox.drain(discord.send)
    assert [each.maybe_arrived for each in discord.tried] == [False, True, True]


def test_a_message_that_surely_did_not_arrive_says_nothing(outbox, discord):
    outbox.put(entry("1"))
    discord.says["alerts"] = "failed"
    outbox.drain(discord.send)
    discord.says.clear()
    outbox.drain(discord.send)
    assert [each.maybe_arrived for each in discord.tried] == [False, False]


def test_one_process_sends_at_a_time(spool, discord):
    first, second = Outbox(str(spool)), Outbox(str(spool))
    first.put(entry("1"))
    began, go_on = threading.Event(), threading.Event()

    def slowly(each, dropped):
        began.set()
        go_on.wait(10)
        return discord.send(each, dropped)

    thread = threading.Thread(target=first.drain, args=(slowly,))
    thread.start()
    assert began.wait(10)
    second.put(entry("2"))  # another can queue meanwhile
    assert second.drain(discord.send).busy
    go_on.set()
    thread.join(10)
    assert discord.texts == ["1", "2"]  # and what came meanwhile was sent in the same round


# --- Edits ---------------------------------------------------------------------------------------------------------


def test_an_edit_follows_its_message_and_learns_its_id(outbox, discord):
    outbox.put(entry("started", key="k"))
    outbox.put(entry("done", edits="k"))
    outbox.drain(discord.send)
    assert [(each.payload["content"], each.message_id) for each in discord.taken] == [
        ("started", None),
        ("done", "1"),
    ]


def test_only_the_newest_edit_of_a_message_waits(outbox, discord):
    outbox.put(entry("started", key="k"))
    for n in range(5):
        outbox.put(entry(f"{n} of 5", edits="k"))
    assert outbox.drain(discord.send).pending == 0
    assert discord.texts == ["started", "4 of 5"]
    outbox.put(entry("5 of 5", edits="k"))
    outbox.drain(discord.send)
    assert discord.texts[-1] == "5 of 5"


def test_an_edit_of_a_message_that_never_arrived_is_left_out(outbox, discord):
    outbox.put(entry("done", edits="unknown"))
    assert outbox.drain(discord.send).pending == 0
    assert discord.tried == []


# --- Bounds --------------------------------------------------------------------------------------------------------


def test_when_there_are_too_many_the_oldest_that_is_not_p0_goes_and_is_counted(spool, clock, discord):
    outbox = Outbox(str(spool), clock, max_messages=3)
    for severity, text in (("P0", "a"), ("info", "b"), ("P1", "c"), ("P0", "d"), ("info", "e")):
        outbox.put(entry(text, severity=severity))
    outbox.drain(discord.send)
    assert discord.texts == ["a", "d", "e"]
    assert discord.told_dropped == [2, 0, 0]


def test_when_only_p0_is_left_the_oldest_of_them_goes(spool, clock, discord):
    outbox = Outbox(str(spool), clock, max_messages=2)
    for text in "abc":
        outbox.put(entry(text, severity="P0"))
    outbox.drain(discord.send)
    assert discord.texts == ["b", "c"]


def test_what_is_too_old_is_not_sent_and_counted_in_its_channel(outbox, clock, discord):
    outbox.put(entry("old"))
    clock.time += 7 * DAY + 1
    outbox.put(entry("report", "incidents"))
    outbox.put(entry("new"))
    outbox.drain(discord.send)
    assert discord.texts == ["report", "new"]
    assert discord.told_dropped == [0, 1]


def test_a_count_that_was_not_told_is_told_later(spool, clock, discord):
    outbox = Outbox(str(spool), clock, max_messages=1)
    outbox.put(entry("a"))
    outbox.put(entry("b"))
    discord.says["alerts"] = "failed"
    outbox.drain(discord.send)
    discord.says.clear()
    outbox.drain(discord.send)
    outbox.put(entry("c"))
    outbox.drain(discord.send)
    assert discord.told_dropped == [1, 0]


# --- Files ---------------------------------------------------------------------------------------------------------


def test_only_the_owner_can_read_it(outbox, spool):
    outbox.put(entry("1"))
    outbox.remember({"a": 1})
    outbox.drain(lambda *_: Delivery("failed"))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [spool, *spool.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"channel": 1}', b"\xff"])
def test_a_damaged_file_is_set_aside_and_the_others_are_sent(outbox, discord, spool, content):
    outbox.put(entry("1"))
    outbox.put(entry("2"))
    broken = spool / "queue" / queue(spool)[0]
    broken.write_bytes(content)
    drained = outbox.drain(discord.send)
    assert (drained.damaged, drained.pending) == (1, 0)
    assert discord.texts == ["2"]
    assert [path.name for path in (spool / "damaged").iterdir()] == [broken.name]


def test_damaged_records_are_empty_ones(outbox, discord, spool):
    outbox.put(entry("1", key="k"))
    for name in ("delivered.json", "state.json"):
        (spool / name).write_text('{"k": 1, "dropped": [], "memory": 3', encoding="utf-8")
    assert outbox.recall() == {}
    outbox.drain(discord.send)
    for name in ("delivered.json", "state.json"):
        (spool / name).write_text('{"k": 1, "dropped": {"alerts": "x"}, "memory": 3}', encoding="utf-8")
    assert outbox.recall() == {}
    outbox.put(entry("2"))
    outbox.drain(discord.send)
    assert discord.texts == ["1", "2"]


def test_what_a_crash_left_half_written_is_swept(outbox, discord, spool):
    outbox.put(entry("1"))
    half = spool / "queue" / (queue(spool)[0] + ".tmp-99999")
    half.write_text("{", encoding="utf-8")
    outbox.drain(discord.send)
    assert queue(spool) == []


def test_senders_leave_each_other_notes(spool):
    Outbox(str(spool)).remember({"rate": {"a": 1.5}})
    assert Outbox(str(spool)).recall() == {"rate": {"a": 1.5}}


def test_a_directory_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RefitError) as raised:
        Outbox(str(tmp_path / "file" / "spool")).put(entry("1"))
    assert "file" in str(raised.value)


@pytest.mark.parametrize("mapping", [None, {}, {"channel": "../x", "payload": {}}, {"channel": "a", "payload": []}])
def test_what_is_not_an_entry_is_refused(mapping):
    with pytest.raises(InvalidInput):
        Entry.from_mapping(mapping)


# --- Handing over --------------------------------------------------------------------------------------------------


def test_what_waits_can_be_taken_over_by_another_outbox(outbox, discord, tmp_path, clock):
    outbox.put(entry("delivered", key="k"))
    outbox.drain(discord.send)
    outbox.put(entry("edit", edits="k"))
    outbox.put(entry("lost"))
    discord.says["alerts"] = "lost"
    outbox.drain(lambda each, dropped: Delivery("edited") if each.is_edit else discord.send(each, dropped))
    outbox.put(entry("edit again", edits="k"))
    records = json.loads(json.dumps([each.to_record() for each in outbox.pending()]))
    server = Outbox(str(tmp_path / "server"), clock)
    for record in records + records:  # a rerun hands over again
        server.put(Entry.from_mapping(record))
    assert [each.to_record() for each in outbox.lend(each.identity for each in outbox.pending())] == records
    outbox.forget(each.identity for each in outbox.pending())
    assert outbox.pending() == []
    discord.says.clear()
    assert server.drain(discord.send).pending == 0
    assert [(each.payload["content"], each.message_id, each.maybe_arrived) for each in discord.taken[1:]] == [
        ("lost", None, True),
        ("edit again", "1", False),
    ]


# --- kill -9 -------------------------------------------------------------------------------------------------------

# Forks a child for each step of a send, kills it there and runs the same command again.
KILLER = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from refit.notify import discord_http
from refit.notify.notifier import Notifier
from refit.notify.config import NotifyConfig
from refit.notify.outbox import Outbox

def run(spool, title, kill_at):
    steps = 0
    def step():
        nonlocal steps
        steps += 1
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    def counted(function):
        def call(*args, **kwargs):
            step()
            return function(*args, **kwargs)
        return call
    def transport(*args):
        step()
        answer = discord_http.request(*args)
        step()
        return answer
    for name in ("open", "rename", "unlink", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))
    os.fsync = lambda fd: None  # a killed process loses nothing that the kernel has
    config = NotifyConfig.from_mapping({"webhooks": {"alerts": sys.argv[3]}})
    notifier = Notifier(config, Outbox(spool), transport=transport)
    result = notifier.send("plain", {"severity": "P1", "title": title}, key=title)
    assert result["status"] in ("sent", "skipped"), result

def child(*args):
    pid = os.fork()
    if pid == 0:
        try:
            run(*args)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]

kill_at = 0
while True:
    kill_at += 1
    spool = os.path.join(sys.argv[2], str(kill_at))
    status = child(spool, "run-%d" % kill_at, kill_at)
    rerun = child(spool, "run-%d" % kill_at, 0)
    assert rerun == 0, rerun
    if status == 0:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
print(kill_at)
"""


def test_a_kill_at_any_step_of_a_send_loses_nothing_and_makes_at_most_one_marked_duplicate(tmp_path):
    with DiscordStandIn(limit=Limit(100_000, 1.0), global_limit=Limit(100_000, 1.0)) as discord:
        command = [sys.executable, "-c", KILLER, str(MODULE_UTILS), str(tmp_path), discord.webhook("alerts")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        runs = int(done.stdout)
        copies = {f"run-{n}": [] for n in range(1, runs + 1)}
        for message in discord.messages("alerts"):
            [embed] = message["embeds"]
            marked = POSSIBLE_DUPLICATE in embed.get("footer", {}).get("text", "")
            copies[embed["title"].split()[-1].replace("\\", "")].append(marked)
    assert runs > 40
    lost = [name for name, marks in copies.items() if not marks]
    assert lost == []
    assert all(len(marks) == 1 or marks == [False, True] for marks in copies.values())
    assert any(len(marks) == 2 for marks in copies.values())  # or the kills missed the moment that matters
    left = [path.name for path in tmp_path.glob("*/queue/*")]
    assert left == []


# Forks a child for each step of a handing over, and kills it there; then both sides send what they have.
HANDING_OVER = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from refit.notify.discord_delivery import Delivery
from refit.notify.outbox import Entry, Outbox

def hand_over(here, there, kill_at):
    steps = 0
    def counted(function):
        def call(*args, **kwargs):
            nonlocal steps
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)
        return call
    for name in ("open", "rename", "unlink", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))
    identities = [entry.identity for entry in here.pending()]
    for entry in here.lend(identities):
        there.put(entry)
    here.forget(identities)

def delivered(outbox):
    taken = []
    def send(entry, dropped):
        taken.append((entry.key, entry.maybe_arrived))
        return Delivery("sent", "id")
    outbox.drain(send)
    return taken

kill_at, doubled = 0, 0
while True:
    kill_at += 1
    here, there = (Outbox(os.path.join(sys.argv[2], side + str(kill_at))) for side in ("here", "there"))
    for key in ("one", "two"):
        here.put(Entry("alerts", {"embeds": [{}]}, key=key))
    pid = os.fork()
    if pid == 0:
        hand_over(here, there, kill_at)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    on_server, on_controller = delivered(there), delivered(here)
    for key in ("one", "two"):
        copies = [mark for each, mark in on_server + on_controller if each == key]
        assert len(copies) == 1 or copies == [False, True], (kill_at, on_server, on_controller)
        doubled += len(copies) == 2
    if status == 0:
        assert on_controller == [] and not any(mark for _, mark in on_server)
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
print(kill_at, doubled)
"""


def test_a_kill_at_any_step_of_handing_over_loses_nothing_and_makes_at_most_one_marked_duplicate(tmp_path):
    command = [sys.executable, "-c", HANDING_OVER, str(MODULE_UTILS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kills, doubled = map(int, done.stdout.split())
    assert kills > 20
    assert doubled > 0  # or the kills missed the moment that matters


def test_nothing_is_lent_while_somebody_sends(outbox):
    outbox.put(entry("under way"))
    lent = []
    outbox.drain(lambda each, _dropped: lent.append(outbox.lend([each.identity])) or Delivery("failed"))
    assert lent == [[]]
    assert [each.maybe_arrived for each in outbox.pending()] == [False]


# --- The spool of an account that is not root's --------------------------------------------------------------------


@pytest.fixture
def senders():
    """A spool as provisioning leaves it on a server: of the account that the timer sends as."""
    with tempfile.TemporaryDirectory() as base:  # pytest's own is closed to everybody else
        Path(base).chmod(0o755)
        spool = Path(base, "discord")
        spool.mkdir()
        os.chown(spool, 65534, 65534)
        yield spool


@needs_root
def test_what_root_does_in_the_spool_of_an_account_that_account_could_do(senders, clock):
    outbox, rights = Outbox(str(senders), clock), []
    outbox.put(entry("one"))
    outbox.remember({"a": 1})
    outbox.drain(lambda _entry, _dropped: rights.append((os.geteuid(), os.getegid())) or Delivery("sent", "1"))

    assert rights == [(65534, 65534)]
    assert {path.lstat().st_uid for path in senders.rglob("*")} == {65534}
    assert (os.geteuid(), os.getegid()) == (0, 0)


@needs_root
@pytest.mark.parametrize("name", ["queue", "state.json", "lock"])
def test_a_link_of_that_account_leads_root_nowhere(senders, clock, name):
    outbox, victim = Outbox(str(senders), clock), senders.parent / "etc"
    victim.mkdir(mode=0o755)
    (victim / "shadow").write_text("root's")
    (senders / name).symlink_to(victim if name == "queue" else victim / "shadow")

    with contextlib.suppress(RefitError):
        outbox.put(entry("one"))
        outbox.remember({"a": 1})

    assert [(path.name, path.read_text()) for path in victim.iterdir()] == [("shadow", "root's")]


# --- Any order of events -------------------------------------------------------------------------------------------


class Traffic(RuleBasedStateMachine):
    """Messages come, channels fail and recover, senders start anew: compared with two plain lists."""

    def __init__(self):
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.clock = SetClock()
        self.discord = Channel()
        self.accepted = {"alerts": [], "incidents": []}
        self.count = 0
        self.restart()

    @rule()
    def restart(self):
        self.outbox = Outbox(self.directory.name, self.clock)

    @rule(channel=st.sampled_from(["alerts", "incidents"]))
    def put(self, channel):
        self.count += 1
        self.outbox.put(entry(str(self.count), channel))
        self.accepted[channel].append(str(self.count))

    @rule(channel=st.sampled_from(["alerts", "incidents"]), status=st.sampled_from(["sent", "failed", "lost", "dead"]))
    def weather(self, channel, status):
        self.discord.says[channel] = status

    @rule(seconds=st.integers(-5, 60))
    def time_passes(self, seconds):
        self.clock.time += seconds

    @rule()
    def drain(self):
        self.outbox.drain(self.discord.send)

    @invariant()
    def each_channel_got_a_beginning_of_what_was_accepted(self):
        waiting = {"alerts": [], "incidents": []}
        for each in self.outbox.pending():
            waiting[each.channel].append(each.payload["content"])
        for channel, accepted in self.accepted.items():
            taken = [each.payload["content"] for each in self.discord.taken if each.channel == channel]
            assert taken + waiting[channel] == accepted

    def teardown(self):
        self.directory.cleanup()


Traffic.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
test_nothing_is_lost_doubled_or_reordered_whatever_happens = Traffic.TestCase
