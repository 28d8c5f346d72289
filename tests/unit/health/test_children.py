"""Works in processes of their own: what they say arrives, and none outlives its time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import refit
from refit.health.children import Mistake, NoAnswer, together
from refit.words.reason import Reason

PACKAGE = os.path.dirname(os.path.dirname(refit.__file__))


def for_ever():
    signal.pause()


def noted(path, work):
    """*work*, whose process writes its number down first."""

    def run():
        path.write_text(str(os.getpid()))
        return work()

    return run


def is_gone(path):
    with pytest.raises(ProcessLookupError):
        os.kill(int(path.read_text()), 0)
    return True


def test_each_answers_for_itself_also_at_length():
    long = "x" * 1_000_000
    assert together({"a": lambda: {"b": [1, None]}, "long": lambda: long}, 30) == {"a": {"b": [1, None]}, "long": long}


def test_nothing_to_do_is_done():
    assert together({}, 30) == {}


def test_what_is_not_done_in_time_is_ended_and_the_others_have_their_answers(tmp_path):
    works = {"slow": noted(tmp_path / "slow", for_ever), "quick": lambda: 1}
    assert together(works, 0.5) == {"slow": NoAnswer(Reason("no_answer_within", seconds=0.5)), "quick": 1}
    assert is_gone(tmp_path / "slow")


def test_one_that_somebody_stopped_is_ended_as_well(tmp_path):
    stopped = noted(tmp_path / "stopped", lambda: os.kill(os.getpid(), signal.SIGSTOP))
    assert together({"stopped": stopped}, 0.5) == {"stopped": NoAnswer(Reason("no_answer_within", seconds=0.5))}
    assert is_gone(tmp_path / "stopped")


def test_one_that_somebody_ended_has_no_answer():
    killed = lambda: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
    assert together({"killed": killed, "other": lambda: 1}, 30) == {
        "killed": NoAnswer(Reason("ended_from_outside")),
        "other": 1,
    }


def test_a_mistake_keeps_its_traceback_and_ends_the_others(tmp_path):
    def wrong():
        while not (tmp_path / "other").exists() or not (tmp_path / "other").read_text():
            os.sched_yield()
        return 1 // 0

    works = {"other": noted(tmp_path / "other", for_ever), "wrong": wrong}
    with pytest.raises(Mistake, match=r"wrong: Traceback(?s:.*)ZeroDivisionError"):
        together(works, 120)
    assert is_gone(tmp_path / "other")


def test_what_waits_to_be_written_is_written_once():
    code = """
from refit.health.children import together
print("before")
together({"a": lambda: print("within")}, 30)
"""
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": PACKAGE}, capture_output=True, check=True)
    assert done.stdout == b"before\n"
