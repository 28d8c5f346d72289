"""A service under real systemd, in a container: deployed, proven, taken back, killed half-way, rebooted.

``REFIT_SYSTEMD_IMAGE`` names a Docker image whose command is an init with systemd, and that has Python 3.9 or later.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.fleet import ROOT, wait_until
from support.words import told

IMAGE = os.environ.get("REFIT_SYSTEMD_IMAGE", "")
pytestmark = [
    pytest.mark.skipif(not IMAGE, reason="REFIT_SYSTEMD_IMAGE names no image with systemd"),
    pytest.mark.skipif(not shutil.which("docker"), reason="there is no Docker"),
]

# What works where --privileged does not: SYS_ADMIN for systemd's mounts, SYS_PTRACE for what root may elsewhere,
# which is to read /proc/PID/cwd of other users' processes.
OPTIONS = ("--cap-add=SYS_ADMIN", "--cap-add=SYS_PTRACE", "--cgroupns=private", "--security-opt=apparmor=unconfined")
MOUNTS = ("--tmpfs=/run", "--tmpfs=/run/lock", "--stop-signal=SIGRTMIN+3", f"--volume={ROOT}:/repo:ro")
KILLED = 128 + 9
# Ends half a second after it was asked to, so that a restart can be caught at work.
APP = """
import http.server, json, os, signal, socket, sys, threading, time, urllib.parse
release = json.load(open("release.json"))
if release["mode"] == "crash":
    sys.exit(1)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        answer, status = {**release, "status": "UP", "pid": os.getpid(), "env": dict(os.environ), "argv": sys.argv}, 200
        if url.path == "/health" and release["mode"] == "down":
            status = 503
        if url.path == "/write":
            try:
                open(url.query, "w").close()
            except OSError as error:
                answer["error"] = error.strerror
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler)
if "NOTIFY_SOCKET" in os.environ and release["mode"] != "mute":
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
signal.signal(signal.SIGTERM, lambda *_: threading.Timer(0.5, os._exit, [0]).start())
server.serve_forever()
"""
ODD = "a\"b'c\\d$HOME`e`\n\tf %h # ; é한글"


class Machine:
    """A server with systemd on which `backend` is deployed.  *systemd* are settings that the next deploy brings."""

    def __init__(self, name: str, base: Path) -> None:
        self.name = name
        self.base = base
        self.systemd: dict[str, Any] = {}
        self.versions = 0

    def run(self, *argv: str, code: int = 0) -> str:
        """Run a command on it."""
        done = self._docker("exec", "--env=PYTHONPATH=/repo/module_utils", self.name, *argv)
        assert done.returncode == code, (argv, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def wait_until_booted(self) -> None:
        wait_until(lambda: "running" in self._docker("exec", self.name, "systemctl", "is-system-running").stdout, 30)

    def reboot(self) -> None:
        done = self._docker("restart", "--time=30", self.name)
        assert done.returncode == 0, done.stderr
        self.wait_until_booted()

    @staticmethod
    def _docker(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["docker", *argv], capture_output=True, text=True, timeout=90, check=False)

    # -- acting ------------------------------------------------------------

    def new_version(self, mode: str = "healthy") -> str:
        """Stage a release that is newer than all others."""
        self.versions += 1
        version = str(self.versions)
        with tarfile.open(self.base / f"{version}.tar.gz", "w:gz") as archive:
            release = json.dumps({"version": version, "mode": mode})
            for name, text in {"app.py": APP, "release.json": release, "bin/nothing": "no program"}.items():
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        self.drive("stage", version=version, artifact=f"/bench/{version}.tar.gz")
        return version

    def drive(self, command: str, code: int = 0, **plan: Any) -> Any:
        """Run the kill driver on it; returns what it printed."""
        (self.base / "steps").write_text("")
        (self.base / "backend.json").write_text(json.dumps(self.settings()))
        plan = {"command": command, "etc": "/bench", "steps": "/bench/steps", **plan}
        out = self.run("python3", "/repo/tests/support/kill_driver.py", json.dumps(plan), code=code)
        return json.loads(out) if out and code == 0 else None

    def deploy(self, mode: str = "healthy") -> dict[str, Any]:
        found: dict[str, Any] = self.drive("deploy", version=self.new_version(mode))
        return found

    def must_deploy(self) -> str:
        outcome = self.deploy()
        assert outcome["outcome"] == "activated", outcome["reason"]
        return str(outcome["to"])

    def settings(self) -> dict[str, Any]:
        return {
            "name": "backend",
            "root": "/opt/my app",
            "state_dir": "/var/lib/refit/backend",
            "user": "app",
            "process_manager": "systemd",
            "shared": ["uploads/"],
            "systemd": {"command": ["/usr/bin/python3", "app.py", ODD.replace("\n\t", ""), ";"], **self.systemd},
            "health": {
                "url": "http://127.0.0.1:8080/health",
                "version_url": "http://127.0.0.1:8080/health",
                "successes": 2,
                "interval_s": 0.05,
                "deadline_s": 8,
                "stable_s": 0.5,
            },
        }

    # -- what there is -----------------------------------------------------

    @property
    def steps(self) -> list[str]:
        return (self.base / "steps").read_text().splitlines()

    def ask(self, path: str = "/") -> dict[str, Any]:
        """The service's own answer."""
        code = (
            "import sys, urllib.request as u; print(u.urlopen('http://127.0.0.1:8080' + sys.argv[1]).read().decode())"
        )
        answer: dict[str, Any] = json.loads(self.run("python3", "-c", code, path))
        return answer

    def property(self, name: str, *unit: str) -> str:
        return self.run("systemctl", "show", "--property", name, "--value", *unit).strip()

    def measured(self) -> dict[str, Any]:
        """What a health check is told of the processes."""
        code = (
            "import json; from refit.core import system; from refit.health import measure;"
            "from refit.supervisors import registry;"
            "from refit.cli.rollback import load_service;"
            "s, w = load_service('/bench', 'backend'), system.real();"
            "print(json.dumps(measure.measure(s, w, registry.for_service(s, w), 0)['process']))"
        )
        found: dict[str, Any] = json.loads(self.run("python3", "-c", code))
        return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One server for all tests; each brings releases of its own."""
    base = tmp_path_factory.mktemp("bench")
    name = f"refit-systemd-{os.getpid()}"
    command = [
        "docker",
        "run",
        "--detach",
        "--tty",
        "--name",
        name,
        *OPTIONS,
        *MOUNTS,
        f"--volume={base}:/bench",
        IMAGE,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    try:
        found = Machine(name, base)
        found.wait_until_booted()
        found.run("useradd", "--system", "app")
        found.run("mkdir", "--parents", "/opt/my app/shared/uploads")
        found.run("chown", "app", "/opt/my app/shared/uploads")
        found.must_deploy()
        yield found
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], check=True, capture_output=True, timeout=60)


@pytest.fixture(autouse=True)
def _usual_settings(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("machine").systemd = {}


def test_a_release_is_proven_by_the_kernel_and_by_its_own_word(machine: Machine) -> None:
    outcome = machine.deploy()

    assert outcome["outcome"] == "activated", outcome
    pid = machine.property("MainPID", "backend")
    assert outcome["proof"]["releases"] == {pid: outcome["to"]}
    assert machine.ask()["version"] == outcome["to"]
    assert machine.property("UnitFileState", "backend") == "enabled"


def test_an_application_may_say_itself_when_it_is_ready(machine: Machine) -> None:
    machine.systemd = {"type": "notify"}
    machine.must_deploy()
    assert machine.property("Type", "backend") == "notify"


def test_arguments_and_variables_arrive_as_they_were_written(machine: Machine) -> None:
    machine.systemd = {"environment": {"ODD": ODD, "EMPTY": "", "PORT": 8080}}
    machine.must_deploy()

    answer = machine.ask()

    assert answer["argv"] == ["app.py", ODD.replace("\n\t", ""), ";"]
    assert {name: answer["env"][name] for name in ("ODD", "EMPTY", "PORT")} == {"ODD": ODD, "EMPTY": "", "PORT": "8080"}


def test_no_local_user_can_read_a_secret(machine: Machine) -> None:
    machine.systemd = {"environment": {"TOKEN": "hunter2"}}
    machine.must_deploy()
    assert machine.ask()["env"]["TOKEN"] == "hunter2"

    as_anybody = ("setpriv", "--reuid=nobody", "--clear-groups")
    shown = machine.run(*as_anybody, "systemctl", "show", "backend") + machine.run(
        *as_anybody, "systemctl", "cat", "backend"
    )

    assert "backend.env" in shown
    assert "hunter2" not in shown
    machine.run(*as_anybody, "cat", "/etc/systemd/system/backend.env", code=1)


def test_systemd_reads_its_units_only_when_this_one_changed(machine: Machine) -> None:
    machine.must_deploy()
    canary = "/etc/systemd/system/canary.service"  # systemd knows that it is another one now, until it reads all again
    machine.run(
        "bash", "-c", f"printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > {canary}; systemctl start canary"
    )
    machine.run("bash", "-c", f"sleep 0.1; touch {canary}")
    assert machine.property("NeedDaemonReload", "canary") == "yes"

    machine.must_deploy()
    assert machine.property("NeedDaemonReload", "canary") == "yes"

    machine.systemd = {"stop_timeout_s": 7}
    machine.must_deploy()
    assert machine.property("NeedDaemonReload", "canary") == "no"
    assert machine.property("TimeoutStopUSec", "backend") == "7s"


@pytest.mark.parametrize(
    ("mode", "systemd", "check"),
    [
        pytest.param("down", {}, "health", id="answers badly"),
        pytest.param("crash", {}, "restarts", id="crashes again and again"),
        pytest.param("mute", {"type": "notify", "start_timeout_s": 1}, "process", id="never says that it is ready"),
        pytest.param("healthy", {"command": ["bin/nothing"]}, "process", id="names a file that is no program"),
        pytest.param("healthy", {"write_paths": ["/nowhere"]}, "process", id="names a path that is missing"),
    ],
)
def test_a_bad_release_is_taken_back_with_its_settings(
    machine: Machine, mode: str, systemd: dict[str, Any], check: str
) -> None:
    machine.systemd = {"environment": {"GREETING": "hello"}}
    good = machine.must_deploy()
    machine.systemd = {"environment": {"GREETING": "bad"}, "stop_timeout_s": 9, **systemd}

    outcome = machine.deploy(mode)

    assert outcome["outcome"] == "restored", outcome
    assert outcome["failed_check"] == check, outcome
    assert outcome["restore_proof"]["proven"]
    answer = machine.ask()
    assert (answer["version"], answer["env"]["GREETING"]) == (good, "hello")
    assert machine.property("TimeoutStopUSec", "backend") == "30s"


def test_what_kept_a_release_from_starting_is_said(machine: Machine) -> None:
    machine.systemd = {"command": ["bin/nothing"]}
    reason = told(machine.deploy()["reason"])
    assert "the program cannot be executed" in reason
    assert "journalctl -u backend.service" in reason


def test_a_rollback_takes_the_same_road(machine: Machine) -> None:
    first, second = machine.must_deploy(), machine.must_deploy()

    result = machine.drive("rollback", arguments=["--json"])

    assert (result["outcome"]["from"], result["outcome"]["to"]) == (second, first)
    assert machine.ask()["version"] == first


def test_a_process_that_died_is_started_again_and_counted(machine: Machine) -> None:
    version = machine.must_deploy()
    before = machine.ask()["pid"]

    machine.run("systemctl", "kill", "--signal=KILL", "backend")

    wait_until(lambda: machine.property("NRestarts", "backend") == "1", 10)
    wait_until(lambda: machine.measured()["versions"] == [version], 10)
    measured = machine.measured()
    assert measured["status"] == "online"
    assert before not in measured["pids"]


# Every point at which the manager's files and systemd's own state are being changed.
POINTS = (
    "reload",
    "rename backend.env",
    "rename backend.service",
    "during pm2 reenable",
    "during pm2 daemon-reload",
    "during pm2 reset-failed",
    "during pm2 restart",
    "activated",
)


def new_settings(machine: Machine) -> dict[str, Any]:
    """Ones that no other test had, so that both files change."""
    return {"environment": {"NUMBER": machine.versions}, "stop_timeout_s": 100 + machine.versions}


def test_these_are_all_the_points_of_a_restart(machine: Machine) -> None:
    machine.systemd = new_settings(machine)
    machine.must_deploy()
    steps = machine.steps
    between = steps[steps.index("reload") : steps.index("activated") + 1]
    assert [step for step in between if not step.startswith("during pm2 show")] == list(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_was_killed_is_finished_by_the_same_command(machine: Machine, point: str) -> None:
    machine.must_deploy()
    machine.systemd = new_settings(machine)
    version = machine.new_version()
    machine.drive("deploy", version=version, kill_at=point, code=KILLED)

    outcome = machine.drive("deploy", version=version)

    assert outcome["outcome"] == "activated", outcome
    answer = machine.ask()
    assert answer["version"] == version
    assert answer["env"]["NUMBER"] == str(machine.systemd["environment"]["NUMBER"])
    assert machine.property("NeedDaemonReload", "backend") == "no"
    assert machine.property("TimeoutStopUSec", "backend") != "30s"


def test_a_reboot_brings_back_what_was_live(machine: Machine) -> None:
    version = machine.must_deploy()

    machine.reboot()

    wait_until(lambda: machine.measured()["versions"] == [version], 20)
    assert machine.drive("deploy", version=version)["outcome"] == "unchanged"


def test_a_reboot_in_the_middle_of_a_deploy_is_finished_by_the_same_command(machine: Machine) -> None:
    machine.must_deploy()
    machine.systemd = new_settings(machine)
    version = machine.new_version()
    machine.drive("deploy", version=version, kill_at="during pm2 reenable", code=KILLED)
    machine.reboot()

    assert machine.drive("deploy", version=version, restarted=True)["outcome"] == "activated"


def test_the_service_writes_to_shared_and_nowhere_else(machine: Machine) -> None:
    machine.must_deploy()
    machine.run("mkdir", "--parents", "--mode=777", "/srv/open")
    assert "error" not in machine.ask("/write?uploads/x")
    assert machine.ask("/write?/srv/open/x")["error"] == "Read-only file system"
    assert machine.ask("/write?release.json")["error"] == "Read-only file system"
    machine.run("ls", "/opt/my app/shared/uploads/x")


def test_systemd_itself_finds_nothing_to_object_to(machine: Machine) -> None:
    machine.must_deploy()
    done = machine.run("bash", "-c", "systemd-analyze verify backend.service 2>&1")
    assert done == ""
    verdict = machine.run("systemd-analyze", "security", "--no-pager", "backend.service").splitlines()[-1]
    print(verdict)
    exposure = re.search(r"backend\.service: (\d+\.\d)", verdict)
    assert exposure
    assert float(exposure[1]) <= 4.0


def test_a_unit_made_by_hand_is_neither_replaced_nor_stopped(machine: Machine) -> None:
    path = "/etc/systemd/system/by-hand.service"
    text = "[Service]\\nExecStart=/bin/sleep infinity\\n"
    machine.run("bash", "-c", f"printf '{text}' > {path}; systemctl daemon-reload; systemctl start by-hand")
    live = machine.must_deploy()
    version = machine.new_version()
    machine.systemd = {"name": "by-hand"}

    machine.drive("deploy", version=version, code=1)

    assert machine.ask()["version"] == live
    assert machine.property("ActiveState", "by-hand") == "active"
    assert "Re-Fit" not in machine.run("cat", path)
