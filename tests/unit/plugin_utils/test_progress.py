"""How far hosts are, as it gets from a host's output to the process that tells the run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from plugin_utils.overheard import LONGEST_LINE, Lines, overheard
from plugin_utils.progress import Channel, Progress, read

SAYS = "import sys, time; print('mark: one'); print('other'); sys.stdout.flush(); input(); print('mark: two\\nend')"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"step": "prove", "passed": 3, "needed": 5, "restarts": 7}', Progress("prove", 3, 5, 7)),
        ('{"step": "reload"}', Progress("reload")),
        ('{"step": "prove", "passed": -1, "needed": true, "restarts": 1e9}', Progress("prove")),
        ('{"step": "prove", "passed": "\\u001b[2J", "needed": [1], "restarts": 99999999999}', None),
        ('{"step": "\\u001b[2J"}', None),
        ('{"step": ["prove"]}', None),
        ("[" * 900, None),
        ("prove", None),
        ("", None),
    ],
)
def test_of_what_a_host_says_only_numbers_and_known_words_are_taken(text: str, found: Progress | None) -> None:
    if found is None and '"prove", "passed"' in text:
        found = Progress("prove", 0, 0, 1_000_000)
    assert read(text) == found


def test_what_workers_tell_arrives_and_nobody_waits() -> None:
    channel = Channel()
    assert list(channel.news()) == []
    pid = os.fork()
    if pid == 0:
        channel.tell("app-1", Progress("prove", 3, 5, 7))
        channel.tell("x" * 1000, Progress("prove"))
        os._exit(0)
    os.waitpid(pid, 0)
    assert list(channel.news()) == [("app-1", Progress("prove", 3, 5, 7))]
    for _ in range(5000):  # more than a pipe takes
        channel.tell("app-1", Progress("reload"))
    assert {host for host, _ in channel.news()} == {"app-1"}
    channel.close()


@pytest.mark.parametrize("parts", [1, 3, 1000])
def test_lines_are_found_however_they_come(parts: int) -> None:
    text = (
        b"mark: one\nno mark: x\n"
        + b"y" * 5000
        + b"mark: y\nmark: "
        + b"z" * LONGEST_LINE
        + b"\nmark: \xfftwo\nmark: thr"
    )
    heard: list[str] = []
    lines = Lines(heard.append, "mark: ")
    step = max(len(text) // parts, 1)
    for at in range(0, len(text), step):
        lines.more(text[at : at + step])
    assert heard == ["one", "\ufffdtwo"]


def test_a_connection_that_waits_for_the_end_is_overheard_before_it() -> None:
    """As ``local`` does it: what is said is heard while the program waits for more, and its output is the same."""
    reader, writer = os.pipe()

    def hear(text: str) -> None:
        heard.append(text)
        if text == "one":
            os.write(writer, b"go on\n")

    heard: list[str] = []
    with overheard(hear, "mark: "):
        program = subprocess.Popen(
            [sys.executable, "-c", SAYS], stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        shown, _ = program.communicate(timeout=None)
    assert heard[0] == "one"
    assert shown == b"mark: one\nother\nmark: two\nend\n"
    assert program.returncode == 0


def test_a_connection_that_reads_as_it_comes_is_overheard() -> None:
    """As ``ssh`` does it."""
    heard: list[str] = []
    with overheard(heard.append, "mark: "):
        program = subprocess.Popen([sys.executable, "-c", SAYS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert program.stdin is not None
        assert program.stdout is not None
        first = os.read(program.stdout.fileno(), 1)
        os.set_blocking(program.stdout.fileno(), False)
        program.stdin.write(b"go on\n")
        program.stdin.close()
        program.wait()
        shown = first + program.stdout.read()
        program.stdout.close()
    assert shown == b"mark: one\nother\nmark: two\nend\n"
    assert heard == ["two"]  # of the first line one letter was taken past it


def test_what_is_sent_to_a_program_reaches_it_and_others_are_left_alone() -> None:
    with overheard(lambda _: None, "mark: "):
        long = b"x" * 300_000
        done = subprocess.run(["cat"], input=long, stdout=subprocess.PIPE, check=True)
        assert done.stdout == long
    assert subprocess.Popen.__name__ == "Popen"
