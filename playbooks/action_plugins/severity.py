# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""How bad is it, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from refit.config.invocation import Invocation
from refit.config.thresholds import Thresholds
from refit.core.system import Clock
from refit.core.timestamps import iso
from refit.fleet import answers, canary
from refit.fleet.way_back import way_back
from refit.health import grades, report, severity
from refit.health.told_severity import last_told
from refit.state import runs
from refit.state.signatures import Keyring
from refit.words.reason import recorded

ARGUMENTS = {
    "argument_spec": {
        "results": {"type": "dict", "required": True},
        "service": {"type": "str", "required": True},
        "baseline": {"type": "dict", "default": {}},
        "touched": {"type": "list", "elements": "str", "default": []},
        "live": {"type": "dict", "default": {}},
        "thresholds": {"type": "dict", "default": {}},
        "fail_on": {"choices": list(grades.FAIL_ON), "default": grades.P0},
        "language": {"choices": ["ko", "en"], "default": "ko"},
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    invocation: Invocation = params["invocation"]
    language, touched = params["language"], params["touched"]
    measurements, unread = answers.read_measurements(params["results"])
    lost = {**{host: recorded(answers.why_of(result)) or "" for host, result in params["results"].items()}, **unread}
    baseline, _ = answers.read_measurements(params["baseline"])
    bounds = Thresholds.from_mapping(params["thresholds"])
    absent = canary.absent(params["live"], touched, measurements)
    there = {host: measured for host, measured in measurements.items() if host not in absent}
    fleet = severity.grade_fleet(there, baseline, touched, bounds)
    why = recorded(report.worst_reason(fleet.grade)) or ""
    asks = (invocation.write, invocation.language)
    told: dict[str, Any] = {"at": invocation.at, "lost": lost, "language": invocation.language}
    return {
        "grade": fleet.to_record(),
        "passes": fleet.passes(params["fail_on"]),
        "reasons": report.reason_lines(fleet.grade, language),
        "why": why,
        "headline": report.headline(params["service"], fleet.grade, language),
        "closed": report.closed(params["service"], fleet.grade, params["fail_on"], *asks),
        "bad_hosts": canary.failures(fleet, touched),
        "touched_why": canary.summary(fleet),
        "unjudged": canary.unjudged(fleet),
        "previous": last_told(answers.read_told(params["results"])),
        "at": iso(Clock().now()),
        "failures": failures(fleet, measurements),
        "report": (
            report.render_observed(params["service"], fleet, fleet.touched, measurements, absent=absent, **told)
            if fleet.touched
            else report.render(
                params["service"],
                fleet,
                measurements,
                invocation.write,
                **told,
                **way_back_of(params["results"], params["keyring"]),
            )
        ),
    }


def way_back_of(results: Mapping[str, Any], keyring: Keyring | None) -> dict[str, Any]:
    """What is to be said of going back; nothing where no host said where it stands."""
    surveys, _ = answers.read_surveys(results)
    if not any(surveys.values()):
        return {}
    back = way_back(runs.with_dead(surveys, runs.dead_runs(surveys.values())), keyring)
    return {"back": back.steps, "refused": back.refused}


def failures(fleet: grades.FleetGrade, measurements: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "host": host,
            "check": grade.severity,
            "detail": recorded(report.worst_reason(grade, name_host=False)),
            # Of a host that nobody could ask it is not said that nothing runs there.
            **({"runs": measurements[host].get("current") or ""} if measurements.get(host) else {}),
        }
        for host, grade in fleet.hosts.items()
        if grade.severity != grades.OK
    ]


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    JUDGES = True
    answer = staticmethod(run)
