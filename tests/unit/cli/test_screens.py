"""What `rollback.sh` shows on a server, as files beside this one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from refit.cli import main, rollback
from refit.config.service import Service
from refit.core.system import System
from refit.deploy import activation, staging
from refit.deploy.activation import Request
from refit.health import proof
from refit.state.operation import DEPLOY, ROLLBACK, Operation, Operations
from support import screens
from support.fakes import DOWN, FakeClock, FakeSupervisor, a_tarball, no_command

SCREENS = Path(__file__).parent / "screens"
FIRST, OLD, NEW = "20240126-090000", "20240127-090000", "20240127-100000"
DAY_S = 86_400
WHY = {"ko": "5xx 50% 초과", "en": "5xx above 50 %"}


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


class Server:
    """One server of three, on which three releases were deployed, the last of them ten minutes ago."""

    def __init__(self, base: Path, language: str, patched: pytest.MonkeyPatch) -> None:
        self.base, self.language, self.patched, self.runs = base, language, patched, 0
        self.logs = base / "log" / "application.log"
        self.settings = {
            "root": str(base / "opt"),
            "state_dir": str(base / "state"),
            "health": {"url": "http://127.0.0.1:9/health", "successes": 5, "stable_s": 5, "deadline_s": 20},
            "log": {"path": str(self.logs)},
            "pm2": {"app": {"script": "app.js"}},
        }
        self.told = {"environment": "production", "language": language, "host": "app-1", "others": ["app-2", "app-3"]}
        for name, settings in (("backend", self.settings), ("discord", self.told)):
            path = base / "etc" / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(settings))
        self.service = Service.from_mapping(self.settings, "backend")
        self.clock = FakeClock(datetime(2024, 1, 26, 0, 2, tzinfo=timezone.utc).timestamp())
        self.system = System(clock=self.clock, run=no_command, proc=str(base / "proc"))
        os.makedirs(self.system.proc)
        self.supervisor = FakeSupervisor(self.service, self.system)
        self.check = self.supervisor.check
        patched.setattr("refit.words.times.time", SimpleNamespace(time=self.clock.now))
        patched.setattr(rollback, "for_service", lambda *_: self.supervisor)
        patched.setattr(rollback, "activate", partial(activation.activate, check=self.check))
        patched.setattr(proof, "observe", partial(proof.observe, check=self.check))
        patched.setattr(rollback, "real", lambda: self.system)
        self.deploy(FIRST)
        self.clock.time += DAY_S
        self.deploy(OLD)
        self.clock.time = screens.NOW - 600
        self.deploy(NEW)
        self.clock.time = screens.NOW

    def deploy(self, version: str, *, stopped: bool = False) -> None:
        artifact = self.base / f"{version}.tar.gz"
        a_tarball(artifact, {"app.js": version})
        staging.stage(self.service, version, str(artifact), self.system)
        self.runs += 1
        operation = Operation(self.runs, DEPLOY, f"run-{self.runs}", "kim@ops-1", version)
        activation.activate(self.service, self.system, self.supervisor, Request(version, operation), check=self.check)
        Operations(self.service.state_dir, self.system).finish(operation, stopped)

    def shows(self, *typed: str, answered: str | None = None) -> str:
        """What a person sees who types ``sudo /opt/scripts/rollback.sh`` and these words; and the exit code."""
        self.patched.setattr(sys, "argv", ["/opt/scripts/refit.pyz", *typed])
        self.patched.setattr(sys, "stdin", io.StringIO() if answered is None else Terminal(answered))
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            try:
                code = main.main(
                    ["--etc", str(self.base / "etc"), "--spool", str(self.base / "spool"), "rollback", *typed]
                )
            except SystemExit as ended:  # argparse's own, after --help
                code = int(ended.code or 0)
        text = shown.getvalue().replace(str(self.base), "")
        return f"$ {shlex.join(['sudo', '/opt/scripts/rollback.sh', *typed])}\n{text}[{code}]\n"


@pytest.fixture(params=["ko", "en"])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("REFIT_LANGUAGE", request.param)
    monkeypatch.setenv("SUDO_USER", "kim")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(socket, "gethostname", lambda: "app-1")
    monkeypatch.setattr("refit.state.runs.owner", lambda: "kim@app-1")
    with screens.at_night(monkeypatch):
        yield Server(tmp_path, request.param, monkeypatch)


def compared(name: str, server: Server, *shown: str) -> None:
    screens.compared(SCREENS / f"{name}.{server.language}.txt", "\n".join(shown))
    if server.language == "ko":
        assert [found for each in shown for found in screens.english_in(each)] == []


def test_a_look(server: Server) -> None:
    server.logs.parent.mkdir()
    server.logs.write_text("2024-01-27 18:11:07 ERROR ECONNREFUSED 10.0.9.9:5432\n")
    compared("look", server, *(server.shows("backend", look) for look in ("--status", "--list", "--plan", "--logs")))


def test_a_rollback_that_is_asked_for_twice(server: Server) -> None:
    why = ("--reason", WHY[server.language], "--no-notify")
    shown = [server.shows("backend", *why, answered=typed) for typed in ("n", "y", "y")]
    looks = [server.shows("backend", look) for look in ("--status", "--list", "--plan")]
    compared("rollback", server, *shown, *looks)


def test_a_rollback_to_what_does_not_get_well(server: Server) -> None:
    server.supervisor.health[OLD] = DOWN
    failed = server.shows("backend", OLD, "--yes", "--no-notify")
    server.supervisor.health[NEW] = DOWN
    compared("failed", server, failed, server.shows("backend", OLD, "--yes", "--no-notify"))


def test_what_is_refused(server: Server) -> None:
    asked = [("billing", "--status"), ("backend", "20240101-000000", "--yes"), ("backend", "--lines", "many", "--logs")]
    shown = [server.shows(*words) for words in asked]
    operations = Operations(server.service.state_dir, server.system)
    stopped = Operation(server.runs + 1, DEPLOY, "run-9", "lee@ops-2", "20240127-110000")
    operations.take(stopped)
    operations.finish(stopped, {"severity": "P1", "why": "P1"})
    shown.append(server.shows("backend", "--yes"))
    operations.take(Operation(server.runs + 2, ROLLBACK, "run-10", "lee@ops-2", OLD))
    shown.append(server.shows("backend", "--status"))
    compared("refused", server, *shown)


def test_the_help(server: Server) -> None:
    compared("help", server, server.shows("--help"))
