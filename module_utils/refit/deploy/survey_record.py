"""A survey as a host answered it: what it may hold, and that all of it fits together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..config.service import read_service_name
from ..core.answers import (
    NotUnderstood,
    boolean,
    count,
    if_fit,
    listing,
    mapping,
    number,
    one_of,
    optional,
    otherwise,
    prose,
    rank,
    reason,
    sha256,
    text,
)
from ..core.urls import port_of, public
from ..health.grades import RANK
from ..state.history import RESTORE, UNDO
from ..state.holds import read_holds
from ..state.operation import DEPLOY, ROLLBACK
from ..state.signed import read_word
from ..state.versions import legacy, read_version
from ..words.reason import Reason

_SCHEMES = ("https", "http", "s3")
_MOST_RELEASES = 2000
_MOST_PROCESSES = 10_000


def _source(value: Any) -> str:
    """Where a release came from: a file's name, or a URL that artifacts come from and that holds no secret."""
    said = text(value)
    try:
        parts = urlsplit(said)
        plain = "://" not in said or (parts.scheme in _SCHEMES and bool(parts.hostname) and public(parts) == said)
        port_of(parts)
    except ValueError:
        plain = False
    if not plain:
        raise NotUnderstood(Reason("is_no_artifact_source"))
    return said


_RELEASE = mapping(
    {
        "version": read_version,
        "state": text,
        "qualifies": otherwise(boolean, False),
        "why_not": optional(reason),
        "usable": boolean,
        "proven": boolean,
        "result": optional(text),
        "order": rank,
        "handmade": otherwise(boolean, False),
        "sha256": if_fit(sha256),  # it may stand in a file that is the application's: then nothing is certain of it
        "tree_sha256": if_fit(sha256),  # None also where it was staged before there was one
        "git_sha": if_fit(text),
        "source": if_fit(_source),
        "staged_at": if_fit(text),
        "verified_at": if_fit(text),
        "activated_op": otherwise(count, 0),
        "failure": optional(reason),
        "signed": read_word,
        "bad": optional(mapping({"reason": reason, "by": optional(prose), "at": optional(prose)})),
    }
)
_INTENT = mapping(
    {
        "version": read_version,
        "from": optional(read_version),
        "kind": one_of(DEPLOY, ROLLBACK, RESTORE, UNDO),
        "at": optional(text),
    }
)
_LAST_ROLLBACK = mapping(
    {
        "version": read_version,
        "from": optional(read_version),
        "at": optional(text),
        "by": optional(prose),
        "age_s": optional(number),
    }
)
_STOPPED_BY = mapping({"severity": one_of(*RANK), "why": reason})


def _stopped(value: Any) -> bool | dict[str, Any]:
    return boolean(value) if isinstance(value, bool) else dict(_STOPPED_BY(value))


_OPERATION = mapping(
    {
        "number": count,
        "kind": one_of(DEPLOY, ROLLBACK),
        "run": text,
        "owner": prose,
        "target": optional(read_version),
        "started": text,
        "expires": text,
        "finished": optional(text),
        "stopped": otherwise(_stopped, False),
        "unfinished": boolean,
        "dead": otherwise(boolean, False),
        "silent_s": otherwise(optional(number), None),
    }
)
_RUNNING = mapping(
    {
        "healthy": boolean,
        "failure": optional(mapping({"kind": text, "detail": reason})),
        "status": text,
        "running": listing(read_version, _MOST_PROCESSES),
        "pids": listing(count, _MOST_PROCESSES),
        "version": optional(prose),
        "forgotten": otherwise(listing(prose, _MOST_PROCESSES), []),
    }
)
_SURVEY = mapping(
    {
        "service": read_service_name,
        "process_manager": otherwise(text, "its manager"),
        "current": optional(read_version),
        "current_link": optional(mapping({"target": prose, "absolute": boolean, "nowhere": otherwise(boolean, False)})),
        "leaving": optional(read_version),
        "previous": optional(read_version),
        "releases": listing(_RELEASE, _MOST_RELEASES),
        "open_intent": optional(_INTENT),
        "last_rollback": optional(_LAST_ROLLBACK),
        "operation": optional(_OPERATION),
        "holds": read_holds,
        "damaged_ledger_lines": otherwise(count, 0),
        "place": if_fit(text),
        "unsafe": optional(reason),
        "definition_changes": otherwise(boolean, False),
        "running": optional(_RUNNING),
        "other_settings": optional(boolean),
        "scripts": optional(mapping({"version": if_fit(text), "digest": if_fit(text)})),
    }
)


def read_survey(answer: Any) -> dict[str, Any]:
    """The record that :meth:`.survey.Survey.to_record` wrote on a host.

    Raises:
        NotUnderstood: it is none; nothing else, whatever *answer* is.
    """
    record: dict[str, Any] = _SURVEY(answer)
    if record["current"] is not None and record["current_link"] is None:
        raise NotUnderstood(Reason("current_link_missing"), "current_link")
    versions = [release["version"] for release in record["releases"]]
    if len(set(versions)) < len(versions):
        raise NotUnderstood(Reason("names_version_twice"), "releases")
    return record


def live_in(record: Mapping[str, Any]) -> str | None:
    """What is live by a survey: a version, or in words what is no release; None where nothing is."""
    link = record.get("current_link")
    if record["current"] is not None or link is None or link.get("nowhere"):
        found: str | None = record["current"]
        return found
    return legacy(link["target"])


def release_in(record: Mapping[str, Any], version: str) -> Mapping[str, Any]:
    """The release called *version* in a survey, empty if it is not there."""
    return next((release for release in record["releases"] if release["version"] == version), {})
