"""What a controller signs is what a host writes down and hands back, whichever module brought it there."""

from __future__ import annotations

import pytest

from refit import modules
from refit.core.system import System
from refit.deploy import marking
from refit.deploy.survey import survey
from refit.deploy.survey_record import read_survey
from refit.modules import release, release_activate
from refit.state.holds import Holds
from refit.state.ledger import Ledger
from refit.state.ledger_news import write_news
from refit.state.operation import ROLLBACK, Operation
from refit.state.signatures import SIGNED, Keyring
from refit.state.signed import staged_facts
from support.fakes import FakeClock, a_service

RING = Keyring(("k" * 32,), "site", "production", "run-7", "2024-01-27T12:00:00.000Z")
RUN = {"number": 7, "kind": "rollback", "run": "run-7", "owner": "kim@ops-1", "target": "1"}
COMMAND = {
    **{"process_manager": "command", "command": {"reload": ["true"], "pid_file": "/run/app.pid"}},
    "health": {"url": "http://127.0.0.1:9/"},
}
STAGED = {"sha256": "a" * 64, "tree_sha256": "e" * 64, "source": "app.tar.gz"}


@pytest.fixture
def server(tmp_path):
    service, system = a_service(tmp_path), System(clock=FakeClock(), proc=str(tmp_path))
    Ledger(service.state_dir, system.clock).append({"event": "staged", "version": "2", **STAGED})
    return service, system


def answered(server):
    return read_survey(survey(*server).to_record())


def signing(module, **params):
    spec = module.ARGUMENTS["argument_spec"]
    defaults = {name: about.get("default") for name, about in spec.items()}
    return module.sign({**defaults, **params}, RING)


@pytest.mark.parametrize("reason", ["5xx", "5xx\x1b[2J 판\n", "x" * 5000, ""])
def test_a_mark_and_a_freeze_are_known_again_as_they_were_signed(server, reason):
    """Whatever a person gave as the reason."""
    told = {"version": "2", "reason": reason, "operation": RUN}
    words = signing(release, state="marked_bad", freeze=True, **told)
    activated = {"version": "1", "mark_bad": "2", "kind": "rollback", "reason": reason, "operation": RUN}
    assert signing(release_activate, **activated).keys() == words.keys() == {"run-7/2", "run-7/freeze"}
    service = {"name": "backend", "root": server[0].root, "state_dir": server[0].state_dir, **COMMAND}
    given = {"service": service, "state": "marked_bad", "freeze": True, "signed": words, **told}
    assert modules.call("release", given, False)["changed"] is True
    placed = Holds.from_record(answered(server)["holds"]).placed
    assert {hold.id: RING.judge_hold(hold) for hold in placed.values()} == dict.fromkeys(words, SIGNED)


def test_a_rollback_signs_what_it_leaves_and_a_deploy_nothing():
    assert signing(release_activate, version="1", kind="deploy", operation=RUN) == {}
    words = signing(release_activate, version="1", mark_bad="2", kind=ROLLBACK, reason=None, operation=RUN)
    entries = marking.rejection(Holds(), Operation.from_mapping(RUN), "2", None, freeze=True, words=words)
    found = Holds()
    for entry in entries:
        found.learn(entry)
    assert [RING.judge_hold(hold) for hold in found.placed.values()] == [SIGNED, SIGNED]


def test_clearing_is_signed_for_the_release_whatever_marks_the_host_has(server):
    marking.mark(*server, "2", bad=True, reason="by hand")
    words = signing(release, state="cleared", version="v2", reason="mended")
    marking.mark(*server, "2", bad=False, reason="mended", words=words)
    (lift,) = Holds.from_record(answered(server)["holds"]).lifted.values()
    assert RING.judge_lift(lift) == SIGNED


def test_a_release_is_signed_as_it_is_staged_where_its_checksum_is_known():
    words = signing(release, state="staged", version="v2", sha256="A" * 64, source="app.tar.gz")
    assert RING.judge_release("2", words["staged"]) == SIGNED
    assert words["staged"]["facts"] == staged_facts("2", "a" * 64, "app.tar.gz")
    for other in ({"state": "staged", "version": "2"}, {"state": "pruned"}, {"state": "ended", "operation": RUN}):
        assert signing(release, **other) == {}


def test_what_a_host_staged_is_signed_later_on_if_it_still_has_just_that(server):
    staged_at = answered(server)["releases"][0]["staged_at"]
    word = RING.sign("staged", staged_facts("2", proven=True, **STAGED))
    entry = {"event": "staged", "version": "2", **STAGED, "staged_at": staged_at, "signed": word}
    for changed in ({"version": "3"}, {"sha256": "b" * 64}, {"tree_sha256": None}, {"staged_at": None}):
        assert write_news(*server, [{**entry, **changed}]) == []
    server[1].clock.sleep(60)
    assert write_news(*server, [entry], dry_run=True) == [entry]
    assert write_news(*server, [entry]) == [entry]
    assert write_news(*server, [entry]) == []
    (found,) = answered(server)["releases"]
    assert (RING.judge_release("2", found["signed"]), found["staged_at"]) == (SIGNED, staged_at)
