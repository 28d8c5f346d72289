"""What runs where, as a person asks for it: a table, and below it what needs attention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.build_info import BuildInfo
from ..core.errors import DEPLOY_YML, ROLLBACK_YML, Step, Writer, lines_of
from ..core.text_table import table
from ..deploy.survey_record import live_in, release_in
from ..state import signing
from ..state.operation import DEPLOY, described
from ..state.signatures import Keyring
from ..words.reason import Reason, from_record, recorded
from ..words.sentence import DEFAULT_LANGUAGE, said
from . import divergence, freeze, scripts, stopped
from .answers import Results, is_unreachable, read_surveys, why_of
from .divergence import at_work, broke_off, fleet_release, heard_of, run_of
from .memory import FleetMemory, damaged_ledgers
from .way_back import WayBack, way_back

_HEADER = (
    Reason("column_host"),
    Reason("column_current"),
    Reason("column_running"),
    Reason("column_health"),
    Reason("column_proven"),
    Reason("column_rollback_to"),
    Reason("column_at_work"),
)


def understood(results: Results) -> dict[str, dict[str, Any]]:
    """What there is to show of each host's result: its ``survey``, or why there is none (``why``, ``unreachable``; and
    ``explained``, whether that says what a person can do about it)."""
    surveys, unread = read_surveys(results)
    return {
        host: {"survey": survey}
        if survey
        else {
            "unreachable": is_unreachable(results[host]),
            "explained": is_unreachable(results[host]) and host in unread,
            "why": unread[host] if host in unread else recorded(why_of(results[host])),
        }
        for host, survey in surveys.items()
    }


def surveys_in(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The surveys of the hosts that answered, by their names in order."""
    return {host: results[host]["survey"] for host in sorted(results) if results[host].get("survey")}


def render_status(
    results: Mapping[str, Mapping[str, Any]],
    here: BuildInfo,
    write: Writer,
    service: str,
    at: str = "",
    language: str = DEFAULT_LANGUAGE,
    keyring: Keyring | None = None,
) -> str:
    """The fleet's status, a line per host.

    Args:
        results: as :func:`understood` gives them.
        here: the code of the controller, which the servers' scripts are compared with.
        at: which place it is the status of.
        keyring: what tells what the site signed; None where it has no key.
    """
    surveys = surveys_in(results)
    memory = FleetMemory.of(surveys, keyring=keyring)
    apart = divergence.apart(memory)
    back = way_back({host: result.get("survey") for host, result in results.items()}, keyring)
    rows: list[list[Any]] = []
    for host in sorted(results):
        if host in surveys:
            rows.append(_row(host, surveys[host], host in apart.hosts, _shown(back, host)))
        else:
            why = Reason("column_unreachable" if results[host].get("unreachable") else "column_unknown")
            rows.append([host, why, "", _not_asked(results[host], language)[:80], "", "", ""])
    lines = [at + said(Reason("status_of", service=service), language), "", *_table(rows, language)]
    tells = _Tells(write, language)
    waiting = stopped.describe(memory, len(results), write, language)
    parts = (
        tells.all(Reason("on_host", host=host, why=why) for host, why in _explained(results)),
        waiting,
        _runs(memory, tells, with_steps=not (apart.hosts or waiting)),
        _divergence(memory, apart, tells, with_steps=not waiting),
        _refused(back, tells),
        _strays(memory, tells),
        tells.all(_forgotten(surveys)),
        tells.all(damaged_ledgers(surveys)),
        tells.all(_unsafe(surveys)),
        _freezes(memory, service, tells),
        scripts.describe_settings(surveys, service, write, language),
        signing.describe(memory.hosts, keyring, write, language),
        scripts.describe(surveys, here, write, language),
    )
    for part in parts:
        lines += ["", *part] if part else []
    return "\n".join(lines)


@dataclass(frozen=True)
class _Tells:
    """Writes lines for a person: reasons in *language*, commands as *write* writes them."""

    write: Writer
    language: str

    def all(self, reasons: Iterable[Reason], indent: str = "") -> list[str]:
        return [indent + said(reason, self.language) for reason in reasons]

    def steps(self, steps: Sequence[Step]) -> list[str]:
        return lines_of(steps, self.write, self.language)


def _table(rows: Sequence[Sequence[Any]], language: str) -> list[str]:
    return table([[said(cell, language) for cell in row] for row in [_HEADER, *rows]])


def _explained(results: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Reason]]:
    """Why hosts could not be asked where that says what a person can do about it."""
    return [(host, from_record(its["why"])) for host, its in sorted(results.items()) if its.get("explained")]


def _not_asked(result: Mapping[str, Any], language: str) -> str:
    """Why a host could not be asked, for a cell; what a person can do something about stands below the table."""
    why = said(result.get("why"), language).rpartition("reached over ssh: ")[2]
    return "" if result.get("explained") else why


def render_host(host: str, survey: Mapping[str, Any], language: str) -> list[str]:
    """Where one host stands, in the words of the fleet's status."""
    alone = {host: survey}
    row = _row(host, survey, False, _shown(way_back(alone), host))
    more = [*_forgotten(alone), *damaged_ledgers(alone), *_unsafe(alone)]
    return [*_table([row], language), *(said(each, language) for each in more)]


def _shown(back: WayBack, host: str) -> Reason:
    """Where a rollback without a version would take *host*."""
    if host not in back.targets:
        return Reason("nowhere")
    return Reason("not_yet" if back.for_now else "version", version=back.targets[host])


def _refused(back: WayBack, tells: _Tells) -> list[str]:
    """Until when a rollback would not go there; nothing where it would, or where there is nowhere to go."""
    return [*tells.all([back.refused]), *tells.steps(back.steps)] if back.for_now and back.refused else []


def _row(host: str, survey: Mapping[str, Any], divergent: bool, back: Reason) -> list[Any]:
    running: Mapping[str, Any] = survey.get("running") or {}
    live = release_in(survey, survey["current"])
    failure = running.get("failure")
    why = from_record(failure["detail"]) if failure else Reason("not_looked_at")
    current, runs = _current(survey), Reason("versions", versions=running.get("running") or [])
    return [
        host,
        Reason("is_divergent", version=current) if divergent else current,
        Reason("is_not_current", versions=runs) if _runs_another(survey) else runs,
        "UP" if running.get("healthy") else Reason("is_down", why=why),
        Reason("proven_at", at=live["verified_at"]) if live.get("verified_at") else Reason("never_proven_yet"),
        back,
        _at_work(survey) or "",
    ]


def _current(survey: Mapping[str, Any]) -> Reason:
    if _leads_nowhere(survey):
        return Reason("is_not_there", target=survey["current_link"]["target"])
    live = live_in(survey)
    return Reason("version", version=live) if live else Reason("nowhere")


def _runs_another(survey: Mapping[str, Any]) -> bool:
    """Whether a process runs what the link does not name, and nobody is at work on that."""
    running = (survey.get("running") or {}).get("running") or []
    stray = _leads_nowhere(survey) or set(running) - {survey["current"]}
    return bool(running and stray) and not _at_work(survey)


def _leads_nowhere(survey: Mapping[str, Any]) -> bool:
    return bool((survey.get("current_link") or {}).get("nowhere"))


def _strays(memory: FleetMemory, tells: _Tells) -> list[str]:
    """The hosts on which what runs is not what ``current`` names, with how to end that."""
    surveys = memory.hosts
    hosts = [host for host, survey in surveys.items() if _runs_another(survey)]
    if not hosts:
        return []
    lines = [
        Reason("runs_a_stray", host=host, current=_current(surveys[host]), runs=surveys[host]["running"]["running"])
        for host in hosts
    ]
    steps = [_bring_to(version) for version in _worth_naming(memory, hosts)]
    return [*tells.all([*lines, Reason("name_what_is_meant")]), *tells.steps(steps)]


def _forgotten(surveys: Mapping[str, Mapping[str, Any]]) -> list[Reason]:
    """The hosts whose process manager lost sight of other applications, as when its daemon was killed."""
    lost = {host: (survey.get("running") or {}).get("forgotten") for host, survey in surveys.items()}
    found = [Reason("pm2_forgot", host=host, apps=apps, count=len(apps)) for host, apps in lost.items() if apps]
    return [*found, Reason("resurrect_or_save")] if found else []


def _unsafe(surveys: Mapping[str, Mapping[str, Any]]) -> list[Reason]:
    """The hosts on which root may not work, and why."""
    return [
        Reason("on_host", host=host, why=from_record(survey["unsafe"]))
        for host, survey in surveys.items()
        if survey.get("unsafe")
    ]


def _at_work(survey: Mapping[str, Any]) -> Reason | None:
    operation, intent = survey.get("operation") or {}, survey.get("open_intent")
    if intent and not at_work(survey):
        return Reason("is_interrupted", run=run_of(intent["kind"], intent["version"]))
    if not operation:
        return None
    run = run_of(operation["kind"], operation.get("target") or Reason("each_hosts_own"))
    if at_work(survey):
        return Reason("run_by", run=run, owner=operation["owner"])
    if broke_off(survey):
        return Reason("is_interrupted", run=run)
    return Reason("is_stopped", run=run, owner=operation["owner"]) if stopped.stopped_on(survey) else None


def _runs(memory: FleetMemory, tells: _Tells, *, with_steps: bool) -> list[str]:
    """The runs that are at work, and those that ended without a word; of these what to do about them."""
    found: dict[tuple[bool, str], list[str]] = {}
    operations = {host: survey["operation"] for host, survey in memory.hosts.items() if survey.get("operation")}
    for host, operation in operations.items():
        if at_work(memory.hosts[host]) or broke_off(memory.hosts[host]):
            found.setdefault((at_work(memory.hosts[host]), operation["run"]), []).append(host)
    lines, steps = [], []
    for (works, _run), hosts in found.items():
        last = min((operations[host] for host in hosts), key=lambda known: known.get("silent_s") or 0)
        code = "run_at_work" if works else "run_interrupted"
        lines.append(Reason(code, run=described(last), heard=heard_of(last), hosts=hosts))
        steps += [] if works or not last.get("target") else [_resumed(memory, last["kind"], last["target"])]
    return [*tells.all(lines), *(tells.steps([step for step in steps if step]) if with_steps else [])]


def _resumed(memory: FleetMemory, kind: str, version: str) -> Step | None:
    """What goes on with a run that broke off, where that is possible still."""
    if memory.mark_of(version):
        return None
    return _deploy(memory, version) if kind == DEPLOY else _bring_to(version)


def _divergence(memory: FleetMemory, apart: divergence.Apart, tells: _Tells, *, with_steps: bool) -> list[str]:
    """The hosts that stand apart, with how to end that unless what stands above says it."""
    found = apart.describe(memory)
    if found is None:
        return []
    between = [Reason("on_host", host=host, why=why) for host, why in apart.unfinished.items()]
    lines = [*tells.all([found]), *tells.all(between, "  ")]
    if not with_steps:
        return lines
    steps = [_bring_to(version) for version in _worth_naming(memory, list(memory.hosts))]
    wanted = fleet_release(memory)
    if not memory.holds.freezes():  # else it would be refused
        steps += [_deploy(memory, version) for version in _begun(memory, apart.hosts) if version != wanted]
    return [*lines, *tells.all([Reason("next_whichever")]), *tells.steps(steps)]


def _worth_naming(memory: FleetMemory, hosts: list[str]) -> list[str]:
    """The releases that *hosts* run or are to run, the fleet's own first; none that is marked bad."""
    live = [memory.survey(host).get("current") for host in hosts]
    running = [version for host in hosts for version in (memory.survey(host).get("running") or {}).get("running") or []]
    found = dict.fromkeys([fleet_release(memory), *live, *running])
    return [version for version in found if version and not memory.mark_of(version)]


def _begun(memory: FleetMemory, hosts: list[str]) -> list[str]:
    """What a deploy has brought to some of *hosts*, or begun to; none that is marked bad."""
    surveys = [memory.survey(host) for host in hosts]
    found = [(survey.get("open_intent") or {}).get("version") or survey.get("current") for survey in surveys]
    return [version for version in dict.fromkeys(found) if version and not memory.mark_of(version)]


def _bring_to(version: str) -> Step:
    return Step(ROLLBACK_YML, Reason("to_bring_all_to", version=version), {"release_version": version})


def _deploy(memory: FleetMemory, version: str) -> Step:
    release = {"release_version": version, "release_artifact": stopped.artifact_of(memory, version)}
    return Step(DEPLOY_YML, Reason("to_deploy_everywhere", version=version), release)


def _freezes(memory: FleetMemory, service: str, tells: _Tells) -> list[str]:
    if not memory.hosts:
        return []
    freezes = memory.holds.freezes()
    if not freezes:
        return tells.all([Reason("is_not_frozen", service=service)])
    held = [
        Reason("is_unsigned", what=freeze.describe(hold))
        if signing.is_unsigned(hold, memory.keyring)
        else freeze.describe(hold)
        for hold in freezes
    ]
    lines = [*tells.all([Reason("is_frozen", service=service)]), *tells.all(held, "  ")]
    return [*lines, *tells.steps([freeze.LIFT])]
