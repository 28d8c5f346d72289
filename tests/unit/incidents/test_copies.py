"""Copies of an incident on several hosts, whose clocks differ and whose messages get lost, doubled and out of order."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from refit.incidents import events as kinds
from refit.incidents.actions import Author, act
from refit.incidents.events import union
from refit.incidents.incident import incidents_of
from refit.incidents.policy import DEFAULT
from support.incidents import NOON, asked

HOSTS = range(4)
FAR = 600.0  # seconds by which two clocks may differ
hosts = st.sampled_from(HOSTS)


class Copies(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.ids = itertools.count(1)
        self.time = NOON
        self.skew = [0.0] * len(HOSTS)
        self.copies = [[] for _ in HOSTS]
        self.alive = set(HOSTS)
        self.told = {}

    @initialize(
        skew=st.lists(st.floats(-FAR / 2, FAR / 2), min_size=4, max_size=4),
        where=hosts,
        severity=st.sampled_from("012"),
    )
    def open_it(self, skew, where, severity):
        self.skew = skew
        self.do(where, "open", severity=f"P{severity}", why="no payments")

    def now(self, host):
        return self.time + self.skew[host]

    def author(self, host):
        return Author(f"kim@{host}", str(host), self.now(host), "", lambda: f"{next(self.ids):032x}")

    def do(self, host, action, **more):
        _, new = act(asked(action, **more), self.copies[host], DEFAULT, self.author(host))
        self.copies[host] = [*self.copies[host], *new]

    def known(self, host):
        found = incidents_of(self.copies[host])
        return found[0] if found else None

    def is_over(self, host):
        """Whether a resolve stands there: from the events themselves, and not as incident.py has it."""
        events = self.copies[host]
        lifted = {each for event in events if event["event"] == "reopened" for each in event["lifts"]}
        return any(event["event"] == "resolved" and event["id"] not in lifted for event in events)

    @rule(host=hosts, action=st.sampled_from(["ack", "note", "mitigate", "resolve", "reopen", "snooze", "severity"]),
          severity=st.sampled_from("012"), words=st.sampled_from(["looked", "asked", "done"]))  # fmt: skip
    def somebody_does(self, host, action, severity, words):
        incident = self.known(host)
        if incident is None or (incident.state == "resolved" and action not in ("note", "resolve", "reopen")):
            return
        self.do(host, action, number=incident.number, why=words, severity=f"P{severity}", minutes=20)

    @rule(giver=hosts, taker=hosts, data=st.data())
    def some_of_it_arrives(self, giver, taker, data):
        if self.copies[giver]:
            some = data.draw(st.lists(st.sampled_from(self.copies[giver]), max_size=20))
            self.copies[taker] = union(self.copies[taker], some)

    @rule(first=hosts, second=hosts)
    def two_meet(self, first, second):
        both = union(self.copies[second], self.copies[first])
        self.copies[first], self.copies[second] = both, list(reversed(both))
        assert self.known(first) == self.known(second)

    @rule(seconds=st.sampled_from([1.0, 30.0, 300.0, 1800.0]))
    def time_passes(self, seconds):
        self.time += seconds

    @rule(host=hosts)
    def a_host_is_lost(self, host):
        if len(self.alive) > 1:
            self.alive.discard(host)

    @rule(host=hosts)
    def a_host_comes_back(self, host):
        self.alive.add(host)

    @rule(host=hosts)
    @precondition(lambda self: self.alive)
    def a_host_looks_for_what_is_due(self, host):
        incident = self.known(host)
        if host not in self.alive or incident is None:
            return
        due = incident.due(self.now(host))
        assert not (due and self.is_over(host))
        if due:
            steps = [step.id for step in due]
            told = self.author(host).event(kinds.ESCALATED, incident.id, steps=steps)
            self.copies[host] = [*self.copies[host], told]
            for step in steps:
                self.told.setdefault(step, []).append(host)
        assert self.known(host).due(self.now(host)) == []

    @invariant()
    def nobody_is_told_twice_by_one_host(self):
        assert all(len(by) == len(set(by)) for by in self.told.values())

    def teardown(self):
        """All that was due while one host lives and knows it was told; two hosts may have told the same."""
        host = min(self.alive)
        self.copies[host] = union(*self.copies)
        self.time += 24 * 3600
        self.a_host_looks_for_what_is_due(host)
        incident = self.known(host)
        if incident is not None and incident.state != "resolved":
            quiet = "acknowledged" if incident.state == "acknowledged" else ""
            assert {step.id for step in incident.steps if step.unless != quiet} <= set(self.told)


TestCopies = Copies.TestCase
