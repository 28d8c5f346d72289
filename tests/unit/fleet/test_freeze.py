"""A frozen service takes no deploy until somebody resumes it, whichever host knows of the freeze."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refit.core.errors import Frozen, InvalidInput, RefitError
from refit.core.system import System
from refit.core.timestamps import shown
from refit.fleet.freeze import override_entry, plan_freeze, plan_resume, refuse_frozen
from refit.state.holds import Hold, Holds
from refit.state.ledger import Ledger
from refit.state.ledger_news import write_news
from support.fakes import FakeClock, a_service
from support.invocations import PLAYBOOK, SERVICE, STAGING

AT = "2024-01-27T12:00:00.000Z"
FREEZE = Hold("run-1/freeze", "3 was taken back: 5xx", "kim@ops-1", AT)


def host(*placed):
    return {"service": "backend", "releases": [], "holds": {"placed": [vars(hold) for hold in placed], "lifted": {}}}


def told(survey, entries):
    """The host's survey once *entries* are written there."""
    known = Holds.from_record(survey["holds"])
    for entry in entries:
        known.learn({"at": AT, **entry})
    return {**survey, "holds": known.to_record()}


def test_freezing_reaches_every_host_that_can_be_read_and_names_the_others():
    plan = plan_freeze({"a": host(), "b": None}, "backend", reason="quarter", by="lee", run="run-2")
    assert plan.entries == {"a": [{"event": "frozen", "id": "run-2/freeze", "reason": "quarter", "by": "lee"}]}
    assert plan.describe(STAGING.write, STAGING.at, "en").splitlines() == [
        "[staging] FROZEN: deploys of backend are refused: quarter",
        "  when it is safe again:",
        f"    {PLAYBOOK} playbooks/resume.yml {SERVICE} -e \"resume_reason='why it is safe again'\"",
        "b: cannot be reached; the next deploy or rollback tells it",
    ]


def test_what_is_only_planned_is_not_told_as_done():
    plan = plan_freeze({"a": host()}, "backend", reason="quarter", by="lee", run="run-2")
    said = plan.describe(STAGING.write, STAGING.at, "en", planned=True).splitlines()
    assert said[0] == "[staging] PLAN: deploys of backend would be refused: quarter"
    assert said[-1] == "Check mode: nothing is written."
    resumed = plan_resume({"a": host(FREEZE)}, "backend", reason="mended", by="lee")
    assert "PLAN: deploys of backend would be possible again" in resumed.describe(
        STAGING.write, language="en", planned=True
    )


def test_freezing_again_for_the_same_reason_tells_only_the_hosts_that_missed_it():
    asked = {"reason": FREEZE.reason, "by": "lee", "run": "run-2"}
    assert plan_freeze({"a": host(FREEZE)}, "backend", **asked).entries == {}
    plan = plan_freeze({"a": host(FREEZE), "b": host()}, "backend", **asked)
    assert plan.entries == {"b": [{**FREEZE.to_entry(), "told_by": "a"}]}


def test_resuming_lifts_everywhere_what_any_host_knows_and_a_host_that_comes_back_is_resumed_too():
    other = Hold("run-2/freeze", "quarter", "lee", AT)
    fleet = {"a": host(FREEZE), "b": host(other), "c": host()}
    plan = plan_resume(fleet, "backend", reason="mended", by="lee")
    assert {name: entry[0]["lifts"] for name, entry in plan.entries.items()} == dict.fromkeys(
        "abc", ["run-1/freeze", "run-2/freeze"]
    )
    resumed = {name: told(survey, plan.entries[name]) for name, survey in fleet.items()}
    came_back = {**resumed, "d": host(FREEZE)}
    again = plan_resume(came_back, "backend", reason="mended", by="lee")
    assert (again.entries, again.freezes) == ({}, [])
    assert "is not frozen" in again.describe(STAGING.write, language="en")


def test_no_host_and_no_freeze_are_told_apart():
    with pytest.raises(RefitError, match="no host of the fleet can be reached: a"):
        plan_resume({"a": None}, "backend", reason="mended", by="lee")
    assert plan_resume({"a": host()}, "backend", reason="mended", by="lee").entries == {}


def test_a_refusal_says_who_froze_it_when_why_and_both_ways_on():
    refuse_frozen("backend", Holds())
    with pytest.raises(Frozen) as refused:
        refuse_frozen("backend", Holds({FREEZE.id: FREEZE}))
    asked = {"release_version": "4", "release_artifact": "a.jar"}
    run = replace(STAGING, playbooks=("playbooks/deploy.yml",), given=asked)
    text = refused.value.told(run.write)
    frozen = f"frozen by kim@ops-1, {shown(FREEZE.at)}"
    assert f"deploys of backend are frozen: 3 was taken back: 5xx ({frozen})" in text
    assert text.split(" Next:\n")[1].splitlines() == [
        "  when it is safe again:",
        f"    {PLAYBOOK} playbooks/resume.yml {SERVICE} -e \"resume_reason='why it is safe again'\"",
        "  for this deploy alone, where it cannot wait:",
        f"    {PLAYBOOK} playbooks/deploy.yml {SERVICE} -e release_version=4 -e release_artifact=a.jar"
        " -e \"deploy_override_freeze='why it cannot wait'\"",
    ]


# -- written to a host -------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    return a_service(tmp_path), System(clock=FakeClock())


def test_news_is_written_once_with_the_time_that_it_came_with(server):
    service, system = server
    news = [FREEZE.to_entry(), override_entry("4", "cannot wait", "lee", "run-5")]
    assert write_news(service, system, news, dry_run=True) == news
    assert write_news(service, system, news) == news
    assert write_news(service, system, news) == []
    frozen, overridden = Ledger(service.state_dir, system.clock).read().entries
    assert (frozen["id"], frozen["at"], overridden["event"]) == ("run-1/freeze", AT, "overridden")


@pytest.mark.parametrize(
    "entry", [{}, {"event": "verified", "version": "1"}, {"event": "frozen", "reason": "no id"}, {"event": "resumed"}]
)
def test_what_hosts_do_not_tell_each_other_is_refused(server, entry):
    with pytest.raises(InvalidInput, match="not an entry for the ledger"):
        write_news(*server, [entry])
