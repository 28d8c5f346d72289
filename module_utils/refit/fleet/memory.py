"""What the fleet knows: all hosts' ledgers together.  Pure: surveys in.

A release that was proven elsewhere is good for all that have the same content, and a mark or a freeze that was set on
any host counts on all.  Where there are hosts enough, one alone neither proves nor offers anything to the others, nor
lifts what they hold; and a host that is distrusted says nothing at all about them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Optional, TypeVar

from ..core.errors import STATUS_YML, InvalidInput, RefitError, Step, UnsafePath
from ..state.holds import Hold, Holds
from ..words.reason import Reason, Record, from_record

# Where the controller and the hosts can still fetch from later; a file on some controller may be gone.
_FETCHABLE = ("https://", "http://", "s3://")
UNREACHABLE: Final = Reason("unreachable").to_record()

# From so many hosts on, what one of them says alone decides nothing for the others.
_ENOUGH = 3

_Said = TypeVar("_Said", bound=Hashable)
Survey = Mapping[str, Any]
Surveys = Mapping[str, Optional[Survey]]
Reachable = Mapping[str, Survey]


def split(surveys: Surveys, unread: Mapping[str, Record] | None = None) -> tuple[dict[str, Survey], dict[str, Record]]:
    """The hosts that could be read and worked on, and why the others could not.

    Args:
        unread: of hosts without a survey what is known of why; all others cannot be reached.

    Raises:
        InvalidInput: there are no hosts.
        UnsafePath: on none of those that were read may root work.
        RefitError: none could be read.
    """
    if not surveys:
        raise InvalidInput("the fleet is empty", next_command="add hosts to the inventory's group")
    unsafe = {host: survey["unsafe"] for host, survey in surveys.items() if survey and survey.get("unsafe")}
    reachable = {host: survey for host, survey in sorted(surveys.items()) if survey and host not in unsafe}
    known = {**(unread or {}), **unsafe}
    missing = {host: known.get(host, UNREACHABLE) for host in sorted(set(surveys) - set(reachable))}
    if not reachable and unsafe:
        raise UnsafePath(Reason("no_host_may_be_worked_on", hosts=name_missing(missing)))
    if not reachable:
        raise RefitError(
            Reason("no_host_reached", hosts=name_missing(missing)),
            next_command="check the network and SSH",
            steps=[Step(STATUS_YML, Reason("to_see_who_answers"))],
        )
    return reachable, missing


def name_missing(missing: Mapping[str, Record]) -> Reason:
    """The hosts, each with why it is missing where more is known than that it cannot be reached."""
    whys = {host: why_out_of_reach(why) for host, why in missing.items()}
    named = [
        Reason("host_with", host=host, why=why) if why else Reason("host", host=host) for host, why in whys.items()
    ]
    return Reason("hosts", hosts=named)


def is_out_of_reach(why: Record) -> bool:
    """Whether *why* a host is missing is that it cannot be reached."""
    return from_record(why).code in ("unreachable", "unreachable_for")


def why_out_of_reach(why: Record) -> Reason | None:
    """What is known of *why* a host is missing besides that it cannot be reached."""
    reason = from_record(why)
    more = reason.values.get("why") if is_out_of_reach(why) else reason
    return more if isinstance(more, Reason) else None


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
    """The knowledge of the hosts that could be read.

    Attributes:
        hosts: the surveys of those whose word counts.
        holds: what keeps releases, or all of them, from going live.
        aside: the surveys of those that take part, and whose word counts for themselves alone.
        needs_witnesses: whether there are hosts enough that one alone need not be believed.
        may_fetch: whether a release that no host can give may come from where it was first staged from.
    """

    hosts: Reachable
    holds: Holds
    aside: Reachable = field(default_factory=dict)
    needs_witnesses: bool = False
    may_fetch: bool = False

    @classmethod
    def of(
        cls,
        reachable: Reachable,
        *,
        fleet: Collection[str] | None = None,
        distrusted: Collection[str] = (),
        may_fetch: bool = False,
    ) -> FleetMemory:
        """What the *reachable* hosts of the *fleet* know, by default all of it.

        Raises:
            InvalidInput: *distrusted* leaves nobody, or names one of whom nobody ever heard.
        """
        hosts = {host: survey for host, survey in reachable.items() if host not in distrusted}
        _check_distrust(reachable, fleet or reachable, distrusted, hosts)
        believed = len(set(fleet or reachable) - set(distrusted))
        wary = believed >= _ENOUGH and len(hosts) > 1
        return cls(
            hosts=hosts,
            holds=_joined({host: _holds(survey) for host, survey in hosts.items()}, distrusted, wary=wary),
            aside={host: survey for host, survey in reachable.items() if host in distrusted},
            needs_witnesses=wary,
            may_fetch=may_fetch,
        )

    def survey(self, host: str) -> Survey:
        """What *host* says of itself, distrusted or not."""
        return self.hosts[host] if host in self.hosts else self.aside[host]

    @property
    def everybody(self) -> list[str]:
        """All hosts that take part."""
        return sorted({*self.hosts, *self.aside})

    def without(self, host: str) -> FleetMemory | None:
        """What is known where *host* is distrusted as well; None where that leaves nobody."""
        if self.hosts.keys() <= {host}:
            return None
        return FleetMemory.of({**self.hosts, **self.aside}, distrusted=[*self.aside, host], may_fetch=self.may_fetch)

    def witnessed(self, told: Iterable[tuple[str, _Said]]) -> set[_Said]:
        """What of that which hosts *told* counts: all of it, or what more than one of them said."""
        counts = Counter(said for _, said in set(told))
        return {said for said, count in counts.items() if count > 1 or not self.needs_witnesses}

    def mark_of(self, version: str) -> Hold | None:
        """The mark that stands on *version*, whichever host it was set on."""
        return self.holds.mark_of(version)

    def marked_on(self, version: str) -> list[str]:
        """The hosts that hold the mark on *version* themselves."""
        mark = self.mark_of(version)
        return [host for host in sorted(self.hosts) if mark and mark.id in _holds(self.hosts[host]).placed]

    def is_known_to_others(self, version: str, host: str) -> bool:
        """Whether a host besides *host* knows of *version* at all."""
        return any(other != host for other, _ in self._all_of(version))

    def is_proven(self, version: str, sha256: str | None) -> bool:
        """Whether *version* was proven with this very content, as far as those who say so count."""
        told = [
            (host, found["sha256"]) for host, found in self._all_of(version) if found.get("sha256") and is_proven(found)
        ]
        return sha256 in self.witnessed(told)

    def content(self, version: str) -> str | None:
        """The sha256 of the artifact of *version*; None where it is not certain which all mean."""
        told = [(host, found["sha256"]) for host, found in self._all_of(version) if found.get("sha256")]
        known = self.witnessed(told)
        return known.pop() if len(known) == 1 else None

    def tree(self, version: str) -> str | None:
        """What stands for all the files of *version*; None where it is not certain which all mean."""
        content = self.content(version)
        told = [(host, found) for host, found in self._all_of(version) if content and found.get("sha256") == content]
        known = self.witnessed((host, found["tree_sha256"]) for host, found in told if found.get("tree_sha256"))
        return known.pop() if len(known) == 1 else None

    def only_witness(self, version: str) -> str | None:
        """The host whose word alone is not enough for others to be given *version*; None where there is no such."""
        told = [host for host, found in self._all_of(version) if found.get("sha256")]
        return told[0] if self.needs_witnesses and len(told) == 1 else None

    def sources(self, version: str) -> dict[str, str]:
        """The hosts that *version* can be copied from, and the sha256 of its artifact there.

        Where one host's word is not enough, what a copy has to hold is known from another one.
        """
        content, tree = self.content(version), self.tree(version)
        if content is None or (tree is None and self.needs_witnesses):
            return {}
        return {
            host: content
            for host, found in self._all_of(version)
            if found.get("usable")
            and not found.get("handmade")
            and found.get("sha256") == content
            and tree in (None, found.get("tree_sha256"))
        }

    def origin(self, version: str) -> Origin | None:
        """Where *version* may be fetched from; None where a host can give it, or it is not certain where that is or
        what it holds."""
        known = self._all_of(version)
        urls = self.witnessed((host, str(found["source"])) for host, found in known if _is_fetchable(found))
        content = self.content(version)
        if not (self.may_fetch and urls and content) or self.sources(version):
            return None
        return Origin(min(urls), content)

    def lessons(self) -> dict[str, list[dict[str, Any]]]:
        """Per host that lacks something the ledger entries to write there."""
        found = {host: self.holds.lessons_for(_holds(self.survey(host))) for host in self.everybody}
        return {host: entries for host, entries in found.items() if entries}

    def _all_of(self, version: str) -> list[tuple[str, Mapping[str, Any]]]:
        return self._releases.get(version, [])

    @cached_property
    def _releases(self) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
        """Per version the hosts that know it, and what they say of it."""
        found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for host in sorted(self.hosts):
            for release in self.hosts[host]["releases"]:
                found.setdefault(release["version"], []).append((host, release))
        return found


def is_proven(release: Mapping[str, Any]) -> bool:
    """Whether the host's own last word on the release is a proof."""
    return bool(release.get("proven"))


def names_in(words: Iterable[str]) -> list[str]:
    """The hosts named by *words*, as a person may have written them: with blanks around, or empty for nobody."""
    return [name for name in (word.strip() for word in words) if name]


def or_distrust(playbook: str, host: str | None, among: Collection[str]) -> list[Step]:
    """The way out where *host* alone, one of those *among* whom there are others, stands against what is wanted."""
    if host is None or len(set(among) | {host}) < 2:
        return []
    return [Step(playbook, Reason("if_not_to_be_believed", host=host), {"distrust": host}, again=True)]


def _is_fetchable(release: Mapping[str, Any]) -> bool:
    return str(release.get("source")).startswith(_FETCHABLE)


def _holds(survey: Survey) -> Holds:
    return Holds.from_record(survey.get("holds"))


def _check_distrust(
    reachable: Reachable, fleet: Collection[str], distrusted: Collection[str], believed: Collection[str]
) -> None:
    if not distrusted:
        return
    # One that is gone may be distrusted still: what it told is written down on the others.
    told_by = {hold.told_by for survey in reachable.values() for hold in _holds(survey).placed.values()}
    unknown = sorted(set(distrusted) - set(fleet) - told_by)
    if unknown:
        raise InvalidInput(
            "distrust names what is no host of the fleet: {}".format(", ".join(unknown)),
            next_command="name hosts as the inventory does: -e distrust=HOST[,HOST]",
        )
    if not believed:
        raise InvalidInput(
            "distrust leaves no host whose word counts: {} can be read".format(", ".join(reachable)),
            next_command="name fewer hosts: -e distrust=HOST[,HOST]",
        )


def _joined(known: Mapping[str, Holds], distrusted: Collection[str], *, wary: bool) -> Holds:
    """What the hosts together hold and have lifted; *wary* of what one of them says alone.

    Each hold says by whom it was told where that is one host, whoever else wrote it down since.
    """
    joined = Holds().joined_with(known.values())
    for key in list(joined.placed):
        tellers = {host: holds.placed[key] for host, holds in known.items() if key in holds.placed}
        tellers = {host: hold for host, hold in tellers.items() if hold.told_by not in distrusted}
        if not tellers:
            del joined.placed[key]
            continue
        # That one of them gives the same id to something else takes nothing from what the others mean.
        meant = Counter(hold.version for hold in tellers.values())
        agreed = [hold for hold in tellers.values() if meant[hold.version] == max(meant.values())]
        first = {hold.told_by or host for host, hold in tellers.items()} if len(tellers) > 1 else set(tellers)
        joined.placed[key] = replace(Holds.senior(agreed), told_by=first.pop() if len(first) == 1 else None)
    if wary:
        for key in list(joined.lifted):
            lifting = [host for host, holds in known.items() if key in holds.lifted]
            holding = [host for host, holds in known.items() if key in holds.placed and key not in holds.lifted]
            if len(lifting) == 1 and holding:
                del joined.lifted[key]
    return joined
