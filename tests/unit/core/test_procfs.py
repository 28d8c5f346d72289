"""What the kernel says of processes, asked about real ones."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess

import pytest

from refit.core.procfs import (
    Running,
    family_of,
    is_alive,
    listening_at,
    listens_on,
    parent_of,
    release_of,
    running_releases,
    shares_our_network,
    started,
    user_of,
    what_runs,
)
from refit.words.reason import Reason
from support.fleet import wait_until
from support.rights import nobody
from support.words import told


@pytest.fixture
def releases(tmp_path):
    for version in ("1", "2"):
        (tmp_path / "releases" / ("v" + version) / "sub").mkdir(parents=True)
    return tmp_path / "releases"


@pytest.fixture
def run_in():
    """Starts a process that waits, in a directory; ends it with the test."""
    processes = []

    def start(folder, program="sleep"):
        process = subprocess.Popen([str(program), "600"], cwd=str(folder))
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_a_process_runs_the_release_it_was_started_in(releases, run_in):
    assert release_of(run_in(releases / "v1").pid, str(releases)) == Running("1")


def test_a_directory_inside_a_release_belongs_to_it(releases, run_in):
    assert release_of(run_in(releases / "v2" / "sub").pid, str(releases)) == Running("2")


def test_a_process_started_through_current_stays_on_its_release_when_the_link_moves(releases, run_in):
    current = releases.parent / "current"
    current.symlink_to("releases/v1")
    process = run_in(current)
    current.unlink()
    current.symlink_to("releases/v2")
    assert release_of(process.pid, str(releases)).version == "1"


def test_the_releases_directory_may_be_reached_through_a_link(releases, run_in):
    (releases.parent / "other").symlink_to(releases)
    assert release_of(run_in(releases / "v1").pid, str(releases.parent / "other")).version == "1"


def test_a_release_deleted_under_its_process_is_not_the_one_that_took_its_place(releases, run_in):
    process = run_in(releases / "v1")
    shutil.rmtree(str(releases / "v1"))
    (releases / "v1").mkdir()
    assert release_of(process.pid, str(releases)) == Running("1", None, deleted=True)


@pytest.mark.parametrize("place", ["..", ".", ".staging-v1"])
def test_a_process_elsewhere_runs_no_release_and_says_where_it_is(releases, run_in, place):
    (releases / ".staging-v1").mkdir()
    running = release_of(run_in(releases / place).pid, str(releases))
    assert running.version is None
    assert os.path.realpath(str(releases / place)) in told(running.reason)


def test_a_process_that_is_gone_is_gone_everywhere(releases, run_in):
    process = run_in(releases / "v1")
    assert is_alive(process.pid)
    process.kill()
    process.wait()
    assert not is_alive(process.pid)
    assert started(process.pid) is None
    assert parent_of(process.pid) is None
    assert release_of(process.pid, str(releases)).reason == Reason("process_gone", pid=process.pid)


def test_a_zombie_is_not_alive(releases, run_in):
    process = run_in(releases / "v1")
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet collected
    assert not is_alive(process.pid)


def test_a_process_that_may_not_be_read_says_so(releases):
    with nobody():
        running = release_of(1, str(releases))
    assert running.version is None
    assert "may not read" in told(running.reason)


def test_brackets_and_blanks_in_a_program_name_do_not_shift_the_fields(tmp_path, run_in):
    plain = run_in(tmp_path)
    odd = tmp_path / "a) S 1 ("
    shutil.copy(shutil.which("sleep"), str(odd))
    process = run_in(tmp_path, program=odd)
    assert parent_of(process.pid) == os.getpid()
    assert started(plain.pid) <= started(process.pid) <= started(plain.pid) + 100 * os.sysconf("SC_CLK_TCK")


def test_every_process_in_a_release_is_found(releases, run_in):
    one, two, _elsewhere = run_in(releases / "v1"), run_in(releases / "v2" / "sub"), run_in(releases.parent)
    assert dict(running_releases(str(releases))) == {one.pid: Running("1"), two.pid: Running("2")}


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::")])
def test_only_the_process_that_listens_on_a_port_holds_it(run_in, tmp_path, family, host):
    other = run_in(tmp_path)
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("this machine lacks the address {}".format(host))
    with server:
        port = server.getsockname()[1]
        assert listens_on(os.getpid(), port)
        assert not listens_on(other.pid, port)
        assert not listens_on(os.getpid(), port + 1 if port < 65535 else port - 1)
    assert not listens_on(os.getpid(), port)


def test_a_client_of_a_port_does_not_hold_it():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert not listens_on(os.getpid(), client.getsockname()[1])


def test_a_process_that_is_gone_holds_no_port():
    assert not listens_on(2**22 + 1, 80)


def test_a_family_is_a_process_and_all_that_descend_from_it_parents_first():
    script = "sleep 600 & sh -c 'sleep 601 & wait' & echo; wait"
    top = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    try:
        wait_until(lambda: len(family_of(top.pid)) == 4)
        family = family_of(top.pid)
        assert family[0] == top.pid
        assert all(parent_of(member) in family[: family.index(member)] for member in family[1:])
        assert os.getpid() not in family
    finally:
        os.killpg(top.pid, signal.SIGKILL)
        top.communicate()


def test_who_has_no_children_is_a_family_alone():
    assert family_of(2**22 + 1) == [2**22 + 1]


@pytest.mark.parametrize(
    ("family", "host", "address"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "0.0.0.0", "0.0.0.0"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_listening_socket_has_the_address_that_it_was_given(family, host, address):
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        try:
            server = socket.socket(family)  # create_server allows no IPv4 in it
            server.bind((host, 0))
            server.listen()
        except OSError:
            pytest.skip("this machine lacks the address {}".format(host))
    with server:
        assert listening_at(os.getpid(), server.getsockname()[1]) == {address}


def test_a_process_has_a_user_and_one_that_is_gone_has_none():
    assert user_of(os.getpid()) == os.geteuid()
    assert user_of(2**22 + 1) is None


def test_a_child_is_in_its_parents_network(run_in, tmp_path):
    assert shares_our_network(run_in(tmp_path).pid)


# --- What a process has open ----------------------------------------------------------------------------------------


def test_a_process_elsewhere_is_known_by_the_file_of_a_release_that_it_has_open(releases):
    (releases / "v2" / "app.jar").write_text("code")
    with open(releases / "v2" / "app.jar") as jar:
        process = subprocess.Popen(["sleep", "600"], cwd="/", stdin=jar)
    try:
        assert what_runs(process.pid, str(releases)) == Running("2", witness="files")
        (releases / "v2" / "app.jar").unlink()
        assert what_runs(process.pid, str(releases)).version is None  # what is gone from the disk is nobody's
    finally:
        process.kill()
        process.wait()


def test_a_program_of_a_release_is_mapped_by_who_runs_it(releases, run_in):
    program = releases / "v1" / "app"
    shutil.copy(shutil.which("sleep"), program)
    process = run_in("/", program)
    wait_until(lambda: what_runs(process.pid, str(releases)) == Running("1", witness="files"))


def test_where_a_process_stands_counts_more_than_what_else_it_has_open(releases, run_in):
    assert what_runs(run_in(releases / "v1").pid, str(releases)) == Running("1")
    assert told(what_runs(run_in("/").pid, str(releases)).reason).endswith("runs in /, which is not a release")
