"""What the hosts of a fleet answered, as far as it can be relied on: the only way from a result to a decision.

A host whose answer is not understood is one that could not be read, and the others go on without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.answers import NOT_UNDERSTOOD, NotUnderstood, Reader, if_fit, prose, text
from ..core.printable import printable
from ..deploy.outcomes import lost, read_outcome
from ..deploy.survey_record import read_survey
from ..health import told_severity
from ..health.measurement_record import read_measurement
from ..state.versions import read_version
from .memory import Survey

_MOST_SAID = 300
MOST_TOLD = 4096  # where it is all that there is to find out why

Results = Mapping[str, Any]


def read_surveys(results: Results) -> tuple[dict[str, Survey | None], dict[str, str]]:
    """Every host's survey, None where there is none; and why there is none, of those that said something.

    Args:
        results: per host what ``release_info`` returned, whatever that is.
    """
    return _read(results, "survey", read_survey)


def read_measurements(results: Results) -> tuple[dict[str, dict[str, Any] | None], dict[str, str]]:
    """Every host's measurement, None where there is none; and why there is none, of those that said something.

    Args:
        results: per host what ``health_probe`` returned, whatever that is.
    """
    return _read(results, "measurement", read_measurement)


def read_told(results: Results) -> list[dict[str, str] | None]:
    """What each host remembers that the team was told."""
    return [told_severity.read(result.get("told")) for result in results.values() if isinstance(result, dict)]


def read_outcome_of(result: Any) -> dict[str, Any] | None:
    """A host's outcome record from what ``release_activate`` returned: :func:`.outcomes.lost` where that holds none
    that is understood; None where it says nothing at all."""
    answer = result.get("outcome") if isinstance(result, dict) else None
    if answer is None:
        why = said(result)
        return lost(why, "reach" if is_unreachable(result) else NotUnderstood.kind) if why else None
    try:
        return read_outcome(answer)
    except NotUnderstood as error:
        return lost(f"{NOT_UNDERSTOOD}: {error}")


def read_staged(result: Any) -> dict[str, Any]:
    """What ``release`` returned for staging: the ``version``, or why it is not there (``msg``)."""
    version = result.get("version") if isinstance(result, dict) else None
    return {"version": if_fit(read_version)(version), "msg": said(result, MOST_TOLD)}


def read_no_copy(result: Any) -> dict[str, Any]:
    """The same of a host to which the artifact did not come: why Ansible could not copy it."""
    why = result.get("msg") if isinstance(result, dict) else None
    # What comes before is Ansible's name for it, and what follows advice on its options.
    first = re.sub(r"^Unexpected \w+ error: ", "", why.strip().split("\n")[0]) if isinstance(why, str) else ""
    return {
        "version": None,
        "msg": "the artifact could not be copied here: " + (printable(first, _MOST_SAID) or "no reason given"),
    }


def read_refusal(result: Any) -> dict[str, Any]:
    """What kept a host from taking a step that is no activation, as an outcome record has it."""
    known = result if isinstance(result, dict) else {}
    return {"failed_check": if_fit(text)(known.get("kind")), "overtaken_by": if_fit(prose)(known.get("overtaken_by"))}


def said(result: Any, most: int = _MOST_SAID) -> str:
    """What a host's result says went wrong, on one line of *most* characters; empty where it says nothing."""
    message = result.get("msg") if isinstance(result, dict) else None
    return printable(message, most).strip() if isinstance(message, str) else ""


def is_failed(result: Any) -> bool:
    return isinstance(result, dict) and result.get("failed") is True


def is_unreachable(result: Any) -> bool:
    return isinstance(result, dict) and result.get("unreachable") is True


def _read(results: Results, field: str, reader: Reader) -> tuple[dict[str, Any], dict[str, str]]:
    found: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for host, result in results.items():
        answer = result.get(field) if isinstance(result, dict) else None
        found[host], why = None, "" if is_unreachable(result) else said(result)
        if answer is not None:
            try:
                found[host] = reader(answer)
            except NotUnderstood as error:
                why = f"{NOT_UNDERSTOOD}: {error}"
        if found[host] is None and why:
            unread[host] = why
    return found, unread
