"""PM2's command line and socket: what is run, how, and what a person is told when it fails."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pwd
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refit.config.service import Service
from refit.core.errors import InvalidInput, RefitError, SupervisorError
from refit.core.system import Completed, System
from refit.supervisors import pm2_client, pm2_dump, pm2_rpc
from refit.supervisors.pm2 import Pm2Supervisor
from refit.supervisors.pm2_client import Pm2Client
from support.fakes import FakeClock, a_service, no_command
from support.rights import nobody

PROCESSES = [
    {"name": "backend", "pid": 7, "pm_id": 0, "pm2_env": {"status": "online", "restart_time": 2}},
    {"name": "other", "pid": 8, "pm_id": 1, "pm2_env": {"status": "errored"}},
]
# What is kept of the service's own.
OURS = [
    {
        "name": "backend",
        "pm_id": 0,
        "pid": 7,
        "pm2_env": {
            "status": "online",
            "restart_time": 2,
            "pm_cwd": None,
            "pm_exec_path": None,
            "pm_err_log_path": None,
            "pm_out_log_path": None,
            "exec_mode": None,
        },
    }
]
SECRET = "correct horse  battery"


@pytest.fixture
def home() -> Iterator[str]:
    """A PM2_HOME, with a path short enough for a socket."""
    path = tempfile.mkdtemp(prefix="pm2-", dir="/tmp")
    yield path
    shutil.rmtree(path)


class Daemon:
    """Listens where PM2's daemon would, and answers each caller with *reply*, then hangs up."""

    def __init__(self, home: str, reply: bytes | None = None, pause_s: float = 0.0, dies: bool = False) -> None:
        if reply is None:
            reply = pm2_rpc.encode(b"j:" + json.dumps({"args": [PROCESSES]}).encode(), b"s:refit:0")
        self.reply, self.pause_s, self.dies = reply, pause_s, dies
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(os.path.join(home, "rpc.sock"))
        self.listener.listen()
        self.callers = self.heard = 0
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Daemon:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                self.callers += 1
                with caller, contextlib.suppress(OSError):
                    if not caller.recv(65536):
                        continue
                    self.heard += 1
                    if self.dies:
                        self.listener.close()
                    step = 1 if self.pause_s else len(self.reply) or 1
                    for start in range(0, len(self.reply), step):
                        caller.sendall(self.reply[start : start + step])
                        time.sleep(self.pause_s)


class Commands:
    """Stands in for :func:`refit.core.system.run_command`: notes each call, answers from a script."""

    def __init__(self, *answers: Completed) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[list[str], dict]] = []

    def __call__(self, argv: list[str], **how: object) -> Completed:
        self.calls.append((list(argv), dict(how)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


OK = Completed(0, "", "")


def a_client(base: str, *answers: Completed, app: dict | None = None, **pm2: object) -> Pm2Client:
    settings = {"app": {"script": "app.js", **(app or {})}, "home": base, **pm2}
    return the_client(a_service(Path(base), pm2=settings), System(clock=FakeClock(), run=Commands(*(answers or (OK,)))))


def the_client(service: Service, system: System) -> Pm2Client:
    return Pm2Client(service, service.manager, system)


def commands(client: Pm2Client) -> list[list[str]]:
    return [argv for argv, _ in client.system.run.calls]


# --- The command line -----------------------------------------------------------------------------------------------


def test_nothing_of_our_environment_reaches_pm2(home, monkeypatch):
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "/secret")
    monkeypatch.setenv("HOME", "/home/somebody")
    client = a_client(home, path=["/opt/node/bin"])
    client.run("save")
    ((argv, how),) = client.system.run.calls
    assert argv == ["pm2", "save"]
    assert how["env"] == {
        "HOME": "/home/somebody",
        "PM2_HOME": home,
        "PATH": "/opt/node/bin:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    assert how["cwd"] == "/"


def test_without_a_setting_the_home_is_the_users(home, monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    client = a_client(home)
    client.settings = dataclasses.replace(client.settings, home=None)
    assert client.home == "/home/somebody/.pm2"


def test_a_reload_that_somebody_else_started_is_waited_for(home):
    busy = Completed(1, "", "[PM2][ERROR] Reload already in progress, please try again in 9 seconds")
    client = a_client(home, busy, busy, OK)
    assert client.run("startOrReload") == OK
    assert len(commands(client)) == 3


def test_a_reload_that_never_ends_is_reported_even_though_pm2_exits_0(home):
    busy = Completed(0, "a table", "[PM2][ERROR] Reload already in progress for process id 0, retry later")
    client = a_client(home, busy)
    began = client.system.clock.monotonic()
    with pytest.raises(SupervisorError, match="another reload of backend has been running for 35 s"):
        client.run("startOrReload")
    assert 35 <= client.system.clock.monotonic() - began < 40


def test_an_error_that_pm2_goes_on_after_is_an_error(home):
    client = a_client(home, Completed(0, "", "\x1b[31m[PM2][ERROR] \x1b[39mProcess failed to launch spawn EACCES\n"))
    with pytest.raises(SupervisorError, match=r"\(exit code 0\): \[PM2\]\[ERROR\] Process failed to launch"):
        client.run("start", "ecosystem.config.cjs")


@pytest.mark.parametrize(
    "done",
    [Completed(127, "", "command not found: pm2"), Completed(127, "", "/usr/bin/env: 'node': No such file")],
)
def test_a_missing_pm2_or_node_names_the_settings(home, done):
    with pytest.raises(SupervisorError) as caught:
        a_client(home, done).run("save")
    assert done.stderr in (str(caught.value.what))
    assert caught.value.where == "refit_services.backend.pm2: bin=pm2 path=/usr/local/bin:/usr/bin:/bin"
    assert "install" in (str(caught.value.next_command))


def test_the_next_command_can_be_typed_as_it_stands(home):
    with pytest.raises(SupervisorError) as caught:
        a_client(home, Completed(1, "", "oops"), bin="/opt/my tools/pm2").run("save")
    assert str(caught.value.next_command) == (
        f"env PM2_HOME={home} '/opt/my tools/pm2' logs backend --lines 50 --nostream"
    )


def test_no_value_of_the_environment_is_told(home):
    said = "Error: cannot use correct horse\n battery, nor staging-token-2, on port 8080 " + "x" * 500 + " " + SECRET
    app = {"env": {"PASSWORD": SECRET, "PORT": "8080", "TOKEN": "staging-token-2"}}
    for text in (said, said.replace("x" * 500, "")):
        with pytest.raises(SupervisorError) as caught:
            a_client(home, Completed(1, "", text), app=app).run("start")
        assert "horse" not in str(caught.value)
        assert "staging-token" not in str(caught.value)
        assert len(str(caught.value.what)) < 400
    assert "8080" in (str(caught.value.what))  # short values are no secrets


def test_pm2_gets_the_time_that_the_workers_may_take(home):
    client = a_client(home, app={"instances": 3, "listen_timeout": 60_000, "kill_timeout": "5000"})
    client.run("startOrReload")
    assert client.system.run.calls[0][1]["timeout_s"] == 90 + 3 * 65


def test_a_user_who_does_not_exist_is_named(home):
    service = a_service(Path(home), user="no-such-user")
    with pytest.raises(SupervisorError, match="there is no user 'no-such-user'"):
        the_client(service, System(run=Commands(OK))).run("save")


def test_only_root_runs_pm2_as_somebody_else(home, monkeypatch):
    monkeypatch.setattr(pm2_client.os, "geteuid", lambda: 12345)
    client = the_client(a_service(Path(home), user="daemon"), System(run=Commands(OK)))
    with pytest.raises(SupervisorError, match="only root can run PM2 as daemon") as caught:
        client.run("save")
    assert "sudo" in (str(caught.value.next_command))
    assert commands(client) == []


@pytest.mark.parametrize("name", ["all", "42", "1e5", "0x1F", "Infinity"])
def test_a_name_that_means_other_apps_to_pm2_is_refused(tmp_path, name):
    with pytest.raises(InvalidInput, match="means other apps to PM2"):
        a_service(tmp_path, name=name)


@pytest.mark.parametrize("name", ["all-in-one", "2fa", "backend42", "0x-fast"])
def test_other_names_are_taken(tmp_path, name):
    assert isinstance(a_service(tmp_path, name=name), Service)


# --- The socket -----------------------------------------------------------------------------------------------------


def test_the_list_holds_this_service_only_and_costs_no_command(home):
    client = a_client(home)
    with Daemon(home):
        assert client.processes() == OURS
    assert commands(client) == []


def test_without_a_daemon_nothing_runs_and_none_is_started(home):
    client = a_client(home)
    assert client.processes() == []
    assert not client.is_up()
    assert commands(client) == []


def test_a_pid_and_a_socket_that_a_power_cut_left_behind_are_no_daemon(home):
    (Path(home) / "pm2.pid").write_text(str(os.getpid()))
    with Daemon(home):
        pass
    assert (Path(home) / "rpc.sock").exists()
    client = a_client(home)
    assert not client.is_up()
    assert client.processes() == []
    assert commands(client) == []


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="another protocol"),
        pytest.param(pm2_rpc.encode(b"j:{"), id="torn JSON"),
        pytest.param(pm2_rpc.encode(b'j:{"error":"no such method"}'), id="an error"),
        pytest.param(pm2_rpc.encode(b'j:{"args":[{}]}'), id="no list"),
        pytest.param(pm2_rpc.encode(), id="no argument"),
        pytest.param(b"\x12" + struct.pack(">I", 2**31), id="far too large"),
        pytest.param(b"\x11" + struct.pack(">I", 100) + b"j:[", id="cut off"),
    ],
)
def test_a_daemon_that_speaks_otherwise_is_asked_on_the_command_line(home, reply):
    printed = "[PM2] a notice\n[not json\n" + json.dumps(PROCESSES) + "\n"
    client = a_client(home, Completed(0, printed, ""))
    with Daemon(home, reply):
        assert client.processes() == OURS
    assert commands(client) == [["pm2", "jlist", "--silent"]]


@contextlib.contextmanager
def saying(answer: object) -> Iterator[str]:
    """A PM2_HOME whose daemon has *answer* for a list of processes."""
    reply = pm2_rpc.encode(b"j:" + json.dumps({"args": [answer]}).encode(), b"s:refit:0")
    with tempfile.TemporaryDirectory(prefix="pm2-", dir="/tmp") as home, Daemon(home, reply):
        yield home


def asked_in_every_way(home: str, run: Commands) -> list[object]:
    """What the daemon's answers become: states, and errors that a person is told."""
    supervisor, became = without_a_unit(home, run), []
    for ask in (supervisor.state, supervisor.reload, supervisor.stop):
        try:
            became.append(ask())
        except SupervisorError as error:
            became.append(error)
    return became


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("backend"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "pid", "pm_id", "pm2_env", "status", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)
PLACES = [("name",), ("pid",), ("pm_id",), ("pm2_env",)] + [
    ("pm2_env", field) for field in ("status", "restart_time", "pm_cwd", "pm_exec_path", "pm_err_log_path", "exec_mode")
]


@st.composite
def almost_a_process(draw: st.DrawFn) -> dict:
    """An honest entry in which one thing is another one, or is not there."""
    process = json.loads(json.dumps(PROCESSES[0]))
    *above, last = draw(st.sampled_from(PLACES))
    place = process[above[0]] if above else process
    place.pop(last, None)
    if draw(st.booleans()):
        place[last] = draw(any_json)
    return process


@settings(max_examples=150, deadline=None)
@given(any_json | st.lists(almost_a_process() | any_json, max_size=3))
def test_whatever_the_daemon_answers_is_a_state_or_an_error_for_people(answer):
    with saying(answer) as home:
        asked_in_every_way(home, Commands(Completed(0, json.dumps(answer), "")))


@pytest.mark.parametrize("odd", [None, 7, "relative.log", "/dev/null", "", ["/a"], "/a\0b"])
def test_where_the_errors_go_is_what_pm2_says_and_what_it_will_choose_for_the_next(odd):
    named = [{"pm_err_log_path": path} for path in ("/var/log/a-0.log", "/var/log/a-1.log", odd)]
    answer = [{"name": "backend", "pid": 7, "pm_id": 0, "pm2_env": {"status": "online", **each}} for each in named]
    with saying(answer) as home:
        found = without_a_unit(home, Commands()).logs("err")
        assert found[:3] == [f"{home}/logs/backend-error.log", "/var/log/a-0.log", "/var/log/a-1.log"]
        assert without_a_unit(home, Commands()).logs("out") == [f"{home}/logs/backend-out.log"]


def test_where_the_errors_go_is_known_without_a_daemon(home):
    assert without_a_unit(home, Commands()).logs("err") == [f"{home}/logs/backend-error.log"]


@pytest.mark.parametrize(
    "broken",
    [
        {"pid": "abc"},
        {"pid": -1},
        {"pid": 2.5},
        {"pid": True},
        {"pm2_env": "online"},
        {"pm2_env": []},
        {"pm2_env": {"restart_time": "twice"}},
        {"pm2_env": {"restart_time": 1e400}},
        {"pm2_env": {"status": ["online"]}},
        {"pm_id": None},
        {"pm_id": "--all"},
    ],
    ids=json.dumps,
)
def test_a_process_that_is_not_understood_is_an_error_before_any_command(broken):
    run = Commands(OK)
    with saying([{**PROCESSES[0], **broken}]) as home:
        for became in asked_in_every_way(home, run):
            assert isinstance(became, SupervisorError)
            assert "does not answer as PM2 does: [0]" in (str(became.what))
            assert became.where == f"{home}/rpc.sock"
    assert run.calls == []


def test_other_applications_may_be_as_odd_as_they_like(home):
    answer = [7, None, {"name": ["backend"]}, {"name": "other", "pid": "abc"}, PROCESSES[0]]
    with saying(answer) as home:
        assert a_client(home).processes() == OURS


@pytest.mark.parametrize(
    "listed",
    ["[" * 100_000, '[{"name":"backend","pm_id":0,"pid":' + "9" * 1_000_000 + "}]"],
    ids=["deep", "a number without end"],
)
@pytest.mark.parametrize("envelope", ['{{"args":[{}]}}', "no JSON"], ids=["daemon", "command line"])
def test_json_that_python_chokes_on_is_not_understood(home, listed, envelope):
    client = a_client(home, Completed(0, listed, ""))
    with Daemon(home, pm2_rpc.encode(b"j:" + envelope.format(listed).encode())), pytest.raises(SupervisorError):
        client.processes()


def test_a_daemon_that_dies_while_it_is_asked_is_not_started_again(home):
    client = a_client(home)
    with Daemon(home, b"", dies=True):
        assert client.processes() == []
    assert commands(client) == []


def test_an_answer_without_end_is_not_taken_in(home, monkeypatch):
    monkeypatch.setattr(pm2_rpc, "MAX_REPLY_BYTES", 10)
    with Daemon(home), pytest.raises(pm2_rpc.RpcError, match="too large"):
        pm2_rpc.monitor_data(home)


def test_a_command_line_without_a_list_is_an_error(home):
    with Daemon(home, b""), pytest.raises(SupervisorError, match="printed no list"):
        a_client(home, Completed(0, "[PM2] hello\n", "")).processes()


@pytest.mark.parametrize("pause_s", [0.05, 1.0], ids=["drips", "says nothing"])
def test_an_answer_is_waited_for_so_long_and_no_longer(home, pause_s):
    with Daemon(home, pm2_rpc.encode(b"j:" + b"x" * 40), pause_s):
        began = time.monotonic()
        with pytest.raises(socket.timeout):
            pm2_rpc.monitor_data(home, timeout_s=0.3)
        assert time.monotonic() - began < 1


def test_a_daemon_that_hangs_is_an_error_and_no_command_hangs_with_it(home, monkeypatch):
    def hangs(_home: str, _owner: int) -> list:
        raise socket.timeout("timed out")  # noqa: UP041 (another class on Python 3.9)

    monkeypatch.setattr(pm2_rpc, "monitor_data", hangs)
    client = a_client(home, unit="pm2-app.service")
    with pytest.raises(SupervisorError, match="does not answer") as caught:
        client.processes()
    assert "systemctl restart pm2-app.service" in (str(caught.value.next_command))
    assert commands(client) == []


def test_a_socket_of_somebody_else_says_sudo(home):
    with Daemon(home):
        os.chmod(home, 0)
        try:
            with nobody():
                for ask in (Pm2Client.is_up, Pm2Client.processes):
                    with pytest.raises(SupervisorError, match="may not talk") as caught:
                        ask(a_client(home))
                    assert "sudo" in (str(caught.value.next_command))
        finally:
            os.chmod(home, 0o700)


@pytest.fixture
def elsewhere(home) -> Iterator[Daemon]:
    """A service of somebody else that listens on this host."""
    folder = Path(home) / "other"
    folder.mkdir()
    with Daemon(str(folder)) as daemon:
        yield daemon


def link_to(listener: Path, place: Path) -> None:
    place.symlink_to(listener)


def file_beside(_listener: Path, place: Path) -> None:
    place.write_text("")


def pipe_beside(_listener: Path, place: Path) -> None:
    os.mkfifo(place)


def socket_of_somebody_else(listener: Path, place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a socket away")
    os.link(listener, place)
    os.chown(place, 1, 1)


@pytest.mark.parametrize("put", [link_to, file_beside, pipe_beside, socket_of_somebody_else])
def test_only_a_socket_of_the_services_own_is_ever_connected_to(home, elsewhere, put):
    put(Path(home) / "other" / "rpc.sock", Path(home) / "rpc.sock")
    run = Commands(OK)
    for became in asked_in_every_way(home, run):
        assert isinstance(became, SupervisorError)
        assert "in the place of PM2's socket" in (str(became.what))
        assert became.where == f"{home}/rpc.sock"
    assert run.calls == []
    assert elsewhere.callers == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a socket away")
def test_a_socket_of_the_services_on_which_somebody_else_listens_is_not_spoken_to(home):
    service = a_service(Path(home), user="daemon", pm2={"app": {"script": "app.js"}, "home": home})
    with Daemon(home) as daemon:
        os.chown(Path(home) / "rpc.sock", 1, 1)
        with pytest.raises(SupervisorError, match="in the place of PM2's socket"):
            Pm2Supervisor(service, service.manager, System(clock=FakeClock(), run=Commands(OK))).state()
    assert daemon.heard == 0


def test_a_home_too_long_for_a_socket_is_an_error_with_its_path():
    with pytest.raises(SupervisorError, match="path too long") as caught:
        a_client("/tmp/" + "x" * 120).is_up()
    assert "x" * 120 in caught.value.where


@given(st.lists(st.binary(max_size=50), max_size=15))
def test_messages_are_framed_as_amp(arguments):
    message = pm2_rpc.encode(*arguments)
    assert message[0] == 0x10 | len(arguments)
    rest, found = message[1:], []
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        found.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    assert found == arguments


# --- The daemon's unit ----------------------------------------------------------------------------------------------


class Unit(Commands):
    """`systemctl start` that brings the daemon up, if it is one that works."""

    def __init__(self, home: str, works: bool) -> None:
        super().__init__(OK)
        self.home, self.works, self.daemon = home, works, None

    def __call__(self, argv: list[str], **how: object) -> Completed:
        super().__call__(argv, **how)
        if argv[0] != "systemctl":
            return OK
        if self.works:
            self.daemon = Daemon(self.home).__enter__()
        return Completed(0 if self.works else 1, "", "")


def a_supervisor(home: str, run: Commands) -> Pm2Supervisor:
    service = a_service(Path(home), pm2={"app": {"script": "app.js"}, "home": home, "unit": "pm2-app.service"})
    return Pm2Supervisor(service, service.manager, System(clock=FakeClock(), run=run))


@pytest.mark.skipif(os.geteuid() != 0, reason="a socket is root's only where root made it")
def test_a_daemon_that_is_down_is_started_by_its_unit_before_any_command(home, monkeypatch):
    monkeypatch.setattr(pm2_client.os, "geteuid", lambda: 0)
    run = Unit(home, works=True)
    try:
        assert a_supervisor(home, run).reload()["action"] == "replaced"  # what was saved came back, and is not known
    finally:
        if run.daemon:
            run.daemon.__exit__()
    assert [argv[:2] for argv, _ in run.calls] == [
        ["systemctl", "start"],
        ["pm2", "delete"],
        ["pm2", "start"],
        ["pm2", "save"],
    ]
    assert run.calls[1][0] == ["pm2", "delete", "0"]


def test_a_unit_that_does_not_start_the_daemon_is_the_error(home, monkeypatch):
    monkeypatch.setattr(pm2_client.os, "geteuid", lambda: 0)
    run = Unit(home, works=False)
    supervisor = a_supervisor(home, run)
    with pytest.raises(SupervisorError, match="its unit pm2-app.service does not start it"):
        supervisor.reload()
    assert [argv[0] for argv, _ in run.calls] == ["systemctl"]
    assert supervisor.installed_definition() is None


def test_without_root_no_daemon_is_started_outside_its_unit(home, monkeypatch):
    monkeypatch.setattr(pm2_client.os, "geteuid", lambda: 12345)
    run = Commands(OK)
    with pytest.raises(SupervisorError) as caught:
        a_supervisor(home, run).reload()
    assert (str(caught.value.next_command)).startswith("sudo systemctl start pm2-app.service")
    assert run.calls == []


class Spawning(Commands):
    """A `pm2` that starts a daemon where it finds none, in the unit that *cgroup* says; signals go nowhere."""

    def __init__(self, base: Path, home: str, cgroup: str) -> None:
        super().__init__(OK)
        self.home, self.daemon = home, None
        process = base / "proc" / str(os.getpid())
        process.mkdir(parents=True)
        (process / "cgroup").write_text(f"0::{cgroup}\n")

    def __call__(self, argv: list[str], **how: object) -> Completed:
        if argv[0] == "pm2" and self.daemon is None:
            self.daemon = Daemon(self.home).__enter__()
        return super().__call__(argv, **how)


@pytest.fixture
def spawning(home, tmp_path, monkeypatch) -> Iterator[Callable[..., Pm2Client]]:
    monkeypatch.setattr(pm2_client.os, "geteuid", lambda: 0)
    made = []

    def make(cgroup: str, **pm2: object) -> Pm2Client:
        run = Spawning(tmp_path, home, cgroup)
        made.append(run)
        service = a_service(Path(home), pm2={"app": {"script": "app.js"}, "home": home, **pm2})
        return Pm2Client(service, service.manager, System(FakeClock(), run, str(tmp_path / "proc")))

    yield make
    for run in made:
        run.daemon.__exit__()


@pytest.mark.skipif(os.geteuid() != 0, reason="the daemon here is this process, and must be the service's")
@pytest.mark.parametrize("unit", ["pm2-app", "pm2-app.service"])
@pytest.mark.parametrize("cgroup", ["/", "/user.slice/user-0.slice/session-3.scope", "/system.slice/ssh.service"])
def test_a_daemon_that_pm2_starts_outside_its_unit_is_ended_and_told_of(spawning, cgroup, unit):
    client = spawning(cgroup, unit=unit)
    with pytest.raises(SupervisorError, match="started one outside its unit") as caught:
        client.run("start", "ecosystem.config.cjs")
    assert f"systemctl restart {unit}" in (str(caught.value.next_command))
    signals = [argv[3:] for argv in commands(client)[1:]]
    assert signals == [["STOP", str(os.getpid())], ["KILL", str(os.getpid())]]


@pytest.mark.skipif(os.geteuid() != 0, reason="the daemon here is this process, and must be the service's")
@pytest.mark.parametrize("unit", ["pm2-app", "pm2-app.service"])
def test_a_daemon_that_came_back_in_its_unit_is_left_alone(spawning, unit):
    client = spawning("/system.slice/pm2-app.service", unit=unit)
    client.run("start", "ecosystem.config.cjs")
    assert commands(client) == [["pm2", "start", "ecosystem.config.cjs"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="the daemon here is this process, and must be the service's")
def test_a_daemon_that_was_outside_before_is_left_alone_because_it_may_run_the_service(spawning, home):
    client = spawning("/user.slice/user-0.slice/session-3.scope", unit="pm2-app")
    client.system.run.daemon = Daemon(home).__enter__()
    client.run("start", "ecosystem.config.cjs")
    assert commands(client) == [["pm2", "start", "ecosystem.config.cjs"]]


class Leaving(Commands):
    """A ``pm2`` that leaves a process behind, detached from everything, in the unit of who called it or another."""

    def __init__(self, base: Path, session: str, left_in: str) -> None:
        super().__init__(OK)
        self.proc, self.left_in = base / "proc", left_in
        self.live(os.getpid(), 0, session)
        self.live(50, 65534, session)  # has been there

    def live(self, pid: int, uid: int, cgroup: str) -> None:
        process = self.proc / str(pid)
        process.mkdir(parents=True)
        (process / "cgroup").write_text(f"0::{cgroup}\n")
        (process / "status").write_text(f"State:\tS (sleeping)\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")

    def __call__(self, argv: list[str], **how: object) -> Completed:
        if argv[0] == "pm2":
            self.live(51, 65534, self.left_in)
            self.live(52, 0, self.left_in)
        return super().__call__(argv, **how)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PM2 as somebody else")
@pytest.mark.parametrize(
    ("left_in", "killed"),
    [("/user.slice/session-3.scope", ["51"]), ("/system.slice/pm2-app.service", None)],
)
def test_what_pm2_leaves_behind_outside_the_unit_does_not_outlive_it(home, tmp_path, left_in, killed):
    run = Leaving(tmp_path, "/user.slice/session-3.scope", left_in)
    user = pwd.getpwuid(65534).pw_name
    service = a_service(Path(home), user=user, pm2={"app": {"script": "app.js"}, "home": home, "unit": "pm2-app"})
    client = Pm2Client(service, service.manager, System(FakeClock(), run, str(run.proc)))

    client.run("start", "ecosystem.config.cjs")

    assert [argv[3:] for argv in commands(client)[1:]] == ([["KILL", *killed]] if killed else [])


def test_looking_starts_nothing(home):
    run = Commands(OK)
    assert a_supervisor(home, run).state().status == "absent"
    assert run.calls == []


# --- What starts at boot --------------------------------------------------------------------------------------------


class Saving(Commands):
    """A `pm2 save` of a daemon that knows the service alone."""

    def __init__(self, home: str) -> None:
        super().__init__(OK)
        self.dump = Path(home, "dump.pm2")

    def __call__(self, argv: list[str], **how: object) -> Completed:
        self.dump.write_text('[{"name": "backend"}]')
        return super().__call__(argv, **how)


def saving(home: str) -> Pm2Client:
    service = a_service(Path(home), pm2={"app": {"script": "app.js"}, "home": home})
    return Pm2Client(service, service.manager, System(FakeClock(), Saving(home)))


@pytest.mark.parametrize(
    ("listed", "fault"),
    [
        ('[{"name": "other"}, {"name": "backend"}]', None),
        ('[{"name": "other"}]', "backend is not on the list of what PM2 starts at boot"),
        ("[", "backend is not on the list of what PM2 starts at boot"),
        ('{"name": "backend"}', "backend is not on the list of what PM2 starts at boot"),
        (None, "backend is not on the list of what PM2 starts at boot"),
    ],
)
def test_a_service_that_pm2_has_not_saved_does_not_start_at_boot(home, listed, fault):
    if listed is not None:
        Path(home, "dump.pm2").write_text(listed)
    service = a_service(Path(home), pm2={"app": {"script": "app.js"}, "home": home})
    found = Pm2Supervisor(service, service.manager, System(run=no_command)).boot_fault()
    assert (None if found is None else str(found)) == fault


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ({}, None),
        ({"UnitFileState": "disabled"}, "pm2-app.service does not start at boot (it is not enabled)"),
        ({"ActiveState": "inactive"}, "pm2-app.service does not run (inactive)"),
        ({"LoadState": "not-found"}, "there is no unit pm2-app.service"),
    ],
)
def test_pm2_itself_has_to_start_at_boot_by_its_unit(home, shown, fault):
    Path(home, "dump.pm2").write_text('[{"name": "backend"}]')
    properties = {"LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active", **shown}
    printed = "".join(f"{name}={value}\n" for name, value in properties.items())
    supervisor = a_supervisor(home, lambda *_, **__: Completed(0, printed, ""))
    found = supervisor.boot_fault()
    assert (None if found is None else str(found)) == fault


def test_what_others_saved_stays_on_the_list(home):
    dump = Path(home, "dump.pm2")
    dump.write_text('[{"name": "other", "n": 1}, {"name": "backend", "n": 2}, {"name": "other", "n": 3}]')
    saving(home).save()
    assert json.loads(dump.read_text()) == [{"name": "backend"}, {"name": "other", "n": 1}, {"name": "other", "n": 3}]


@pytest.mark.parametrize(
    "written", ["", "{", "{}", "7", '[null, 7, {"name": 7}]', '[{"name": "x", "n": 1' + "0" * 30 + "}]"]
)
def test_what_is_no_list_or_could_not_be_written_for_pm2_is_left_to_pm2(home, written):
    dump = Path(home, "dump.pm2")
    dump.write_text(written)
    saving(home).save()
    assert json.loads(dump.read_text()) == [{"name": "backend"}]


def test_nobody_waits_for_a_pipe_in_the_lists_place(home):
    os.mkfifo(os.path.join(home, "dump.pm2"))
    assert pm2_dump.saved(home, None, "backend") == []


def test_applications_that_the_daemon_does_not_know_are_named(home):
    dump = Path(home, "dump.pm2")
    dump.write_text('[{"name": "other"}, {"name": "billing"}, {"name": "backend"}]')
    client = a_client(home)
    assert client.forgotten() == ["billing", "other"]  # its daemon is down
    with Daemon(home):
        assert client.forgotten() == ["billing"]
    dump.unlink()
    assert client.forgotten() == []


def test_a_complaint_is_quoted_from_its_beginning_and_without_frames(home):
    frames = "\n".join(f"    at Module.load{n} (node:internal/modules/cjs/loader:2003:{n})" for n in range(40))
    client = a_client(
        home, Completed(1, "banner", f"[PM2][ERROR] File malformated\nReferenceError: no module\n{frames}")
    )
    with pytest.raises(SupervisorError, match="File malformated ReferenceError: no module ") as raised:
        client.run("start")
    assert "node:internal" not in str(raised.value)


# --- The installed file ---------------------------------------------------------------------------------------------


def without_a_unit(home: str, run: Commands) -> Pm2Supervisor:
    service = a_service(Path(home), pm2={"app": {"script": "app.js"}, "home": home})
    return Pm2Supervisor(service, service.manager, System(clock=FakeClock(), run=run))


def test_the_definition_is_installed_for_nobody_else_to_read(home):
    supervisor = without_a_unit(home, Commands(OK))
    assert supervisor.installed_definition() is None
    supervisor.reload()
    path = Path(supervisor.definition_path)
    assert supervisor.installed_definition() == supervisor.definition() == path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["ecosystem.config.cjs"]
    assert f'"cwd": "{path.parent}/current"' in path.read_text()


def test_a_kill_between_removing_and_starting_leaves_the_old_definition_to_decide_from(home):
    class Killed(BaseException):
        pass

    class Kill(Commands):
        def __call__(self, argv, **how):
            super().__call__(argv, **how)
            if argv[1] == "delete":
                raise Killed
            return OK

    with Daemon(home):
        supervisor = without_a_unit(home, Kill(OK))
        Path(supervisor.definition_path).parent.mkdir(parents=True)
        Path(supervisor.definition_path).write_text("made by hand")
        with pytest.raises(Killed):
            supervisor.reload()
        assert supervisor.installed_definition() == "made by hand"
        assert without_a_unit(home, Commands(OK)).reload()["action"] == "replaced"


def test_a_definition_that_cannot_be_written_costs_no_process(home):
    run = Commands(OK)
    with Daemon(home):
        supervisor = without_a_unit(home, run)
        pending = Path(supervisor.definition_path + ".next.tmp")
        pending.mkdir(parents=True)  # in the way of the temporary file
        with pytest.raises(SupervisorError) as caught:
            supervisor.reload()
    assert caught.value.where == supervisor.definition_path + ".next"
    assert run.calls == []


def test_a_definition_that_cannot_be_read_is_an_error_with_its_path(home):
    supervisor = without_a_unit(home, Commands(OK))
    Path(supervisor.definition_path).mkdir(parents=True)
    with pytest.raises(RefitError) as caught:
        supervisor.installed_definition()
    assert caught.value.where == supervisor.definition_path
