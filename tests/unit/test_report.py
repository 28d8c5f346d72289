"""What a person reads: how it ended, where, why, and what to type next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit import report
from refit.verdict import HostEnd, Verdict, deploy_verdict, rollback_verdict

GOOD = {"outcome": "activated", "to": "2", "live": "2", "touched": True}
RESTORED = {
    "outcome": "restored", "to": "2", "live": "1", "touched": True, "failed_check": "health", "reason": "answered 503",
}  # fmt: skip
BACK = {"outcome": "activated", "to": "1", "live": "1", "touched": True}
BEFORE = {"app-1": "1", "app-2": "1"}


def test_a_deploy_that_succeeded_needs_nothing_more():
    verdict = deploy_verdict("2", BEFORE, {"app-1": GOOD, "app-2": GOOD})
    assert report.next_commands("deploy", "backend", verdict) == []
    assert report.render("deploy", verdict).splitlines() == [
        "DEPLOYED: 2 is live and proven on all 2 hosts",
        "",
        "HOST   RUNS  OUTCOME    WHY",
        "app-1  2     activated",
        "app-2  2     activated",
    ]


def test_a_deploy_that_was_taken_back_names_the_host_and_the_reason():
    verdict = deploy_verdict("2", BEFORE, {"app-1": GOOD, "app-2": RESTORED}, {"app-1": BACK})
    commands = report.next_commands("deploy", "backend", verdict)
    text = report.render("deploy", verdict, commands)
    assert text.splitlines() == [
        "ROLLED BACK: 2 failed; every host is proven on the release it had before",
        "",
        "HOST   RUNS  OUTCOME    WHY",
        "app-1  1     activated",
        "app-2  1     restored   answered 503",
        "",
        "Next:",
        "  ansible-playbook playbooks/status.yml -e service=backend",
    ]


def test_a_host_that_was_lost_is_shown_as_unknown_and_how_to_bring_it_back_is_said():
    verdict = deploy_verdict("2", BEFORE, {"app-1": GOOD}, {"app-1": BACK})
    text = report.render("deploy", verdict, report.next_commands("deploy", "backend", verdict))
    assert text.startswith("MANUAL ACTION NEEDED: 2 failed, and not every host is back\n")
    assert "\napp-2  unknown (unproven)  lost" in text
    assert text.endswith("  ansible-playbook rollback.yml -e service=backend   # brings back: app-2")


def test_an_unfinished_rollback_is_finished_by_naming_its_target():
    verdict = rollback_verdict("1", BEFORE, {"app-1": BACK})
    assert report.next_commands("rollback", "backend", verdict)[1] == (
        "ansible-playbook rollback.yml -e service=backend -e release_version=1   # brings back: app-2"
    )


@pytest.mark.parametrize(
    ("end", "runs"),
    [
        (HostEnd("a", "1", True, True, "activated"), "1"),
        (HostEnd("a", "1", False, False, "failed", "why"), "1 (unproven)"),
        (HostEnd("a", None, False, False, "failed", "why"), "nothing (unproven)"),
        (HostEnd("a", None, True, True, "refused", "why"), "nothing"),
        (HostEnd("a", None, False, False, "lost", "why"), "unknown (unproven)"),
    ],
)
def test_what_a_host_runs_is_told_as_far_as_it_is_known(end, runs):
    row = report.render("deploy", Verdict("partly_rolled_back", "2", [end])).splitlines()[3]
    assert row.partition(end.outcome)[0].split(maxsplit=1)[1].strip() == runs


def test_a_plan_shows_each_hosts_steps_in_order_and_who_has_none_or_cannot_be_reached():
    text = report.render_plan("rollback", "1", {"b": [], "a": ["mark 2 bad", "switch"]}, ["c"], "named by the operator")
    assert text.splitlines() == [
        "PLAN: rollback to 1 (named by the operator)",
        "a:",
        "  1. mark 2 bad",
        "  2. switch",
        "b:",
        "  nothing to do: 1 is live and proven",
        "c: cannot be reached",
    ]


def test_columns_stand_in_line_also_with_letters_that_are_two_wide():
    assert report.table([["서버", "x"], ["a", "y"], ["abcd", "z"]]) == ["서버  x", "a     y", "abcd  z"]


cells = st.tuples(st.text("ab 가🚀", max_size=6), st.text("xy", min_size=1, max_size=3))


@given(st.lists(cells, min_size=1, max_size=5))
def test_every_cell_of_a_table_is_shown_on_its_own_line(rows):
    lines = report.table(rows)
    assert len(lines) == len(rows)
    assert all(line.startswith(first) and line.endswith(second) for line, (first, second) in zip(lines, rows))


# -- status ------------------------------------------------------------------------------------------------


def survey(**more):
    return {
        "current": "2",
        "previous": "1",
        "releases": [{"version": "2", "verified_at": "2024-01-27T12:00:00.000Z"}],
        "open_intent": None,
        "operation": None,
        "running": {"healthy": True, "failure": None, "running": ["2"]},
        **more,
    }


def status_of(found, **result):
    """The cells of the one host's row."""
    header, row = report.render_status({"app-1": {"survey": found, **result}}).splitlines()
    columns = ["HOST", "CURRENT", "RUNNING", "HEALTH", "PROVEN", "ROLLBACK TO", "AT WORK"]
    starts = [header.index(column) for column in columns] + [None]
    return dict(zip(columns, (row[start:end].strip() for start, end in zip(starts, starts[1:]))))


def test_a_healthy_host_is_one_quiet_row():
    assert status_of(survey()) == {
        "HOST": "app-1",
        "CURRENT": "2",
        "RUNNING": "2",
        "HEALTH": "UP",
        "PROVEN": "2024-01-27T12:00:00.000Z",
        "ROLLBACK TO": "1",
        "AT WORK": "",
    }


def test_what_runs_is_shown_beside_what_should():
    running = {"healthy": False, "failure": {"kind": "bad_status", "detail": "answered 503"}, "running": ["1", "2"]}
    row = status_of(survey(running=running))
    assert (row["CURRENT"], row["RUNNING"], row["HEALTH"]) == ("2", "1,2", "DOWN: answered 503")


def test_a_server_on_which_nothing_was_deployed_says_so():
    row = status_of(survey(current=None, previous=None, releases=[], running=None))
    assert (row["CURRENT"], row["RUNNING"], row["PROVEN"], row["ROLLBACK TO"]) == (
        "none", "nothing", "never proven", "none",
    )  # fmt: skip


def test_who_is_at_work_is_named_and_an_interrupted_run_is_not_taken_for_one():
    operation = {"kind": "deploy", "owner": "ci@runner", "unfinished": True}
    intent = {"version": "3", "kind": "deploy"}
    assert status_of(survey(operation=operation, open_intent=intent))["AT WORK"] == "deploy by ci@runner"
    ended = {**operation, "unfinished": False}
    assert status_of(survey(operation=ended, open_intent=intent))["AT WORK"] == "INTERRUPTED deploy of 3"
    assert status_of(survey(operation=ended))["AT WORK"] == ""


def test_a_host_that_cannot_be_reached_is_a_row_of_its_own():
    hosts = {"b": {"unreachable": True, "msg": "timed out"}, "a": {"msg": "no python"}}
    lines = report.render_status(hosts).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["a", "UNKNOWN"], ["b", "UNREACHABLE"]]
    assert lines[2].endswith("timed out")
