"""A host's copy of the incidents' events: ``incidents/events.jsonl`` beside the services' ledgers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ..core.beneath import make_kept
from ..core.errors import Busy
from ..core.locks import SHORT_S, locked
from ..core.system import Clock
from ..state.append_only import AppendOnly, Kind
from ..words.reason import Reason
from .events import MOST_EVENTS, OPENED, Event, is_event, read_event, union

KIND = Kind(
    is_entry=is_event,
    called=Reason("incidents_file"),
    reading=Reason("read_the_incidents"),
    writing=Reason("write_the_incidents"),
)


class NumberTaken(Busy):
    """Somebody else has just given the number to another incident."""

    kind = "number_taken"


class IncidentStore:
    """The copy beside the service's *state_dir*; the services of a host share it."""

    def __init__(self, state_dir: str, clock: Clock) -> None:
        self.directory = os.path.join(os.path.dirname(state_dir), "incidents")
        self.clock = clock
        self._file = AppendOnly(os.path.join(self.directory, "events.jsonl"), KIND, clock)

    @property
    def path(self) -> str:
        return self._file.path

    def read(self) -> list[Event]:
        """All events that it holds, each once, in order."""
        return union(map(read_event, self._file.read().entries))

    def newest(self) -> list[Event]:
        """The events of the newest incidents, as many as a host's answer may have."""
        events = self.read()
        mine: dict[str, list[Event]] = {}
        for event in events:
            mine.setdefault(event["incident"], []).append(event)
        kept: set[str] = set()
        room = MOST_EVENTS
        for incident in reversed(mine):
            if len(mine[incident]) <= room:
                room -= len(mine[incident])
                kept.add(incident)
        return [event for event in events if event["incident"] in kept]

    def learn(self, events: Iterable[Event], *, claims: bool = False, dry_run: bool = False) -> Sequence[Event]:
        """Take down those of *events* that it lacks; returns them.

        Args:
            claims: whether a number that another incident has is refused; else both have it.

        Raises:
            NumberTaken: so it is refused, and nothing was written.
            RefitError: it cannot be written.
        """
        events = union(events)
        if dry_run:
            return self._lacks(events, claims)
        make_kept(self.directory, 0o750, Reason("state_directory"))
        lock = os.path.join(self.directory, "lock")
        with locked(lock, self.clock, SHORT_S, KIND.called):
            new = self._lacks(events, claims)
            if new:
                self._file.append(*new)
        return new

    def _lacks(self, events: Sequence[Event], claims: bool) -> list[Event]:
        there = self.read()
        known = {event["id"] for event in there}
        new = [event for event in events if event["id"] not in known]
        numbers = {event["number"] for event in there if event["event"] == OPENED}
        taken = [event["number"] for event in new if event["event"] == OPENED and event["number"] in numbers]
        if claims and taken:
            raise NumberTaken(Reason("incident_number_taken", number=taken[0]), where=self.path)
        return new
