"""The story's lines: steps and their ends as text, in one of the languages."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.utils.display import get_text_width

from plugin_utils.progress import Progress
from refit.notify.event_texts import texts as team_texts
from refit.words.printable import printable
from refit.words.sentence import DEFAULT_LANGUAGE
from refit.words.sentence import said as in_words

from . import texts_en, texts_ko
from .step import Step

LANGUAGES: Mapping[str, Any] = {"ko": texts_ko, "en": texts_en}
_NAMED = 4
_LABEL = 11
_MOST = 400
GAP = "  "
# Where a run acts, as what refuses it begins.
_PLACE = re.compile(r"\[[^\]\n]*\] ")


@dataclass(frozen=True)
class Place:
    """What a run is about, as its first line says.

    Attributes:
        playbook: its file, without directory and suffix.
        runbooks: where the runbooks are read; empty where nowhere.
        gate: how a release is proven: ``successes`` and ``deadline_s``, as far as known.
    """

    playbook: str
    service: str = ""
    environment: str = ""
    owner: str = ""
    check: bool = False
    runbooks: str = ""
    gate: Mapping[str, Any] | None = None


class Wording:
    """Says things in *language*, with times of *zone* (this machine's if None)."""

    def __init__(self, language: str, place: Place, zone: datetime.tzinfo | None = None) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self.texts = LANGUAGES[self.language]
        self.place = place
        self.zone = zone

    def say(self, line: str, **values: Any) -> str:
        return str(self.texts.LINES[line]).format(**values)

    @property
    def title(self) -> str:
        return str(self.texts.TITLES.get(self.place.playbook, self.place.playbook))

    def refusal(self, told: str) -> str:
        """*told*, which refuses what was asked for and names the place, below a line that says so."""
        at = _PLACE.match(told)
        place = at[0] if at else ""
        return f"{place}⛔ {self.say('refused', title=self.title)}\n{told[len(place) :]}"

    # -- first line --------------------------------------------------------------------------------------------

    def first(self, at: float) -> str:
        """What begins, where, who began it and when."""
        place = self.place
        where = " · ".join(part for part in (place.service, place.environment) if part)
        what = self.say("plans" if place.check else "begins", title=self.title)
        clock = self._moment(at).strftime("%H:%M:%S %Z")
        return GAP.join(part for part in (what, where, place.owner, clock) if part)

    def versions(self, plan: Mapping[str, Any]) -> str:
        """From which versions to which."""
        before = dict.fromkeys(str(each or self.say("nothing")) for each in plan.get("from_versions", {}).values())
        return "{} → {}".format(", ".join(before) or self.say("nothing"), plan.get("target") or self.say("own"))

    # -- steps -------------------------------------------------------------------------------------------------

    def head(self, step: Step) -> str:
        """The beginning of a step's line."""
        return f"  {self._moment(step.began):%H:%M:%S}  {self.padded(self.label(step))}"

    def label(self, step: Step) -> str:
        return str(self.texts.STEPS.get(step.key, step.detail)).format(detail=step.detail)

    def lines(self, step: Step) -> list[str]:
        """A step that ended: a line for each way in which it did."""
        heads = [self.head(step)]
        tails = [self._tail(step, end, hosts) for end, hosts in step.groups().items()]
        if step.key == "other":
            tails = [self._counted(step)]
        if step.note:
            tails = [*tails[:-1], GAP.join([*tails[-1:], step.note])]
        heads += [" " * self._indent] * (len(tails) - 1)
        return [f"{head}{tail}".rstrip() for head, tail in zip(heads, tails or [""])]

    def _tail(self, step: Step, end: str, hosts: Sequence[str]) -> str:
        ends: Mapping[str, str] = self.texts.ENDS
        word = ends.get(f"{step.key} {end}") or (ends.get(step.key) if end in ("ok", "changed") else "")
        if step.key == "look" and word:
            return f"{self.counted(hosts)} {word}"
        took = max((step.seconds.get(host, 0.0) for host in hosts), default=0.0) or step.ended - step.began
        return f"{self.fold(hosts)}  {word or ends.get(end, end)}" + (f" {self.took(took)}" if took >= 1 else "")

    def _counted(self, step: Step) -> str:
        seconds = step.ended - step.began
        parts = [self.fold([host for host in step.hosts if host in step.ends]), self.say("tasks", count=step.tasks)]
        parts += [self.say("changes", count=step.changed)] if step.changed else []
        parts += [self.took(seconds)] if seconds >= 1 else []
        return " · ".join(parts)

    def awaited(self, step: Step, now: float) -> list[str]:
        """What the hosts of a step that is at work are waited for, or what came of it so far.

        A line for all; where some say how far they are, and not all the same, one more for each that is so far.
        """
        if not step.waiting:
            return [self.lines(step)[0][len(self.head(step)) :]]
        what = str(self.texts.AWAITED.get(step.key, "")).format(gate=self._gate()) or printable(step.doing, _MOST)
        longest = self.took(now - min(step.waiting.values()))
        done = len(set(step.ends) - set(step.waiting))
        waiting = [host for host in step.hosts if host in step.waiting]
        hosts = self.fold(waiting)
        if done:
            hosts += " " + self.say("waiting", waiting=len(waiting), all=done + len(waiting))
        far = self._far(step, waiting)
        if len(far) == 1:
            return [f"{hosts}  {next(iter(far)) or what}  {longest}"]
        first = GAP.join((hosts, what, longest) if "" in far else (hosts, longest))
        return [first, *(self.below(f"{self.fold(far[how])}  {how}") for how in far if how)]

    def _far(self, step: Step, hosts: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The *hosts* by how far they say they are, the least far first; under "" those that say nothing."""
        told = {host: step.progress.get(host) for host in hosts}
        found: dict[str, list[str]] = {}
        for host in sorted(hosts, key=lambda host: getattr(told[host], "passed", -1)):
            found.setdefault(self.progress(told[host]), []).append(host)
        return found

    def progress(self, progress: Progress | None) -> str:
        """How far a host is; empty where it did not say."""
        if progress is None:
            return ""
        known: Mapping[str, str] = self.texts.PROGRESS
        needed = progress.needed or (self.place.gate or {}).get("successes", "?")
        parts = [known[progress.step].format(passed=progress.passed, needed=needed)]
        parts += [self.say("restarts", count=progress.restarts)] if progress.restarts else []
        return " · ".join(parts)

    def passing(self, step: Step, now: float) -> str:
        """What a step does that leaves no line."""
        return f"{self.texts.AWAITED[step.key]}  {self.took(now - step.began)}"

    def _gate(self) -> str:
        gate = self.place.gate or {}
        if "successes" in gate and "deadline_s" in gate:
            return self.say("gate", successes=gate["successes"], deadline_s=gate["deadline_s"])
        return self.say("gate_unknown")

    # -- parts -------------------------------------------------------------------------------------------------

    def failure(self, host: str, task: str, why: str) -> str:
        """What went wrong on a host: said at once."""
        return self.below(f"✗ {host}  {task}: {printable(why.strip(), _MOST) or '?'}")

    def check(self, name: str) -> str:
        """What a host failed at, as its outcome names it."""
        return team_texts(self.language).CHECKS.get(name, name)

    def why(self, said: Mapping[str, Any]) -> str:
        """Why a task failed on a host, as its result says: a reason in words, or a text as it came."""
        return self.reason(said.get("reason")) or self.told(said)

    def reason(self, record: Any) -> str:
        """A reason's record in words; empty where there is none."""
        return in_words(record, self.language)

    def told(self, said: Mapping[str, Any]) -> str:
        """The text of a result, which has the commands that lead on."""
        return str(said.get("msg") or self.say("censored"))

    def below(self, text: str) -> str:
        """A line that belongs to the one above it."""
        return " " * self._indent + text

    def fold(self, hosts: Sequence[str]) -> str:
        """*hosts* by name, or from the first to the last where they are many."""
        if len(hosts) <= _NAMED:
            return " ".join(hosts)
        return self.say("folded", first=hosts[0], last=hosts[-1], count=len(hosts))

    def counted(self, hosts: Collection[str]) -> str:
        return self.say("hosts", count=len(hosts)) if len(hosts) != 1 else next(iter(hosts))

    def took(self, seconds: float) -> str:
        whole = round(seconds)
        if whole < 60:
            return self.say("seconds", s=f"{seconds:.1f}" if seconds < 10 else whole)
        return self.say("minutes", m=whole // 60, s=whole % 60)

    def padded(self, label: str) -> str:
        return str(label + " " * max(_LABEL - get_text_width(label), 1) + GAP)

    @property
    def _indent(self) -> int:
        return 2 + len("00:00:00") + 2 + _LABEL + len(GAP)

    def _moment(self, at: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(at, self.zone).astimezone(self.zone)
