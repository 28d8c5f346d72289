"""What runs where, as a person asks for it: a table, and below it what needs attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.build_info import BuildInfo
from ..core.text_table import table
from ..deploy.survey_record import release_in
from . import freeze, scripts
from .answers import Results, is_unreachable, read_surveys, said
from .divergence import divergent_hosts
from .memory import FleetMemory, damaged_ledgers

_HEADER = ["HOST", "CURRENT", "RUNNING", "HEALTH", "PROVEN", "ROLLBACK TO", "AT WORK"]


def understood(results: Results) -> dict[str, dict[str, Any]]:
    """What there is to show of each host's result: its ``survey``, or why there is none (``msg``, ``unreachable``)."""
    surveys, unread = read_surveys(results)
    return {
        host: {"survey": survey}
        if survey
        else {"unreachable": is_unreachable(results[host]), "msg": unread.get(host) or said(results[host])}
        for host, survey in surveys.items()
    }


def surveys_in(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The surveys of the hosts that answered, by their names in order."""
    return {host: results[host]["survey"] for host in sorted(results) if results[host].get("survey")}


def render_status(results: Mapping[str, Mapping[str, Any]], here: BuildInfo) -> str:
    """The fleet's status, a line per host.

    Args:
        results: as :func:`understood` gives them.
        here: the code of the controller, which the servers' scripts are compared with.
    """
    surveys = surveys_in(results)
    divergent = divergent_hosts(FleetMemory.of(surveys))
    rows = [_HEADER]
    for host in sorted(results):
        if host in surveys:
            rows.append(_row(host, surveys[host], host in divergent))
        else:
            why = "UNREACHABLE" if results[host].get("unreachable") else "UNKNOWN"
            rows.append([host, why, "", str(results[host].get("msg") or "")[:80], "", "", ""])
    lines = table(rows)
    lost = [host for host in sorted(results) if host not in surveys]
    parts = (
        _divergence(surveys, divergent, lost),
        _strays(surveys),
        _forgotten(surveys),
        damaged_ledgers(surveys),
        _freezes(surveys),
        scripts.describe(surveys, here),
    )
    for part in parts:
        lines += ["", *part] if part else []
    return "\n".join(lines)


def render_host(host: str, survey: Mapping[str, Any]) -> list[str]:
    """Where one host stands, in the words of the fleet's status."""
    return table([_HEADER, _row(host, survey, divergent=False)])


def _row(host: str, survey: Mapping[str, Any], divergent: bool) -> list[str]:
    running: Mapping[str, Any] = survey.get("running") or {}
    live = release_in(survey, survey["current"])
    failure = running.get("failure") or {"detail": "not looked at"}
    return [
        host,
        (survey["current"] or "none") + (" (DIVERGENT)" if divergent else ""),
        (",".join(running.get("running") or []) or "nothing") + (" (NOT CURRENT)" if _runs_another(survey) else ""),
        "UP" if running.get("healthy") else "DOWN: {}".format(failure["detail"]),
        live.get("verified_at") or "never proven",
        survey.get("previous") or "none",
        _at_work(survey),
    ]


def _runs_another(survey: Mapping[str, Any]) -> bool:
    """Whether a process runs what the link does not name, and nobody is at work on that."""
    running = (survey.get("running") or {}).get("running") or []
    return set(running) - {survey["current"]} != set() and not _at_work(survey)


def _strays(surveys: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts on which what runs is not what ``current`` names, with how to end that."""
    hosts = [host for host, survey in surveys.items() if _runs_another(survey)]
    if not hosts:
        return []
    lines = [
        "{}: current is {}, but what runs is {}".format(
            host, surveys[host]["current"] or "none", ", ".join(surveys[host]["running"]["running"])
        )
        for host in hosts
    ]
    return [
        *lines,
        "Next: name the release that is meant, and it is started and proven everywhere:",
        "  ansible-playbook rollback.yml -e service={} -e release_version=VERSION".format(surveys[hosts[0]]["service"]),
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


def _at_work(survey: Mapping[str, Any]) -> str:
    operation = survey.get("operation") or {}
    if operation.get("unfinished") and not operation.get("dead"):
        return "{kind} by {owner}".format(**operation)
    if survey.get("open_intent"):
        return "INTERRUPTED {kind} of {version}".format(**survey["open_intent"])
    if operation.get("stopped") and operation.get("target") == survey["current"]:
        return "STOPPED {kind} by {owner}".format(**operation)
    return ""


def _divergence(surveys: Mapping[str, Any], divergent: Mapping[str, str], lost: list[str]) -> list[str]:
    if not divergent:
        return []
    service = next(iter(surveys.values()))["service"]
    lines = [f"DIVERGENT: {len(divergent)} of {len(surveys) + len(lost)} hosts are not where the fleet is"]
    lines += [f"  {host}: {why}" for host, why in divergent.items()]
    return [
        *lines,
        "Next, whichever is wanted; both bring them along:",
        f"  ansible-playbook playbooks/deploy.yml -e service={service} -e release_version=… -e release_artifact=…",
        f"  ansible-playbook rollback.yml -e service={service} -e release_version=VERSION",
    ]


def _freezes(surveys: Mapping[str, Any]) -> list[str]:
    if not surveys:
        return []
    freezes = FleetMemory.of(surveys).holds.freezes()
    service = next(iter(surveys.values()))["service"]
    if not freezes:
        return [f"Deploys of {service} are not frozen"]
    return [f"FROZEN: deploys of {service} are refused", *(f"  {freeze.describe(hold)}" for hold in freezes)] + [
        "When it is safe again:",
        f"  {freeze.lifted_by(service)}",
    ]
