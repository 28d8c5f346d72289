"""One command on all hosts, as the playbook does it: read, plan, write, tell, write down that it was told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from refit.core.errors import RefitError
from refit.incidents.actions import Asked
from refit.incidents.copies import audit, plan_incident
from refit.incidents.incident import incidents_of
from refit.incidents.policy import DEFAULT
from refit.incidents.report import Reader
from refit.incidents.store import IncidentStore, NumberTaken
from support.fakes import FakeClock
from support.incidents import NOON, asked, author

HOSTS = ("server1", "server2", "server3")


class Fleet:
    """Three stores on a disk, and the messages that Discord got."""

    def __init__(self, base):
        self.stores = {host: IncidentStore(str(base / host / "backend"), FakeClock()) for host in HOSTS}
        self.discord: list[str] = []

    def plan(self, what: Asked, now: float = NOON, away: tuple[str, ...] = (), by: str = "kim@ops-1"):
        copies = {host: None if host in away else store.newest() for host, store in self.stores.items()}
        reader = Reader("en", lambda step: f"{step.playbook} {dict(step.values)}", now, "[production] ")
        return plan_incident(what, copies, DEFAULT, author(by, now), reader)

    def steps(self, what: Asked, **more) -> Iterator[None]:
        """Do *what* one step at a time: whoever stops asking is a controller that was killed."""
        plan = self.plan(what, **more)
        first = [plan.claims] if plan.claims else []
        for host in [*first, *(host for host in plan.news if host not in first)]:
            self.stores[host].learn(plan.news[host], claims=host == plan.claims)
            yield
        for telling in plan.told:
            self.discord.append(telling.event)
            yield
            for host in HOSTS:
                if host not in more.get("away", ()):
                    self.stores[host].learn(telling.then)
                    yield

    def do(self, what: Asked, **more) -> None:
        for _ in self.steps(what, **more):
            pass

    def states(self) -> list[list[str]]:
        return [[each.state for each in incidents_of(store.read())] for store in self.stores.values()]


@pytest.fixture
def fleet(tmp_path):
    return Fleet(tmp_path)


OPEN = asked("open", severity="P0", why="no payments")


@pytest.mark.parametrize("after", range(8))
@pytest.mark.parametrize(
    ("before", "what", "state", "told"),
    [
        ([], OPEN, "open", "incident_opened"),
        ([OPEN], asked("ack"), "acknowledged", "incident_acknowledged"),
        ([OPEN, asked("ack")], asked("resolve"), "resolved", "incident_resolved"),
    ],
)
def test_a_controller_that_is_killed_at_any_step_leaves_what_the_same_command_finishes(
    fleet, before, what, state, told, after
):
    for each in before:
        fleet.do(each)
    steps = fleet.steps(what)
    for _ in range(after):
        next(steps, None)
    fleet.do(what, now=NOON + 60)
    fleet.do(what, now=NOON + 120)

    assert fleet.states() == [[state]] * 3
    assert len({tuple(event["id"] for event in store.read()) for store in fleet.stores.values()}) == 1
    assert 1 <= fleet.discord.count(told) <= 2


def test_a_host_that_was_away_gets_what_it_lacks_with_the_next_command_even_one_that_looks(fleet):
    fleet.do(OPEN, away=("server2",))
    fleet.do(asked("resolve"), away=("server1",))
    assert fleet.states() == [["open"], ["resolved"], ["resolved"]]
    fleet.do(asked("list"))
    assert fleet.states() == [["resolved"]] * 3


def test_who_opens_a_second_too_late_is_refused_the_number_and_gets_the_next_one(fleet):
    mine, theirs = fleet.steps(OPEN), fleet.steps(asked("open", severity="P1", why="no logins"), by="lee@ops-2")
    plan = fleet.plan(asked("open", severity="P1", why="no logins"))
    next(mine)
    with pytest.raises(NumberTaken):
        fleet.stores[plan.claims].learn(plan.news[plan.claims], claims=True)
    for _ in (*mine, *theirs):
        pass
    numbers = [each.number for each in incidents_of(fleet.stores["server2"].read())]
    assert numbers == ["INC-20240127-001", "INC-20240127-002"]


def test_nothing_is_done_where_no_host_can_be_read(fleet):
    with pytest.raises(RefitError) as caught:
        fleet.do(OPEN, away=HOSTS)
    assert caught.value.what.values["hosts"] == list(HOSTS)


def lines(fleet, minutes):
    copies = {host: store.newest() for host, store in fleet.stores.items()}
    reader = Reader("en", lambda step: f"incident.yml {step.values['incident_action']}", NOON + minutes * 60)
    return audit("backend", copies, reader).splitlines()


def test_who_looks_reads_who_is_next_who_is_due_and_after_five_minutes_who_is_overdue(fleet):
    assert lines(fleet, 0) == []
    fleet.do(OPEN)
    told = lines(fleet, 1)
    assert told[0] == "backend: 1 incident is open"
    assert told[2].split("  ") == ["INC-20240127-001", "P0", "open", "backend: no payments"]
    assert [line for line in told if line.startswith("  next: @devops-oncall")]
    due = "\n".join(lines(fleet, 9))
    assert "to be told now: @devops-oncall" in due
    assert "OVERDUE" not in due
    assert "incident.yml escalate" in due
    fleet.do(asked("ack"), now=NOON + 540)
    late = "\n".join(lines(fleet, 20))
    assert "OVERDUE: @ai-backend-lead should have been told" in late
    assert "next: @cto" in late
    fleet.do(asked("escalate"), now=NOON + 7 * 3600)
    assert "nobody is told any more" in "\n".join(lines(fleet, 7 * 60))
    assert fleet.discord[-1] == "incident_escalated"
    fleet.do(asked("resolve"))
    assert lines(fleet, 7 * 60) == []


def test_what_was_done_is_said_first_and_the_hosts_that_do_not_know_of_it_last(fleet):
    plan = fleet.plan(OPEN, away=("server3",))
    first, *_, last = plan.report.splitlines()
    assert first == "[production] OPENED: INC-20240127-001 is P0, reported by kim@ops-1"
    assert last == "server3: cannot be reached; the next command on an incident tells it"
    fleet.do(OPEN)
    fleet.do(asked("note", why="restarted it"))
    shown = fleet.plan(asked("show")).report
    assert "restarted it (ops-1)" in shown
    assert shown.index("opened by kim@ops-1: no payments") < shown.index("restarted it")
