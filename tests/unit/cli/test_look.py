"""What a person may see without changing anything: how a service stands on this host, and what it logged."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.cli import look, rollback
from refit.cli.terminal import Voice
from refit.config.secrets import masker_of
from refit.core.errors import InvalidInput, SupervisorError
from refit.core.masking import Masker
from refit.core.system import System
from refit.core.timestamps import shown
from refit.state.ledger import Ledger
from support.fakes import FakeClock, FakeSupervisor, a_service, no_command

SECRET = "pa55word-of-the-database"


class Server:
    """A server with the settings of `backend` and what it logged; `rollback.sh` is called as from its shell."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.logs = {name: base / "log" / name for name in ("out.log", "error.log", "application.log")}
        (base / "log").mkdir()
        (base / "etc").mkdir()
        self.settings = {
            "root": str(base / "opt"),
            "state_dir": str(base / "state"),
            "health": {"url": "http://127.0.0.1:9/health"},
            "log": {"path": str(self.logs["application.log"])},
            "pm2": {
                "home": str(base / "pm2"),
                "app": {
                    "script": "app.js",
                    "env": {"DB_PASSWORD": SECRET},
                    "out_file": str(self.logs["out.log"]),
                    "error_file": str(self.logs["error.log"]),
                },
            },
        }
        (base / "etc" / "backend.json").write_text(json.dumps(self.settings))

    def tree(self) -> list[str]:
        return sorted(str(path) for path in self.base.rglob("*"))

    def run(self, *arguments: str) -> int:
        before = self.tree()
        code = rollback.main(["backend", *arguments], str(self.base / "etc"))
        assert self.tree() == before
        return code


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_the_end_of_every_log_is_shown_under_its_name(server: Server, capsys: Any) -> None:
    server.logs["out.log"].write_text("started\n")
    (server.base / "log" / "error-1.log").write_text("no such module\n")
    (server.base / "log" / "error-2.log").write_text("")
    server.logs["application.log"].write_text("".join(f"line {number}\n" for number in range(100)))

    assert server.run("--logs", "--lines", "3") == 0

    said = capsys.readouterr().out
    for name, lines in {
        "out": "started",
        "error-1": "no such module",
        "error-2": "(empty)",
        "application": "line 97\nline 98\nline 99",
    }.items():
        assert f"==> {server.base}/log/{name}.log <==\n{lines}\n" in said
    assert "line 96" not in said


def test_a_log_that_cannot_be_read_is_named_with_the_reason(server: Server, capsys: Any) -> None:
    secret = server.base / "shadow"
    secret.write_text("root's own\n")
    server.logs["application.log"].symlink_to(secret)

    assert server.run("--logs") == 0

    said = capsys.readouterr().out
    assert "application.log <==\ncannot be read: " in said
    assert "root's own" not in said


@pytest.mark.parametrize("looking", ["--logs", "--status"])
def test_what_the_service_is_handed_as_a_secret_is_shown_nowhere(server: Server, looking: str, capsys: Any) -> None:
    server.logs["application.log"].write_text(f"cannot log in with {SECRET}\n")
    ledger = Ledger(server.settings["state_dir"], FakeClock())  # type: ignore[arg-type]
    ledger.append({"event": "frozen", "id": "1", "by": "kim", "reason": f"{SECRET} leaked"})

    for more in ([], ["--json"]):
        assert server.run(looking, *more) == 0
        said = capsys.readouterr().out
        assert "***" in said
        assert SECRET not in said


@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\x1b\x9b\r\n\x7f\u202e\u2066"), max_size=600)
)
def test_whatever_an_application_logs_moves_nothing_and_is_bounded(text: str) -> None:
    with tempfile.TemporaryDirectory() as base, contextlib.redirect_stdout(io.StringIO()) as out:
        server = Server(Path(base))
        server.logs["application.log"].write_bytes(text.encode())
        assert server.run("--logs", "--lines", "5") == 0
    _name, *shown = out.getvalue().split("\n")[:-1]
    assert len(shown) <= 5
    assert all(line.isprintable() and len(line) <= 500 for line in shown)


def test_a_huge_log_is_read_from_its_end_only(server: Server, capsys: Any) -> None:
    with server.logs["application.log"].open("wb") as log:
        log.truncate(2**40)
        log.seek(2**40)
        log.write(b"x" * 2000 + b"\nthe end\n")
    assert server.run("--logs", "--lines", "1000") == 0
    assert "\nthe end\n" in capsys.readouterr().out


@pytest.mark.parametrize("count", ["0", "1001", "-1", "many", "1e3", "١"])
def test_how_many_lines_is_a_number_with_a_bound(server: Server, count: str) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 1000|expected one argument"):
        server.run("--logs", "--lines", count)


def test_a_person_looks_at_one_thing_at_a_time(server: Server) -> None:
    with pytest.raises(InvalidInput, match="not allowed with"):
        server.run("--logs", "--status")


def test_the_status_names_what_happened_last(server: Server, capsys: Any) -> None:
    ledger = Ledger(server.settings["state_dir"], FakeClock())  # type: ignore[arg-type]
    ledger.append(*({"event": "staged", "version": str(number), "by": "kim@ops-1"} for number in range(30)))
    ledger.append({"event": "marked_bad", "version": "29", "by": "lee@ops-2", "reason": "응답 지연"})

    assert server.run("--status") == 0

    lines = capsys.readouterr().out.splitlines()
    assert "pm2 says absent; it names no process" in lines
    table = lines[lines.index(next(line for line in lines if line.startswith("WHEN"))) :]
    assert len(table) == look.EVENTS_SHOWN + 1
    when = shown("2024-01-27T12:00:00.000Z")
    assert table[-1].split() == [*when.split(), "marked_bad", "29", "lee@ops-2", "응답", "지연"]


def test_the_status_names_each_process_and_the_release_that_it_runs(tmp_path: Path, capsys: Any) -> None:
    service = a_service(tmp_path)
    system = System(clock=FakeClock(), run=no_command, proc=str(tmp_path / "proc"))
    supervisor = FakeSupervisor(service, system)
    (tmp_path / "opt" / "app" / "releases" / "v7").mkdir(parents=True)
    (tmp_path / "opt" / "app" / "current").symlink_to("releases/v7")
    supervisor.reload()

    look.status(service, system, supervisor, Masker(), as_json=False, voice=Voice("en"))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["HOST", "CURRENT", "RUNNING"]
    assert lines[1].split()[1:3] == ["7", "7"]
    assert lines[3].split() == ["PROCESS", "STATUS", "RESTARTS", "RUNS"]
    assert lines[4].split() == ["1001", "online", "0", "7"]
    assert lines[-1] == "the ledger is empty: nothing was ever deployed here"


def test_what_its_manager_or_its_ledger_has_lost_is_said_of_the_host(tmp_path: Path, capsys: Any) -> None:
    class Forgetful(FakeSupervisor):
        def forgotten(self) -> list[str]:
            return ["billing"]

    service = a_service(tmp_path)
    system = System(clock=FakeClock(), run=no_command, proc=str(tmp_path / "proc"))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.jsonl").write_text("half of\na line\n")

    look.status(service, system, Forgetful(service, system), Masker(), as_json=False, voice=Voice("en"))

    said = capsys.readouterr().out
    assert "PM2 starts billing at boot, and does not know of it now" in said
    assert "2 lines of its ledger cannot be read" in said


def test_a_manager_that_cannot_be_asked_is_said_and_the_rest_is_shown(tmp_path: Path, capsys: Any) -> None:
    class Deaf(FakeSupervisor):
        def state(self) -> Any:
            raise SupervisorError(f"the socket is somebody else's, {SECRET}")

    service = a_service(tmp_path)
    system = System(clock=FakeClock(), run=no_command, proc=str(tmp_path / "proc"))

    look.status(
        service, system, Deaf(service, system), masker_of({"env": {"A": SECRET}}), as_json=False, voice=Voice("en")
    )

    said = capsys.readouterr().out
    assert "pm2 cannot be asked: the socket is somebody else's, ***" in said
    assert "the ledger is empty" in said
