"""The catalogue of events: what each is, where it goes, whom it pings, what it shows.

The words stand in the ``event_texts`` modules, one a language.  Facts come from outside
(commit messages, host names, error texts), so each is neutralised where it becomes markdown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Final

from ..core.errors import InvalidInput
from ..core.spelling import did_you_mean
from ..core.timestamps import epoch
from ..words.reason import Reason
from ..words.sentence import said
from .discord_payload import MARKS, Channel, Excerpt, Field, Message, Severity
from .discord_text import broken, cut, moment, one_line, outside, plain
from .event_texts import DEFAULT_LANGUAGE, Texts, texts
from .folding import folded, folded_names
from .links import Link

ALERTS: Final = "alerts"
INCIDENTS: Final = "incidents"

ON_CALL = "devops-oncall"
SECOND_LINE = "ai-backend-lead"

_PLACE = ("service", "environment")
_CI = (*_PLACE, "version", "commit", "actor", "duration", "reason")
_CD = (
    *_PLACE, "version", "commit", "actor", "hosts", "duration", "progress", "reason", "override", "stopped", "frozen",
    "failures",
)  # fmt: skip
_FREEZE = (*_PLACE, "actor", "reason")
_INCIDENT = (*_PLACE, "version", "incident", "actor", "reason")
_REPORT = ("occurred_at", "detected_at", "acted_at", "recovered_at", "impact", "root_cause", "prevention")

_INLINE = frozenset((*_PLACE, "version", "actor", "duration", "incident", "commit", *_REPORT[:4]))
#: Facts that may be a reason's record, see :mod:`..words.reason`; or a text.
_REASONS = frozenset(("reason", "message"))
_SHOWN_FAILURES = 6
_SHOWN_EXCERPTS = 3
_SHOWN_VERSIONS = 4
_MOST_MINUTES = 7 * 24 * 60
_LONGEST_NAMES = 200


@dataclass(frozen=True)
class EventType:
    """One event of the catalogue.

    Attributes:
        severity: None where the facts say it.
        channel: where it goes: automatic ones to ``alerts``, what people report to ``incidents``.
        fields: which facts it shows, in this order.
        pings_at_p0: logical names to mention when it is P0.
        pings: logical names to mention always.
    """

    severity: Severity | None
    fields: tuple[str, ...]
    channel: Channel = ALERTS
    pings_at_p0: tuple[str, ...] = ()
    pings: tuple[str, ...] = ()


EVENTS: Mapping[str, EventType] = {
    "lint_test_failed": EventType("P1", _CI),
    "integration_failed": EventType("P1", _CI),
    "release_built": EventType("success", _CI),
    "release_build_failed": EventType("P1", _CI),
    "deploy_started": EventType("info", _CD),
    "deploy_succeeded": EventType("success", _CD),
    "deploy_failed": EventType("P0", _CD, pings_at_p0=(ON_CALL,)),
    "deploy_stopped": EventType("P1", ("decision", "running", *_CD)),
    "health_check_failed": EventType("P0", _CD, pings_at_p0=(ON_CALL,)),
    "rollback_succeeded": EventType("success", _CD),
    "rollback_failed": EventType("P0", _CD, pings_at_p0=(ON_CALL,)),
    "rollback_interrupted": EventType("P1", _CD),
    "deploys_frozen": EventType("P2", _FREEZE),
    "deploys_resumed": EventType("success", _FREEZE),
    "messages_handed_over": EventType(None, (*_PLACE, "hosts"), pings_at_p0=(ON_CALL,)),
    "incident_opened": EventType(None, _INCIDENT, INCIDENTS, pings_at_p0=(ON_CALL,)),
    "incident_acknowledged": EventType(None, _INCIDENT, INCIDENTS),
    "incident_escalated": EventType(None, _INCIDENT, INCIDENTS, pings=(SECOND_LINE,)),
    "incident_resolved": EventType("success", (*_INCIDENT, "duration"), INCIDENTS),
    "incident_reopened": EventType(None, _INCIDENT, INCIDENTS, pings_at_p0=(ON_CALL,)),
    "incident_report": EventType("info", (*_INCIDENT, "duration", *_REPORT), INCIDENTS),
    "severity_changed": EventType(None, (*_PLACE, "version", "hosts", "reason", "failures"), pings_at_p0=(ON_CALL,)),
    "plain": EventType(None, (*_PLACE, "hosts", "actor"), pings_at_p0=(ON_CALL,)),
}

#: Colour of an event that is kept up to date while work goes on, by how it ended.
_SEVERITY_OF_OUTCOME: Mapping[str, Severity] = {
    "succeeded": "success",
    "failed": "P0",
    "stopped": "P1",
    "interrupted": "P1",
    "rolling_back": "P0",
    "rolled_back": "P1",
}

_BACK = ("rolling_back", "rolled_back")

#: An event is told in other words where one of these facts is true of it.
_VARIANTS = ("alone", "already_back", "untouched", "nothing_before", "overtaken")
#: What is good news of the fleet is half of the news where nobody has looked at the others.
_SEVERITY_OF_VARIANT: Mapping[str, Severity] = {"rollback_succeeded.alone": "P1"}

_SEVERITIES: Mapping[str, Severity] = {
    "P0": "P0",
    "P1": "P1",
    "P2": "P2",
    "OK": "success",
    "SUCCESS": "success",
    "INFO": "info",
    "UNKNOWN": "unknown",
}

#: What may be told of an event; each may be left out.
FACTS: Mapping[str, str] = {
    "service": "name of the service",
    "environment": "such as production",
    "from_version": "version that was live, or a mapping of host to the one that was live there",
    "to_version": "version that is to be live; or such a mapping",
    "actor": "who started it",
    "hosts": "list of host names, or how many",
    "duration_s": "seconds it took",
    "progress": "mapping of done, total, batch, batches (numbers) and outcome (running, staging, activating, "
    "succeeded, stopped, interrupted, failed, rolling_back, rolled_back)",
    "failures": "list of mappings of host, check, detail, runs (the version that runs there now), log_tail",
    "log": "lines to quote",
    "reason": "why",
    "override": "why a deploy goes on although the service is frozen",
    "stopped": "list of mappings of target and owner: the deploys that a rollback stopped",
    "frozen": "the command by which deploys, which are refused from now on, are resumed",
    "commands": "list of what a person types next: mappings of why and command, or lines",
    "alone": "whether it is of this one server, and no other was looked at",
    "already_back": "whether all that failed run the release before again",
    "untouched": "whether it ended before anything that runs was touched",
    "nothing_before": "whether there was no release to go back to",
    "overtaken": "whether another run took over, which nobody has to decide on",
    "decide_within_minutes": "how long somebody has to decide whether to go on or back",
    "running": "mapping of host to the version that runs there now",
    "message": "text of its own paragraph",
    "title": "title of a plain message",
    "severity": "P0, P1, P2, OK, INFO or UNKNOWN, where the event has none of its own",
    "previous_severity": "what it was before",
    "incident": "such as INC-20240127-001",
    "commit": "hash of a commit",
    "commit_message": "its message, of which the first line is shown",
    "occurred_at": "when it began: 2024-01-27T12:00:00.000Z, which each reader sees in their own zone; or any text",
    "detected_at": "when it was noticed",
    "acted_at": "when somebody acted",
    "recovered_at": "when it was over",
    "impact": "who and what was hit",
    "root_cause": "why it happened",
    "prevention": "what keeps it from happening again",
    "ci_url": "link to the CI run",
    "commit_url": "link to the commit",
    "compare": "mapping of from and to: the hashes of the commits that the versions are of",
    "compare_url": "link to what lies between two commits",
    "incident_url": "link to the incident",
    "runbook_url": "link to the runbook",
    "links": "mapping of label to URL",
    "fields": "mapping of name to value, shown after the event's own fields",
    "mention": "list of logical names to mention besides the event's own; replaces whom an escalation pings",
}


def compose(
    event: str, facts: Mapping[str, Any], *, language: str = DEFAULT_LANGUAGE, at: float | None = None
) -> Message:
    """The message for *event*.

    Args:
        event: a name in :data:`EVENTS`.
        facts: what is known of it, by the names of :data:`FACTS`.
        at: when it happened, in seconds since the epoch.

    Raises:
        InvalidInput: unknown event, fact, severity or language; names the nearest known one.
    """
    kind = EVENTS[_known(event, EVENTS, "event_unknown")]
    words = texts(language)
    known = {
        _known(name, FACTS, "fact"): _in_words(value, language) if name in _REASONS else value
        for name, value in facts.items()
        if value not in (None, "", [], {}, ())
    }
    variant = _variant(event, known, words)
    severity = _SEVERITY_OF_VARIANT.get(variant) or kind.severity or _severity(known.get("severity", "info"))
    known = {**known, "decide_by": at + 60 * known["decide_within_minutes"]} if _is_to_decide(known, at) else known
    shown = _placeholders(known, severity)
    failures = _failures(known, language)
    return Message(
        event=event,
        severity=_SEVERITY_OF_OUTCOME.get(_outcome(known), severity) if event == "deploy_started" else severity,
        title=one_line(words.TITLES.get(variant, words.TITLES[event]).format(**shown)),
        description="\n\n".join(
            part
            for part in (words.SENTENCES.get(variant, "").format(**shown), _outside(known.get("message", "")))
            if part
        ),
        fields=tuple(_fields(kind, known, failures, words)),
        links=tuple(_links(known, words)),
        # A message that is kept current does not repeat what the one that ends the deploy says.
        excerpts=(
            *(_commands(known, words, language, severity) if event != "deploy_started" else ()),
            *_excerpts(known, failures, words),
        ),
        footer=" · ".join(plain(str(known[name])) for name in ("environment", "service") if name in known),
        timestamp=at,
        mentions=_mentions(kind, known, severity),
        channel=kind.channel,
        language=language,
    )


def _in_words(value: Any, language: str) -> Any:
    """A reason's record in words; what a person wrote as it is."""
    return said(value, language) if isinstance(value, Mapping) else value


def _known(name: Any, names: Mapping[str, Any], code: str) -> str:
    if name in names:
        return str(name)
    raise InvalidInput(
        Reason(code, name=plain(repr(name)), hint=did_you_mean(name, names)), next_command=Reason("correct_name")
    )


def _variant(event: str, facts: Mapping[str, Any], words: Texts) -> str:
    """The name of the words for *event*; it has a sentence of its own for what is true of it, or the usual one."""
    names = (f"{event}.{fact}" for fact in _VARIANTS if facts.get(fact))
    return next((name for name in names if name in words.SENTENCES), event)


def _severity(value: Any) -> Severity:
    return _SEVERITIES[_known(str(value).upper(), _SEVERITIES, "severity_unknown")]


def _mentions(kind: EventType, facts: Mapping[str, Any], severity: Severity) -> tuple[str, ...]:
    asked = tuple(str(name).lstrip("@") for name in _list(facts.get("mention")))
    standing = kind.pings if not asked else ()
    return (*(kind.pings_at_p0 if severity == "P0" else ()), *standing, *asked)


def _placeholders(facts: Mapping[str, Any], severity: Severity) -> dict[str, str]:
    names = ("severity", "previous_severity", "incident", "service", "title")
    shown = {name: one_line(_outside(facts.get(name, ""))) for name in names}
    shown["severity"] = shown["severity"].upper()
    return {"mark": MARKS[severity], **shown}


def _outside(value: Any) -> str:
    return outside(str(value))


def _list(value: Any) -> list[Any]:
    """*value* as a list; a text is one of names with commas between."""
    if value is None:
        return []
    if isinstance(value, str):
        return [each.strip() for each in value.split(",") if each.strip()]
    return list(value) if isinstance(value, Sequence) else [value]


def _failures(facts: Mapping[str, Any], language: str) -> list[Mapping[str, Any]]:
    """The failures, each with its reason in words, and the check by its name in *language*."""
    given = facts.get("failures", [])
    given = [given] if isinstance(given, Mapping) else given
    found = [each if isinstance(each, Mapping) else {"host": each} for each in _list(given)]
    checks = texts(language).CHECKS
    return [
        {
            **each,
            "check": checks.get(str(each.get("check")), each.get("check")),
            "detail": _in_words(each.get("detail"), language),
        }
        for each in found
    ]


def _mapping(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = facts.get(name, {})
    if not isinstance(value, Mapping):
        raise InvalidInput(
            Reason("fact_must_be_mapping", name=name, value=type(value).__name__),
            next_command=Reason("give_as_mapping"),
        )
    return value


def _fields(kind: EventType, facts: Mapping[str, Any], failures: list[Mapping[str, Any]], words: Texts) -> list[Field]:
    fields: list[Field] = []
    for name in kind.fields:
        if name == "failures":
            fields += _failure_fields(failures, words)
            continue
        value = _FORMATS.get(name, _verbatim(name))(facts, words)
        if value:
            fields.append(Field(words.LABELS.get(name, name), value, name in _INLINE))
    fields += [Field(one_line(_outside(k)), _outside(v), True) for k, v in _mapping(facts, "fields").items()]
    return fields


def _verbatim(name: str) -> Callable[[Mapping[str, Any], Texts], str]:
    return lambda facts, _words: _outside(facts.get(name, ""))


def _at(name: str) -> Callable[[Mapping[str, Any], Texts], str]:
    """A time, which each reader sees in their own zone, and how long ago that is; any other text as it is."""

    def shown(facts: Mapping[str, Any], _words: Texts) -> str:
        seconds = epoch(facts.get(name))
        return _outside(facts.get(name, "")) if seconds is None else f"{moment(seconds, 'f')} ({moment(seconds, 'R')})"

    return shown


def _version(facts: Mapping[str, Any], words: Texts) -> str:
    versions = (_versions(facts.get(name), words) for name in ("from_version", "to_version"))
    # To start again what runs already is no way from one version to another.
    return " → ".join(dict.fromkeys(each for each in versions if each))


def _versions(value: Any, words: Texts) -> str:
    """A version; of hosts with several each with how many hosts have it, most first."""
    if not isinstance(value, Mapping):
        return one_line(_outside(value)) if value else ""
    counts = Counter(one_line(_outside(each)) for each in value.values() if each)
    if len(counts) == 1:
        return next(iter(counts))
    shown = [f"{each} ({words.WORDS['hosts'].format(count)})" for each, count in counts.most_common(_SHOWN_VERSIONS)]
    return ", ".join([*shown, *(["…"] if len(counts) > _SHOWN_VERSIONS else [])])


def _running(facts: Mapping[str, Any], words: Texts) -> str:
    """Which hosts run what, a line for each version, the one that is being brought first."""
    running = facts.get("running")
    found: dict[str, list[str]] = {}
    for host, version in running.items() if isinstance(running, Mapping) else ():
        runs = one_line(_outside(version or words.WORDS["nothing_runs"]))
        found.setdefault(runs, []).append(one_line(_outside(host)))
    to = one_line(_outside(facts.get("to_version") or ""))
    ordered = sorted(found, key=lambda version: (version != to, -len(found[version])))[:_SHOWN_VERSIONS]
    more = words.WORDS["more_hosts"]
    return "\n".join(f"**{version}**: {folded_names(found[version], more)}" for version in ordered)


def _is_to_decide(facts: Mapping[str, Any], at: float | None) -> bool:
    minutes = facts.get("decide_within_minutes")
    return at is not None and isinstance(minutes, int) and 0 < minutes < _MOST_MINUTES and not facts.get("overtaken")


def _decision(facts: Mapping[str, Any], words: Texts) -> str:
    """Who decides, and until when."""
    if "decide_by" not in facts:
        return ""
    who = one_line(_outside(facts.get("actor") or ""))
    deciders = words.WORDS["decide_who"].format(who=who, on_call=ON_CALL) if who else f"@{ON_CALL}"
    by = facts["decide_by"]
    return words.WORDS["decide_by"].format(who=deciders, clock=moment(by, "t"), left=moment(by, "R"))


def _hosts(facts: Mapping[str, Any], words: Texts) -> str:
    hosts = facts.get("hosts", [])
    if isinstance(hosts, int):
        return words.WORDS["hosts"].format(hosts)
    names = [one_line(_outside(each)) for each in _list(hosts)]
    shown = folded_names(names, words.WORDS["more_hosts"])
    return shown + (" ({})".format(words.WORDS["hosts"].format(len(names))) if " … " in shown else "")


def _duration(facts: Mapping[str, Any], words: Texts) -> str:
    try:
        seconds = max(0, round(float(facts["duration_s"])))
    except (KeyError, TypeError, ValueError, OverflowError):
        return ""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [(hours, "hours"), (minutes, "minutes"), (0 if hours else rest, "seconds")]
    said = [words.WORDS[unit].format(count) for count, unit in parts if count]
    return " ".join(said) or words.WORDS["seconds"].format(0)


def _outcome(facts: Mapping[str, Any]) -> str:
    progress = facts.get("progress")
    return str(progress.get("outcome", "running")) if isinstance(progress, Mapping) else ""


def _progress(facts: Mapping[str, Any], words: Texts) -> str:
    progress = facts.get("progress")
    if not isinstance(progress, Mapping):
        return _outside(progress or "")
    said = [words.OUTCOMES.get(_outcome(facts), _outside(_outcome(facts)))]
    # How many hosts run the new version says nothing of how far the way back is.
    if "total" in progress and _outcome(facts) not in _BACK:
        said.append(
            words.WORDS["hosts_done"].format(done=_outside(progress.get("done", 0)), total=_outside(progress["total"]))
        )
    if "batches" in progress:
        said.append(
            words.WORDS["batch"].format(batch=_outside(progress.get("batch", 1)), batches=_outside(progress["batches"]))
        )
    return " · ".join(said)


def _stopped(facts: Mapping[str, Any], _words: Texts) -> str:
    deploys = [each for each in _list(facts.get("stopped")) if isinstance(each, Mapping)]
    named = [" · ".join(one_line(_outside(each[k])) for k in ("target", "owner") if each.get(k)) for each in deploys]
    return cut("\n".join(named), 300)


def _frozen(facts: Mapping[str, Any], words: Texts) -> str:
    if not facts.get("frozen"):
        return ""
    left = _versions(facts.get("from_version"), words)
    return words.WORDS["frozen_for"].format(left) if left else words.WORDS["frozen"]


def _commit(facts: Mapping[str, Any], _words: Texts) -> str:
    lines = str(facts.get("commit_message", "")).strip().splitlines() or [""]
    return " ".join(each for each in (_outside(str(facts.get("commit", ""))[:12]), _outside(lines[0])) if each)


_FORMATS: Mapping[str, Callable[[Mapping[str, Any], Texts], str]] = {
    "version": _version,
    "hosts": _hosts,
    "duration": _duration,
    "progress": _progress,
    "commit": _commit,
    "stopped": _stopped,
    "decision": _decision,
    "running": _running,
    **{name: _at(name) for name in _REPORT if name.endswith("_at")},
    "frozen": _frozen,
}


def _failure_fields(failures: list[Mapping[str, Any]], words: Texts) -> list[Field]:
    """One field for the hosts that failed alike; of many only the first, and how many more."""
    alike: dict[str, list[str]] = {}
    for each in failures:
        check, detail = (one_line(_outside(each.get(name) or "")) for name in ("check", "detail"))
        runs = one_line(_outside(each["runs"])) if each.get("runs") else ""
        now = words.WORDS["runs"].format(runs) if runs else words.WORDS["stopped"] if "runs" in each else ""
        problem = ": ".join(part for part in (check and "**{}**".format(cut(check, 100)), cut(detail, 300)) if part)
        lines = "\n".join(part for part in (problem, now) if part)
        alike.setdefault(lines or "?", []).append(one_line(_outside(each.get("host") or "?")))
    shown = list(alike.items())[:_SHOWN_FAILURES]
    more = words.WORDS["more_hosts"]
    fields = [Field("❌ " + cut(folded_names(hosts, more), _LONGEST_NAMES, "…"), lines) for lines, hosts in shown]
    rest = [host for hosts in list(alike.values())[_SHOWN_FAILURES:] for host in hosts]
    if rest:
        names = cut(folded_names(rest, more), 300, words.WORDS["more"])
        fields.append(Field("❌ " + words.WORDS["more_failures"].format(len(rest)), names))
    return fields


def _commands(facts: Mapping[str, Any], words: Texts, language: str, severity: Severity) -> list[Excerpt]:
    """What a person copies, as it is: a command in a field would be wrapped, and its underscores escaped.

    At P0 that is one, and the first that changes something: who is woken up is given nothing to choose from.
    """
    given = {"commands": facts.get("commands"), "lift": facts.get("frozen")}
    if severity == "P0" and given["commands"]:
        given = {"commands": _most_urgent(given["commands"])}
    return [Excerpt(words.WORDS[label], _lines(_typed(value, language))) for label, value in given.items() if value]


def _most_urgent(commands: Any) -> Any:
    """Of *commands* the first that is for something; one that only looks says nothing of what for."""
    if not isinstance(commands, (list, tuple)):
        return commands
    acting = [each for each in commands if isinstance(each, Mapping) and each.get("why")]
    return [*acting, *commands][:1]


def _typed(value: Any, language: str) -> Any:
    """Commands with what each is for."""
    if not isinstance(value, (list, tuple)):
        return broken(str(value))
    lines = []
    for each in value:
        if not isinstance(each, Mapping):
            lines.append(str(each))
            continue
        why, command = said(each.get("why"), language), str(each.get("command", ""))
        lines += [f"# {why}", broken(command)] if why else [broken(command)]
    return lines


def _excerpts(facts: Mapping[str, Any], failures: list[Mapping[str, Any]], words: Texts) -> list[Excerpt]:
    alike: dict[str, list[str]] = {}
    for each in failures:
        if each.get("log_tail"):
            log = folded(_lines(each["log_tail"]))
            alike.setdefault(log, []).append(one_line(_outside(each.get("host") or "?")))
    more = words.WORDS["more_hosts"]
    found = [Excerpt(words.WORDS["log_of"].format(folded_names(hosts, more)), log) for log, hosts in alike.items()]
    if facts.get("log"):
        found.append(Excerpt(words.WORDS["log"], folded(_lines(facts["log"]))))
    return found[:_SHOWN_EXCERPTS]


def _lines(value: Any) -> str:
    return "\n".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)


def _links(facts: Mapping[str, Any], words: Texts) -> list[Link]:
    # The first ones become buttons: what to do comes before what was done.
    named = (
        ("runbook_url", "runbook"),
        ("incident_url", "incident_link"),
        ("ci_url", "ci"),
        ("compare_url", "compare_link"),
        ("commit_url", "commit_link"),
    )
    links = [Link(words.LABELS[label], str(facts[fact])) for fact, label in named if fact in facts]
    return links + [Link(str(label), str(url)) for label, url in _mapping(facts, "links").items()]
