"""What the fleet knows: the union of all hosts' ledgers.  Pure: surveys in.

A release that was proven on any host is good for all that have the same content, and a
mark or a freeze that was set on any host counts on all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ..core.errors import InvalidInput, RefitError
from ..state.holds import Hold, Holds

# Where the controller and the hosts can still fetch from later; a file on some controller may be gone.
_FETCHABLE = ("https://", "http://", "s3://")
UNREACHABLE = "cannot be reached"

Survey = Mapping[str, Any]
Surveys = Mapping[str, Optional[Survey]]
Reachable = Mapping[str, Survey]


def split(surveys: Surveys, unread: Mapping[str, str] | None = None) -> tuple[dict[str, Survey], dict[str, str]]:
    """The hosts that could be read, and why the others could not.

    Args:
        unread: of hosts without a survey what is known of why; all others cannot be reached.

    Raises:
        InvalidInput: there are no hosts.
        RefitError: none could be read.
    """
    if not surveys:
        raise InvalidInput("the fleet is empty", next_command="add hosts to the inventory's group")
    reachable = {host: survey for host, survey in sorted(surveys.items()) if survey}
    missing = {host: (unread or {}).get(host, UNREACHABLE) for host in sorted(set(surveys) - set(reachable))}
    if not reachable:
        raise RefitError(
            "no host of the fleet can be reached: {}".format(name_missing(missing)),
            next_command="check the network and SSH: ansible -m ping {}".format(next(iter(missing))),
        )
    return reachable, missing


def name_missing(missing: Mapping[str, str]) -> str:
    """The hosts, each with why it is missing where that is not that it cannot be reached."""
    return ", ".join(host if why == UNREACHABLE else f"{host} ({why})" for host, why in missing.items())


def release_in(survey: Survey, version: str) -> Mapping[str, Any]:
    """The release called *version* in a survey, empty if it is not there."""
    return next((release for release in survey["releases"] if release["version"] == version), {})


def damaged_ledgers(surveys: Reachable) -> list[str]:
    """The hosts that may have forgotten something, with what follows from it; a line each."""
    return [
        "{}: {} of its ledger cannot be read, and nothing is pruned there. Next: mend ledger.jsonl in its state_dir; "
        "what it says of {} is what can be read".format(
            host,
            "1 line" if survey["damaged_ledger_lines"] == 1 else "{damaged_ledger_lines} lines".format(**survey),
            survey["service"],
        )
        for host, survey in sorted(surveys.items())
        if survey.get("damaged_ledger_lines")
    ]


@dataclass(frozen=True)
class Origin:
    """Where a release was first staged from, and the sha256 that it must still have."""

    url: str
    sha256: str


@dataclass(frozen=True)
class FleetMemory:
    """The knowledge of all hosts that could be read, by name.

    *may_fetch* says that a release which no host has whole may come from where it was first staged from.
    """

    hosts: Reachable
    holds: Holds
    may_fetch: bool = False

    @classmethod
    def of(cls, reachable: Reachable, *, may_fetch: bool = False) -> FleetMemory:
        known = [Holds.from_record(survey.get("holds")) for survey in reachable.values()]
        return cls(reachable, Holds().joined_with(known), may_fetch)

    def mark_of(self, version: str) -> Hold | None:
        """The mark that stands on *version*, whichever host it was set on."""
        return self.holds.mark_of(version)

    def marked_on(self, version: str) -> list[str]:
        """The hosts that hold the mark on *version* themselves."""
        mark = self.mark_of(version)
        return [host for host in sorted(self.hosts) if mark and mark.id in self._own(host).placed]

    def is_proven(self, version: str, sha256: str | None) -> bool:
        """Whether some host proved *version* with this very content."""
        return sha256 is not None and any(
            release["sha256"] == sha256 and is_proven(release)
            for release in (release_in(survey, version) for survey in self.hosts.values())
            if release.get("sha256")
        )

    def sources(self, version: str) -> dict[str, str]:
        """The hosts that *version* can be copied from, and the sha256 of its artifact there."""
        found = {}
        for host in sorted(self.hosts):
            release = release_in(self.hosts[host], version)
            if release.get("usable") and release.get("sha256") and not release.get("handmade"):
                found[host] = release["sha256"]
        return found

    def origin(self, version: str) -> Origin | None:
        """Where *version* may be fetched from; None where a host has it, or it is not certain what it holds."""
        known = [release_in(self.hosts[host], version) for host in sorted(self.hosts)]
        contents = {release["sha256"] for release in known if release.get("sha256")}
        urls = [str(release["source"]) for release in known if str(release.get("source")).startswith(_FETCHABLE)]
        there = any(release.get("usable") for release in known)
        return Origin(urls[0], contents.pop()) if self.may_fetch and urls and len(contents) == 1 and not there else None

    def lessons(self) -> dict[str, list[dict[str, Any]]]:
        """Per host that lacks something the ledger entries to write there."""
        found = {host: self.holds.lessons_for(self._own(host)) for host in sorted(self.hosts)}
        return {host: entries for host, entries in found.items() if entries}

    def _own(self, host: str) -> Holds:
        return Holds.from_record(self.hosts[host].get("holds"))


def is_proven(release: Mapping[str, Any]) -> bool:
    """Whether the host's own last word on the release is a proof."""
    return bool(release.get("proven"))
