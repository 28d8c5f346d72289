"""A process that is confined writes where it may, reaches whom it may, and does not get out again."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from refit.core import confinement
from refit.core.confinement import NOTHING, Confinement

NOBODY = 65534

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or confinement.why_not() is not None, reason="this kernel lets only root confine a process"
)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that others can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="refit-confined-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
def confined() -> Callable[..., str]:
    """Runs a shell's script as nobody in a confinement; what it prints, errors too."""

    def run(script: str, within: Confinement) -> str:
        def begin() -> None:
            confinement.enter(within)
            os.chdir("/")
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)

        command = ["/bin/sh", "-c", script]
        done = subprocess.run(command, preexec_fn=begin, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    return run


def a_place(path: Path) -> Path:
    path.mkdir()
    path.chmod(0o1777)
    return path


def test_it_writes_in_what_it_is_given_and_nowhere_else(confined, place):
    given, other, private = (a_place(place / name) for name in ("given", "other", "private"))
    within = Confinement([str(given)], {"/dev/shm": str(private)})
    said = confined(f"touch {given}/x {other}/x /dev/shm/x-{os.getpid()} /var/tmp/x /tmp/x; ls /dev/shm", within)
    assert [path.name for path in given.iterdir()] == ["x"]
    assert [path.name for path in private.iterdir()] == [f"x-{os.getpid()}"]
    assert list(other.iterdir()) == []
    assert said.count("Read-only file system") == 3
    assert f"x-{os.getpid()}\n" in said
    assert not os.path.exists(f"/dev/shm/x-{os.getpid()}")


def test_its_view_ends_with_it_and_is_nobody_elses(confined, place):
    before = Path("/proc/self/mountinfo").read_text()
    confined("true", Confinement([str(place)], {"/dev/shm": str(place)}))
    assert Path("/proc/self/mountinfo").read_text() == before


def test_what_it_leaves_in_shared_memory_of_the_kernel_is_gone_with_it(confined):
    before = Path("/proc/sysvipc/shm").read_text()
    assert "id: 0" in confined("ipcmk --shmem 4096", NOTHING)
    assert Path("/proc/sysvipc/shm").read_text() == before


def test_it_reaches_itself_and_with_the_network_others(confined):
    connect = "python3 -c 'import socket, sys; socket.create_connection((\"127.0.0.1\", {}))'"
    own = 'python3 -c \'import socket; s = socket.create_server(("127.0.0.1", 0)); ' + (
        'socket.create_connection(s.getsockname()); print("itself")\''
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert "refused" in confined(connect.format(port), NOTHING)
        assert confined(connect.format(port), Confinement(network=True)) == ""
    assert confined(own, NOTHING) == "itself\n"


@pytest.mark.parametrize(
    "undo",
    [
        "mount -o remount,bind,rw {other}",
        "mount -o remount,bind,rw /",
        "umount -l {hidden}",
        "mount --bind {other} /mnt",
    ],
)
def test_with_a_namespace_of_its_own_it_gets_out_no_further(confined, place, undo):
    """An account without any right may be root of a namespace: nothing there gives it more to write."""
    other, hidden, private = (a_place(place / name) for name in ("other", "hidden", "private"))
    undo = undo.format(other=other, hidden=hidden)
    script = f"unshare --user --map-root-user --mount sh -c '{undo}; touch {other}/x {hidden}/x /mnt/x'"
    confined(script, Confinement([], {str(hidden): str(private)}))
    assert list(other.iterdir()) == []
    assert list(hidden.iterdir()) == []


def test_who_may_not_confine_says_why(tmp_path):
    answer = tmp_path / "answer"
    pid = os.fork()
    if pid == 0:
        try:
            with answer.open("w") as said:
                os.setresuid(NOBODY, NOBODY, NOBODY)
                said.write(confinement.why_not() or "")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert answer.read_text() == "Operation not permitted (unshare)"
