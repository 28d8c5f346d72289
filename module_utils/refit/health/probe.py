"""One health check, or one request as a user sends it: ask once, and say what was wrong.

:mod:`.proof` decides from many checks whether a release may stay.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..config.service import HealthCheck, SyntheticRequest
from ..core.http import FailureKind, FetchFailed, Response, fetch
from ..words.reason import Reason

_SHOWN = 80
_MISSING = object()


@dataclass(frozen=True)
class Failure:
    """Why a check failed.

    *kind* besides those of no answer: ``wrong_version`` where the service names another
    version, ``no_version`` where it names none, ``process`` where its process does not run.
    """

    kind: FailureKind | Literal["bad_status", "bad_body", "wrong_version", "no_version", "process"]
    reason: Reason

    def to_record(self) -> dict[str, Any]:
        return {"kind": self.kind, "detail": self.reason.to_record()}


@dataclass(frozen=True)
class Check:
    """One answer judged.  *status* and *latency_ms* are None where no answer came;
    *version* is what the service calls itself, without a leading ``v``."""

    ok: bool
    failure: Failure | None = None
    status: int | None = None
    latency_ms: float | None = None
    version: str | None = None

    def to_record(self) -> dict[str, Any]:
        return {**asdict(self), "failure": self.failure.to_record() if self.failure else None}


def check_once(health: HealthCheck, expected_version: str | None = None) -> Check:
    """Ask the service once whether it is healthy and, where configured, which version it is.

    The check takes at most ``health.timeout_s`` seconds, both questions together.
    Without *expected_version* the version is reported where it can be had, and
    nothing fails for lack of it.
    """
    started = time.monotonic()
    try:
        response = fetch(health.url, timeout_s=health.timeout_s)
    except FetchFailed as error:
        return Check(False, Failure(error.kind, error.reason))
    version, version_failure = None, None
    failure = _judge(health, response)
    if failure is None and health.version_url:
        left_s = health.timeout_s - (time.monotonic() - started)
        version, version_failure = _read_version(health, response, left_s)
        if expected_version is not None:
            failure = version_failure or _compare(version, expected_version)
    return Check(failure is None, failure, response.status, response.elapsed_ms, version)


def request_once(request: SyntheticRequest) -> Check:
    """Send *request* once; it takes at most ``request.timeout_s`` seconds."""
    try:
        response = fetch(
            request.url,
            timeout_s=request.timeout_s,
            headers=request.headers,
            method=request.method,
            body=request.body,
        )
    except FetchFailed as error:
        return Check(False, Failure(error.kind, error.reason))
    failure = _judge(request, response)
    return Check(failure is None, failure, response.status, response.elapsed_ms)


def _judge(expected: HealthCheck | SyntheticRequest, response: Response) -> Failure | None:
    if response.status != expected.status:
        body = _shown(response.body)
        return Failure(
            "bad_status", Reason("health_status", answered=response.status, expected=expected.status, body=body)
        )
    if not expected.json:
        return None
    document = _parse(response.body)
    if document is _MISSING:
        body = _shown(response.body)
        return Failure("bad_body", Reason("answer_no_json", body=body) if body else Reason("answer_empty"))
    for path, wanted in expected.json.items():
        value = _at(document, path)
        if value is _MISSING:
            return Failure("bad_body", Reason("answer_lacks", path=path, body=_shown(response.body)))
        if not _same(value, wanted):
            found = Reason("answer_differs", path=path, value=_shown_json(value), expected=_shown_json(wanted))
            return Failure("bad_body", found)
    return None


def _read_version(health: HealthCheck, health_response: Response, left_s: float) -> tuple[str | None, Failure | None]:
    """The version that the service names, or why there is none."""
    response = health_response
    if health.version_url != health.url:
        try:
            response = fetch(health.version_url or "", timeout_s=left_s)
        except FetchFailed as error:
            return None, Failure("no_version", Reason("version_unreadable", why=error.reason))
        if not 200 <= response.status < 300:
            why = Reason("answered", status=response.status)
            return None, Failure("no_version", Reason("version_unreadable", why=why))
    value = _at(_parse(response.body), health.version_field)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        unnamed = Reason("version_not_named", field=health.version_field, body=_shown(response.body))
        return None, Failure("no_version", unnamed)
    return _without_v(str(value)), None


def _compare(version: str | None, expected: str) -> Failure | None:
    if version == _without_v(expected):
        return None
    differs = Reason("version_differs", named=_shown_text(str(version)), expected=_without_v(expected))
    return Failure("wrong_version", differs)


def _without_v(version: str) -> str:
    """``v1.2`` is ``1.2`` written by a person; ``vanilla`` is a name."""
    return version[1:] if version[:1] == "v" and version[1:2].isdigit() else version


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _MISSING


def _at(document: Any, path: str) -> Any:
    """The value at a dotted path (``components.db.status``, ``nodes.0.name``)."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part, _MISSING)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return _MISSING
    return document


def _same(value: Any, expected: Any) -> bool:
    """Equality as JSON means it: ``true`` is not ``1``.  A number may be given as
    text, because templates turn numbers into text."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, str) != isinstance(expected, str):
        numbers = (int, float, str)
        return isinstance(value, numbers) and isinstance(expected, numbers) and str(value) == str(expected)
    return bool(value == expected)


def _shown(body: bytes) -> str:
    return _shown_text(body[: 4 * _SHOWN].decode("utf-8", "replace"))


def _shown_json(value: Any) -> str:
    return _shown_text(json.dumps(value, ensure_ascii=False, default=str))


def _shown_text(text: str) -> str:
    """One line that is safe on a terminal, cut to a readable length."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
