"""Whoever reads may go away, and what others write keeps clear of what is redrawn."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from plugin_utils.story.live import Live, clip, fitted, laid_out
from plugin_utils.story.output import Output, Stream
from support.stories import Lines, Terminal


def stream_to(descriptor: int) -> Stream:
    return Stream(open(descriptor, "w", encoding="utf-8"), Output(threading.RLock()))  # noqa: SIM115  (the test's own)


def test_a_reader_that_left_is_not_missed() -> None:
    reader, writer = os.pipe()
    stream = stream_to(writer)
    stream.write("first\n")
    os.close(reader)
    stream.write("second\n")
    stream.write("third\n")
    stream.flush()
    stream.stream.close()  # with nothing left that could not be written


def test_a_terminal_that_is_closed_is_not_missed() -> None:
    reader, writer = os.openpty()
    stream = stream_to(writer)
    os.close(reader)
    stream.write("nobody reads this\n")
    stream.write("nor this\n")
    stream.stream.close()


def test_a_full_disk_is_not_missed() -> None:
    stream = stream_to(os.open("/dev/full", os.O_WRONLY))
    stream.write("there is no room for this\n")
    stream.stream.close()


def test_what_is_written_by_others_is_listened_to_without_colours() -> None:
    reader, writer = os.pipe()
    stream, heard = stream_to(writer), []
    stream.output.listener = heard.append
    stream.write("\x1b[0;31m[WARNING]: odd\x1b[0m\n")
    with stream.output.owned():
        stream.write("the story's own\n")
    assert heard == ["[WARNING]: odd\n"]
    stream.stream.close()
    os.close(reader)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    found = Terminal(columns=40, lines=10)
    yield found
    found.close()


def test_a_warning_goes_above_the_block_which_stays_the_last(terminal: Terminal) -> None:
    screen = terminal.live()
    screen.open("12:00:00  stage  ", lambda: ["server1  1 s"], now=True)
    assert terminal.look() == "12:00:00  stage  server1  1 s\n"
    terminal.guarded.write("[WARNING]: odd\n")
    assert terminal.look() == "[WARNING]: odd\n12:00:00  stage  server1  1 s\n"
    screen.close(["12:00:00  stage  server1  done"])
    assert terminal.look() == "[WARNING]: odd\n12:00:00  stage  server1  done\n"


def test_a_question_is_left_alone_until_it_is_answered(terminal: Terminal) -> None:
    screen = terminal.live()
    screen.open("stage  ", lambda: ["server1"], now=True)
    terminal.guarded.write("Vault password: ")
    terminal.output.tick()
    assert terminal.look() == "Vault password:\n"
    terminal.guarded.write("\n")
    assert terminal.look() == "Vault password:\nstage  server1\n"


@pytest.mark.parametrize("columns", [80, 30, 12, 3])
def test_a_window_may_be_made_narrow_at_any_time_and_no_line_that_stays_is_lost(
    terminal: Terminal, columns: int
) -> None:
    screen = terminal.live()
    for number in range(3):
        screen.close([f"line {number}"])
    screen.open("배치 1/3  ", lambda: ["서버1 서버2  교체 · 헬스체크 5번 연속, 최대 60초"], now=True)
    terminal.look()
    terminal.resize(columns, 10)
    for _ in range(3):
        screen.tick()
    shown = terminal.look().splitlines()
    assert [line[:columns] for line in shown[:3]] == [f"line {number}"[:columns] for number in range(3)]
    assert len(shown) <= 4


def test_a_block_is_no_higher_than_the_window(terminal: Terminal) -> None:
    terminal.resize(40, 4)
    screen = terminal.live()
    screen.open("head  ", lambda: [f"line {number}" for number in range(20)], now=True)
    for _ in range(5):
        screen.tick()
    assert terminal.look() == "head  line 0\nline 1\n"


def test_an_end_leaves_nothing_of_the_block(terminal: Terminal) -> None:
    screen = terminal.live()
    screen.open("head  ", lambda: ["at work"], now=True)
    screen.end(True)
    screen.tick()
    assert terminal.look() == "\n"


@pytest.mark.parametrize(
    ("text", "columns", "kept"),
    [
        ("배포 완료", 9, "배포 완료"),
        ("배포 완료", 8, "배포 완…"),
        ("배포 완료", 4, "배…"),
        ("abc", 1, "…"),
        ("abc", 3, "abc"),
    ],
)
def test_a_line_is_cut_where_the_window_ends_and_not_amid_a_letter(text: str, columns: int, kept: str) -> None:
    assert clip(text, columns) == kept


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "server1  되돌림  응답이 503이고 아무도 모른다",
            "server1  되돌림  응답이 503이고\n                 아무도 모른다",
        ),
        ("  ansible-playbook playbooks/deploy.yml -e x=1", "  ansible-playbook playbooks/deploy.yml -e x=1"),
        ("a column that is much too wide for it  b", "a column that is much too wide for it  b"),
        ("short", "short"),
    ],
)
def test_a_long_line_goes_on_below_its_last_column(line: str, shown: str) -> None:
    assert fitted(line, 32) == shown


TOO_LONG = (
    "  server1  연결되지 않아 무엇이 실행 중인지 알 수 없습니다\n  ansible-playbook playbooks/status.yml -e limit=1"
)


def test_what_is_said_after_the_story_is_laid_out_on_a_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown = laid_out(TOO_LONG, terminal.guarded, lambda: (40, 10)).splitlines()
    assert shown == [
        "  server1  연결되지 않아 무엇이 실행",
        "           중인지 알 수 없습니다",
        "  ansible-playbook playbooks/status.yml -e limit=1",
    ]


@pytest.mark.parametrize(("variable", "value"), [("TERM", "dumb"), ("AWX_ISOLATED_DATA_DIR", "/runner")])
def test_what_is_said_where_nobody_watches_stays_as_it_is(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)
    assert laid_out(TOO_LONG, terminal.guarded, lambda: (40, 10)) == TOO_LONG


def test_what_is_said_in_a_pipe_stays_as_it_is(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with open(os.devnull, "w") as nowhere:
        assert laid_out(TOO_LONG, Stream(nowhere, terminal.output), lambda: (40, 10)) == TOO_LONG


def test_a_block_in_a_window_without_size_is_drawn_all_the_same() -> None:
    drawn: list[str] = []
    screen = Live(Lines(), drawn.append, lambda: (0, 0))
    screen.open("head  ", lambda: ["at work"], now=True)
    assert "…" in drawn[0]
