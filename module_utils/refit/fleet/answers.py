"""What the hosts of a fleet answered, as far as it can be relied on: the only way from a result to a decision.

A host whose answer is not understood is one that could not be read, and the others go on without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.answers import NotUnderstood, Reader, if_fit, reason, text
from ..deploy.outcomes import lost, read_outcome
from ..deploy.survey_record import read_survey
from ..health import told_severity
from ..health.measurement_record import read_measurement
from ..incidents.events import Event, read_events
from ..state.versions import read_version
from ..words.printable import printable
from ..words.reason import Reason, Record, as_it_came, from_record, recorded
from .memory import Survey

_MOST_SAID = 300
# What ssh says of a host that it could have reached, and what of it a person can do something about.
_SSH_SAYS = (
    (r"REMOTE HOST IDENTIFICATION HAS CHANGED", "ssh_key_changed"),
    (r"Host key verification failed", "ssh_key_unknown"),
    (r"(?P<account>[\w.-]{1,64})@\S+: Permission denied", "ssh_refuses"),
    (r"Could not resolve hostname", "ssh_no_address"),
)
MOST_TOLD = 4096  # where it is all that there is to find out why

Results = Mapping[str, Any]


def read_surveys(results: Results) -> tuple[dict[str, Survey | None], dict[str, Record]]:
    """Every host's survey, None where there is none; and why there is none, of those that said something.

    Args:
        results: per host what ``release_info`` returned, whatever that is.
    """
    return _read(results, "survey", read_survey)


def read_measurements(results: Results) -> tuple[dict[str, dict[str, Any] | None], dict[str, Record]]:
    """Every host's measurement, None where there is none; and why there is none, of those that said something.

    Args:
        results: per host what ``health_probe`` returned, whatever that is.
    """
    return _read(results, "measurement", read_measurement)


def read_incidents(results: Results) -> tuple[dict[str, list[Event] | None], dict[str, Record]]:
    """Every host's events of incidents, None where there are none; and why, of those that said something.

    Args:
        results: per host what ``incident_record`` returned, whatever that is.
    """
    return _read(results, "events", read_events)


def read_told(results: Results) -> list[dict[str, str] | None]:
    """What each host remembers that the team was told."""
    return [told_severity.read(result.get("told")) for result in results.values() if isinstance(result, dict)]


def read_outcome_of(result: Any) -> dict[str, Any] | None:
    """A host's outcome record from what ``release_activate`` returned: :func:`.outcomes.lost` where that holds none
    that is understood; None where it says nothing at all."""
    answer = result.get("outcome") if isinstance(result, dict) else None
    if answer is None:
        why = why_of(result)
        return lost(why, "reach" if is_unreachable(result) else NotUnderstood.kind) if why else None
    try:
        return read_outcome(answer)
    except NotUnderstood as error:
        return lost(Reason("answer_not_understood", why=error.reason))


def read_staged(result: Any) -> dict[str, Any]:
    """What ``release`` returned for staging: the ``version``, or why it is not there (``reason``)."""
    version = result.get("version") if isinstance(result, dict) else None
    why = why_of(result, MOST_TOLD)
    return {"version": if_fit(read_version)(version), "reason": recorded(why)}


def read_no_copy(result: Any) -> dict[str, Any]:
    """The same of a host to which the artifact did not come: why Ansible could not copy it."""
    why = result.get("msg") if isinstance(result, dict) else None
    # What comes before is Ansible's name for it, and what follows advice on its options.
    first = re.sub(r"^Unexpected \w+ error: ", "", why.strip().split("\n")[0]) if isinstance(why, str) else ""
    why = as_it_came(first[:_MOST_SAID]) if first else Reason("not_given")
    return {"version": None, "reason": Reason("not_copied_here", why=why).to_record()}


def read_refusal(result: Any) -> dict[str, Any]:
    """What kept a host from taking a step that is no activation, as an outcome record has it."""
    known = result if isinstance(result, dict) else {}
    return {"failed_check": if_fit(text)(known.get("kind")), "overtaken_by": if_fit(reason)(known.get("overtaken_by"))}


def why_of(result: Any, most: int = _MOST_SAID) -> Reason | None:
    """What a host's result says went wrong; None where it says nothing.

    Args:
        most: of how many characters where it is no reason's record, but a text of Ansible's or of an older package.
    """
    known = result if isinstance(result, dict) else {}
    if isinstance(known.get("reason"), dict):
        return from_record(known["reason"])
    message = known.get("msg")
    text = printable(message, most).strip() if isinstance(message, str) else ""
    return as_it_came(text) if text else None


def is_failed(result: Any) -> bool:
    return isinstance(result, dict) and result.get("failed") is True


def is_unreachable(result: Any) -> bool:
    return isinstance(result, dict) and result.get("unreachable") is True


def why_unreachable(host: str, result: Mapping[str, Any]) -> Reason | None:
    """Of a *host* that Ansible calls unreachable why it could not be reached, and what to do; None where ssh does not
    say more than that."""
    message = str(result.get("msg"))
    named = re.search(r'remote host "([\w.:-]{1,255})"', message)
    for pattern, code in _SSH_SAYS:
        found = re.search(pattern, message)
        if found:
            values = found.groupdict() or {"address": named[1] if named else host}
            return Reason("unreachable_for", why=Reason(code, **values))
    return None


def _read(results: Results, field: str, reader: Reader) -> tuple[dict[str, Any], dict[str, Record]]:
    found: dict[str, Any] = {}
    unread: dict[str, Record] = {}
    for host, result in results.items():
        answer = result.get(field) if isinstance(result, dict) else None
        found[host], why = None, why_unreachable(host, result) if is_unreachable(result) else why_of(result)
        if answer is not None:
            try:
                found[host] = reader(answer)
            except NotUnderstood as error:
                why = Reason("answer_not_understood", why=error.reason)
        if found[host] is None and why:
            unread[host] = why.to_record()
    return found, unread
