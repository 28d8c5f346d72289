"""No switch of Ansible and no environment takes the guard away, and no run that did nothing looks like a good one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support import playbooks
from support.discord import DiscordStandIn
from support.recorded_ssh import CALL, RecordedFleet, Run
from support.still_fleet import StillFleet
from support.tiers import seldom

VERSION = "20240101-000000"
FLEET = {"server1", "server2"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordedFleet]:
    """Two hosts on which nothing was ever deployed."""
    with DiscordStandIn() as discord, StillFleet(tmp_path_factory.mktemp("fleet"), len(FLEET)) as still:
        still.artifact(VERSION)
        yield RecordedFleet(still, alerts=discord.webhook("ai-service-alerts"))


#: What each playbook is given in a run that nothing is wrong with.
GIVEN = {
    "playbooks/deploy.yml": {"release_version": VERSION},
    "rollback.yml": {},
    "playbooks/freeze.yml": {"freeze_reason": "tested"},
    "playbooks/resume.yml": {"resume_reason": "tested"},
    "playbooks/incident.yml": {"incident_action": "list"},
    "playbooks/health-check.yml": {"probe_window_s": "0.2"},
    "playbooks/status.yml": {},
    "playbooks/notify.yml": {"notify_event": "release_built"},
    "playbooks/provision.yml": {},
    "playbooks/server-scripts.yml": {},
}
NOTIFY = "playbooks/notify.yml"

# They write nothing on hosts, and end well where nothing was ever deployed.
ONLY_LOOK = ("playbooks/status.yml", "playbooks/health-check.yml")
# Two that plan: what a deploy and a freeze would do on these hosts is all well.
PLANS = ("playbooks/deploy.yml", "playbooks/freeze.yml", "playbooks/resume.yml")
#: What --limit leaves of the fleet.
LIMITS = {
    "all": FLEET,
    "app": FLEET,
    "server1": {"server1"},
    "server1,server2": FLEET,
    "localhost,server2": {"server2"},
    "!server1": {"server2"},
    "others": set(),
    "other,server1": {"server1"},
    "localhost": set(),
    "nobody": set(),
}


TAGS = ["all", "always", "never", "tagged", "untagged", "app", "node", "node,scripts", "node,all", "scripts,app"]
PARTS = "packages,users,directories,node,pm2,uv,java,logrotate,sudoers,scripts"


def names_of(tasks: Any) -> Iterator[str]:
    """Of tasks or plays, and of all within them."""
    for task in tasks or []:
        yield from [task["name"]] if "name" in task else []
        for part in ("tasks", "block", "rescue", "always"):
            yield from names_of(task.get(part))


TASKS = sorted(
    {
        name
        for path in [*playbooks.ROOT.glob("roles/*/tasks/*.yml"), *playbooks.ROOT.glob("playbooks/*.yml")]
        for name in names_of(yaml.safe_load(path.read_text(encoding="utf-8")))
    }
)
STARTS = st.one_of(
    st.sampled_from(["*", "no such task", "The fleet has hosts, and one service is meant", "Check the rest*"]),
    st.sampled_from(["guard : *", "notify : *", "Show it", "Hand over what waits, and say where", "Send the event"]),
    st.sampled_from(TASKS),
)
SWITCHES = {
    "--tags": st.sampled_from(TAGS),
    "--skip-tags": st.sampled_from([*TAGS, PARTS, "always,untagged"]),
    "--start-at-task": STARTS,
    "--limit": st.sampled_from(list(LIMITS)),
    "ANSIBLE_RUN_TAGS": st.sampled_from(TAGS),
    "ANSIBLE_SKIP_TAGS": st.sampled_from([*TAGS, PARTS]),
    "ANSIBLE_STRATEGY": st.sampled_from(["free", "host_pinned", "linear"]),
    "allow_partial": st.just("true"),
    "--diff": st.just(""),
    "--forks": st.sampled_from(["1", "2"]),
}


@st.composite
def runs(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A playbook, and up to three switches with their values; "answers" says that the hosts do."""
    playbook = draw(st.sampled_from(list(GIVEN)))
    chosen = draw(st.lists(st.sampled_from(list(SWITCHES)), min_size=1, max_size=3, unique=True))
    switches = {name: draw(SWITCHES[name]) for name in chosen}
    if draw(st.booleans()):
        switches["--check"] = ""
    if (playbook in ONLY_LOOK or playbook in PLANS and "--check" in switches) and draw(st.booleans()):
        switches["answers"] = "yes"
    return playbook, switches


def play(fleet: RecordedFleet, playbook: str, switches: dict[str, str], number: int = 0) -> Run:
    given = {**GIVEN[playbook], **({"allow_partial": "true"} if "allow_partial" in switches else {})}
    if "release_version" in given:
        given["release_artifact"] = str(fleet.base / f"app-{VERSION}.tar.gz")
    words = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    for name, value in switches.items():
        words += [word for word in (name, value) if word] if name.startswith("-") else []
    environ = {name: value for name, value in switches.items() if name.startswith("ANSIBLE_")}
    return fleet.play(playbook, *words, number=number, answers="answers" in switches, **environ)


def check(playbook: str, switches: dict[str, str], run: Run) -> None:
    what = (playbook, switches, run.code, run.journal)
    calls = [at for at, line in enumerate(run.journal) if line.startswith(CALL)]
    titles = [at for at, line in enumerate(run.journal) if line.startswith(("TASK [", "PLAY "))]
    passed, refused = [], False
    for title, end in itertools.pairwise([*titles, len(run.journal)]):
        if run.journal[title].startswith("TASK [guard : "):
            refused = refused or any(line.startswith("fatal: ") for line in run.journal[title:end])
            passed += [title] if "The fleet has hosts" in run.journal[title] else []

    assert not calls or (passed and passed[0] < calls[0]), what
    assert not refused or (run.code != 0 and not calls), what
    if run.code == 0 and playbook == NOTIFY:
        assert "Discord alerts: " in run.said, what
    elif run.code == 0:
        assert "answers" in switches, what
        assert run.asked == LIMITS[switches.get("--limit", "all")] != set(), what


@pytest.mark.parametrize(
    ("playbook", "switches", "message"),
    [
        seldom("rollback.yml", {"--limit": "server1"}, "allow_partial=true"),
        seldom("rollback.yml", {"--limit": "localhost,server2"}, "allow_partial=true"),
        ("rollback.yml", {"--limit": "server1,server2"}, "allow_partial=true"),
        ("rollback.yml", {"--tags": "app"}, "The tag app is no part of this playbook"),
        seldom("rollback.yml", {"--skip-tags": "always"}, "the guard did not run"),
        ("rollback.yml", {"--start-at-task": "Say what was done"}, "the guard did not run"),
        seldom("rollback.yml", {"--limit": "others", "allow_partial": "true"}, 'leaves no host of the group "app"'),
        seldom("playbooks/health-check.yml", {"ANSIBLE_SKIP_TAGS": "untagged"}, "The tag untagged is no part"),
        ("playbooks/provision.yml", {"--tags": "node,app"}, "or name some of packages, users"),
        seldom(
            "playbooks/provision.yml", {"--tags": "node", "--skip-tags": "node"}, "all that was asked for, and skipped"
        ),
        ("rollback.yml", {"-e": "relase_version=3"}, "a variable of your own can be given with -e @FILE; else:"),
        seldom(NOTIFY, {"--tags": "app"}, "The tag app is no part"),
        seldom(NOTIFY, {"--limit": "server1"}, "leaves out this machine"),
        (NOTIFY, {"--start-at-task": "Hand over*"}, "the guard did not run"),
    ],
)
def test_what_leaves_something_out_is_refused_before_any_host_is_asked(
    fleet: RecordedFleet, playbook: str, switches: dict[str, str], message: str
) -> None:
    run = play(fleet, playbook, switches)

    assert run.code != 0
    assert message in run.said
    assert "[test" in run.said  # where it was refused
    assert run.asked == set()


@pytest.mark.parametrize(
    ("playbook", "typed", "said"),
    [
        ("playbooks/deploy.yml", "release_keep=many", 'a whole number, and is "many". Next: correct -e release_keep=…'),
        (
            "playbooks/freeze.yml",
            '{"distrust": {"a": 1}}',
            'a list, each a text, and is {"a": 1}. Next: correct -e distrust=…',
        ),
        seldom("playbooks/provision.yml", "app_host_log_keep_days=long", "Next: correct -e app_host_log_keep_days=…"),
        (
            "playbooks/server-scripts.yml",
            "refit_discord_webhooks=https://t0ken",
            "Next: correct -e refit_discord_webhooks=…",
        ),
    ],
)
def test_a_value_that_a_role_cannot_use_is_refused_before_any_host_is_asked(
    fleet: RecordedFleet, playbook: str, typed: str, said: str
) -> None:
    run = play(fleet, playbook, {"-e": typed})

    assert run.code == 2
    assert said in run.said
    assert "t0ken" not in run.said
    assert len(run.journal) < 60
    assert run.asked == set()


def test_what_one_host_alone_is_given_is_checked_too(fleet: RecordedFleet) -> None:
    apart = fleet.base / "apart.yml"
    apart.write_text(yaml.safe_dump({"app": {"hosts": {"server2": {"server_scripts_systemd": "perhaps"}}}}))
    run = play(fleet, "playbooks/server-scripts.yml", {"--inventory": str(apart)})

    assert run.code == 2
    assert "Next: correct server_scripts_systemd in the inventory (on server2)" in run.said
    assert run.asked == set()


def test_no_facts_are_gathered_before_the_guard_passed(fleet: RecordedFleet) -> None:
    """Ansible does so where the first task of all is to be started at, whatever the play says."""
    switches = {"--start-at-task": "*", "answers": "yes"}
    run = play(fleet, "playbooks/status.yml", switches)

    check("playbooks/status.yml", switches, run)
    assert run.code == 0, run.journal


@pytest.mark.parametrize(
    ("playbook", "code", "message"),
    [
        ("playbooks/incident.yml", 2, "no host of the fleet can be reached: server1, server2"),
        ("playbooks/status.yml", 2, "None of the hosts said where it stands"),
        seldom("playbooks/freeze.yml", 2, "no host of the fleet can be reached: server1, server2"),
        seldom("playbooks/server-scripts.yml", 4, "unreachable=1"),
    ],
)
def test_a_run_that_no_host_answers_is_no_success(fleet: RecordedFleet, playbook: str, code: int, message: str) -> None:
    run = play(fleet, playbook, {})

    assert run.code == code
    assert message in run.said
    assert run.asked == FLEET


@pytest.mark.parametrize(
    ("playbook", "variables", "message"),
    [
        ("rollback.yml", {}, "a host localhost, reached by ssh"),
        seldom(
            NOTIFY, {"ansible_connection": "local", "ansible_python_interpreter": "/no/python"}, "not there, /no/python"
        ),
    ],
)
def test_a_localhost_that_is_not_this_machine_is_refused_before_any_host_is_asked(
    fleet: RecordedFleet, playbook: str, variables: dict[str, str], message: str
) -> None:
    """What is delegated to it would be done elsewhere, or break a run off half-way."""
    here = fleet.base / "here.yml"
    here.write_text(yaml.safe_dump({"ungrouped": {"hosts": {"localhost": variables}}}))
    run = play(fleet, playbook, {"--inventory": str(here)})

    assert run.code == 2
    assert message in run.said
    assert "give that host another name" in run.said
    assert run.asked == set()


@pytest.mark.slow
def test_no_switch_takes_the_guard_away_and_no_run_that_did_nothing_looks_like_a_good_one(fleet: RecordedFleet) -> None:
    seen = []

    @settings(max_examples=5, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(runs(), min_size=4, max_size=4))
    def judged(drawn: list[tuple[str, dict[str, str]]]) -> None:
        with ThreadPoolExecutor(4) as side_by_side:
            ends = side_by_side.map(lambda each: play(fleet, *each[1], number=each[0]), enumerate(drawn))
        for each, run in zip(drawn, ends):
            seen.append((each, run))
            check(*each, run)

    judged()
    assert {run.code == 0 for _, run in seen} == {True, False}
