"""Whether the scripts on the servers are the code that the controller has, and what to type where they are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from ..core.build_info import BuildInfo
from ..core.errors import SERVER_SCRIPTS_YML, Step, Writer, lines_of
from ..words.reason import Reason
from ..words.sentence import said

#: How the scripts of a host stand to the controller's code.
Standing = Literal["absent", "same", "older", "newer", "changed", "unknown"]
ABSENT: Final = "absent"
SAME: Final = "same"
OLDER: Final = "older"
NEWER: Final = "newer"
CHANGED: Final = "changed"
UNKNOWN: Final = "unknown"


def standing(survey: Mapping[str, Any], here: BuildInfo) -> Standing:
    """How the scripts of one host stand to *here*, by the host's survey."""
    if survey.get("scripts") is None:
        return ABSENT
    there = BuildInfo.from_record(survey["scripts"])
    if there is None:
        return UNKNOWN
    if there == here:
        return SAME
    if there.is_older_than(here):
        return OLDER
    return NEWER if here.is_older_than(there) else CHANGED


def describe(surveys: Mapping[str, Mapping[str, Any]], here: BuildInfo, write: Writer, language: str) -> list[str]:
    """A line with the controller's version; below it the hosts whose scripts differ, and the next command."""
    standings = {host: standing(found, here) for host, found in surveys.items()}
    others = {host: found for host, found in standings.items() if found not in (ABSENT, SAME)}
    if not others:
        return [f"refit {here.version}"]
    count = sum(found != ABSENT for found in standings.values())
    # Installed from here, newer scripts would become older ones.
    following = Reason("next_when_up_to_date" if NEWER in others.values() else "next")
    return [
        said(Reason("other_scripts", version=here.version, others=len(others), count=count), language),
        *(f"  {host}: {said(_standing(found, surveys[host]), language)}" for host, found in others.items()),
        said(following, language),
        *lines_of([Step(SERVER_SCRIPTS_YML)], write, language),
    ]


def describe_settings(
    surveys: Mapping[str, Mapping[str, Any]], service: str, write: Writer, language: str
) -> list[str]:
    """The hosts on which ``rollback.sh`` goes by other settings than the last deploy did, and the next command."""
    hosts = [host for host, found in surveys.items() if found.get("other_settings")]
    if not hosts:
        return []
    return [
        said(Reason("other_settings_there", hosts=hosts, service=service), language),
        *lines_of([Step(SERVER_SCRIPTS_YML)], write, language),
    ]


def _standing(found: Standing, survey: Mapping[str, Any]) -> Reason:
    there = BuildInfo.from_record(survey["scripts"])
    if there is None:
        return Reason("scripts_unknown")
    codes = {CHANGED: "scripts_changed", OLDER: "scripts_older", NEWER: "scripts_newer"}
    return Reason(codes[found], version=there.version)
