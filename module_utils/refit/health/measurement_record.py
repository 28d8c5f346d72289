"""A measurement as a host answered it: what :mod:`.severity` may count on."""

from __future__ import annotations

from typing import Any

from ..core.answers import (
    NotUnderstood,
    Reader,
    boolean,
    count,
    listing,
    mapping,
    number,
    optional,
    otherwise,
    reason,
    table,
    text,
)
from ..state.versions import read_version
from ..words.reason import Reason, from_record
from .unmeasured import Unmeasured

_MOST_PROCESSES = 10_000
_MOST_PATTERNS = 1000

_HEALTH = mapping(
    {
        "attempts": count,
        "answered": count,
        "successes": count,
        "last_failure": optional(reason),
        "mean_latency_ms": optional(number),
    }
)
_PROCESS = mapping(
    {
        "status": text,
        "restarts": otherwise(count, 0),
        "versions": otherwise(listing(read_version, _MOST_PROCESSES), []),
    }
)
_TRAFFIC = mapping(
    {
        "requests": count,
        "errors": count,
        "answered": optional(count),
        "latency_sum_s": optional(number),
        "latency_count": optional(count),
        "mean_latency_ms": optional(number),
        "restarted": otherwise(boolean, False),
    }
)
_SYNTHETIC = mapping({"attempts": count, "answered": count, "successes": count, "latency_max_ms": optional(number)})
_LOG = mapping(
    {
        "errors": count,
        "patterns": otherwise(table(count, _MOST_PATTERNS), {}),
        "window_s": number,
        "unseen": optional(reason),
    }
)

_PARTS = {"health": _HEALTH, "process": _PROCESS, "traffic": _TRAFFIC, "synthetic": _SYNTHETIC, "log": _LOG}
# What is counted among others is never more than those.
_WITHIN = {
    "health": (("answered", "attempts"), ("successes", "answered")),
    "traffic": (("errors", "requests"), ("answered", "requests")),
    "synthetic": (("answered", "attempts"), ("successes", "answered")),
}
_HEAD = mapping({"at": optional(text), "current": optional(read_version)})


def read_measurement(answer: Any) -> dict[str, Any]:
    """The measurement of one host, with the parts that it has: see :mod:`.severity`.

    Raises:
        NotUnderstood: it is none; nothing else, whatever *answer* is.
    """
    record: dict[str, Any] = _HEAD(answer)
    for name, reader in _PARTS.items():
        if name in answer:
            record[name] = _part(name, reader, answer[name])
    return record


def _part(name: str, reader: Reader, answer: Any) -> dict[str, Any]:
    if answer is None:
        return Unmeasured(Reason("not_given")).to_record()
    if isinstance(answer, dict) and "unmeasured" in answer:
        why = _read(name, optional(reason), answer["unmeasured"])
        return Unmeasured(from_record(why) if why else Reason("not_given")).to_record()
    found: dict[str, Any] = _read(name, reader, answer)
    for part, whole in _WITHIN.get(name, ()):
        if found[part] is not None and found[part] > found[whole]:
            raise NotUnderstood(Reason("is_more_than", whole=whole), f"{name}.{part}")
    return found


def _read(name: str, reader: Reader, answer: Any) -> Any:
    try:
        return reader(answer)
    except NotUnderstood as error:
        raise NotUnderstood(error.why, name + error.path) from None
