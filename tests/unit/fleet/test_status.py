"""What runs where: a row a host, and below it what needs attention."""

from __future__ import annotations

import pytest

from refit.core.build_info import BuildInfo
from refit.core.timestamps import shown, until
from refit.fleet import scripts, status
from refit.state.runs import with_dead
from support.invocations import PLAYBOOK, SERVICE, STAGING
from support.surveys import at_work, intent, mark, release, rolled_back

SOURCE = "https://builds/3.tar.gz"
HERE = BuildInfo("0.10.0", "a" * 32)
UNSIGNED = "\n\nLedgers: unsigned (refit_ledger_keys names no key)\n\nrefit 0.10.0"

NOON = "2024-01-27T12:00:00.000Z"


def survey(**more):
    return {
        "service": "backend",
        "current": "2",
        "leaving": more.get("current", "2"),
        "releases": [{**release("2", 20), "verified_at": "2024-01-27T12:00:00.000Z"}, release("1", 10)],
        "open_intent": None,
        "operation": None,
        "running": {"healthy": True, "failure": None, "running": ["2"]},
        **more,
    }


def render_status(results):
    """The report without its first line, which says where that is."""
    first, report = status.render_status(results, HERE, STAGING.write, "backend", STAGING.at, "en").split("\n\n", 1)
    assert first == "[staging] STATUS: backend"
    return report


def status_of(found, **result):
    """The cells of the one host's row."""
    header, row = render_status({"app-1": {"survey": found, **result}}).splitlines()[:2]
    columns = ["HOST", "CURRENT", "RUNNING", "HEALTH", "PROVEN", "ROLLBACK TO", "AT WORK"]
    starts = [header.index(column) for column in columns] + [None]
    return dict(zip(columns, (row[start:end].strip() for start, end in zip(starts, starts[1:]))))


def test_a_healthy_host_is_one_quiet_row():
    assert status_of(survey()) == {
        "HOST": "app-1",
        "CURRENT": "2",
        "RUNNING": "2",
        "HEALTH": "UP",
        "PROVEN": shown(NOON),
        "ROLLBACK TO": "1",
        "AT WORK": "",
    }


def test_what_runs_is_shown_beside_what_should():
    running = {"healthy": False, "failure": {"kind": "bad_status", "detail": "answered 503"}, "running": ["1", "2"]}
    row = status_of(survey(running=running))
    assert (row["CURRENT"], row["RUNNING"], row["HEALTH"]) == ("2", "1, 2 (NOT CURRENT)", "DOWN: answered 503")


def test_a_server_on_which_nothing_was_deployed_says_so():
    row = status_of(survey(current=None, previous=None, releases=[], running=None))
    assert (row["CURRENT"], row["RUNNING"], row["PROVEN"], row["ROLLBACK TO"]) == (
        "none", "nothing", "never proven", "none",
    )  # fmt: skip


WORKS = {**at_work(7, target="3"), "silent_s": 130.0}
SINCE = f"deploy of 3 by lee@ops-2, begun {shown(NOON)}"


def test_who_is_at_work_is_named_and_an_interrupted_run_is_not_taken_for_one():
    begun = intent("3", "2", "deploy")
    assert status_of(survey(operation=WORKS, open_intent=begun))["AT WORK"] == "deploy of 3 by lee@ops-2"
    ended = {**WORKS, "unfinished": False, "finished": "2024-01-27T12:01:00.000Z"}
    assert status_of(survey(operation=ended, open_intent=begun))["AT WORK"] == "INTERRUPTED deploy of 3"
    assert status_of(survey(operation=ended))["AT WORK"] == ""
    assert status_of(survey(operation={**ended, "stopped": True, "target": "2"}))["AT WORK"].startswith(
        "STOPPED deploy"
    )


def test_of_a_run_it_is_said_since_when_it_works_and_how_long_nothing_was_heard_of_it():
    busy = survey(operation=WORKS)
    heard_later = survey(operation={**WORKS, "silent_s": 5.0})
    assert f"AT WORK: {SINCE}; last heard of 5 s ago (a, b)\n" in attention(a=busy, b=heard_later, c=survey())
    assert "nothing says when it was last heard of" in attention(a=survey(operation=at_work(7, target="3")))


@pytest.mark.parametrize(
    ("end", "why"),
    [({"dead": True}, "its process is gone"), ({"unfinished": False, "silent_s": 960.0}, "last heard of 16 min ago")],
)
def test_a_run_that_is_known_to_be_dead_or_has_long_said_nothing_is_interrupted(end, why):
    """Also where no host is between two releases: each finished what it had begun."""
    below = attention(a=survey(operation={**WORKS, **end}), b=survey())
    assert below.startswith(f"INTERRUPTED: {SINCE}; {why} (a)\n  to deploy 3 everywhere:\n")
    assert status_of(survey(operation={**WORKS, **end}))["AT WORK"] == "INTERRUPTED deploy of 3"


def test_a_rollback_that_broke_off_is_finished_by_naming_its_target():
    died = survey(operation={**at_work(7, "rollback", "1"), "dead": True})
    assert f"    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=1\n" in attention(a=died)


def test_a_run_that_this_machine_knows_to_be_dead_leaves_the_fleet_divergent_at_once():
    there, here = survey(current="3", operation=WORKS, releases=[release("3", 30)]), survey(operation=WORKS)
    assert "DIVERGENT" not in attention(a=there, b=here)
    found = with_dead({"a": there, "b": here}, [WORKS["run"]])
    assert "DIVERGENT: a runs 3; b runs 2\n" in attention(**found)


def test_where_a_rollback_goes_is_the_fleets_own_choice_on_every_host():
    """A host whose own next release is another one goes where the others go."""
    ahead = survey(releases=[release("2", 30), release("1.5", 20), release("1", 10)])
    rows = render_status({"a": {"survey": ahead}, "b": {"survey": survey()}}).splitlines()
    assert [row.split()[-1] for row in rows[1:3]] == ["1", "1"]


def test_a_target_that_would_be_refused_now_is_shown_as_refused_and_until_when():
    found = survey(last_rollback=rolled_back("2", "3", 130))
    assert status_of(found)["ROLLBACK TO"] == "1 (not yet)"
    below = attention(a=found)
    over = until("2024-01-27T12:10:00.000Z")
    refused = f"A rollback without a version is refused {over}: the fleet went back from 3 to 2"
    assert below.startswith(f"{refused} 2 min ago by lee@ops-2\n  to go back one more:\n")


def test_a_host_that_cannot_be_reached_is_a_row_of_its_own():
    hosts = {"b": {"unreachable": True, "why": "timed out"}, "a": {"why": "no python"}}
    lines = render_status(hosts).splitlines()
    assert lines[3:] == ["", "refit 0.10.0"]
    assert [line.split()[:2] for line in lines[1:3]] == [["a", "UNKNOWN"], ["b", "UNREACHABLE"]]
    assert lines[2].endswith("timed out")


# -- what needs attention ----------------------------------------------------------------------------------


def attention(**hosts):
    """What stands between the table and whether ledgers are signed."""
    below = render_status({host: {"survey": found} for host, found in hosts.items()}).split("\n\n", 1)[1]
    assert below.endswith(UNSIGNED)
    return below.removesuffix(UNSIGNED)


def test_a_fleet_on_one_release_needs_no_attention_but_says_that_it_is_not_frozen():
    assert attention(a=survey(), b=survey()) == "Deploys of backend are not frozen"


def test_a_host_that_is_not_where_the_fleet_is_is_named_with_the_command_that_brings_it_along():
    below = attention(a=survey(), b=survey(), c=survey(current="1"))
    assert "DIVERGENT: 1 of 3 differs: c runs 1; the fleet runs 2\n" in below
    assert below.split("Next, whichever is wanted:\n")[1].splitlines()[:6] == [
        "  to bring all to 2:",
        f"    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=2",
        "  to bring all to 1:",
        f"    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=1",
        "  to deploy 1 everywhere:",
        f"    {PLAYBOOK} playbooks/deploy.yml {SERVICE} -e release_version=1 -e release_artifact=PATH_OR_URL",
    ]


def divergence(**hosts):
    """What is said of hosts that differ, and the hosts that the table points at."""
    [said] = [line for line in attention(**hosts).splitlines() if line.startswith("DIVERGENT: ")]
    rows = render_status({host: {"survey": found} for host, found in hosts.items()}).splitlines()[1 : len(hosts) + 1]
    return said.removeprefix("DIVERGENT: "), [row.split()[0] for row in rows if "(DIVERGENT)" in row]


def test_who_differs_are_the_few_and_of_two_halves_both():
    one, two, three = survey(current="1"), survey(), survey(current="3", releases=[release("3", 30)])
    empty = survey(current=None, releases=[])
    assert divergence(a=one, b=two, c=two) == ("1 of 3 differs: a runs 1; the fleet runs 2", ["a"])
    assert divergence(a=one, b=two) == ("a runs 1; b runs 2", ["a", "b"])
    assert divergence(a=one, b=two, c=two, d=one) == ("a, d run 1; b, c run 2", ["a", "b", "c", "d"])
    assert divergence(a=two, b=two, c=two, d=one, e=one, f=empty) == (
        "3 of 6 differ: d, e run 1; f runs nothing; the fleet runs 2", ["d", "e", "f"],
    )  # fmt: skip
    bad = {"placed": [mark("3", "5xx")], "lifted": {}}
    back = survey(holds=bad)
    assert divergence(a=three, b=three, c=back) == (
        "1 of 3 differs: c runs 2; the fleet runs 3, which is marked bad", ["c"],
    )  # fmt: skip


def test_a_host_with_what_the_fleet_is_to_get_brings_it_there_from_where_it_came_unless_deploys_are_frozen():
    ahead = survey(current="3", releases=[{**release("3", 30), "source": SOURCE}])
    deploy = f"{PLAYBOOK} playbooks/deploy.yml {SERVICE} -e release_version=3 -e release_artifact={SOURCE}"
    assert deploy in attention(a=survey(), b=survey(), c=ahead)
    by_hand = survey(current="3", releases=[{**release("3", 30), "source": "app-3.jar"}])
    assert "-e release_artifact=path/to/app-3.jar\n" in attention(a=survey(), b=survey(), c=by_hand) + "\n"
    freeze = {"id": "f", "reason": "5xx", "by": "kim@ops-1", "at": None, "version": None}
    frozen = survey(holds={"placed": [freeze], "lifted": {}})
    assert "deploy.yml" not in attention(a=survey(), b=frozen, c=ahead)


def test_a_deploy_that_stopped_half_way_is_told_with_why_until_when_and_both_ways_on():
    operation = {
        "kind": "deploy",
        "owner": "kim@ops-1",
        "target": "3",
        "number": 7,
        "finished": "2024-01-27T12:00:00.000Z",
        "unfinished": False,
        "stopped": {"severity": "P1", "why": "P1: 5xx 27 %"},
    }
    ahead = survey(current="3", operation=operation, releases=[{"version": "3", "source": "https://builds/3.jar"}])
    behind = survey(operation=operation)
    below = attention(a=ahead, b=behind, c=behind)
    ways = [
        "Next, whichever is wanted:",
        "  to go on with the next batch:",
        f"    {PLAYBOOK} playbooks/deploy.yml {SERVICE} -e release_version=3 -e release_artifact=https://builds/3.jar",
        "  to take back what is live now:",
        f"    {PLAYBOOK} rollback.yml {SERVICE}",
    ]
    assert below.splitlines() == [
        "STOPPED: the deploy of 3 by kim@ops-1 is live on 1 of 3 hosts; nothing was taken back",
        "  P1: 5xx 27 %",
        f"  it stopped {shown(NOON)}; P1 is answered within 15 minutes: {until('2024-01-27T12:15:00.000Z')}",
        *ways,
        "",
        "DIVERGENT: 1 of 3 differs: a runs 3; the fleet runs 2",
        "",
        "Deploys of backend are not frozen",
    ]
    freeze = {"id": "f", "reason": "5xx", "by": "kim@ops-1", "at": None, "version": None}
    frozen = {**behind, "holds": {"placed": [freeze], "lifted": {}}}
    assert attention(a=ahead, b=frozen, c=behind).splitlines()[3:6] == [ways[0], *ways[3:]]
    of_an_older_version = survey(current="3", operation={**operation, "stopped": True})
    assert attention(a=of_an_older_version, b=behind).splitlines()[1].startswith("  it stopped ")


def test_what_runs_and_is_not_current_is_said_unless_somebody_is_at_work_on_it():
    runs_1 = {"running": ["1"], "healthy": True}
    found = survey(current="2", running=runs_1)
    assert status_of(found)["RUNNING"] == "1 (NOT CURRENT)"
    below = attention(a=survey(), b=found)
    assert below.startswith("b: current is 2, but what runs is 1\nNext: name the release that is meant")
    assert f"    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=2\n" in below
    assert f"    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=1\n" in below
    busy = survey(current="2", running=runs_1, operation=WORKS)
    assert status_of(busy)["RUNNING"] == "1"


def test_what_is_no_release_is_called_what_it_is():
    legacy = survey(current=None, current_link={"target": "/opt/legacy", "absolute": True, "nowhere": False})
    assert status_of(legacy)["CURRENT"] == "legacy (/opt/legacy)"
    gone = survey(current="1", current_link={"target": "releases/v9", "absolute": False, "nowhere": True})
    gone["running"] = {"running": ["1"], "healthy": True}
    row = status_of(gone)
    assert (row["CURRENT"], row["RUNNING"]) == ("releases/v9 (NOT THERE)", "1 (NOT CURRENT)")
    assert attention(a=gone).startswith("a: current is releases/v9 (NOT THERE), but what runs is 1\nNext: name")


def test_applications_that_pm2_lost_sight_of_are_said_of_their_host():
    running = {"running": ["2"], "healthy": True, "forgotten": ["billing", "other"]}
    below = attention(a=survey(), b=survey(running=running))
    assert below.startswith("b: PM2 starts billing, other at boot, and does not know of them now\nNext, ")
    assert "pm2 resurrect" in below


def test_a_ledger_that_cannot_be_read_whole_is_said_of_its_host():
    below = attention(a=survey(), b=survey(damaged_ledger_lines=2))
    assert below.startswith(
        "b: 2 lines of its ledger cannot be read, and nothing is pruned there. Next: mend ledger.jsonl"
    )


def test_a_host_on_which_root_may_not_work_is_named_with_why():
    below = attention(a=survey(), b=survey(unsafe="backend.root leads root elsewhere. Next: chown root /opt/app"))
    line = "b: backend.root leads root elsewhere. Next: chown root /opt/app"
    assert below.startswith(f"{line}\n")
    assert line in status.render_host("b", survey(unsafe=line[3:]), "en")


def test_where_rollback_sh_goes_by_other_settings_than_the_last_deploy_is_said_with_what_brings_them_along():
    below = attention(a=survey(), b=survey(other_settings=True), c=survey(other_settings=False))
    said, command = below.split("\n\n")[1].split("\n")
    assert said.startswith("b: what rollback.sh knows there of backend is not what its last deploy went by. Next")
    assert command == f"  {PLAYBOOK} playbooks/server-scripts.yml {SERVICE}"


def test_a_host_at_work_is_on_its_way_and_one_whose_run_died_is_not():
    busy = survey(current="3", operation=WORKS, open_intent=intent("3", "2", "deploy"))
    assert "DIVERGENT" not in attention(a=survey(), b=survey(), c=busy)
    died = {**busy, "operation": {**WORKS, "dead": True}}
    assert "c: an interrupted deploy of 3 is unfinished" in attention(a=survey(), b=survey(), c=died)


def test_a_freeze_on_any_host_is_shown_with_who_when_why_and_how_it_is_lifted():
    freeze = {"id": "f", "reason": "5xx", "by": "kim@ops-1", "at": "2024-01-27T12:00:00.000Z", "version": None}
    frozen = survey(holds={"placed": [freeze], "lifted": {}})
    below = attention(a=survey(), b=frozen)
    assert f"FROZEN: deploys of backend are refused\n  by kim@ops-1, {shown(NOON)}: 5xx\n" in below
    assert f"    {PLAYBOOK} playbooks/resume.yml {SERVICE} -e \"resume_reason='why it is safe again'\"" in below
    lifted = survey(holds={"placed": [], "lifted": {"f": {"reason": "mended", "by": "lee", "at": None}}})
    assert attention(a=lifted, b=frozen) == "Deploys of backend are not frozen"


# -- which version the scripts are of ----------------------------------------------------------------------------------


def with_scripts(version, digest=HERE.digest):
    return survey(scripts={"version": version, "digest": digest})


STANDINGS = {
    scripts.SAME: with_scripts("0.10.0"),
    scripts.OLDER: with_scripts("0.9.3"),
    scripts.NEWER: with_scripts("0.11.0", "b" * 32),
    scripts.CHANGED: with_scripts("0.10.0", "b" * 32),
    scripts.UNKNOWN: with_scripts(None, None),
    scripts.ABSENT: survey(scripts=None),
}


@pytest.mark.parametrize("standing", STANDINGS)
def test_the_scripts_of_a_host_are_compared_by_version_and_content(standing):
    assert scripts.standing(STANDINGS[standing], HERE) == standing


def test_scripts_that_nobody_looked_for_are_none():
    assert scripts.standing(survey(), HERE) == scripts.ABSENT


@pytest.mark.parametrize(
    "said",
    [
        "0.10.0",
        ["0.10.0", HERE.digest],
        {"version": "0.10.0"},
        {"version": "0.10.0\nrefit", "digest": HERE.digest},
        {"version": "0.10.0", "digest": None},
        {"version": 1, "digest": 2},
    ],
)
def test_what_names_no_version_is_unknown(said):
    assert scripts.standing(survey(scripts=said), HERE) == scripts.UNKNOWN


def versions_of(**hosts):
    """The last part of the report."""
    return render_status({host: {"survey": found} for host, found in hosts.items()}).split("\n\n")[-1]


def test_hosts_with_the_controllers_scripts_or_none_are_not_named():
    assert versions_of(a=STANDINGS[scripts.SAME], b=STANDINGS[scripts.ABSENT], c=survey()) == "refit 0.10.0"


def test_hosts_with_other_scripts_are_named_with_the_command_that_brings_them_along():
    found = {name: STANDINGS[name] for name in (scripts.ABSENT, scripts.CHANGED, scripts.OLDER, scripts.UNKNOWN)}
    assert versions_of(**found, same=STANDINGS[scripts.SAME]).splitlines() == [
        "refit 0.10.0; 3 of 4 hosts have other scripts",
        "  changed: 0.10.0, but not the same code",
        "  older: 0.9.3, older than here",
        "  unknown: of an unknown version",
        "Next:",
        f"  {PLAYBOOK} playbooks/server-scripts.yml {SERVICE}",
    ]


def test_a_controller_that_is_behind_is_not_to_install_its_older_scripts():
    assert versions_of(a=STANDINGS[scripts.NEWER], b=STANDINGS[scripts.OLDER]).splitlines()[-4:] == [
        "  a: 0.11.0, newer than here",
        "  b: 0.9.3, older than here",
        "Next, when this checkout is up to date (git pull):",
        f"  {PLAYBOOK} playbooks/server-scripts.yml {SERVICE}",
    ]
