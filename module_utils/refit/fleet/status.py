"""What runs where, as a person asks for it: a table, and below it what needs attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.build_info import BuildInfo
from ..core.errors import DEPLOY_YML, ROLLBACK_YML, Step, Writer, lines_of
from ..core.text_table import table
from ..core.timestamps import shown
from ..deploy.survey_record import live_in, release_in
from ..state import signing
from ..state.operation import DEPLOY, described
from ..state.signatures import Keyring
from ..words.reason import Reason, from_record
from . import divergence, freeze, scripts, stopped
from .answers import Results, is_unreachable, read_surveys, why_of
from .divergence import at_work, broke_off, fleet_release, heard_of
from .memory import FleetMemory, damaged_ledgers
from .way_back import WayBack, way_back

_HEADER = ["HOST", "CURRENT", "RUNNING", "HEALTH", "PROVEN", "ROLLBACK TO", "AT WORK"]


def understood(results: Results) -> dict[str, dict[str, Any]]:
    """What there is to show of each host's result: its ``survey``, or why there is none (``msg``, ``unreachable``; and
    ``explained``, whether that says what a person can do about it)."""
    surveys, unread = read_surveys(results)
    return {
        host: {"survey": survey}
        if survey
        else {
            "unreachable": is_unreachable(results[host]),
            "explained": is_unreachable(results[host]) and host in unread,
            "msg": str(from_record(unread[host]) if host in unread else why_of(results[host]) or ""),
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
    rows = [_HEADER]
    for host in sorted(results):
        if host in surveys:
            rows.append(_row(host, surveys[host], host in apart.hosts, _shown(back, host)))
        else:
            why = "UNREACHABLE" if results[host].get("unreachable") else "UNKNOWN"
            rows.append([host, why, "", _not_asked(results[host])[:80], "", "", ""])
    lines = [f"{at}STATUS: {service}", "", *table(rows)]
    waiting = stopped.describe(memory, len(results), write)
    parts = (
        [f"{host}: {its['msg']}" for host, its in sorted(results.items()) if its.get("explained")],
        waiting,
        _runs(memory, write, with_steps=not (apart.hosts or waiting)),
        _divergence(memory, apart, None if waiting else write),
        _refused(back, write),
        _strays(memory, write),
        _forgotten(surveys),
        damaged_ledgers(surveys),
        _unsafe(surveys),
        _freezes(memory, service, write),
        scripts.describe_settings(surveys, service, write),
        signing.describe(memory.hosts, keyring, write),
        scripts.describe(surveys, here, write),
    )
    for part in parts:
        lines += ["", *part] if part else []
    return "\n".join(lines)


def _not_asked(result: Mapping[str, Any]) -> str:
    """Why a host could not be asked, for a cell; what a person can do something about stands below the table."""
    said = str(result.get("msg") or "").rpartition("reached over ssh: ")[2]
    return "" if result.get("explained") else said


def render_host(host: str, survey: Mapping[str, Any]) -> list[str]:
    """Where one host stands, in the words of the fleet's status."""
    alone = {host: survey}
    row = _row(host, survey, False, _shown(way_back(alone), host))
    return [*table([_HEADER, row]), *_forgotten(alone), *damaged_ledgers(alone), *_unsafe(alone)]


def _shown(back: WayBack, host: str) -> str:
    """Where a rollback without a version would take *host*."""
    version = back.targets.get(host, "none")
    return f"{version} (not yet)" if back.for_now else version


def _refused(back: WayBack, write: Writer) -> list[str]:
    """Until when a rollback would not go there; nothing where it would, or where there is nowhere to go."""
    return [back.refused, *lines_of(back.steps, write)] if back.for_now else []


def _row(host: str, survey: Mapping[str, Any], divergent: bool, back: str) -> list[str]:
    running: Mapping[str, Any] = survey.get("running") or {}
    live = release_in(survey, survey["current"])
    failure = running.get("failure") or {"detail": "not looked at"}
    return [
        host,
        _current(survey) + (" (DIVERGENT)" if divergent else ""),
        (",".join(running.get("running") or []) or "nothing") + (" (NOT CURRENT)" if _runs_another(survey) else ""),
        "UP" if running.get("healthy") else "DOWN: {}".format(from_record(failure["detail"])),
        shown(live.get("verified_at") or "never proven"),
        back,
        _at_work(survey),
    ]


def _current(survey: Mapping[str, Any]) -> str:
    if _leads_nowhere(survey):
        return "{target} (NOT THERE)".format(**survey["current_link"])
    return live_in(survey) or "none"


def _runs_another(survey: Mapping[str, Any]) -> bool:
    """Whether a process runs what the link does not name, and nobody is at work on that."""
    running = (survey.get("running") or {}).get("running") or []
    stray = _leads_nowhere(survey) or set(running) - {survey["current"]}
    return bool(running and stray) and not _at_work(survey)


def _leads_nowhere(survey: Mapping[str, Any]) -> bool:
    return bool((survey.get("current_link") or {}).get("nowhere"))


def _strays(memory: FleetMemory, write: Writer) -> list[str]:
    """The hosts on which what runs is not what ``current`` names, with how to end that."""
    surveys = memory.hosts
    hosts = [host for host, survey in surveys.items() if _runs_another(survey)]
    if not hosts:
        return []
    lines = [
        "{}: current is {}, but what runs is {}".format(
            host, _current(surveys[host]), ", ".join(surveys[host]["running"]["running"])
        )
        for host in hosts
    ]
    return [
        *lines,
        "Next: name the release that is meant, and it is started and proven everywhere:",
        *lines_of([_bring_to(version) for version in _worth_naming(memory, hosts)], write),
    ]


def _forgotten(surveys: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts whose process manager lost sight of other applications, as when its daemon was killed."""
    lost = {host: (survey.get("running") or {}).get("forgotten") for host, survey in surveys.items()}
    lines = [
        f"{host}: PM2 starts {', '.join(apps)} at boot, and does not know of {'it' if len(apps) == 1 else 'them'} now"
        for host, apps in lost.items()
        if apps
    ]
    if not lines:
        return []
    return [
        *lines,
        "Next, there, as PM2's user: pm2 resurrect if its daemon was killed; pm2 save if they were meant to go",
    ]


def _unsafe(surveys: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts on which root may not work, and why."""
    return [f"{host}: {from_record(survey['unsafe'])}" for host, survey in surveys.items() if survey.get("unsafe")]


def _at_work(survey: Mapping[str, Any]) -> str:
    operation, intent = survey.get("operation") or {}, survey.get("open_intent")
    about = "{} of {}".format(operation.get("kind"), operation.get("target") or "each host's own")
    if at_work(survey):
        return "{} by {}".format(about, operation["owner"])
    if intent or broke_off(survey):
        return "INTERRUPTED " + ("{kind} of {version}".format(**intent) if intent else about)
    if stopped.stopped_on(survey):
        return "STOPPED {} by {}".format(about, operation["owner"])
    return ""


def _runs(memory: FleetMemory, write: Writer, *, with_steps: bool) -> list[str]:
    """The runs that are at work, and those that ended without a word; of these what to do about them."""
    found: dict[tuple[bool, str], list[str]] = {}
    operations = {host: survey["operation"] for host, survey in memory.hosts.items() if survey.get("operation")}
    for host, operation in operations.items():
        if at_work(memory.hosts[host]) or broke_off(memory.hosts[host]):
            found.setdefault((at_work(memory.hosts[host]), operation["run"]), []).append(host)
    lines, steps = [], []
    for (works, _run), hosts in found.items():
        last = min((operations[host] for host in hosts), key=lambda known: known.get("silent_s") or 0)
        word, names = "AT WORK" if works else "INTERRUPTED", ", ".join(hosts)
        lines.append(f"{word}: {described(last)}; {heard_of(last)} ({names})")
        steps += [] if works or not last.get("target") else [_resumed(memory, last["kind"], last["target"])]
    return [*lines, *(lines_of([step for step in steps if step], write) if with_steps else [])]


def _resumed(memory: FleetMemory, kind: str, version: str) -> Step | None:
    """What goes on with a run that broke off, where that is possible still."""
    if memory.mark_of(version):
        return None
    return _deploy(memory, version) if kind == DEPLOY else _bring_to(version)


def _divergence(memory: FleetMemory, apart: divergence.Apart, write: Writer | None) -> list[str]:
    """The hosts that stand apart, with how to end that; without a *write* what stands above says it."""
    lines = apart.describe(memory)
    if not lines or write is None:
        return lines
    steps = [_bring_to(version) for version in _worth_naming(memory, list(memory.hosts))]
    wanted = fleet_release(memory)
    if not memory.holds.freezes():  # else it would be refused
        steps += [_deploy(memory, version) for version in _begun(memory, apart.hosts) if version != wanted]
    return [*lines, "Next, whichever is wanted:", *lines_of(steps, write)]


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


def _freezes(memory: FleetMemory, service: str, write: Writer) -> list[str]:
    if not memory.hosts:
        return []
    freezes = memory.holds.freezes()
    if not freezes:
        return [f"Deploys of {service} are not frozen"]
    lines = [
        f"FROZEN: deploys of {service} are refused",
        *(f"  {freeze.describe(hold)}{signing.note(hold, memory.keyring)}" for hold in freezes),
    ]
    return [*lines, *lines_of([freeze.LIFT], write)]
