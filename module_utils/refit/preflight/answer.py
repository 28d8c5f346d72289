"""What a host answered, whatever that is: the only way from ``preflight_info`` to a judgement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.answers import NotUnderstood, count, if_fit, listing, mapping, number, optional, reason, text
from ..fleet.answers import is_unreachable, read_surveys, why_of, why_unreachable
from ..state.versions import read_version
from ..words.reason import Reason, from_record

_MOST = 2000
_MOST_FAULTS = 20
_MOST_ADDRESSES = 20
_ADDRESS = re.compile(r"[\w.-]{1,255}:[0-9]{1,5}|\[[0-9a-f:.]{2,45}\]:[0-9]{1,5}", re.ASCII)


def _address(value: Any) -> str:
    """What a person may paste into a command."""
    said = text(value)
    if not _ADDRESS.fullmatch(said):
        raise NotUnderstood(Reason("is_no_address"))
    return said


_FAULTS = optional(listing(reason, _MOST_FAULTS))
_EXAMINED = mapping(
    {
        "compared": listing(mapping({"version": read_version, "damage": optional(reason)}), _MOST),
        "disk": _FAULTS,
        "boot": _FAULTS,
        "sudo": _FAULTS,
        "outbox": mapping({"count": count, "since": optional(number), "failure": optional(reason)}),
        "timer": _FAULTS,
        "certificates": listing(
            mapping({"address": _address, "expires": optional(number), "failure": optional(reason)}), _MOST_ADDRESSES
        ),
        "clock": mapping({"begun": number, "ended": number}),
    }
)
_ASKED = if_fit(mapping({"at": number, "answered": number}))


@dataclass(frozen=True)
class Known:
    """What is known of one host.

    Attributes:
        survey, examined: what it said; None where it could not be asked, or is not understood.
        asked: when it was asked and when it was answered, by the controller's clock.
        why: why there is nothing.
    """

    survey: Mapping[str, Any] | None = None
    examined: Mapping[str, Any] | None = None
    asked: Mapping[str, float] | None = None
    why: Reason | None = None


def read_examined(answer: Any) -> dict[str, Any]:
    """The record that :func:`.host.examine` made on a host.

    Raises:
        NotUnderstood: it is none; nothing else, whatever *answer* is.
    """
    found: dict[str, Any] = _EXAMINED(answer)
    return found


def understood(results: Mapping[str, Any]) -> dict[str, Known]:
    """What each host's result says.

    Args:
        results: per host what ``preflight_info`` returned, whatever that is.
    """
    surveys, unread = read_surveys(results)
    return {host: _known(host, results[host], surveys[host], unread.get(host)) for host in sorted(results)}


def _known(host: str, result: Any, survey: Mapping[str, Any] | None, unread: Any) -> Known:
    if survey is None:
        if is_unreachable(result):
            return Known(why=why_unreachable(host, result) or Reason("unreachable"))
        return Known(why=from_record(unread) if unread else why_of(result) or Reason("no_answer"))
    try:
        examined = read_examined(result.get("examined"))
    except NotUnderstood as error:
        return Known(why=Reason("answer_not_understood", why=error.reason))
    return Known(survey, examined, _ASKED(result.get("asked")))
