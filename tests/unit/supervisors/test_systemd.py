"""systemd as the process manager, with a `systemctl` that only keeps account; the real one has tests of its own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.config.service import Service
from refit.core.errors import SupervisorError
from refit.core.system import Completed, System
from refit.supervisors.registry import for_service
from refit.supervisors.systemd import SystemdSupervisor, state_of
from support.fakes import FakeClock
from support.fleet import free_ports, wait_until


class Systemctl:
    """Answers as systemctl does, from files in *unit_dir*; *calls* are its verbs, *broken* one that fails."""

    def __init__(self, unit_dir: Path) -> None:
        self.unit_dir = unit_dir
        self.properties = {
            "LoadState": "not-found",
            "ActiveState": "inactive",
            "FragmentPath": "",
            "UnitFileState": "",
            "NeedDaemonReload": "no",
            "MainPID": "0",
        }
        self.calls: list[str] = []
        self.broken: str | None = None

    def __call__(self, argv: list[str], *, timeout_s: float, **_: Any) -> Completed:
        assert 0 < timeout_s < 600
        _, verb, *_, unit = argv
        if verb != "show":
            self.calls.append(verb)
        if verb == self.broken:
            return Completed(1, "", f"Job for {unit} failed.\nSee the journal.")
        if verb == "daemon-reload":
            path = self.unit_dir / "backend.service"
            self.properties.update(FragmentPath=str(path), LoadState="loaded", NeedDaemonReload="no")
        elif verb == "reenable":
            self.properties["UnitFileState"] = "enabled"
        elif verb == "restart":
            self.properties["ActiveState"] = "active"
        elif verb == "disable":
            self.properties.update(UnitFileState="disabled", ActiveState="inactive")
        return Completed(0, "".join(f"{name}={value}\n" for name, value in self.properties.items()), "")


class Bench:
    """A service of which nothing is there yet."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.unit_dir = base / "units"
        self.unit_dir.mkdir()
        self.cgroups = base / "cgroup"
        self.systemctl = Systemctl(self.unit_dir)
        self.port = free_ports(1)[0]
        self.unit = self.unit_dir / "backend.service"
        self.environment = self.unit_dir / "backend.env"

    def supervisor(self, **systemd: Any) -> SystemdSupervisor:
        described = {
            "name": "backend",
            "root": str(self.base / "opt"),
            "user": "app",
            "process_manager": "systemd",
            "systemd": {"command": ["bin/serve"], **systemd},
            "health": {"url": f"http://127.0.0.1:{self.port}/health"},
        }
        world = System(clock=FakeClock(1000.0), run=self.systemctl)
        service = Service.from_mapping(described)
        return SystemdSupervisor(service, service.manager, world, str(self.unit_dir), [str(self.cgroups)])

    def calls(self) -> list[str]:
        """Verbs since the last time."""
        found, self.systemctl.calls = self.systemctl.calls, []
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


FIRST = ["reenable", "daemon-reload", "reset-failed", "restart"]
AGAIN = ["reset-failed", "restart"]


def test_a_service_that_names_systemd_gets_it(bench: Bench):
    service = bench.supervisor().service
    assert isinstance(for_service(service, System()), SystemdSupervisor)


# --- Installing and restarting --------------------------------------------------------------------------------------


def test_the_first_start_installs_enables_and_starts(bench: Bench):
    manager = bench.supervisor(environment={"TOKEN": "hunter2"})
    assert manager.installed_definition() is None

    assert manager.reload() == {"action": "started", "why": None}

    assert bench.calls() == FIRST
    assert manager.installed_definition() == manager.definition()
    assert stat.S_IMODE(bench.environment.stat().st_mode) == 0o600
    assert stat.S_IMODE(bench.unit.stat().st_mode) == 0o644
    assert "hunter2" not in bench.unit.read_text()


def test_systemd_reads_its_units_again_only_when_this_one_changed(bench: Bench):
    bench.supervisor().reload()
    bench.calls()

    assert bench.supervisor().reload() == {"action": "reloaded", "why": None}
    assert bench.calls() == AGAIN

    bench.supervisor(environment={"A": "1"}).reload()  # read at each start
    assert bench.calls() == AGAIN

    bench.supervisor(stop_timeout_s=5).reload()
    assert bench.calls() == FIRST


@pytest.mark.parametrize("changed", [{"NeedDaemonReload": "yes"}, {"FragmentPath": ""}])
def test_a_run_that_died_before_systemd_read_the_unit_is_finished(bench: Bench, changed: dict[str, str]):
    bench.supervisor().reload()
    bench.calls()
    bench.systemctl.properties.update(changed)

    bench.supervisor().reload()

    assert bench.calls() == FIRST


def test_a_unit_that_somebody_disabled_starts_at_boot_again(bench: Bench):
    bench.supervisor().reload()
    bench.calls()
    bench.systemctl.properties["UnitFileState"] = "disabled"

    bench.supervisor().reload()

    assert bench.calls() == ["reenable", *AGAIN]


def test_going_back_brings_back_what_the_release_ran_with(bench: Bench):
    bench.supervisor(environment={"A": "old"}, stop_timeout_s=5).reload()
    kept = bench.supervisor().installed_definition()
    bench.supervisor(environment={"A": "new"}).reload()

    bench.supervisor(environment={"A": "new"}).reload(kept)

    assert "TimeoutStopSec=5\n" in bench.unit.read_text()
    assert bench.environment.read_text() == 'A="old"\n'
    assert bench.supervisor().installed_definition() == kept


def test_a_definition_kept_under_another_manager_means_the_present_settings(bench: Bench):
    manager = bench.supervisor()
    manager.reload("module.exports = {};\n")
    assert manager.installed_definition() == manager.definition()


def test_a_failed_start_says_what_systemd_said_and_where_to_look(bench: Bench):
    bench.systemctl.broken = "restart"
    bench.systemctl.properties["ExecMainStatus"] = "203"
    with pytest.raises(SupervisorError) as caught:
        bench.supervisor().reload()
    assert str(caught.value.what) == (
        "systemctl restart failed: Job for backend.service failed. (the program cannot be executed)"
    )
    assert caught.value.where == "backend.service"
    assert "journalctl -u backend.service" in (str(caught.value.next_command))


def test_a_unit_that_cannot_be_written_is_a_failed_reload_and_nothing_restarts(bench: Bench):
    bench.supervisor().reload()
    bench.calls()
    (bench.unit_dir / "backend.env.tmp").mkdir()  # in the place of what is written first
    before = bench.unit.read_text()

    with pytest.raises(SupervisorError, match="cannot write a file"):
        bench.supervisor(environment={"A": "1"}, stop_timeout_s=5).reload()

    assert bench.calls() == []
    assert bench.unit.read_text() == before


def test_what_keeps_it_from_starting_at_boot_is_told(bench: Bench):
    manager = bench.supervisor()
    assert manager.knows_boot
    assert str(manager.boot_fault()) == "there is no unit backend.service"
    manager.reload()
    bench.systemctl.properties["ActiveState"] = "failed"  # that is for its health to tell
    assert manager.boot_fault() is None
    bench.systemctl.properties["UnitFileState"] = "disabled"
    assert str(manager.boot_fault()) == "backend.service does not start at boot (it is not enabled)"


def test_stopping_also_keeps_it_from_starting_at_boot(bench: Bench):
    bench.supervisor().stop()
    assert bench.calls() == []
    bench.supervisor().reload()
    bench.calls()

    bench.supervisor().stop()

    assert bench.calls() == ["disable"]


# --- Units of other people ------------------------------------------------------------------------------------------


def by_hand(bench: Bench) -> str:
    bench.unit.write_text("[Service]\nExecStart=/bin/true\n")
    return str(bench.unit)


def of_another_service(bench: Bench) -> str:
    bench.supervisor().reload()
    bench.unit.write_text(bench.unit.read_text().replace("backend", "frontend"))
    return str(bench.unit)


def masked(bench: Bench) -> str:
    bench.unit.symlink_to(os.devnull)
    return str(bench.unit)


def of_a_package(bench: Bench) -> str:
    path = "/usr/lib/systemd/system/backend.service"
    bench.systemctl.properties.update(FragmentPath=path, LoadState="loaded")
    return path


@pytest.mark.parametrize("make", [by_hand, of_another_service, masked, of_a_package])
@pytest.mark.parametrize("act", ["installed_definition", "reload", "stop"])
def test_a_unit_that_is_not_ours_is_named_and_left_alone(bench: Bench, make: Any, act: str):
    where = make(bench)
    before = bench.unit.read_text() if bench.unit.exists() else None
    bench.calls()

    with pytest.raises(SupervisorError) as caught:
        getattr(bench.supervisor(), act)()

    assert caught.value.where == where
    assert "systemd.name" in (str(caught.value.next_command))
    assert bench.calls() == []
    assert (bench.unit.read_text() if bench.unit.exists() else None) == before


def test_one_that_is_gone_from_the_disk_but_not_from_systemd_is_ours(bench: Bench):
    bench.supervisor().reload()
    bench.unit.unlink()
    assert bench.supervisor().installed_definition() is None
    assert bench.supervisor().reload()["action"] == "reloaded"


# --- What runs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("active", "status"),
    [
        ("active", "online"),
        ("reloading", "online"),
        ("activating", "launching"),  # also between two starts
        ("deactivating", "launching"),
        ("inactive", "stopped"),
        ("failed", "errored"),
        ("a state of a later systemd", "errored"),
    ],
)
def test_the_units_state_is_the_services_status(active, status):
    assert state_of({"LoadState": "loaded", "ActiveState": active}, []).status == status


def test_a_unit_that_nobody_knows_is_absent():
    state = state_of({"LoadState": "not-found", "ActiveState": "inactive"}, [])
    assert (state.status, state.workers) == ("absent", ())


def test_a_worker_carries_what_systemd_counts():
    state = state_of(
        {
            "ActiveState": "active",
            "MainPID": "41",
            "NRestarts": "3",
        },
        beside=[42],
    )
    assert state.pids == (41, 42)
    assert state.restarts == 3


@pytest.mark.parametrize("unknown", ["[not set]", "18446744073709551615", "infinity", ""])
def test_a_counter_that_systemd_does_not_know_counts_nothing(unknown):
    assert state_of({"ActiveState": "active", "MainPID": "1", "NRestarts": unknown}, []).restarts == 0


def test_the_restart_counter_outlives_the_process_that_it_counts():
    state = state_of({"ActiveState": "activating", "MainPID": "0", "NRestarts": "7"}, [])
    assert (state.restarts, state.pids) == (7, ())


def test_an_answer_of_systemctl_that_is_none_is_an_error(bench: Bench):
    bench.systemctl.broken = "show"
    with pytest.raises(SupervisorError, match="systemctl show failed"):
        bench.supervisor().state()


SERVER = "import socket, time; s = socket.create_server(('127.0.0.1', {})); print(flush=True); time.sleep(60)"
SLEEPER = "import time; print(flush=True); time.sleep(60)"


@pytest.fixture
def processes() -> Iterator[Any]:
    """Start Python programs; they are ended afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> int:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        process.stdout.readline()
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_workers_are_the_main_process_who_serves_the_port_and_who_was_left_over(bench: Bench, processes: Any):
    left_over = processes(SLEEPER)
    time.sleep(2 / os.sysconf("SC_CLK_TCK"))  # the kernel counts starts in ticks
    main, serving, helper = processes(SLEEPER), processes(SERVER.format(bench.port)), processes(SLEEPER)
    group = bench.cgroups / "system.slice" / "backend.service"
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in (left_over, main, serving, helper)))
    bench.systemctl.properties.update(
        LoadState="loaded", ActiveState="active", MainPID=str(main), ControlGroup="/system.slice/backend.service"
    )

    wait_until(lambda: set(bench.supervisor().state().pids) == {left_over, main, serving})
    assert helper not in bench.supervisor().state().pids


def test_the_main_process_is_known_where_control_groups_cannot_be_read(bench: Bench):
    bench.systemctl.properties.update(ActiveState="active", MainPID="1", ControlGroup="/system.slice/backend.service")
    assert bench.supervisor().state().pids == (1,)
