"""What a person reads: how it ended, where, why, and what to type next."""

from __future__ import annotations

import pytest

from refit.fleet import report
from refit.fleet.gate import decide
from refit.fleet.memory import UNREACHABLE
from refit.fleet.rollout import Course
from refit.fleet.verdict import HostEnd, Verdict, deploy_verdict, rollback_verdict
from refit.words.reason import Reason
from support.invocations import PLAYBOOK, SERVICE, STAGING

GOOD = {"outcome": "activated", "to": "2", "live": "2", "touched": True}
RESTORED = {
    "outcome": "restored", "to": "2", "live": "1", "touched": True, "failed_check": "health", "reason": "answered 503",
}  # fmt: skip
OVERTAKEN = {
    "outcome": "refused", "to": "2", "live": "1", "touched": False, "failed_check": "outranked", "reason": "taken over",
    "overtaken_by": "a rollback by kim@ops-1",
}  # fmt: skip
BACK = {"outcome": "activated", "to": "1", "live": "1", "touched": True}
BEFORE = {"app-1": "1", "app-2": "1"}
DEPLOY = f"{PLAYBOOK} playbooks/deploy.yml {SERVICE} -e release_version=2 -e release_artifact=app.tar.gz"
MARK, PROVE = Reason("mark_bad", version="2", why="5xx"), Reason("prove_release", version="1")
ROLLBACK = f"{PLAYBOOK} rollback.yml {SERVICE}"
STATUS = f"{PLAYBOOK} playbooks/status.yml {SERVICE}"


def told(outcomes, taken_back=None, severity="OK", why="", language="en", **more):
    """What a person reads at the end of a deploy."""
    course = Course("2", BEFORE, outcomes, **more)
    verdict = deploy_verdict(course, decide(course, {}, severity, why), taken_back)
    return shown("deploy", verdict, "app.tar.gz", language=language)


def shown(kind, verdict, *artifact, language="en"):
    return report.render(
        kind, verdict, report.next_steps(kind, verdict, *artifact), STAGING.write, STAGING.at, language
    )


def test_a_deploy_that_succeeded_needs_nothing_more():
    assert told({"app-1": GOOD, "app-2": GOOD}).splitlines() == [
        "[staging] DEPLOYED: 2 is live and proven on all 2 hosts",
        "",
        "HOST   RUNS  OUTCOME    WHY",
        "app-1  2     activated",
        "app-2  2     activated",
    ]


def test_a_deploy_that_nobody_used_meanwhile_says_so():
    course = Course("2", BEFORE, dict.fromkeys(BEFORE, GOOD))
    verdict = deploy_verdict(course, decide(course, {}), unjudged="no requests")
    assert (
        report.headline("deploy", verdict, language="en")
        == "DEPLOYED: 2 is live and proven on all 2 hosts. no requests"
    )


def test_a_deploy_without_a_host_that_could_be_missing_names_it_and_how_to_bring_it_along():
    text = told({"app-1": GOOD, "app-2": GOOD}, missing={"app-3": UNREACHABLE})
    assert text.startswith("[staging] DEPLOYED: 2 is live and proven on 2 of 3 hosts. NOT REACHED: app-3\n")
    assert text.endswith(f"Next:\n  once it can be reached, to bring along app-3:\n    {DEPLOY}\n  {STATUS}")


def test_a_host_that_was_left_out_though_it_answered_is_not_said_to_be_out_of_reach():
    text = told(dict.fromkeys(BEFORE, GOOD), missing={"app-3": "`current` is no link", "app-4": UNREACHABLE})
    assert text.startswith("[staging] DEPLOYED: 2 is live and proven on 2 of 4 hosts. NOT PROVEN: app-3, app-4\n")
    assert f"  once that is mended, to bring along app-3, app-4:\n    {DEPLOY}\n" in text


def test_a_deploy_that_was_taken_back_names_the_host_and_the_reason():
    assert told({"app-1": GOOD, "app-2": RESTORED}, {"app-1": BACK}).splitlines() == [
        "[staging] ROLLED BACK: 2 failed; every touched host is proven on the release it had before",
        "",
        "HOST   RUNS  OUTCOME     WHY",
        "app-1  1     taken_back",
        "app-2  1     restored    answered 503",
        "",
        "Next:",
        "  " + STATUS,
    ]


def test_a_host_that_was_lost_is_shown_as_unknown_and_how_to_bring_it_back_is_said():
    text = told({"app-1": GOOD, "app-2": None}, {"app-1": BACK, "app-2": None})
    assert text.startswith("[staging] MANUAL ACTION NEEDED: 2 failed, and not every host is back: app-2\n")
    assert "\napp-2  unknown (unproven)  lost" in text
    assert text.endswith(f"  to bring back app-2:\n    {ROLLBACK}")


def test_where_the_release_before_is_ill_too_to_go_back_is_said_to_take_all_hosts_further():
    ill = {"outcome": "failed", "to": "2", "live": "1", "touched": True, "failed_check": "health", "reason": "503"}
    text = told({"app-1": ill}, {"app-1": {**ill, "to": "1"}})
    assert "\napp-1  1 (unproven)  failed" in text
    assert text.endswith(
        f"  if app-1 does not get well: to take all hosts to the release before that one:\n    {ROLLBACK}"
    )


def test_a_deploy_that_waits_for_a_person_says_why_how_far_it_is_and_both_ways_out():
    assert told({"app-1": GOOD}, severity="P1", why="5xx 12%").splitlines() == [
        "[staging] STOPPED: P1: 5xx 12%. 2 is live on 1 of 2 hosts; nothing was taken back",
        "",
        "HOST   RUNS  OUTCOME    WHY",
        "app-1  2     activated",
        "app-2  1     untouched",
        "",
        "Next:",
        "  to go on with the next batch:",
        f"    {DEPLOY}",
        "  to take back what is live now:",
        f"    {ROLLBACK}",
        "  " + STATUS,
    ]


def test_a_deploy_that_a_rollback_has_overtaken_claims_no_failure_of_its_own():
    text = told({"app-1": GOOD, "app-2": OVERTAKEN})
    assert text.startswith(
        "[staging] STOPPED: a rollback by kim@ops-1 has taken over. 2 is live on 1 of 2 hosts; nothing was taken back\n"
    )
    assert "MANUAL ACTION" not in text
    assert f"Next:\n  {STATUS}\n" in text


def test_of_many_hosts_the_first_are_named_and_the_others_counted():
    verdict = Verdict("succeeded", "2", [HostEnd(f"h{n:02}", None, False, False, "missing", "why") for n in range(12)])
    assert report.headline("deploy", verdict, language="en").endswith("h08, h09 and 2 more")


def test_an_unfinished_rollback_is_finished_by_naming_its_target():
    verdict = rollback_verdict({"app-1": "1", "app-2": "1"}, {"app-1": BACK}, target="1")
    assert report.headline("rollback", verdict, language="en") == "MANUAL ACTION NEEDED: not on 1: app-2"
    assert shown("rollback", verdict).endswith(f"  to bring back app-2:\n    {ROLLBACK} -e release_version=1")


def test_a_rollback_of_each_host_to_its_own_release_names_none():
    verdict = rollback_verdict({"app-1": "1", "app-2": "0"}, {"app-1": BACK})
    assert report.headline("rollback", verdict, language="en") == "MANUAL ACTION NEEDED: not on its own release: app-2"
    assert shown("rollback", verdict).endswith(f"  to bring back app-2:\n    {ROLLBACK}")


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
    row = shown("deploy", Verdict("partly_rolled_back", "2", [end])).splitlines()[3]
    assert row.partition(end.outcome)[0].split(maxsplit=1)[1].strip() == runs


def test_a_deploy_that_was_let_through_says_that_the_freeze_stands_and_how_to_lift_it():
    course = Course("2", BEFORE, dict.fromkeys(BEFORE, GOOD))
    verdict = deploy_verdict(course, decide(course, {}))
    steps = report.next_steps("deploy", verdict, frozen=True)
    stands = report.stands_after_a_deploy("a customer is down")
    said = report.render("deploy", verdict, steps, STAGING.write, STAGING.at, "en", stands).splitlines()
    assert said[:3] == [
        "[staging] DEPLOYED: 2 is live and proven on all 2 hosts",
        "Deploys are still frozen; this one was let through: a customer is down",
        "",
    ]
    assert said[-1].startswith(f"    {PLAYBOOK} playbooks/resume.yml {SERVICE} -e ")


def test_a_deploy_that_was_taken_back_says_that_it_froze_deploys_and_how_to_go_on():
    found = Verdict("rolled_back", "2", [HostEnd("a", "1", True, True, "restored", "why")])
    steps = report.next_steps("deploy", found, frozen=True)
    stands = report.stands_after_a_deploy(None, "2")
    said = report.render("deploy", found, steps, STAGING.write, STAGING.at, "en", stands).splitlines()
    assert said[1:3] == ["2 is marked bad, and deploys are frozen", ""]
    assert said[-1].startswith(f"    {PLAYBOOK} playbooks/resume.yml {SERVICE} -e ")


def test_hosts_that_would_do_the_same_are_told_once():
    hosts = [f"app-{number}" for number in range(10, 30)]
    steps = {host: [MARK, PROVE] for host in hosts} | {"db-1": [PROVE]}
    text = report.render_plan("rollback", "1", steps, dict.fromkeys("cd", UNREACHABLE), language="en")
    assert text.splitlines()[1:] == [
        f"{', '.join(hosts)}:",
        "  1. mark 2 bad: 5xx",
        "  2. prove that 1 runs and is healthy",
        "db-1:",
        "  1. prove that 1 runs and is healthy",
        "c, d: cannot be reached",
    ]


def test_a_plan_shows_each_hosts_steps_in_order_and_who_has_none_or_cannot_be_reached():
    steps = {"b": [], "a": [MARK, PROVE]}
    why = Reason("named_by_operator")
    text = report.render_plan("rollback", "1", steps, {"c": UNREACHABLE}, why, at="[staging] ", language="en")
    assert text.splitlines() == [
        "[staging] PLAN: rollback to 1 (named by the operator)",
        "a:",
        "  1. mark 2 bad: 5xx",
        "  2. prove that 1 runs and is healthy",
        "b:",
        "  nothing to do: 1 is live and proven",
        "c: cannot be reached",
    ]
