"""What a host finds out about itself: each fault is planted in real files, and found."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.config.service import Service
from refit.core.http import tls_context
from refit.core.system import Completed, System
from refit.deploy import activation, staging
from refit.deploy.survey import survey
from refit.notify.outbox import Entry, Outbox
from refit.preflight import certificates, host, room, sudoers
from refit.preflight.answer import read_examined
from refit.state.operation import DEPLOY, Operation, Operations
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball, no_command
from support.tls import make_authority
from support.tls_server import tls_server
from support.words import told


class Bench:
    """A host on which 1, 2 and 3 were proven; 3 is live."""

    def __init__(self, base: Path) -> None:
        self.service = a_service(base)
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
        (base / "proc").mkdir()
        self.manager = FakeSupervisor(self.service, self.system)
        self.asked = host.Asked(str(base / "spool"))
        for number, version in enumerate(("1", "2", "3"), 1):
            a_tarball(base / "app.tar.gz", {"app.js": version})
            staging.stage(self.service, version, str(base / "app.tar.gz"), self.system)
            operation = Operation(number, DEPLOY, f"run-{number}", "kim@ops-1", version)
            request = activation.Request(version, operation, DEPLOY)
            activation.activate(self.service, self.system, self.manager, request, check=self.manager.check)
            Operations(self.service.state_dir, self.system).finish(operation)

    def look(self) -> dict[str, Any]:
        """As it arrives at the controller."""
        found: dict[str, Any] = read_examined(
            json.loads(
                json.dumps(host.examine(survey(self.service, self.system), self.system, self.manager, self.asked))
            )
        )
        return found

    def damages(self) -> dict[str, str | None]:
        return {each["version"]: told(each["damage"]) for each in self.look()["compared"]}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_host_that_lacks_nothing_says_so_and_what_it_has_not_it_does_not_judge(bench: Bench) -> None:
    found = bench.look()
    assert found["compared"] == [{"version": "2", "damage": None}, {"version": "1", "damage": None}]
    assert found["disk"] == []
    assert (found["boot"], found["sudo"], found["timer"], found["certificates"]) == (None, None, None, [])
    assert found["outbox"] == {"count": 0, "since": None, "failure": None}
    assert not os.path.lexists(bench.asked.spool_dir)
    assert found["clock"] == {"begun": bench.system.clock.now(), "ended": bench.system.clock.now()}


# -- releases ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has releases that the service's account cannot change")
def test_a_file_that_root_changed_makes_the_release_none_to_go_back_to(bench: Bench) -> None:
    bench.service = dataclasses.replace(bench.service, user="nobody")
    Path(bench.service.release_dir("2"), "app.js").write_text("X")
    assert bench.damages() == {"1": None}


def test_what_is_read_once_is_read_to_its_end_and_then_no_further_after_three_seconds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = host.releases.damage

    def damage(*arguments: Any, **options: Any) -> Any:
        if options.get("deep"):
            bench.system.clock.sleep(4)
        return slow(*arguments, **options)

    monkeypatch.setattr(host.releases, "damage", damage)
    assert [each["version"] for each in bench.look()["compared"]] == ["2"]


# -- disks -------------------------------------------------------------------------------------------------


def test_too_little_room_is_told_once_for_each_disk(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path)
    mib = free.f_bavail * free.f_frsize / 1024**2
    paths = [str(tmp_path), str(tmp_path / "not" / "there")]

    assert room.room_faults(paths, mib / 2, 0) == []
    (fault,) = room.room_faults(paths, mib * 2, 0)
    assert f"{tmp_path} has " in str(fault)
    assert f"MiB free, and {int(mib * 2)} are needed" in str(fault)
    (fault,) = room.room_faults(paths, 0, int(mib * 1024**2))
    assert "MiB free" in str(fault)


def test_a_disk_that_takes_no_more_files_has_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(tmp_path)
    full = os.statvfs_result((*real[:7], 12, *real[8:]))
    monkeypatch.setattr(room.os, "statvfs", lambda _: full)
    assert [str(fault) for fault in room.room_faults([str(tmp_path)], 0, 0)] == [
        f"{tmp_path} takes 12 more files, and 1000 are needed"
    ]


@pytest.mark.parametrize("size", [None, "5", -1, True, 10**400, 5.5, [5]])
def test_what_a_manifest_says_of_its_size_may_be_anything(size: Any) -> None:
    assert room.largest([{"bytes": size}, {"bytes": 7}, {}]) == 7


# -- sudo --------------------------------------------------------------------------------------------------

RULES = "# a comment\nCmnd_Alias REFIT_SCRIPTS = /opt/scripts/rollback.sh\n%ops ALL = (root)  NOPASSWD: REFIT_SCRIPTS\n"


def no_visudo(*_: Any, **__: Any) -> Completed:
    return Completed(127, "", "command not found: visudo")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "refit-rollback"
    path.write_text(RULES)
    path.chmod(0o440)
    return path


def judged(path: Path, wanted: str = RULES, run: Any = no_visudo) -> list[str]:
    return [str(fault) for fault in sudoers.sudoers_faults(str(path), wanted, System(run=run))]


def test_rules_as_provisioning_writes_them_are_right_whatever_their_comments_say(rules: Path) -> None:
    assert judged(rules, "# Ansible managed\n\n" + RULES.replace("  ", " ")) == []


def test_rules_that_are_missing_changed_or_open_to_others_are_not(rules: Path, tmp_path: Path) -> None:
    assert judged(tmp_path / "none") == [f"{tmp_path}/none cannot be read: No such file or directory"]
    assert judged(rules, RULES.replace("%ops", "%others")) == [f"{rules} is not what provisioning writes"]
    rules.chmod(0o442)
    assert judged(rules) == [f"{rules} is somebody else's, or others may write to it: sudo does not read it"]
    link = tmp_path / "link"
    link.symlink_to(rules)
    assert len(judged(link)) == 1


def test_what_visudo_does_not_accept_is_wrong(rules: Path) -> None:
    assert judged(rules, run=lambda *_, **__: Completed(1, "", "syntax error")) == [f"visudo finds mistakes in {rules}"]


def test_a_pipe_in_their_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert judged(tmp_path / "pipe")[-1] == f"{tmp_path}/pipe is not what provisioning writes"


# -- messages and timers -----------------------------------------------------------------------------------


def test_messages_that_wait_are_counted_and_left_as_they_are(bench: Bench) -> None:
    outbox = Outbox(bench.asked.spool_dir, bench.system.clock)
    since = bench.system.clock.now()
    outbox.put(Entry("alerts", {"content": "1"}))
    bench.system.clock.sleep(60)
    outbox.put(Entry("alerts", {"content": "2"}))
    before = sorted(Path(bench.asked.spool_dir).rglob("*"))

    assert bench.look()["outbox"] == {"count": 2, "since": pytest.approx(since, abs=0.001), "failure": None}
    assert sorted(Path(bench.asked.spool_dir).rglob("*")) == before


def test_a_spool_that_is_none_is_told(bench: Bench) -> None:
    Path(bench.asked.spool_dir).write_text("")
    assert "cannot read the outbox" in str(told(bench.look()["outbox"]["failure"]))


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, []),
        ({"LoadState": "not-found"}, ["there is no unit refit-outbox.timer"]),
        ({"UnitFileState": "disabled"}, ["refit-outbox.timer does not start at boot (it is not enabled)"]),
        ({"ActiveState": "failed"}, ["refit-outbox.timer does not run (failed)"]),
    ],
)
def test_a_timer_that_does_not_run_now_or_after_the_next_boot_is_a_fault(
    bench: Bench, properties: dict[str, str], said: list[str]
) -> None:
    shown = {"LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active", **properties}

    def systemctl(argv: list[str], **_: Any) -> Completed:
        assert argv[:2] == ["systemctl", "show"]
        assert argv[-1] == "refit-outbox.timer"
        return Completed(0, "".join(f"{name}={value}\n" for name, value in shown.items()), "")

    bench.system = System(bench.system.clock, systemctl, bench.system.proc)
    bench.asked = host.Asked(bench.asked.spool_dir, timer=True)
    assert [told(fault) for fault in bench.look()["timer"]] == said


def test_a_systemd_that_cannot_be_asked_is_a_fault_and_no_error(bench: Bench) -> None:
    bench.system = System(bench.system.clock, lambda *_, **__: Completed(1, "", "Failed to connect to bus"), "/proc")
    bench.asked = host.Asked(bench.asked.spool_dir, timer=True)
    assert "Failed to connect to bus" in str(told(bench.look()["timer"][0]))


# -- certificates ------------------------------------------------------------------------------------------


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def trust(authority: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        tls_context.cache_clear()

    yield trust
    tls_context.cache_clear()


def asking(tmp_path: Path, url: str) -> Service:
    health = {"url": url, "version_url": url + "/version"}
    return a_service(tmp_path, health=health)


def test_when_a_certificate_ends_is_read_off_it(tmp_path: Path, trusting: Any) -> None:
    authority, certificate = make_authority(tmp_path, "localhost", days=10)
    trusting(authority)
    with tls_server(certificate) as port:
        (found,) = certificates.certificates(asking(tmp_path, f"https://localhost:{port}/health"))
    assert (found["address"], found["failure"]) == (f"localhost:{port}", None)
    assert found["expires"] == pytest.approx(time.time() + 10 * 86400, abs=60)


def test_one_that_the_health_check_would_not_trust_is_a_failure(tmp_path: Path, trusting: Any) -> None:
    authority, certificate = make_authority(tmp_path, "localhost", days=-0.01)
    trusting(authority)
    with tls_server(certificate) as port:
        (found,) = certificates.certificates(asking(tmp_path, f"https://localhost:{port}/health"))
    assert found["expires"] is None
    assert "certificate has expired" in str(told(found["failure"]))


def test_a_service_that_is_asked_without_tls_has_none_and_one_that_does_not_answer_says_why(tmp_path: Path) -> None:
    assert certificates.certificates(asking(tmp_path, "http://localhost:1/health")) == []
    (found,) = certificates.certificates(asking(tmp_path, "https://[::1]:1/health"))
    assert found["address"] == "[::1]:1"
    assert found["failure"] is not None
