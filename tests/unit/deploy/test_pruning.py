"""Old releases go; what is live, what a rollback needs and what people made stay."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import Busy, Outranked
from refit.core.system import System
from refit.deploy.pruning import prunable, prune
from refit.deploy.staging import stage
from refit.deploy.survey import survey
from refit.state import ledger_events
from refit.state.definitions import Definitions
from refit.state.ledger import Ledger
from refit.state.operation import Operation, Operations
from support.fakes import FakeClock, a_service, a_tarball, no_command


class Server:
    """Releases whose history is written straight into the ledger."""

    def __init__(self, base: Path):
        self.base = base
        self.service = a_service(base)
        self.system = System(clock=FakeClock(), run=no_command)
        self.ledger = Ledger(self.service.state_dir, self.system.clock)

    def staged(self, *versions: str) -> None:
        a_tarball(self.base / "backend.tar.gz", {"app.js": "// the app"})
        for version in versions:
            self.system.clock.sleep(1)
            stage(self.service, version, str(self.base / "backend.tar.gz"), self.system)

    def happened(self, event: str, version: str, **more) -> None:
        self.system.clock.sleep(1)
        self.ledger.append({"event": event, "version": version, **more})

    def proven(self, *versions: str) -> None:
        """Staged, proven and live, one after the other."""
        for version in versions:
            self.staged(version)
            self.happened(ledger_events.INTENT, version)
            self.happened(ledger_events.VERIFIED, version)
        self.link(versions[-1])

    def link(self, version: str) -> None:
        Path(self.service.current_link).unlink(missing_ok=True)
        os.symlink(f"releases/v{version}", self.service.current_link)

    def prunable(self, keep: int) -> list[str]:
        return prunable(survey(self.service, self.system), keep)

    def directories(self) -> list[str]:
        return sorted(os.listdir(self.service.releases_dir))


@pytest.fixture
def server(tmp_path):
    return Server(tmp_path)


@pytest.mark.parametrize(
    ("keep", "gone"),
    [(5, []), (4, ["9"]), (3, ["5", "9"]), (2, ["5", "7", "9"]), (1, ["5", "7", "9"]), (0, ["5", "7", "9"])],
)
def test_the_newest_by_proof_are_kept_and_never_less_than_the_live_one_and_its_previous(server, keep, gone):
    server.proven("9", "5", "7", "1", "3")
    assert server.prunable(keep) == gone


def test_the_live_release_is_kept_however_old_its_proof(server):
    server.proven("1", "2", "3", "4")
    server.link("1")
    assert server.prunable(1) == ["2", "3"]


def test_the_previous_release_is_kept_however_many_failed_since(server):
    server.proven("1", "2")
    for version in ("3", "4", "5"):
        server.staged(version)
        server.happened(ledger_events.FAILED, version)
    assert server.prunable(2) == ["3", "4", "5"]


def test_bad_and_rolled_back_releases_go_and_do_not_count_against_the_good(server):
    server.proven("1", "2", "3", "4", "5")
    server.happened(ledger_events.MARKED_BAD, "4")
    server.happened(ledger_events.ROLLED_BACK, "3")
    assert server.prunable(3) == ["3", "4"]


def test_what_was_staged_after_the_last_proof_is_about_to_be_activated_and_kept(server):
    server.staged("early")
    server.proven("1", "2", "3")
    server.staged("next")
    assert server.prunable(3) == ["early"]


def test_what_an_unfinished_activation_is_about_is_kept(server):
    server.proven("1", "2", "3", "4", "5")
    server.happened(ledger_events.INTENT, "1", **{"from": "2", "kind": "deploy"})
    assert server.prunable(1) == ["3", "4"]  # 5 is what `current` says still


def test_what_was_made_by_hand_is_never_removed(server):
    server.proven("1", "2", "3")
    by_hand = Path(server.service.release_dir("by-hand"))
    by_hand.mkdir()
    (by_hand / "app.js").write_text("// by hand")
    (Path(server.service.releases_dir) / "notes.txt").write_text("a person's")
    prune(server.service, server.system, 1)
    assert server.directories() == ["notes.txt", "v2", "v3", "vby-hand"]


def test_what_no_ledger_knows_is_never_removed_and_said_to_be_so(server):
    server.proven("1", "2", "3")
    os.unlink(server.ledger.path)  # a new disk, a restore, a service of another name
    server.proven("4", "5")
    prune(server.service, server.system, 1)
    assert server.directories() == ["v1", "v2", "v3", "v4", "v5"]
    why = survey(server.service, server.system).release("2").why_not
    assert str(why) == "this host's ledger does not know it; deploy it again to prove it"


def test_what_runs_is_never_removed_whatever_the_ledger_says(server):
    server.proven("1", "2", "3", "4")
    with subprocess.Popen(["sleep", "60"], cwd=server.service.release_dir("1")) as process:
        try:
            assert prune(server.service, server.system, 1)[0] == ["2"]
        finally:
            process.kill()
    assert server.directories() == ["v1", "v3", "v4"]


def test_a_ledger_with_a_damaged_line_may_have_known_better_and_nothing_is_removed(server):
    server.proven("1", "2", "3", "4")
    with open(server.ledger.path, "a", encoding="utf-8") as file:
        file.write('{"event": "verified", "ver\n')
    assert prune(server.service, server.system, 1)[0] == []


def test_pruning_removes_directories_and_kept_definitions_and_says_so_in_the_ledger(server):
    server.proven("1", "2", "3")
    definitions = Definitions(server.service.state_dir)
    for version in ("1", "2"):
        definitions.keep(version, "secret settings")
    removed, found = prune(server.service, server.system, 2)
    assert removed == ["1"]
    assert found.release("1").state == "verified"
    assert server.directories() == ["v2", "v3"]
    assert (definitions.of("1"), definitions.of("2")) == (None, "secret settings")
    assert server.ledger.read().entries[-1]["event"] == ledger_events.PRUNED
    assert [release.version for release in survey(server.service, server.system).releases] == ["3", "2"]


def test_pruning_twice_changes_nothing_the_second_time(server):
    server.proven("1", "2", "3", "4")
    prune(server.service, server.system, 2)
    before = server.ledger.read()
    assert prune(server.service, server.system, 2)[0] == []
    assert server.ledger.read() == before


def test_a_run_that_was_outranked_prunes_nothing(server):
    server.proven("1", "2", "3")
    operations = Operations(server.service.state_dir, server.system)
    operations.take(Operation(2, "rollback", "rollback-2", "kim@ops-1"))
    with pytest.raises(Outranked):
        prune(server.service, server.system, 1, Operation(1, "deploy", "deploy-1", "ci@runner"))
    assert server.directories() == ["v1", "v2", "v3"]


def test_nothing_is_pruned_while_another_run_works(server):
    server.proven("1", "2", "3")
    operations = Operations(server.service.state_dir, server.system)
    with operations.working(Operation(1, "rollback", "rollback-1", "kim@ops-1")), pytest.raises(Busy):
        prune(server.service, server.system, 1, Operation(2, "rollback", "rollback-2", "kim@ops-1"), lock_wait_s=0.0)
    assert server.directories() == ["v1", "v2", "v3"]


EVENTS = st.tuples(
    st.sampled_from(
        [
            ledger_events.INTENT,
            ledger_events.VERIFIED,
            ledger_events.FAILED,
            ledger_events.ROLLED_BACK,
            ledger_events.MARKED_BAD,
        ]
    ),
    st.sampled_from(["1", "2", "3", "4"]),
)


@given(st.lists(EVENTS, max_size=12), st.sampled_from(["1", "2", "3", "4"]), st.integers(0, 4))
def test_what_is_live_and_what_a_rollback_goes_to_are_never_prunable(tmp_path_factory, happened, live, keep):
    server = Server(tmp_path_factory.mktemp("server"))
    for version in ("1", "2", "3", "4"):
        directory = Path(server.service.release_dir(version))
        directory.mkdir(parents=True)
        (directory / "version.txt").write_text(version)
        (directory / ".release.json").write_text(f'{{"version": "{version}"}}')
    for event, version in happened:
        server.happened(event, version)
    server.link(live)
    found = survey(server.service, server.system)
    gone = prunable(found, keep)
    assert not {found.live, found.previous, found.leaving} & set(gone)
    good = [release.version for release in found.releases if release.state == "verified"]
    assert not set(good[:keep]) & set(gone)
