"""A run is told to be dead by the machine that carried it, and by no other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from refit.state import runs


@pytest.fixture
def ended():
    """The name of a run whose process is gone."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = runs.name_run(process.pid)
        assert not runs.is_dead(name)
        process.communicate()
    return name


def test_a_run_is_dead_when_its_process_is_gone_and_alive_until_then(ended):
    assert runs.is_dead(ended)
    assert not runs.is_dead(runs.name_run())


def test_a_pid_that_was_given_away_again_does_not_bring_a_run_back(ended):
    host, _, began, place = ended.split(":")
    assert runs.is_dead(f"{host}:{os.getpid()}:{began}:{place}")


@pytest.mark.parametrize("part", [0, 3], ids=["of another name", "of the same name"])
def test_a_run_of_another_machine_is_never_called_dead(ended, part):
    parts = ended.split(":")
    parts[part] = "elsewhere"
    assert not runs.is_dead(":".join(parts))


@pytest.mark.parametrize(
    "name", ["", "run-7", f"{socket.gethostname()}:1", f"{socket.gethostname()}:999999:1:", "a:b:c:d"]
)
def test_a_name_that_does_not_say_where_its_process_is_is_never_called_dead(name):
    assert not runs.is_dead(name)


def test_nothing_is_called_dead_where_other_users_processes_are_hidden(ended, tmp_path):
    assert not runs.is_dead(ended, proc=str(tmp_path))


def test_the_dead_are_found_among_what_the_hosts_say(ended):
    surveys = [{"operation": {"run": ended}}, {"operation": {"run": runs.name_run()}}, {"operation": None}, None]
    assert runs.dead_runs(surveys) == [ended]


def test_a_run_is_carried_by_ansible_and_not_by_what_only_names_it(tmp_path):
    """A worker looks like the process that it was forked from; a shell that waits for it lives on."""
    lines = {
        1: "init",
        10: "sh -c ansible-playbook a.yml; sleep 9",
        11: "python ansible-playbook a.yml",
        12: "python ansible-playbook a.yml",
        os.getpid(): "worker",
    }
    parents = {1: 0, 10: 1, 11: 10, 12: 11, os.getpid(): 12}
    for pid, line in lines.items():
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_bytes(line.replace(" ", "\0").encode())
        stat = f"{pid} (python) S {parents[pid]} " + " ".join(["0"] * 48)
        (tmp_path / str(pid) / "stat").write_text(stat)
    assert runs.playbook_process(str(tmp_path)) == 11
