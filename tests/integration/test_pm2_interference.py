"""Real PM2 after somebody else had a hand in it: people, crashes, another reload, a daemon that hangs."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.config.pm2 import Pm2Settings
from refit.core import system
from refit.core.durable import replace_link
from refit.core.errors import SupervisorError
from refit.core.procfs import release_of
from refit.deploy import survey
from refit.supervisors import pm2_rpc
from refit.supervisors.pm2_client import Pm2Client
from support.fakes import a_service
from support.fleet import TOOLS, wait_until
from support.host import Host

pytestmark = pytest.mark.fleet

STARTED = {"action": "started", "why": None}
RELOADED = {"action": "reloaded", "why": None}


@pytest.fixture
def live(server: Host) -> Host:
    """The host on which release 1 runs, in fork mode."""
    assert server.supervisor.reload() == STARTED
    serves(server, "1")
    return server


def serves(host: Host, version: str) -> None:
    """Wait until every worker, by the kernel's word and by its own, runs *version*."""

    def all_on_it() -> bool:
        state = host.supervisor.state()
        running = {release_of(pid, host.service.releases_dir).version for pid in state.pids}
        return state.status == "online" and running == {version} and host.running() == version

    wait_until(all_on_it)


def status(host: Host) -> str:
    return host.supervisor.state().status


# -- where `current` is no release --------------------------------------------------------------


@pytest.fixture
def impatient(live: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The host on which nothing is waited for long."""
    monkeypatch.setattr(live, "health", {"deadline_s": 6, "interval_s": 0.1, "stable_s": 0.3, "successes": 2})
    return live


def test_what_ran_outside_the_releases_is_back_after_a_release_that_does_not_start(impatient: Host) -> None:
    live, legacy = impatient, impatient.base / "legacy"
    shutil.copytree(live.server.root / "releases" / "v1", legacy)
    replace_link(str(live.server.root / "current"), str(legacy))
    live.supervisor.reload()
    wait_until(lambda: runs_in(live, legacy))

    outcome = live.activate("crashing")

    assert (outcome["outcome"], outcome["live"]) == ("restored", f"legacy ({legacy})"), outcome
    assert (live.server.root / "current").readlink() == legacy
    assert runs_in(live, legacy)
    assert live.running() == "1"


def runs_in(host: Host, directory: Path) -> bool:
    """Whether every worker stands in *directory*, by the kernel's word."""
    pids = host.supervisor.state().pids
    return bool(pids) and all(os.readlink(f"/proc/{pid}/cwd") == str(directory) for pid in pids)


@pytest.mark.slow
def test_where_the_link_leads_nowhere_what_still_runs_is_back_after_a_release_that_does_not_start(
    impatient: Host,
) -> None:
    live = impatient
    live.switch("gone")
    assert survey.full_record(live.service, live.world, live.supervisor)["current"] == "1"

    outcome = live.activate("crashing")

    assert (outcome["outcome"], outcome["from"], outcome["live"]) == ("restored", "1", "1"), outcome
    assert live.server.current == "1"
    serves(live, "1")


# -- people ------------------------------------------------------------------------------------


@pytest.mark.parametrize("down", ["stopped", "errored"])
def test_a_service_that_is_down_comes_up_on_the_release_of_the_link(live: Host, down: str) -> None:
    if down == "stopped":
        live.pm2("stop", "backend")
    else:
        live.switch("crashing")
        live.supervisor.reload()
    wait_until(lambda: status(live) == down)

    live.switch("2")

    assert live.supervisor.reload() == RELOADED
    serves(live, "2")


def test_a_process_started_by_hand_in_a_release_is_replaced_although_the_file_is_ours(live: Host) -> None:
    live.pm2("delete", "backend")
    directory = live.server.root / "releases" / "v1"
    live.pm2("start", "server.js", "--name", "backend", cwd=directory, PORT=str(live.server.port))

    live.switch("2")

    assert live.supervisor.reload() == {"action": "replaced", "why": f"it is frozen in {directory}"}
    serves(live, "2")


def test_a_script_of_an_old_release_is_replaced_although_it_runs_in_current(live: Host) -> None:
    live.pm2("delete", "backend")
    script = live.server.root / "releases" / "v1" / "server.js"
    current = str(live.server.root / "current")
    live.pm2("start", str(script), "--name", "backend", "--cwd", current, PORT=str(live.server.port))

    live.switch("2")

    assert live.supervisor.reload() == {"action": "replaced", "why": f"it is frozen on {script}"}
    serves(live, "2")


def test_instances_scaled_by_hand_go_back_to_the_settings(server: Host) -> None:
    server.app = {"exec_mode": "cluster", "instances": 1}
    server.supervisor.reload()
    server.pm2("scale", "backend", "2")
    wait_until(lambda: len(server.supervisor.state().pids) == 2)

    assert server.supervisor.reload() == {"action": "replaced", "why": "2 instances run instead of 1"}

    serves(server, "1")
    assert len(server.supervisor.state().workers) == 1


def test_an_earlier_definition_is_brought_back_as_it_was(live: Host) -> None:
    earlier = live.supervisor.definition()
    live.env = {"EXTRA": "x"}
    assert live.supervisor.reload() == RELOADED
    serves(live, "1")
    assert "EXTRA" in live.server.ask("/env")["keys"]

    assert live.supervisor.reload(earlier) == {"action": "replaced", "why": "removed from env: EXTRA"}

    serves(live, "1")
    assert live.supervisor.installed_definition() == earlier
    assert "EXTRA" not in live.server.ask("/env")["keys"]


def test_nothing_of_the_operators_environment_reaches_the_service(
    server: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_PASSWORD", "hunter2")
    server.server.stop()  # the daemon hands its own environment on as well
    server.supervisor.reload()
    serves(server, "1")
    assert "VAULT_PASSWORD" not in server.server.ask("/env")["keys"]
    assert "hunter2" not in (server.server.pm2_home / "dump.pm2").read_text()
    assert os.readlink(f"/proc/{server.server.daemon_pid()}/cwd") == "/"


# -- PM2 itself --------------------------------------------------------------------------------


def test_a_reload_that_somebody_else_began_is_waited_for(server: Host) -> None:
    """PM2 refuses the second one, does nothing, and exits 0."""
    server.app = {"exec_mode": "cluster", "instances": 1, "listen_timeout": 10_000}
    server.supervisor.reload()
    serves(server, "1")
    before = server.supervisor.state().pids
    server.switch("slow")
    settings = server.service.manager
    path = os.pathsep.join([*settings.path, "/usr/bin", "/bin"])
    other = subprocess.Popen(
        [settings.bin, "reload", "backend"],
        cwd="/",
        env={"PM2_HOME": str(settings.home), "HOME": str(server.base), "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: server.supervisor.state().pids not in ((), before))  # PM2 shows the one that starts
        server.switch("2")
        assert server.supervisor.reload() == RELOADED
    finally:
        assert other.wait(30) == 0
    serves(server, "2")


def test_a_crash_loop_is_counted_and_ends_as_errored(server: Host) -> None:
    server.switch("looping")
    assert server.supervisor.reload() == STARTED  # PM2 sees nothing wrong with it

    wait_until(lambda: server.supervisor.state().restarts >= 2)
    wait_until(lambda: status(server) == "errored", 20)

    assert server.supervisor.state().pids == ()


def test_the_state_is_the_same_by_the_command_line(live: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    by_socket = live.supervisor.state()

    def refuses(_home: str, _owner: int) -> list[Any]:
        raise pm2_rpc.RpcError("another protocol")

    monkeypatch.setattr(pm2_rpc, "monitor_data", refuses)
    by_command = live.supervisor.state()

    assert [(w.pid, w.status, w.restarts) for w in by_command.workers] == [
        (w.pid, w.status, w.restarts) for w in by_socket.workers
    ]
    assert by_command.pids


@pytest.mark.slow
def test_a_daemon_that_hangs_is_an_error_within_seconds(live: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = pm2_rpc.monitor_data
    monkeypatch.setattr(pm2_rpc, "monitor_data", lambda home, owner: ask(home, owner, timeout_s=0.3))
    daemon = live.server.daemon_pid()
    os.kill(daemon, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(SupervisorError, match="does not answer"):
            live.supervisor.state()
        assert time.monotonic() - began < 2
    finally:
        os.kill(daemon, signal.SIGCONT)
    wait_until(lambda: status(live) == "online")


@pytest.fixture
def neighbours(live: Host, tmp_path: Path) -> Iterator[list[str]]:
    """Two other applications in the same PM2, which start at boot as the service does."""
    script = tmp_path / "neighbour.js"
    script.write_text("setInterval(() => {}, 1000);")
    names = ["billing", "other"]
    for name in names:
        live.pm2("start", str(script), "--name", name)
    live.pm2("save")
    yield names
    for name in set(known(live)) - {"backend"}:
        live.pm2("delete", name)
    live.pm2("save", "--force")


def known(host: Host) -> list[str]:
    """What PM2's daemon knows of now."""
    return sorted(process["name"] for process in pm2_rpc.monitor_data(str(host.server.pm2_home)))


def at_boot(host: Host) -> list[str]:
    """What PM2 starts at boot."""
    return sorted(app["name"] for app in json.loads((host.server.pm2_home / "dump.pm2").read_text()))


def kill_daemon(host: Host) -> None:
    pids = [process["pid"] for process in pm2_rpc.monitor_data(str(host.server.pm2_home))]
    daemon = host.server.daemon_pid()
    assert daemon
    for pid in (daemon, *pids):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not host.server.daemon_pid())


@pytest.mark.slow
def test_a_daemon_that_was_killed_comes_back_with_all_that_it_starts_at_boot(live: Host, neighbours: list[str]) -> None:
    kill_daemon(live)
    assert live.record()["running"]["forgotten"] == neighbours
    live.switch("2")

    live.supervisor.reload()

    serves(live, "2")
    assert known(live) == at_boot(live) == ["backend", *neighbours]
    assert live.record()["running"]["forgotten"] == []


@pytest.mark.slow
def test_what_a_new_daemon_knows_nothing_of_still_starts_at_boot(live: Host, neighbours: list[str]) -> None:
    kill_daemon(live)
    live.pm2("list")  # which starts a daemon that knows nothing
    for version in ("2", "1"):  # the second one replaces the backup, too
        live.switch(version)
        live.supervisor.reload()
        serves(live, version)
        assert known(live) == ["backend"]
        assert at_boot(live) == ["backend", *neighbours]
    assert live.record()["running"]["forgotten"] == neighbours
    live.supervisor.stop()
    assert at_boot(live) == neighbours


@pytest.mark.slow
def test_a_stopped_service_does_not_come_back_with_the_daemon(live: Host) -> None:
    live.supervisor.stop()
    live.server.stop()
    live.pm2("resurrect")
    assert live.server.daemon_pid()
    assert status(live) == "absent"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PM2 as somebody else, and starts it by its unit")
def test_a_daemon_that_pm2_itself_starts_outside_its_unit_is_ended_with_all_that_it_started(short_home: Path) -> None:
    account = pwd.getpwnam("daemon")
    os.chown(short_home, account.pw_uid, account.pw_gid)
    script = short_home / "app.js"
    script.write_text("setInterval(() => {}, 1000);")
    pm2 = {"bin": str(TOOLS / "pm2"), "path": [str(TOOLS)], "home": str(short_home), "unit": "pm2-daemon"}
    service = a_service(short_home, user="daemon", pm2={"app": {"script": "app.js"}, **pm2})
    assert isinstance(service.manager, Pm2Settings)
    client = Pm2Client(service, service.manager, system.real())

    with pytest.raises(SupervisorError, match="started one outside its unit pm2-daemon"):
        client.run("start", str(script))

    assert (short_home / "pm2.pid").exists()  # there was one
    wait_until(lambda: not processes_of(account.pw_uid, short_home))
    wait_until(lambda: not client.is_up())  # a process that ends lets go of its sockets last


@pytest.fixture
def short_home() -> Iterator[Path]:
    """A directory for PM2's sockets, whose path must be short, and where another user may look in."""
    with tempfile.TemporaryDirectory(prefix="pm2-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def processes_of(uid: int, home: Path) -> list[int]:
    """What of the user's has to do with the PM2 of *home*."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == uid and f"PM2_HOME={home}\0" in (process / "environ").read_text():
                found.append(int(process.name))
    return found
