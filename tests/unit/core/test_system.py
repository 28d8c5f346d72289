"""Commands: what is kept of what they print, how long they may take, and what rights they have."""

from __future__ import annotations

import os
import signal

import pytest

from refit.core import system
from refit.core.system import MAX_OUTPUT_BYTES, Completed, RunAs, run_command

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a command as somebody else")


def shell(script: str, **options: object) -> Completed:
    return run_command(["/bin/sh", "-c", script], **options)


def test_both_streams_and_the_exit_code_are_what_the_command_gave():
    assert shell("echo out; echo err >&2; exit 3") == Completed(3, "out\n", "err\n")


def test_of_an_output_without_end_the_end_is_kept(monkeypatch):
    monkeypatch.setattr(system, "MAX_OUTPUT_BYTES", 1000)
    done = shell("yes | head -c 300000; echo last; yes no | head -c 300000 >&2; echo least >&2")
    assert done.rc == 0
    assert (len(done.stdout), len(done.stderr)) == (1000, 1000)
    assert done.stdout.endswith("y\nlast\n")
    assert done.stderr.endswith("no\nleast\n")


def test_an_output_of_the_size_that_is_kept_is_whole():
    assert len(shell(f"head -c {MAX_OUTPUT_BYTES} /dev/zero").stdout) == MAX_OUTPUT_BYTES


@pytest.mark.parametrize("script", ["sleep 60", "yes", "exec >&- 2>&-; sleep 60"])
def test_a_command_that_does_not_end_is_ended(script):
    assert shell(f"echo $$; {script}", timeout_s=0.3) == Completed(124, "", "no answer within 0.3 s")


def test_a_command_that_was_killed_says_by_which_signal():
    assert shell("kill -s KILL $$").rc == -signal.SIGKILL


@pytest.mark.parametrize("run_as", [None, pytest.param(RunAs(1, 1, (), "daemon", "/"), marks=needs_root)])
def test_a_command_that_is_not_there_is_said_as_a_shell_would(run_as):
    assert run_command(["/nowhere/pm2"], run_as=run_as) == Completed(127, "", "command not found: /nowhere/pm2")


@needs_root
def test_who_runs_as_somebody_else_has_his_rights_and_can_gain_no_others():
    asked = "id -u; id -g; id -G; grep NoNewPrivs /proc/self/status"
    done = shell(asked, run_as=RunAs(1, 2, (2, 3), "daemon", "/"))
    assert done.stdout.split() == ["1", "2", "2", "3", "NoNewPrivs:", "1"]


@needs_root
def test_what_root_runs_as_itself_and_root_itself_may_still_gain_rights():
    run_command(["true"], run_as=RunAs(1, 1, (), "daemon", "/"))
    ours = [shell("grep NoNewPrivs /proc/self/status", run_as=who).stdout for who in (None, RunAs.user("root"))]
    with open("/proc/self/status") as status:
        assert ours == [line for line in status if line.startswith("NoNewPrivs")] * 2
