"""What became of a deploy so far, host by host, and what follows for the touched ones.  Pure.

A host that gave no answer during its activation counts as *maybe activated*: it is taken
back like one that was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ..core.errors import Outranked
from ..deploy.outcomes import ACTIVATED, FAILED, GOOD, LOST, REFUSED, RESTORED, UNCHANGED
from ..words.reason import Reason, Record, from_record

# Checks that say something about the release, not about the host it ran on, or its process manager.
RELEASE_CHECKS = ("health", "process", "restarts", "severity", "version")

Outcome = Optional[Mapping[str, Any]]
Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True)
class Course:
    """A deploy's course.

    Attributes:
        target: the version that is deployed.
        before: per host that takes part the version to go back to; None if there is none.
        outcomes: per host whose batch has begun its activation's outcome record; None if it was lost.
        resumed: hosts that had the target from the start, from a run that did not end and that this one
            continues: they go back with the others, whether their turn had come or not.
        missing: per host of the fleet that could not be read from the start why.
        live: per host what was live from the start; *before* where it is not told.
    """

    target: str
    before: Mapping[str, str | None]
    outcomes: Outcomes
    resumed: Collection[str] = ()
    missing: Mapping[str, Record] = field(default_factory=dict)
    live: Mapping[str, str | None] = field(default_factory=dict)

    def live_on(self, host: str) -> str | None:
        """What runs on *host* as long as its turn has not come; on a fleet left half-way not what it goes back to."""
        return self.target if host in self.resumed else self.live.get(host, self.before[host])

    @property
    def touched(self) -> list[str]:
        """The hosts on which the target was, or may have been, made live by this deploy or the one it continues."""
        return sorted(
            host
            for host, record in self.outcomes.items()
            if record is None or record.get("touched") or (_good(record) and self.before.get(host) != self.target)
        )

    @property
    def complete(self) -> bool:
        """Whether every host that takes part is on the target, and proven."""
        return all(_good(self.outcomes.get(host) or {}) for host in self.before)

    @property
    def is_back(self) -> bool:
        """Whether every touched host is back already, by itself: its activation failed and restored what was live."""
        ends = {(self.outcomes.get(host) or {}).get("outcome") for host in self.touched}
        return not self.take_back() and ends == {RESTORED}

    @property
    def blame(self) -> Record | None:
        """Why the release itself is bad; None if only hosts or the network failed, or what was before fails as well."""
        for host in sorted(self.outcomes):
            record = self.outcomes[host]
            if record and record["outcome"] in (FAILED, RESTORED) and record.get("failed_check") in RELEASE_CHECKS:
                if record["outcome"] == FAILED and record.get("live") not in (None, self.target):
                    continue  # it is back on what was live before, which is not well there either
                return Reason(
                    "failed_on", host=host, why=from_record(record.get("reason") or record["outcome"])
                ).to_record()
        return None

    def take_back(self) -> dict[str, str]:
        """Which hosts must go back when the deploy has failed, and where to.

        A host that restored itself, was refused before the switch, or ran the target before
        needs nothing; one without a release before has nowhere to go.
        """
        back = {}
        for host, version in self.before.items():
            if version is None or version == self.target:
                continue
            if _must_go_back(self.outcomes[host]) if host in self.outcomes else host in self.resumed:
                back[host] = version
        return back


def overtaken_by(records: Outcomes) -> Record | None:
    """The newer run that refused this one a step, such as ``a rollback by kim``; None if none did."""
    for host in sorted(records):
        record = records[host] or {}
        if record.get("failed_check") == Outranked.kind:
            return from_record(record.get("overtaken_by") or Reason("a_newer_run").to_record()).to_record()
    return None


def _good(record: Mapping[str, Any]) -> bool:
    return record.get("outcome") in GOOD


def _must_go_back(record: Outcome) -> bool:
    return (
        record is None
        or record["outcome"] in (ACTIVATED, UNCHANGED, FAILED, LOST)
        or (record["outcome"] == REFUSED and bool(record.get("touched")))
    )
