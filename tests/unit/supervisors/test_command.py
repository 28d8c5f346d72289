"""A pid file is a stranger's: what is no plain file with a number in it tells nothing, and keeps nobody waiting."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Callable

import pytest

from refit.core.errors import SupervisorError
from refit.core.system import System
from refit.supervisors import registry
from refit.supervisors.base import Supervisor
from support.fakes import a_service

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root is led by somebody else's links")


class Place:
    """A directory of the application's, with its pid file; *victim* is a pid file of root's."""

    def __init__(self, base: Path) -> None:
        self.run = base / "run"
        self.run.mkdir()
        self.pid_file = self.run / "app" / "app.pid"
        self.pid_file.parent.mkdir()
        self.victim = base / "victim" / "app.pid"
        self.victim.parent.mkdir()
        self.victim.write_text(str(os.getpid()))
        for path in (self.run, self.pid_file.parent):
            os.chown(path, 65534, 65534) if os.geteuid() == 0 else None
        command = {"reload": ["/bin/true"], "pid_file": str(self.pid_file)}
        self.service = a_service(base, process_manager="command", command=command, pm2=None)

    @property
    def manager(self) -> Supervisor:
        return registry.for_service(self.service, System())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_process_is_the_one_that_the_file_names(place: Place) -> None:
    place.pid_file.write_text(f"{os.getpid()}\n")
    assert place.manager.state().pids == (os.getpid(),)


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "9" * 40, "\0", "1" * 5000, "١"])
def test_what_is_no_living_process_means_stopped(place: Place, text: str) -> None:
    place.pid_file.write_text(text)
    assert place.manager.state().status == "stopped"


def test_no_file_means_stopped(place: Place) -> None:
    assert place.manager.state().status == "stopped"
    place.pid_file.parent.rmdir()
    assert place.manager.state().status == "stopped"


def a_link(place: Place) -> None:
    place.pid_file.symlink_to(place.victim)


def a_link_above(place: Place) -> None:
    place.pid_file.parent.rmdir()
    place.pid_file.parent.symlink_to(place.victim.parent)


def a_pipe(place: Place) -> None:
    os.mkfifo(place.pid_file)


def a_directory(place: Place) -> None:
    place.pid_file.mkdir()


def a_socket(place: Place) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place.pid_file))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(a_link, marks=needs_root),
        pytest.param(a_link_above, marks=needs_root),
        a_pipe,
        a_directory,
        a_socket,
    ],
)
def test_what_is_no_plain_file_is_refused_by_name(place: Place, make: Callable[[Place], None]) -> None:
    """A pipe has no writer: whoever opened it would wait for ever."""
    make(place)
    with pytest.raises(SupervisorError, match="the pid file is not read") as refused:
        place.manager.state()
    assert refused.value.where.startswith(str(place.run))
    assert refused.value.next_command
