"""A word on a release: written once, undone by name, and with a freeze where a rollback says it."""

from __future__ import annotations

import pytest

from refit.core.errors import VersionNotFound
from refit.core.system import System
from refit.deploy.marking import mark, rejection
from refit.deploy.survey import survey
from refit.state.holds import Hold, Holds, lift_entry
from refit.state.ledger import Ledger
from refit.state.operation import Operation
from support.fakes import FakeClock, a_service
from support.words import told

RUN = Operation(7, "rollback", "run-7", "kim@ops-1", "2")


def holds(*entries):
    found = Holds()
    for entry in entries:
        found.learn(entry)
    return found


@pytest.fixture
def server(tmp_path):
    service, system = a_service(tmp_path), System(clock=FakeClock())
    Ledger(service.state_dir, system.clock).append({"event": "verified", "version": "3"})
    return service, system


def test_a_rollback_marks_and_freezes_under_ids_that_are_the_same_on_every_host():
    bad, frozen = rejection(Holds(), RUN, "3", "5xx", freeze=True)
    assert (bad["event"], bad["id"], bad["version"], bad["reason"], bad["by"]) == (
        "marked_bad", "run-7/3", "3", "5xx", "kim@ops-1",
    )  # fmt: skip
    assert (frozen["event"], frozen["id"], told(frozen["reason"])) == (
        "frozen",
        "run-7/freeze",
        "3 was taken back: 5xx",
    )
    assert "version" not in frozen


def test_what_is_marked_already_is_not_marked_again_nor_frozen_twice():
    marked = [Hold("run-6/3", "5xx", version="3").to_entry()]
    frozen = [Hold("run-6/freeze", "3 was taken back").to_entry()]
    assert rejection(holds(*marked, *frozen), RUN, "3", "slow", freeze=True) == []
    assert [entry["event"] for entry in rejection(holds(*marked), RUN, "3", "slow", freeze=True)] == ["frozen"]
    assert [entry["event"] for entry in rejection(holds(*frozen), RUN, "3", "5xx", freeze=True)] == [
        "marked_bad", "frozen",
    ]  # fmt: skip


def test_a_run_that_was_resumed_meanwhile_does_not_freeze_anew():
    entries = rejection(Holds(), RUN, "3", "5xx", freeze=True)
    resumed = lift_entry(holds(*entries).freezes(), "mended", "lee")
    assert rejection(holds(*entries, resumed), RUN, "3", "5xx", freeze=True) == []


def test_a_person_marks_and_clears_what_the_host_knows(server):
    assert mark(*server, "v3", bad=True, reason="5xx") == ("3", True)
    assert mark(*server, "3", bad=True, reason="5xx") == ("3", False)
    assert survey(*server).release("3").history.bad.reason == "5xx"
    assert mark(*server, "3", bad=False, reason="mended", dry_run=True) == ("3", True)
    assert mark(*server, "3", bad=False, reason="mended") == ("3", True)
    assert str(survey(*server).release("3").why_not) == "its directory is gone"
    assert mark(*server, "3", bad=False, reason="mended") == ("3", False)
    server[1].clock.sleep(1)
    assert mark(*server, "3", bad=True, reason="5xx after all") == ("3", True)


def test_a_mistyped_version_is_refused_but_a_run_says_it_to_hosts_that_never_saw_the_release(server):
    with pytest.raises(VersionNotFound):
        mark(*server, "4", bad=True, reason="5xx")
    assert mark(*server, "4", bad=True, reason="5xx", operation=RUN, freeze=True) == ("4", True)
    found = survey(*server).history.holds
    assert (found.mark_of("4").id, len(found.freezes())) == ("run-7/4", 1)
