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

from ..core.errors import SAME_PLAYBOOK, STATUS_YML, InvalidInput, RefitError, Step, UnsafePath
from ..state import ledger_events
from ..state.holds import Hold, Holds
from ..state.signatures import SIGNED, Keyring
from ..state.signed import staged_facts
from ..state.weighing import Facts, facts_of, join
from ..words.reason import Reason, Record, from_record

# Where the controller and the hosts can still fetch from later; a file on some controller may be gone.
_FETCHABLE = ("https://", "http://", "s3://")
UNREACHABLE: Final = Reason("unreachable").to_record()

# From so many hosts on, what one of them says alone decides nothing for the others.
_ENOUGH = 3

_BELIEVE_ALL = Step(SAME_PLAYBOOK, Reason("or_distrust_none"), {"distrust": ""}, again=True)

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
        raise InvalidInput(Reason("fleet_is_empty"), next_command=Reason("add_hosts"))
    unsafe = {host: survey["unsafe"] for host, survey in surveys.items() if survey and survey.get("unsafe")}
    reachable = {host: survey for host, survey in sorted(surveys.items()) if survey and host not in unsafe}
    known = {**(unread or {}), **unsafe}
    missing = {host: known.get(host, UNREACHABLE) for host in sorted(set(surveys) - set(reachable))}
    if not reachable and unsafe:
        raise UnsafePath(Reason("no_host_may_be_worked_on", hosts=name_missing(missing)))
    if not reachable:
        raise RefitError(
            Reason("no_host_reached", hosts=name_missing(missing)),
            next_command=Reason("check_network_and_ssh"),
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


def damaged_ledgers(surveys: Reachable) -> list[Reason]:
    """The hosts that may have forgotten something, with what follows from it."""
    return [
        Reason("ledger_damaged", host=host, lines=survey["damaged_ledger_lines"], service=survey["service"])
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
        keyring: what tells which of the words a controller signed; None where the site has no key.
        alone: the ids of marks that one host alone set, and nobody signed, where that makes a difference.
        heeds_alone: whether such a mark counts for the others as well.
    """

    hosts: Reachable
    holds: Holds
    aside: Reachable = field(default_factory=dict)
    needs_witnesses: bool = False
    may_fetch: bool = False
    keyring: Keyring | None = None
    alone: frozenset[str] = frozenset()
    heeds_alone: bool = True

    @classmethod
    def of(
        cls,
        reachable: Reachable,
        *,
        fleet: Collection[str] | None = None,
        distrusted: Collection[str] = (),
        may_fetch: bool = False,
        keyring: Keyring | None = None,
    ) -> FleetMemory:
        """What the *reachable* hosts of the *fleet* know, by default all of it.

        Raises:
            InvalidInput: *distrusted* leaves nobody, or names one of whom nobody ever heard.
        """
        hosts = {host: survey for host, survey in reachable.items() if host not in distrusted}
        _check_distrust(reachable, fleet or reachable, distrusted, hosts)
        believed = len(set(fleet or reachable) - set(distrusted))
        wary = believed >= _ENOUGH and len(hosts) > 1
        known = {host: _holds(survey) for host, survey in hosts.items()}
        holds, alone = join(known, distrusted, wary=wary, keyring=keyring)
        return cls(
            hosts=hosts,
            holds=holds,
            aside={host: survey for host, survey in reachable.items() if host in distrusted},
            needs_witnesses=wary,
            may_fetch=may_fetch,
            keyring=keyring,
            alone=alone,
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
        return FleetMemory.of(
            {**self.hosts, **self.aside},
            distrusted=[*self.aside, host],
            may_fetch=self.may_fetch,
            keyring=self.keyring,
        )

    def witnessed(self, told: Iterable[tuple[str, _Said]]) -> set[_Said]:
        """What of that which hosts *told* counts: all of it, or what more than one of them said."""
        counts = Counter(said for _, said in set(told))
        return {said for said, count in counts.items() if count > 1 or not self.needs_witnesses}

    @property
    def unheeding(self) -> FleetMemory:
        """The same, in which marks of one host alone that nobody signed count for that host."""
        return replace(self, heeds_alone=False) if self.alone and self.heeds_alone else self

    def marked_alone(self, version: str) -> str | None:
        """The host that marked *version*, where its mark alone stands and nobody signed it."""
        mark = self.mark_of(version) or self.holds.mark_of(version)
        if mark is None or mark.id not in self.alone:
            return None
        return mark.told_by or next((host for host in self.hosts if mark.id in _holds(self.hosts[host]).placed), None)

    def mark_of(self, version: str) -> Hold | None:
        """The mark that stands on *version*, whichever host it was set on, as far as it counts for all."""
        marks = [hold for hold in self.holds.standing() if hold.version == version]
        return next((mark for mark in reversed(marks) if self.heeds_alone or mark.id not in self.alone), None)

    def marked_on(self, version: str) -> list[str]:
        """The hosts that hold the mark on *version* themselves."""
        mark = self.mark_of(version)
        return [host for host in sorted(self.hosts) if mark and mark.id in _holds(self.hosts[host]).placed]

    def is_known_to_others(self, version: str, host: str) -> bool:
        """Whether a host besides *host* knows of *version* at all."""
        return any(other != host for other, _ in self._all_of(version))

    def is_proven(self, version: str, sha256: str | None) -> bool:
        """Whether *version* was proven with this very content, as far as those who say so count."""
        signed = self.signed(version)
        if signed and signed.proven and signed.sha256 == sha256:
            return True
        told = [
            (host, found["sha256"]) for host, found in self._all_of(version) if found.get("sha256") and is_proven(found)
        ]
        return sha256 in self.witnessed(told)

    def content(self, version: str) -> str | None:
        """The sha256 of the artifact of *version*; None where it is not certain which all mean."""
        signed = self.signed(version)
        if signed:
            return signed.sha256
        told = [(host, found["sha256"]) for host, found in self._all_of(version) if found.get("sha256")]
        known = self.witnessed(told)
        return known.pop() if len(known) == 1 else None

    def tree(self, version: str) -> str | None:
        """What stands for all the files of *version*; None where it is not certain which all mean."""
        signed, content = self.signed(version), self.content(version)
        if signed and signed.tree_sha256:
            return signed.tree_sha256
        told = [(host, found) for host, found in self._all_of(version) if content and found.get("sha256") == content]
        known = self.witnessed((host, found["tree_sha256"]) for host, found in told if found.get("tree_sha256"))
        return known.pop() if len(known) == 1 else None

    def only_witness(self, version: str) -> str | None:
        """The host whose word alone is not enough for others to be given *version*; None where there is no such."""
        told = [host for host, found in self._all_of(version) if found.get("sha256")]
        return told[0] if self.needs_witnesses and len(told) == 1 and not self.signed(version) else None

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
        known, signed = self._all_of(version), self.signed(version)
        urls = self.witnessed((host, str(found.get("source"))) for host, found in known)
        if signed and _is_fetchable(signed.source):
            urls = {str(signed.source)}
        urls = {url for url in urls if _is_fetchable(url)}
        content = self.content(version)
        if not (self.may_fetch and urls and content) or self.sources(version):
            return None
        return Origin(min(urls), content)

    def lessons(self) -> dict[str, list[dict[str, Any]]]:
        """Per host that lacks something the ledger entries to write there."""
        found = {
            host: [
                entry
                for entry in self.holds.lessons_for(_holds(self.survey(host)))
                if entry.get("id") not in self.alone
            ]
            for host in self.everybody
        }
        return {host: entries for host, entries in found.items() if entries}

    def endorsements(self) -> dict[str, list[dict[str, Any]]]:
        """Per host the ledger entries that sign what it staged, as far as another host says the same or a controller
        signed it before; and those that sign it by the newest key."""
        found: dict[str, list[dict[str, Any]]] = {}
        for version in self._releases:
            facts = self._certain(version) if self.keyring and not self.mark_of(version) else None
            if facts is None or self.keyring is None:
                continue
            said = staged_facts(version, facts.sha256, facts.source, facts.tree_sha256, proven=facts.proven)
            word = self.keyring.sign(ledger_events.STAGED, said)
            for host, release in self._all_of(version):
                if _has(release, facts) and not self._is_signed(version, release, said):
                    staged = {name: release.get(name) for name in ("sha256", "tree_sha256", "source", "staged_at")}
                    entry = {"event": ledger_events.STAGED, "version": version, **staged, "signed": word}
                    found.setdefault(host, []).append(entry)
        return found

    def _is_signed(self, version: str, release: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
        word = release.get("signed")
        if not word or self.keyring is None or word["key"] != self.keyring.signs_as:
            return False
        return self.keyring.judge_release(version, word) == SIGNED and word["facts"] == said

    def _certain(self, version: str) -> Facts | None:
        """What is known of a release by more than one host's word: two say the same, or it is signed."""
        signed, known = self.signed(version), self._all_of(version)
        sha256 = signed.sha256 if signed else _agreed(known, "sha256")
        if sha256 is None:
            return None
        same = [(host, release) for host, release in known if release.get("sha256") == sha256]
        return Facts(
            sha256,
            (signed.source if signed else None) or _agreed(same, "source"),
            (signed.tree_sha256 if signed else None) or _agreed(same, "tree_sha256"),
            (signed is not None and signed.proven) or sum(is_proven(release) for _, release in same) > 1,
        )

    def signed(self, version: str) -> Facts | None:
        """What controllers signed of *version*."""
        return self._signed.get(version)

    def _all_of(self, version: str) -> list[tuple[str, Mapping[str, Any]]]:
        return self._releases.get(version, [])

    @cached_property
    def _signed(self) -> dict[str, Facts | None]:
        return {
            version: facts_of(version, (release for _, release in told), self.keyring)
            for version, told in self._releases.items()
        }

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


def _is_fetchable(source: str | None) -> bool:
    return source is not None and source.startswith(_FETCHABLE)


def _agreed(told: Iterable[tuple[str, Mapping[str, Any]]], name: str) -> str | None:
    """The one value of a field that more than one host gives it; None where there is no such."""
    counts = Counter(str(release[name]) for _, release in told if release.get(name))
    found = [value for value, count in counts.items() if count > 1]
    return found[0] if len(found) == 1 else None


def _has(release: Mapping[str, Any], facts: Facts) -> bool:
    """Whether a host staged what *facts* tell of."""
    fits = release.get("sha256") == facts.sha256 and facts.tree_sha256 in (None, release.get("tree_sha256"))
    return bool(fits and release.get("staged_at") and not release.get("handmade"))


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
            Reason("distrust_unknown", hosts=unknown),
            next_command=Reason("name_hosts_as_inventory"),
            steps=[_BELIEVE_ALL],
        )
    if not believed:
        raise InvalidInput(
            Reason("distrust_leaves_none", hosts=list(reachable)),
            next_command=Reason("name_fewer_hosts"),
            steps=[_BELIEVE_ALL],
        )
