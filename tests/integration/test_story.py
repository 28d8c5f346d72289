"""A run on a real terminal, and what becomes of it when nobody listens any more."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.fleet import wait_until
from support.still_fleet import StillFleet
from support.stories import Terminal

FIRST, SECOND = "20240101-000000", "20240102-000000"


class Site:
    def __init__(self, base: Path, fleet: StillFleet) -> None:
        self.fleet = fleet
        self.logs = base / "logs"
        self.environment = playbooks.environment(
            base, ANSIBLE_STDOUT_CALLBACK="story", REFIT_LOG_DIR=str(self.logs), TERM="xterm", REFIT_LANGUAGE="ko"
        )
        for name in ("ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR"):
            self.environment.pop(name)

    def deploy(self, version: str) -> list[str]:
        given = [f"release_version={version}", f"release_artifact={self.fleet.artifact(version)}"]
        given += ["deploy_batches=100%"]
        return playbooks.command("playbooks/deploy.yml", *(part for each in given for part in ("-e", each)))

    def live(self) -> list[str | None]:
        """None where nothing was ever deployed."""
        return [server.current if (server.root / "current").is_symlink() else None for server in self.fleet]

    def log(self) -> str:
        return max(self.logs.glob("*.log")).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    with StillFleet(base, 3) as fleet:
        yield Site(base, fleet)


def test_a_deploy_on_a_terminal_is_a_line_for_each_step_and_its_verdict(site: Site) -> None:
    terminal = Terminal(columns=100, lines=40)
    command = site.deploy(FIRST)
    run = subprocess.Popen(
        command, cwd=playbooks.ROOT, env=site.environment, stdin=terminal.stream, stdout=terminal.stream,
        stderr=terminal.stream,
    )  # fmt: skip
    wait_until(lambda: terminal.look() and run.poll() is not None, 120)
    shown = terminal.look()
    terminal.close()

    assert run.returncode == 0, shown
    lines = shown.splitlines()
    assert lines[0].startswith("배포 시작  backend · demo")
    assert lines[0].endswith(f"없음 → {FIRST}")
    assert [line.split()[1] for line in lines[1:] if line.startswith("  ")] == ["점검", "전송", "배치", "정리", "끝"]
    assert f"배포 완료: 3대 모두 {FIRST} 실행 중, 정상 확인" in shown
    assert "TASK [activate : Activate]" in site.log()


def output_of(command: list[str], environment: dict[str, str]) -> bytes:
    """All that *command* writes to its terminal, as it writes it."""
    reader, writer = os.openpty()
    with subprocess.Popen(
        command, cwd=playbooks.ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer
    ):
        os.close(writer)
        said = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            while part := os.read(reader, 65536):
                said += part
    os.close(reader)
    return said


@pytest.mark.parametrize(("wishes", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_nothing_is_coloured_for_whoever_wants_no_colours(
    site: Site, wishes: dict[str, str], is_coloured: bool
) -> None:
    said = output_of(playbooks.command("playbooks/freeze.yml"), {**site.environment, **wishes})

    assert "동결 거절".encode() in said
    assert (b"\x1b[0;3" in said) is is_coloured


def closes_the_pipe(command: list[str], environment: dict[str, str]) -> int:
    reader, writer = os.pipe()
    run = subprocess.Popen(
        command, cwd=playbooks.ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer
    )
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    return run.wait(120)


def closes_the_terminal(command: list[str], environment: dict[str, str]) -> int:
    """As a terminal's window does: its process is told, and its output is gone."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(playbooks.ROOT)
        os.execvpe(command[0], command, environment)
    os.read(terminal, 1)
    os.close(terminal)
    giving_up = threading.Timer(120, os.kill, (pid, 9))
    giving_up.start()
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        giving_up.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("leave", [closes_the_pipe, closes_the_terminal])
@pytest.mark.parametrize("callback", ["story", "default"])
def test_a_deploy_goes_on_to_its_verdict_whoever_stops_listening(site: Site, leave, callback: str) -> None:
    version = SECOND if site.live() == [FIRST] * 3 else FIRST

    code = leave(site.deploy(version), {**site.environment, "ANSIBLE_STDOUT_CALLBACK": callback})

    assert code == 0
    assert site.live() == [version] * 3
    if callback == "story":
        assert f"배포 완료: 3대 모두 {version} 실행 중, 정상 확인" in site.log()


@pytest.mark.slow
def test_a_log_that_cannot_be_written_is_said_once_and_changes_nothing(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        playbooks.command("playbooks/status.yml"),
        cwd=playbooks.ROOT,
        env={**site.environment, "REFIT_LOG_DIR": str(tmp_path / "file" / "logs")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("로그를 남기지 못합니다") == 1
    assert "\x1b" not in done.stdout
