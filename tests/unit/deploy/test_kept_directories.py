"""Root stages, activates, prunes and marks only where nobody else could lead it elsewhere."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable

import pytest

from refit import modules
from refit.core.errors import UnsafePath
from refit.core.system import System
from refit.deploy import activation
from refit.deploy.marking import mark
from refit.deploy.pruning import prune
from refit.deploy.staging import plan_content, stage
from refit.deploy.survey import full_record
from refit.deploy.survey_record import read_survey
from refit.state.operation import DEPLOY, ROLLBACK, Operation
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball
from support.words import told

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be led elsewhere")


class Server:
    """A server with two releases, all of whose directories are root's own."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.service = a_service(base)
        self.system = System(clock=FakeClock(), proc=str(base / "proc"))
        self.supervisor = FakeSupervisor(self.service, self.system)
        for number, version in enumerate(("1", "2")):
            self.stage(version)
            self.activate(version, number + 1)

    def stage(self, version: str = "3") -> None:
        a_tarball(self.base / "app.tar.gz", {"app.js": version})
        stage(self.service, version, str(self.base / "app.tar.gz"), self.system)

    def activate(self, version: str = "1", number: int = 9) -> None:
        run = Operation(number, ROLLBACK, f"run-{version}", "kim@ops-1")
        request = activation.Request(version, run, finish=True)
        activation.activate(self.service, self.system, self.supervisor, request, check=self.supervisor.check)

    def prune(self) -> None:
        prune(self.service, self.system, keep=1)

    def mark(self) -> None:
        mark(self.service, self.system, "1", bad=True, reason="tested by hand")

    def tree(self) -> dict[str, Any]:
        return {
            str(path): os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            for path in sorted(self.base.rglob("*"))
            if path.name != "app.tar.gz"
        }


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def give_away(path: Path) -> None:
    os.chown(path, 65534, 65534)


def let_everybody_write(path: Path) -> None:
    path.chmod(0o777)


@pytest.mark.parametrize("spoil", [give_away, let_everybody_write])
@pytest.mark.parametrize("spoiled", [".", "opt", "opt/app", "opt/app/releases", "state"])
@pytest.mark.parametrize("act", [Server.stage, Server.activate, Server.prune])
def test_nothing_is_done_below_a_directory_that_others_may_write(
    server: Server, act: Callable[[Server], None], spoiled: str, spoil: Callable[[Path], None]
) -> None:
    before = server.tree()
    spoil(server.base / spoiled)
    with pytest.raises(UnsafePath, match="refit_services.backend.(root|state_dir) leads root to") as refused:
        act(server)
    assert str(refused.value.next_command).startswith(f"chown root {os.path.normpath(server.base / spoiled)} && ")
    assert server.tree() == before


@pytest.mark.parametrize("spoiled", [".", "opt/app", "state"])
def test_a_plan_says_so_too(server: Server, spoiled: str) -> None:
    let_everybody_write(server.base / spoiled)
    with pytest.raises(UnsafePath, match="refit_services.backend.(root|state_dir) leads root to"):
        plan_content(server.service, "3", "0" * 64)


@pytest.mark.parametrize(
    ("module", "asked"),
    [
        ("release_activate", {"version": "1", "kind": "deploy", "mark_bad": None, "reason": None, "finish": False}),
        ("release", {"state": "pruned", "keep": 1}),
        ("release", {"state": "marked_bad", "version": "1", "reason": "tested by hand", "freeze": False}),
    ],
)
@pytest.mark.parametrize("spoiled", [".", "state"])
def test_what_would_be_refused_is_refused_in_check_mode(
    server: Server, module: str, asked: dict[str, Any], spoiled: str
) -> None:
    service = {"name": "backend", "root": server.service.root, "state_dir": server.service.state_dir}
    service |= {"process_manager": "command", "health": {"url": "http://127.0.0.1:9/"}}
    service["command"] = {"reload": ["true"], "pid_file": str(server.base / "pid")}
    operation = asdict(Operation(9, DEPLOY, "run-9", "kim@ops-1"))
    params = {"service": service, "operation": operation, "lock_wait_s": 0.0, "signed": None, **asked}
    assert not modules.call(module, params, True).get("failed")

    let_everybody_write(server.base / spoiled)

    answer = modules.call(module, params, True)
    assert answer["failed"]
    assert "leads root to where others may lead it elsewhere" in answer["msg"]


@pytest.mark.parametrize("spoiled", [".", "opt/app", "state"])
def test_a_survey_says_so_before_anything_comes_there(server: Server, spoiled: str) -> None:
    assert full_record(server.service, server.system, server.supervisor)["unsafe"] is None
    give_away(server.base / spoiled)
    record = read_survey(full_record(server.service, server.system, server.supervisor))
    assert told(record["unsafe"]).startswith("refit_services.backend.")
    assert f"Next: chown root {os.path.normpath(server.base / spoiled)} && " in told(record["unsafe"])


@pytest.mark.parametrize("spoiled", [".", "state"])
def test_nothing_is_marked_in_a_state_directory_that_others_may_write(server: Server, spoiled: str) -> None:
    before = server.tree()
    let_everybody_write(server.base / spoiled)
    with pytest.raises(UnsafePath, match="the state directory leads root to"):
        server.mark()
    assert server.tree() == before


@pytest.mark.parametrize("act", [Server.stage, Server.activate, Server.prune, Server.mark])
def test_where_all_is_roots_own_it_is_done(server: Server, act: Callable[[Server], None]) -> None:
    act(server)
