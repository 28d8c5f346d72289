"""Where the reader of a message goes on: the runbook's section, the CI run, what the commits changed.

What becomes a button is strict, since Discord refuses a whole message for one URL that it does not take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

#: Of a button's target and label ("Button" in Discord's component reference).
LONGEST_TARGET = 512
LONGEST_LABEL = 80
# Of a site's base URL, which leaves room for the longest section.
LONGEST_BASE = 200
_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")
_INVISIBLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

_ROLLBACK, _STOPPED = "rollback-ai-service.md", "stopped-frozen-divergent.md"
#: The section of ``docs/runbooks`` that says what to do about an event: a file, and the heading's name in its URL.
SECTIONS: Mapping[str, str] = {
    "lint_test_failed": "README.md#ci-알림",
    "integration_failed": "README.md#ci-알림",
    "release_build_failed": "README.md#ci-알림",
    "deploy_failed": "README.md#cd-알림",
    "deploy_stopped": f"{_STOPPED}#1-중단된-배포-p1",
    "health_check_failed": "README.md#cd-알림",
    "rollback_succeeded": f"{_ROLLBACK}#4-검증",
    "rollback_failed": f"{_ROLLBACK}#복구-실패-종료-코드-7-수동-개입-필요",
    "rollback_interrupted": f"{_STOPPED}#4-끊긴-작업-interrupted",
    "deploys_frozen": f"{_STOPPED}#2-동결과-해제",
    "incident_opened": "incidents.md#대응",
    "incident_reopened": "incidents.md#대응",
    "incident_escalated": "README.md#-긴급-연락망",
    "severity_changed": f"{_ROLLBACK}#1-심각도-판단",
}


class Link(NamedTuple):
    """Where a reader can go on; *label* and *url* raw."""

    label: str
    url: str


def message_url(guild_id: str, channel_id: str, message_id: str) -> str:
    """Where Discord shows a message to whoever may read its channel."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


def target(url: str) -> str:
    """*url* as a button may lead to it; empty where none may."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    # Discord takes no name without a dot, such as that of a machine next door.
    public = "." in host.strip(".") or ":" in host
    if parts.scheme != "https" or not public or "@" in parts.netloc or _INVISIBLE.search(url):
        return ""
    encoded = encode(url)
    return encoded if len(encoded) <= LONGEST_TARGET else ""


def encode(url: str) -> str:
    """*url* with everything encoded that could end it, or that markdown would read."""
    return quote(url, safe="%/:?&=+,;@!$'*~[]#-._", errors="replace")


def is_base(url: str) -> bool:
    """Whether a site may give *url* as the base of others."""
    return bool(target(url)) and "?" not in url and "#" not in url and len(url) <= LONGEST_BASE


def pages_of(event: str, facts: Mapping[str, Any], runbook_url: str, repository_url: str) -> dict[str, str]:
    """The facts of *event* that follow from what the site says of its pages; *facts* are what is known besides.

    Args:
        runbook_url: where ``docs/runbooks`` is read; empty where it is nowhere.
        repository_url: that of the service's own code; empty where nobody said.
    """
    found = {}
    if runbook_url and event in SECTIONS:
        found["runbook_url"] = "/".join((runbook_url.rstrip("/"), SECTIONS[event]))
    compare = facts.get("compare")
    before, after = (_commit(compare.get(end)) for end in ("from", "to")) if isinstance(compare, Mapping) else ("", "")
    after = after or _commit(facts.get("commit"))
    if repository_url and before and after and before != after:
        found["compare_url"] = "{}/compare/{}...{}".format(repository_url.rstrip("/"), before, after)
    elif repository_url and after:
        found["commit_url"] = "{}/commit/{}".format(repository_url.rstrip("/"), after)
    return found


def _commit(value: Any) -> str:
    """*value* if it is a commit's hash: anything else would lead nowhere, or elsewhere."""
    return value if isinstance(value, str) and _COMMIT.match(value) else ""
