"""What a host says of its progress: little, and never at anybody's cost."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import pytest

from refit.deploy.progress import LINE, Report


class Pipe:
    def __init__(self) -> None:
        self.now = 0.0
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.report = Report(lambda: self.now, self.writer)

    def poll(self, passed: int, restarts: int = 0, needed: int = 5) -> None:
        health = SimpleNamespace(consecutive=passed, needed=needed)
        process = SimpleNamespace(restarts_before=2, restarts_after=2 + restarts)
        self.report.on_poll(SimpleNamespace(health=health, process=process))

    def read(self) -> list[dict]:
        try:
            lines = os.read(self.reader, 1 << 20).decode().splitlines()
        except BlockingIOError:
            return []
        return [json.loads(line[len(LINE) :]) for line in lines if line.startswith(LINE)]


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


def test_a_step_that_takes_time_is_said_at_once_and_no_other(pipe: Pipe) -> None:
    for step in ("lock", "intent", "switch", "activated", "prove"):
        pipe.report.on_step(step, "2")
    assert pipe.read() == [{"step": "switch"}, {"step": "prove"}]


def test_checks_and_restarts_are_said_as_often_as_a_person_can_read(pipe: Pipe) -> None:
    pipe.report.on_step("prove", "2")
    for passed in (0, 1, 2, 3, 3, 3, 4):
        pipe.now += 0.2
        pipe.poll(passed, restarts=7)
    row = [(seen["passed"], seen["needed"], seen["restarts"]) for seen in pipe.read()[1:]]
    assert row == [(1, 5, 7), (3, 5, 7), (4, 5, 7)]


def test_the_last_check_of_a_row_is_said_at_once_and_once(pipe: Pipe) -> None:
    for passed in (4, 5, 6, 7):
        pipe.poll(passed)
    assert [seen["passed"] for seen in pipe.read()] == [5]


def test_nothing_waits_for_whoever_does_not_read_any_more(pipe: Pipe) -> None:
    while pipe.now < 4000:  # more than a pipe takes
        pipe.now += 1
        pipe.poll(int(pipe.now) % 5)
    assert 0 < len(pipe.read()) < 4000


def test_a_connection_that_is_gone_ends_no_activation(pipe: Pipe) -> None:
    os.close(pipe.reader)
    pipe.report.on_step("prove", "2")
    pipe.poll(3)
