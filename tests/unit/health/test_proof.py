"""The gate: what must never pass, what must, and how long it may take.

Time is a fake clock that only the gate, its checks and its manager move; processes are a ``/proc``
of our own, or real ones where the kernel's word is the point.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pwd
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.pm2 import Pm2Settings
from refit.config.service import HealthCheck, Service
from refit.core.errors import Outranked, SupervisorError
from refit.core.system import Clock, System
from refit.health import proof as gate
from refit.health.probe import Check, Failure
from refit.health.proof import Proof, observe, prove
from refit.supervisors.base import ABSENT, ERRORED, LAUNCHING, ONLINE, STOPPED, ProcessState, Supervisor, Worker
from refit.words.reason import Reason, as_it_came
from support.words import told

PASS = Check(True, status=200, latency_ms=1.0)
REFUSED = Check(False, Failure("refused", Reason("connection_refused")))
OLD_ANSWER = Check(False, Failure("wrong_version", Reason("version_differs", named="1", expected="2")), 200, 1.0, "1")
NO_VERSION = Check(False, Failure("no_version", Reason("version_unreadable", why="answered 404")), 200, 1.0)


class World(Clock):
    """A server of one service: its clock, its processes, its manager and its answers.

    *at* schedules a change; every way to spend time lets what is due happen.  *log* holds what the
    gate asked for, in order, with the world as it was when the answer came.
    """

    def __init__(self, folder, look_s=0.0, check_s=0.0, **health):
        health.setdefault("stable_s", 0.0)
        self.folder = str(folder)
        self.look_s, self.check_s = look_s, check_s
        self.time = 1000.0
        self.plan = []
        self.log = []
        self.answer = PASS
        self.status = ONLINE
        self.worker_status = ONLINE
        self.error = None
        self.restarts = 7
        self.births = 0
        self.processes = {}
        self.pids = 100
        check = HealthCheck("http://127.0.0.1:1/health", **health)
        self.service = Service("backend", self.folder, self.folder, check, Pm2Settings({"script": "server.js"}))
        for version in ("1", "2"):
            os.makedirs(self.service.release_dir(version))
        os.makedirs(os.path.join(self.folder, "proc"))
        self.system = System(clock=self, proc=os.path.join(self.folder, "proc"))
        self.start("2")

    # The clock
    def monotonic(self):
        return self.time

    def now(self):
        return self.time

    def sleep(self, seconds):
        assert seconds >= 0
        self.log.append(("sleep", seconds))
        self.spend(seconds)

    def spend(self, seconds):
        end = self.time + seconds
        while self.plan and self.plan[0][0] <= end:
            self.time, change = max(self.time, self.plan[0][0]), self.plan.pop(0)[1]
            change()
        self.time = end

    def at(self, seconds, change):
        self.plan.append((1000.0 + seconds, change))
        self.plan.sort(key=lambda item: item[0])

    # The processes
    def start(self, version, pid=None):
        self.pids += 1
        pid = pid or self.pids
        self.births += 1
        folder = os.path.join(self.system.proc, str(pid))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "stat"), "w") as file:
            file.write("{} (app) S 1 {} {}\n".format(pid, "0 " * 17, self.births))
        self.processes[pid] = [self.births, None]
        self.move(pid, version)
        return pid

    def move(self, pid, version, suffix=""):
        link = os.path.join(self.system.proc, str(pid), "cwd")
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(os.path.join(os.path.realpath(self.service.releases_dir), "v" + version) + suffix, link)
        self.processes[pid][1] = version + suffix

    def open(self, pid, *versions, mapped=False):
        """Let the process have a file of each of these releases open."""
        folder = os.path.join(self.system.proc, str(pid))
        os.makedirs(os.path.join(folder, "fd"), exist_ok=True)
        for version in versions:
            path = os.path.join(os.path.realpath(self.service.releases_dir), "v" + version, "app.jar")
            if mapped:
                with open(os.path.join(folder, "maps"), "a") as maps:
                    maps.write("7f00-7f10 r-xp 00000000 08:01 42        {}\n".format(path))
            else:
                os.symlink(path, os.path.join(folder, "fd", str(len(os.listdir(os.path.join(folder, "fd"))))))

    def end(self, pid):
        folder = os.path.join(self.system.proc, str(pid))
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
        del self.processes[pid]

    def replace_all(self, version="2", counted=True):
        for pid in list(self.processes):
            self.end(pid)
        self.restarts += counted
        return self.start(version)

    def snapshot(self):
        return (self.restarts, {pid: tuple(process) for pid, process in self.processes.items()})

    # What the gate asks
    def state(self):
        self.spend(self.look_s)
        self.log.append(("look", self.snapshot(), self.error or self.status, self.time))
        if self.error is not None:
            raise SupervisorError(self.error)
        if self.status == ABSENT:
            return ProcessState(ABSENT)
        restarts = [self.restarts] + [0] * len(self.processes)
        workers = [Worker(pid, self.worker_status, restarts[i]) for i, pid in enumerate(sorted(self.processes))]
        return ProcessState(self.status, tuple(workers or [Worker(0, self.status, self.restarts)]))

    def check(self, _health, _version):
        began = self.time
        self.spend(self.check_s)
        self.log.append(("check", self.snapshot(), self.answer.ok, began))
        return self.answer

    def prove(self, version="2", **options):
        supervisor = Supervisor(self.service, self.system)
        supervisor.state = self.state
        return prove(self.service, self.system, supervisor, version, check=self.check, **options)

    def observe(self):
        supervisor = Supervisor(self.service, self.system)
        supervisor.state = self.state
        return observe(self.service, self.system, supervisor, check=self.check)

    def count(self, what):
        return sum(entry[0] == what for entry in self.log)

    def set(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


@pytest.fixture
def world(tmp_path):
    made = []

    def make(**options):
        made.append(World(tmp_path / str(len(made)), **options))
        return made[-1]

    return make


# --- What passes ----------------------------------------------------------------------------------------------------


def test_a_healthy_release_is_proven_as_soon_as_the_row_is_long_enough(world):
    w = world(successes=5, interval_s=0.2)
    proof = w.prove()
    assert (proof.proven, told(proof.reason), proof.failed_check) == (True, None, None)
    assert (proof.health.attempts, proof.health.passes, proof.health.consecutive, proof.health.needed) == (5, 5, 5, 5)
    assert proof.health.first_pass_s == 0
    assert proof.duration_s == pytest.approx(0.8)
    assert proof.releases == {101: "2"}
    assert (proof.process.status, proof.process.pids) == (ONLINE, (101,))
    assert (proof.process.restarts_before, proof.process.restarts_after) == (7, 7)


def test_a_service_that_starts_slowly_is_waited_for(world):
    w = world(successes=3)
    w.answer = REFUSED
    w.at(10, lambda: w.set(answer=PASS))
    proof = w.prove()
    assert proof.proven
    assert 10 <= proof.health.first_pass_s <= 12, "found up at most one longest pause late"
    assert proof.health.last_failure == REFUSED.failure


@pytest.mark.parametrize("start_s", [0.5, 1.0, 2.0, 4.0, 6.0])
def test_it_is_found_up_at_most_a_quarter_of_its_start_late(world, start_s):
    w = world(successes=1)
    w.answer = REFUSED
    w.at(start_s, lambda: w.set(answer=PASS))
    assert w.prove().health.first_pass_s <= start_s * gate.BACKOFF + w.service.health.interval_s


def test_several_workers_must_all_run_the_release(world):
    w = world(successes=2)
    second = w.start("2")
    assert w.prove().releases == {101: "2", second: "2"}
    w.move(second, "1")
    assert w.prove().failed_check == "release"


def test_old_workers_that_are_being_stopped_are_waited_out(world):
    w = world(successes=2)
    old = w.start("1")
    w.set(worker_status=LAUNCHING)
    w.at(20, lambda: (w.end(old), w.set(worker_status=ONLINE)))
    assert w.prove().proven


def test_old_workers_that_are_replaced_one_after_the_other_are_waited_out(world):
    w = world(successes=2)
    old = [w.start("1"), w.start("1")]
    w.at(4, lambda: (w.end(old[0]), w.start("2")))
    w.at(8, lambda: (w.end(old[1]), w.start("2")))
    assert w.prove().proven


@pytest.mark.parametrize("status", [STOPPED, ABSENT, ERRORED])
def test_a_moment_of_being_down_is_forgiven(world, status):
    w = world(successes=3)
    w.set(answer=REFUSED, status=status)
    w.at(0.9, lambda: w.set(answer=PASS, status=ONLINE))
    assert w.prove().proven


def test_a_moment_of_being_down_that_a_look_falls_into_is_forgiven(world):
    w = world(successes=3)
    w.at(0.5, lambda: w.set(answer=REFUSED, status=STOPPED))
    w.answer = REFUSED
    w.at(2.0, lambda: w.set(answer=PASS, status=ONLINE))
    assert w.prove().proven
    assert STOPPED in [entry[2] for entry in w.log if entry[0] == "look"]


def test_a_manager_that_cannot_be_asked_once_is_forgiven(world):
    w = world(successes=3)
    w.error = "the daemon does not answer"
    w.at(0.5, lambda: w.set(error=None))
    assert w.prove().proven


def test_health_is_watched_for_the_time_the_service_asks_for(world):
    w = world(successes=2, stable_s=3.0)
    assert w.prove().duration_s == pytest.approx(3.0, abs=0.3)


# --- What does not --------------------------------------------------------------------------------------------------


def test_a_release_that_never_becomes_ready_fails_at_the_deadline(world):
    w = world(deadline_s=30.0)
    w.answer = REFUSED
    proof = w.prove()
    assert (proof.proven, proof.failed_check) == (False, "health")
    assert told(proof.reason) == "connection refused (0 of 5 checks in a row passed within 30 s)"
    assert proof.duration_s == pytest.approx(30.0)
    assert proof.health.first_pass_s is None


def test_up_once_then_a_crash_loop_fails_early_and_says_how_often(world):
    w = world(successes=5)
    for second in range(1, 60):
        w.at(second * 0.7, w.replace_all)
    proof = w.prove()
    assert (proof.proven, proof.failed_check) == (False, "restarts")
    assert told(proof.reason).startswith("restarted ")
    assert proof.health.passes > 0
    assert proof.duration_s < 8
    assert proof.process.restarts_after - proof.process.restarts_before >= gate.MAX_RESTARTS


def test_one_restart_only_starts_the_count_again(world):
    w = world(successes=5)
    w.at(0.5, w.replace_all)
    proof = w.prove()
    assert proof.proven
    assert proof.health.attempts > 5


def test_a_worker_replaced_behind_the_counter_starts_the_count_again(world):
    w = world(successes=5)
    w.at(0.5, lambda: w.replace_all(counted=False))
    proof = w.prove()
    assert proof.proven
    assert proof.health.attempts > 5


def test_another_process_with_the_same_pid_is_another_process(world):
    w = world(successes=5)
    w.at(0.5, lambda: w.start("2", pid=101))
    proof = w.prove()
    assert proof.proven
    assert proof.health.attempts > 5


def test_the_crash_of_one_of_many_workers_is_no_crash_loop_of_the_service(world):
    w = world(successes=5)
    for _ in range(3):
        w.start("2")
    for second in (0.5, 1.0, 1.5):
        w.at(second, lambda: w.set(restarts=w.restarts + 1))
    assert w.prove().proven


@pytest.mark.parametrize("status", [STOPPED, ABSENT, ERRORED])
def test_a_process_that_is_down_ends_the_gate_early(world, status):
    w = world()
    w.set(answer=REFUSED, status=status)
    proof = w.prove()
    assert (proof.failed_check, told(proof.reason)) == ("process", "the process manager says {}".format(status))
    assert proof.duration_s < 4
    assert w.count("look") >= 2, "not on one look alone"


def test_a_process_that_is_down_is_not_saved_by_whoever_answers_instead(world):
    w = world(successes=30)
    w.status = ERRORED
    assert w.prove().failed_check == "process"


def test_a_manager_that_cannot_be_asked_fails_with_its_own_words(world):
    w = world()
    w.error = "the daemon does not answer"
    proof = w.prove()
    assert (proof.failed_check, told(proof.reason), proof.process.status) == ("manager", w.error, "unknown")
    assert proof.duration_s < 4


def test_a_worker_that_is_still_launching_is_no_proof(world):
    w = world(deadline_s=10.0)
    w.status = LAUNCHING
    proof = w.prove()
    assert (proof.proven, proof.failed_check) == (False, "process")
    assert "launching" in told(proof.reason)


def test_old_code_behind_a_healthy_answer_fails_soon(world):
    w = world(deadline_s=60.0)
    w.move(101, "1")
    proof = w.prove()
    assert (proof.failed_check, told(proof.reason)) == ("release", "process 101 runs release 1, not 2")
    assert proof.releases == {101: "1"}
    assert gate.WRONG_RELEASE_GRACE_S <= proof.duration_s < gate.WRONG_RELEASE_GRACE_S + 3


def test_a_directory_that_was_deleted_is_not_the_release_of_that_name(world):
    w = world()
    w.move(101, "2", suffix=" (deleted)")
    proof = w.prove()
    assert (proof.proven, proof.failed_check) == (False, "release")
    assert "deleted" in told(proof.reason)


def test_a_process_outside_every_release_is_not_it(world):
    w = world()
    w.move(101, "2")
    link = os.path.join(w.system.proc, "101", "cwd")
    os.unlink(link)
    os.symlink("/home/app/copy", link)
    proof = w.prove()
    assert (proof.failed_check, proof.releases, proof.witnesses) == ("witness", {101: None}, {})
    assert "/home/app/copy" in told(proof.reason)
    assert "health.version_url would let it say what it is" in told(proof.reason)


def elsewhere(w, *opened):
    """Have the process stand outside all releases, with files of these releases open."""
    link = os.path.join(w.system.proc, "101", "cwd")
    os.unlink(link)
    os.symlink("/", link)
    w.open(101, *opened)


@pytest.mark.parametrize("mapped", [False, True])
def test_a_process_that_went_elsewhere_is_known_by_its_files(world, mapped):
    w = world()
    elsewhere(w)
    w.open(101, "2", mapped=mapped)
    proof = w.prove()
    assert (proof.proven, proof.releases, proof.witnesses) == (True, {101: "2"}, {101: "files"})


def test_a_process_that_uses_another_release_wherever_it_stands_is_not_it(world):
    w = world()
    w.open(101, "1")
    proof = w.prove()
    assert (proof.failed_check, told(proof.reason)) == ("release", "process 101 runs release 1, not 2")
    w.open(101, "2")  # as long as it has the right one's open as well, an older one's are no matter
    assert w.prove().proven
    w = world(version_url="http://127.0.0.1:1/version")
    elsewhere(w, "1", "3")
    proof = w.prove()
    assert (proof.failed_check, told(proof.reason)) == ("release", "process 101 has files of releases 1, 3 open")


def test_what_names_no_version_is_held_to_the_same_row_and_runs_no_release(world):
    w = world(successes=3, stable_s=4.0)
    elsewhere(w)
    w.at(1, lambda: w.set(answer=REFUSED))
    w.at(2, lambda: w.set(answer=PASS))
    proof = w.prove(None)
    assert (proof.proven, proof.version, proof.releases) == (True, None, {101: None})
    assert proof.duration_s >= 2 + 4


def test_a_release_that_is_still_there_is_not_what_ran_before_it(world):
    proof = world(successes=3).prove(None)
    assert (proof.proven, proof.failed_check) == (False, "release")
    assert told(proof.reason).startswith("process 101 still runs release 2")


def test_where_the_kernel_knows_nothing_the_services_own_answer_decides(world):
    w = world(version_url="http://127.0.0.1:1/version")
    elsewhere(w)
    proof = w.prove()
    assert (proof.proven, proof.releases, proof.witnesses) == (True, {101: "2"}, {101: "answer"})
    w.answer = OLD_ANSWER
    proof = w.prove()
    assert (proof.failed_check, proof.releases, proof.witnesses) == ("version", {101: None}, {})
    w.answer = REFUSED
    w.at(20 + w.time - 1000, lambda: w.set(answer=PASS))  # one that starts slowly is waited for
    assert w.prove().proven


def test_an_answer_that_names_another_version_fails_soon(world):
    w = world()
    w.answer = OLD_ANSWER
    proof = w.prove()
    assert (proof.failed_check, told(proof.reason)) == ("version", told(OLD_ANSWER.failure.reason))
    assert proof.duration_s < gate.WRONG_RELEASE_GRACE_S + 3


def test_an_answer_that_names_no_version_yet_is_waited_for(world):
    w = world()
    w.answer = NO_VERSION
    w.at(20, lambda: w.set(answer=PASS))
    assert w.prove().proven


def test_a_flapping_service_fails_at_the_deadline(world):
    w = world(successes=5, deadline_s=20.0)
    for tenth in range(200):
        answer = REFUSED if tenth % 4 == 0 else PASS
        w.at(tenth / 5, lambda answer=answer: w.set(answer=answer))
    proof = w.prove()
    assert (proof.proven, proof.failed_check) == (False, "health")
    assert proof.health.passes > 5


def test_the_clock_that_runs_while_the_caller_is_told_does_not_replace_the_last_look(world):
    w = world(successes=2, stable_s=1.0, interval_s=0.2)

    def tell(proof):
        if proof.health.attempts == 3:  # 0.4 s into the row: neither long enough nor due for a look
            w.replace_all("1")
            w.spend(0.7)

    proof = w.prove(on_poll=tell)
    assert not proof.proven
    assert proof.failed_check == "release"


def test_a_row_that_was_too_short_in_time_says_so(world):
    proof = world(successes=2, stable_s=10.0, deadline_s=3.0).prove()
    assert (proof.proven, proof.failed_check) == (False, "health")
    assert told(proof.reason) == "healthy for 3 s only when the 3 s were over; 10 s without a restart are asked for"


# --- Time and cost --------------------------------------------------------------------------------------------------


def test_a_failing_service_is_asked_fast_first_and_then_less_often(world):
    w = world(deadline_s=60.0)
    w.answer = REFUSED
    w.prove()
    pauses = [entry[1] for entry in w.log if entry[0] == "sleep"][:-1]
    assert pauses[0] == w.service.health.interval_s
    assert pauses == sorted(pauses)
    assert pauses[-1] == gate.BACKOFF_MAX_S


def test_the_manager_is_asked_sparingly(world):
    failing, fine = world(deadline_s=60.0, interval_s=0.01), world(successes=100, interval_s=0.2)
    failing.answer = REFUSED
    failing.prove()
    assert 30 <= failing.count("look") <= 61
    assert fine.prove().proven
    assert fine.count("look") <= 20 / gate.LOOK_EVERY_S + 2


def test_the_caller_may_set_the_deadline(world):
    w = world(deadline_s=60.0)
    w.answer = REFUSED
    assert w.prove(deadline_s=3).duration_s == pytest.approx(3)


# --- The caller -----------------------------------------------------------------------------------------------------


def test_the_caller_is_told_of_every_check_while_nothing_is_decided(world):
    seen = []
    world(successes=4).prove(on_poll=seen.append)
    assert [proof.health.consecutive for proof in seen] == [1, 2, 3, 4]
    assert not any(proof.proven or proof.reason for proof in seen)


def test_the_caller_can_stop_the_gate(world):
    w = world()

    def stop(proof):
        if proof.health.attempts == 2:
            raise Outranked("a newer operation has taken over")

    with pytest.raises(Outranked):
        w.prove(on_poll=stop)
    assert w.count("check") == 2


def test_a_proof_can_be_recorded_as_json_without_a_secret(world):
    w = world()
    w.service = dataclasses.replace(
        w.service, health=dataclasses.replace(w.service.health, url="http://bob:hunter2@127.0.0.1:1/health")
    )
    w.at(0.3, lambda: w.set(answer=REFUSED))
    w.at(0.5, lambda: w.set(answer=PASS))
    text = json.dumps(w.prove().to_record())
    record = json.loads(text)
    assert "hunter2" not in text
    assert record["health"]["url"] == "http://127.0.0.1:1/health"
    assert record["health"]["last_failure"] == {"kind": "refused", "detail": {"code": "connection_refused"}}
    assert record["process"]["pids"] == [101]
    assert (record["releases"], record["witnesses"]) == ({"101": "2"}, {"101": "cwd"})


def test_a_proof_that_failed_before_the_first_check_has_the_same_record(world):
    record = Proof.failed("2", "process", as_it_came("no daemon")).to_record()
    assert record.keys() == world().prove().to_record().keys()
    assert (record["proven"], record["failed_check"], record["reason"]) == (False, "process", "no daemon")
    assert json.dumps(record)


# --- One look -------------------------------------------------------------------------------------------------------


def test_one_look_says_what_runs_and_how_it_is(world):
    w = world()
    w.answer = Check(True, None, 200, 1.0, "2")
    w.start("1")
    assert w.observe() == {
        "healthy": True,
        "failure": None,
        "status": ONLINE,
        "running": ["1", "2"],
        "pids": [101, 102],
        "version": "2",
    }
    assert (w.count("look"), w.count("check")) == (1, 1)


def test_one_look_at_a_service_that_is_down_says_why(world):
    w = world()
    w.set(answer=REFUSED, status=ABSENT)
    seen = w.observe()
    assert (seen["healthy"], seen["failure"], seen["running"]) == (False, REFUSED.failure.to_record(), [])


def test_an_answer_without_a_running_process_is_not_health(world):
    w = world()
    w.status = STOPPED
    seen = w.observe()
    assert (seen["healthy"], seen["failure"]["kind"]) == (False, "process")


def test_one_look_survives_a_manager_that_cannot_be_asked(world):
    w = world()
    w.error = "the daemon does not answer"
    seen = w.observe()
    assert (seen["healthy"], seen["status"], seen["pids"]) == (False, "unknown", [])
    assert w.error in told(seen["failure"]["detail"])


# --- Real processes -------------------------------------------------------------------------------------------------

HOLDER = """
import os, socket, sys, time
from refit.words.reason import Reason, as_it_came
address, port, user = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if user:
    os.setuid(user)
server = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
print(server.getsockname()[1], flush=True)
time.sleep(600)
"""
STRANGER = 65534
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def spawn():
    processes = []

    def start(folder, *command):
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def manager_of(service, system, *pids):
    supervisor = Supervisor(service, system)
    supervisor.state = lambda: ProcessState(ONLINE, tuple(Worker(pid, ONLINE, 0) for pid in pids))
    return supervisor


@pytest.fixture
def holding(spawn):
    """Starts a process in a folder that listens; says who, and at which port."""

    def start(folder, address="127.0.0.1", port=0, user=0, before=()):
        process = spawn(folder, *before, sys.executable, "-c", HOLDER, address, str(port), str(user))
        said = process.stdout.readline()
        if not said:
            pytest.skip("this machine does not allow it")
        return process, int(said)

    return start


def proven_at(w, port, pid, **more):
    health = dataclasses.replace(w.service.health, url="http://127.0.0.1:{}/health".format(port))
    service, system = dataclasses.replace(w.service, health=health, **more), System(clock=w)
    return prove(service, system, manager_of(service, system, pid), "2", check=w.check)


def test_an_old_process_that_kept_the_port_is_found_behind_a_healthy_answer(world, spawn, holding):
    w = world()
    old, port = holding(w.service.release_dir("1"))
    new = spawn(w.service.release_dir("2"), "sleep", "600")
    proof = proven_at(w, port, new.pid)
    assert (proof.proven, proof.failed_check) == (False, "release")
    assert told(proof.reason) == "port {} is still held by process {} of release 1".format(port, old.pid)


def test_a_process_at_another_address_of_the_port_is_not_asked(world, holding):
    w = world()
    new, port = holding(w.service.release_dir("2"))
    holding(w.service.release_dir("1"), "127.0.0.2", port)
    assert proven_at(w, port, new.pid).proven


def test_a_process_in_another_network_is_not_asked(world, holding):
    w = world()
    new, port = holding(w.service.release_dir("2"))
    holding(w.service.release_dir("1"), "0.0.0.0", port, before=("unshare", "--net", "--map-root-user"))
    assert proven_at(w, port, new.pid).proven


@only_root
def test_a_stranger_is_not_in_the_way_where_the_service_itself_is_asked_and_is_told_where_it_fails(world, holding):
    w = world()
    new, port = holding(w.service.release_dir("2"))
    stranger, _ = holding(w.service.release_dir("1"), "::", port, STRANGER)
    assert proven_at(w, port, new.pid).proven
    w.set(answer=REFUSED)
    said = "; process {} of user {} listens on port {} as well, at ::".format(stranger.pid, STRANGER, port)
    assert said in told(proven_at(w, port, new.pid).reason)


@only_root
def test_a_stranger_that_is_asked_in_the_services_place_is_in_the_way(world, spawn, holding):
    w = world()
    stranger, port = holding(w.service.release_dir("1"), user=STRANGER)
    new = spawn(w.service.release_dir("2"), "sleep", "600")
    assert "still held by process {}".format(stranger.pid) in told(proven_at(w, port, new.pid).reason)


@only_root
def test_a_left_over_of_the_services_user_is_in_the_way_wherever_it_might_be_asked(world, holding):
    w = world()
    new, port = holding(w.service.release_dir("2"))
    old, _ = holding(w.service.release_dir("1"), "::", port, STRANGER)
    nobody = pwd.getpwuid(STRANGER).pw_name
    assert "still held by process {}".format(old.pid) in told(proven_at(w, port, new.pid, user=nobody).reason)


def test_somebody_standing_in_an_old_release_does_not_fail_a_new_one(world, spawn):
    w = world()
    spawn(w.service.release_dir("1"), "sleep", "600")
    new = spawn(w.service.release_dir("2"), "sleep", "600")
    system = System(clock=w)
    assert prove(w.service, system, manager_of(w.service, system, new.pid), "2", check=w.check).proven


def test_the_whole_gate_proves_a_real_process_behind_a_real_answer(world, spawn):
    class Up(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "UP", "version": "v2"}')

        def log_message(self, *_):
            pass

    w = world(interval_s=0.01, stable_s=0.1)
    worker = spawn(w.service.release_dir("2"), "sleep", "600")
    with HTTPServer(("127.0.0.1", 0), Up) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = "http://127.0.0.1:{}/".format(server.server_port)
        service = dataclasses.replace(
            w.service, health=dataclasses.replace(w.service.health, url=url, version_url=url, deadline_s=20)
        )
        supervisor = manager_of(service, System(), worker.pid)
        good = prove(service, System(), supervisor, "2")
        bad = prove(service, System(), supervisor, "1", deadline_s=0.3)
        server.shutdown()
        thread.join()
    assert good.proven
    assert 0.1 <= good.duration_s < 5
    assert (bad.proven, bad.failed_check) == (False, "release")


# --- Whatever happens -----------------------------------------------------------------------------------------------

ANSWERS = [PASS, PASS, PASS, REFUSED, OLD_ANSWER, NO_VERSION]


def first_pid(w):
    return min(w.processes, default=None)


CHANGES = {
    "answers": lambda w, number: w.set(answer=ANSWERS[number % len(ANSWERS)]),
    "restart": lambda w, _: w.replace_all(),
    "restart into the old release": lambda w, _: w.replace_all("1"),
    "silent restart": lambda w, _: w.replace_all(counted=False),
    "same pid again": lambda w, _: w.start("2", pid=first_pid(w)),
    "one worker more": lambda w, number: w.start("12"[number % 2]),
    "one worker less": lambda w, _: w.processes and w.end(first_pid(w)),
    "working directory": lambda w, number: w.processes and w.move(first_pid(w), "12"[number % 2]),
    "status": lambda w, number: w.set(status=[ONLINE, ONLINE, LAUNCHING, STOPPED, ERRORED, ABSENT][number % 6]),
    "manager": lambda w, number: w.set(error=["no daemon", None, None][number % 3]),
}
histories = st.lists(
    st.tuples(st.floats(0, 4), st.sampled_from(sorted(CHANGES)), st.integers(0, 11)),
    max_size=12,
)


@given(
    history=histories,
    successes=st.integers(1, 6),
    stable_s=st.sampled_from([0.0, 0.5, 2.0]),
    look_s=st.sampled_from([0.0, 0.4]),
    check_s=st.sampled_from([0.0, 0.05, 2.0]),
    told_s=st.sampled_from([0.0, 0.35]),
)
def test_whatever_happens_only_an_unbroken_row_is_proven_and_the_deadline_holds(
    history, successes, stable_s, look_s, check_s, told_s
):
    with tempfile.TemporaryDirectory() as folder:
        w = World(
            os.path.join(folder, "w"),
            look_s,
            check_s,
            successes=successes,
            stable_s=stable_s,
            deadline_s=10.0,
            timeout_s=2.0,
        )
        moment = 0.0
        for after_s, name, number in history:
            moment += after_s
            w.at(moment, lambda name=name, number=number: CHANGES[name](w, number))
        proof = w.prove(on_poll=lambda _: w.spend(told_s))

        assert proof.duration_s <= 10.0 + w.service.health.timeout_s + 2 * look_s + told_s
        assert (proof.reason is None) is proof.proven
        assert (proof.failed_check is None) is proof.proven
        json.dumps(proof.to_record())
        if not proof.proven:
            return
        asked = [entry for entry in w.log if entry[0] != "sleep"]
        kind, last, status, _ = asked[-1]
        assert (kind, status) == ("look", ONLINE), "the manager's last word was not the last that was heard"
        assert last[1]
        assert all(version == "2" for _born, version in last[1].values())
        checks = [entry for entry in asked if entry[0] == "check"]
        for _, (restarts, processes), ok, _ in checks[-successes:]:
            assert ok
            assert restarts == last[0]
            assert processes == last[1]
        row = checks[-proof.health.consecutive :]
        assert asked[-1][3] - row[0][3] >= stable_s
        assert all(ok and seen == last for _, seen, ok, _ in row)
