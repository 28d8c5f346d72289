"""Read a service's request counters, from Spring Boot's actuator or a Prometheus page.

``spring_actuator``
    ``/actuator/metrics/http.server.requests`` (JSON).  One query for each URI that
    counts as traffic and one or two more for each that ever answered 5xx; and one for when
    the process started.
``prometheus``
    A page in the Prometheus text format, with the names that Micrometer gives a
    Spring service or those of prometheus-fastapi-instrumentator.  One that does not say
    when its process started may be of one of several: it is read again a few times, and
    then the counters of one process never fall.

Health checks and scrapes are not traffic: a service that nobody uses would look busy
and healthy through them alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Callable
from urllib.parse import quote

from ..config.traffic import SPRING_ACTUATOR, Source
from ..core.http import FetchFailed, Response
from ..words.reason import Reason
from . import prometheus_text
from .traffic import SEVERAL_PROCESSES, Counter, Exact, Sample, fell
from .unmeasured import Unmeasured

MAX_URIS = 200  # Spring itself stops at 100 distinct URIs
# Of two workers that answer at random, one in thousands of measurements sees them in an order in which nothing falls.
_MORE_LOOKS = 7
_LOOKING_SHARE = 0.2  # of the time for a reading
_MAX_COUNT = 2**63

Fetch = Callable[..., Response]


def read_source(
    source: Source, fetch: Fetch, clock: Callable[[], float] = time.time, *, closing: bool = False
) -> Sample | Unmeasured:
    """Read the counters as they are now.

    Args:
        source: where they are.
        fetch: :func:`.http.fetch` or its like.
        clock: seconds since the epoch.
        closing: whether this ends a window.  Where requests and errors are read one after the other, the
            latter's window lies within the former's, so that no error is counted without its request.

    Returns:
        The sample; or why there is none, whatever the other side answers.
    """
    reader = _Reader(source, fetch, time.monotonic() + source.timeout_s, clock, closing)
    try:
        return _read_spring(reader) if source.kind == SPRING_ACTUATOR else _look_again(reader, _read_prometheus(reader))
    except _NotMeasured as error:
        return Unmeasured(error.reason)


def _look_again(reader: _Reader, sample: Sample) -> Sample:
    """*sample*, or a later one, where nothing shows that more than one process answers."""
    for _ in range(_MORE_LOOKS if sample.process_started_at is None else 0):
        if reader.left_s < (1 - _LOOKING_SHARE) * reader.source.timeout_s:
            break
        later = _read_prometheus(reader)
        if fell(sample, later):
            raise _NotMeasured(SEVERAL_PROCESSES)
        sample = later
    return sample


class _NotMeasured(Exception):
    """The reason, on its way out of a reader."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Reader:
    """Fetches within one deadline and turns every failure into a reason."""

    def __init__(
        self, source: Source, fetch: Fetch, deadline: float, clock: Callable[[], float], closing: bool
    ) -> None:
        self.source = source
        self.closing = closing
        self._fetch = fetch
        self._deadline = deadline
        self._clock = clock

    @property
    def left_s(self) -> float:
        return self._deadline - time.monotonic()

    def get(self, url: str) -> Response:
        left_s = self.left_s
        if left_s <= 0:
            raise _NotMeasured(Reason("counters_not_read_within", seconds=self.source.timeout_s))
        try:
            return self._fetch(url, timeout_s=left_s, max_bytes=self.source.max_bytes)
        except FetchFailed as error:
            raise _NotMeasured(error.reason) from error

    def sample(self, counters: Mapping[Counter, Exact], started_at: float | None) -> Sample:
        return Sample(counters, self._clock(), started_at)


def _expect_ok(response: Response, about: str | None = None) -> None:
    if 300 <= response.status < 400:
        raise _NotMeasured(Reason("redirect_not_followed", status=response.status))
    if response.status != 200:
        raise _NotMeasured(Reason("answered_about", status=response.status, about=about))


def _looks_like_html(response: Response) -> bool:
    return response.body[:200].lstrip().lower().startswith((b"<!doctype", b"<html"))


# --- Spring Boot actuator -------------------------------------------------------------


_METRIC, _STARTED = "/http.server.requests", "/process.start.time"


def _read_spring(reader: _Reader) -> Sample:
    everything = _spring_metric(reader)
    if everything is None:
        # Nothing was counted so far, or nothing is counted at all. The answer just given tells
        # them apart: where requests are counted, it was one.
        everything = _spring_metric(reader)
    if everything is None:
        raise _NotMeasured(Reason("no_requests_counted_there"))
    uris = everything.tags.get("uri", [])
    if not uris and reader.source.needs_routes:
        raise _NotMeasured(Reason("metric_without_uri"))
    uris = [uri for uri in uris if not reader.source.ignores(uri)]
    if len(uris) > MAX_URIS:
        raise _NotMeasured(Reason("too_many_uris", most=MAX_URIS))
    counters: dict[Counter, Exact] = {}
    for uri in uris:
        # Each URI is asked for by name: subtracting the health checks from a total that was read a
        # moment earlier would invent requests whenever one of them came in between.
        metric = _spring_metric(reader, "uri:" + uri)
        if metric is None:
            continue
        failed = None
        if "SERVER_ERROR" in metric.tags.get("outcome", []):
            failed = _spring_metric(reader, "uri:" + uri, "outcome:SERVER_ERROR")
            metric = (_spring_metric(reader, "uri:" + uri) if reader.closing else None) or metric
        labels = (("uri", uri),)
        counters[Counter("requests", labels)] = counters[Counter("timed", labels)] = metric.count
        counters[Counter("seconds", labels)] = metric.seconds
        counters[Counter("errors", labels)] = 0 if failed is None else failed.count
    return reader.sample(counters, _spring_started_at(reader))


def _spring_started_at(reader: _Reader) -> float | None:
    """When the process started; None where that is not told."""
    url = reader.source.url
    if not url.endswith(_METRIC):
        return None
    try:
        response = reader.get(url[: -len(_METRIC)] + _STARTED)
        _expect_ok(response)
        values = {entry["statistic"]: entry["value"] for entry in json.loads(response.body)["measurements"]}
        return float(_exact(values["VALUE"], _STARTED))
    except (_NotMeasured, ValueError, LookupError, TypeError, RecursionError):
        return None


@dataclass(frozen=True)
class _SpringMetric:
    count: int
    seconds: Exact
    tags: Mapping[str, list[str]]


def _spring_metric(reader: _Reader, *tags: str) -> _SpringMetric | None:
    """One query; None for the 404 by which the actuator says that no meter matches."""
    # Spring splits the value of a parameter at its commas, unless the parameter comes more than once.
    told = tags * 2 if len(tags) == 1 and "," in tags[0] else tags
    query = "&".join("tag=" + quote(tag, safe=":/") for tag in told)
    response = reader.get(reader.source.url + ("?" + query if query else ""))
    if response.status == 404:
        return None
    _expect_ok(response, ", ".join(tags))
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        came = Reason("html_instead_of_json") if _looks_like_html(response) else Reason("no_json_came")
        raise _NotMeasured(came) from None
    try:
        values = {entry["statistic"]: entry["value"] for entry in document["measurements"]}
        found = {entry["tag"]: [str(value) for value in entry["values"]] for entry in document["availableTags"]}
        count, duration, unit = values["COUNT"], values["TOTAL_TIME"], document.get("baseUnit") or "seconds"
    except (KeyError, TypeError, AttributeError):
        raise _NotMeasured(Reason("no_actuator_metric")) from None
    scale = {"seconds": 1, "milliseconds": 1000}.get(unit)
    if scale is None:
        raise _NotMeasured(Reason("durations_not_in_seconds", unit=str(unit)))
    return _SpringMetric(_count(count, "COUNT"), Fraction(_exact(duration, "TOTAL_TIME")) / scale, found)


# --- Prometheus -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Names:
    """What a library calls its metrics and the labels that we need."""

    requests: str
    declared: str
    path: str
    duration: str
    duration_all: str | None = None


_LIBRARIES = (
    _Names(
        requests="http_server_requests_seconds_count",
        declared="http_server_requests_seconds",
        path="uri",
        duration="http_server_requests_seconds",
    ),
    _Names(
        requests="http_requests_total",
        declared="http_requests_total",
        path="handler",
        duration="http_request_duration_seconds",
        duration_all="http_request_duration_highr_seconds",
    ),
)
_SERVER_ERROR = re.compile(r"5(?:\d\d|xx)\Z", re.IGNORECASE)


def _read_prometheus(reader: _Reader) -> Sample:
    response = reader.get(reader.source.url)
    _expect_ok(response)
    if _looks_like_html(response):
        raise _NotMeasured(Reason("html_instead_of_page"))
    if not response.body.rstrip(b" \t\r").endswith(b"\n") and not response.body.endswith(b"# EOF"):
        raise _NotMeasured(Reason("page_cut"))
    page = prometheus_text.parse(response.body.decode("utf-8", "replace"))
    present = {sample.name for sample in page.samples} | set(page.types)
    for names in _LIBRARIES:
        if names.requests in present or names.declared in present:
            break
    else:
        raise _NotMeasured(Reason("page_lacks", names=[names.requests for names in _LIBRARIES]))
    if any(line.startswith((names.requests, names.duration)) for line in page.bad_lines):
        raise _NotMeasured(Reason("line_unreadable", name=names.requests))
    counters: dict[Counter, Exact] = {}
    started_at: float | None = None
    for sample in page.samples:
        if sample.name == "process_start_time_seconds":
            started_at = float(_exact(sample.value, sample.name))
        if sample.name == names.requests:
            _expect_labels(names, sample, reader.source)
        for counter in _counters(names, sample, reader.source):
            whole = counter.what != "seconds"
            counters[counter] = (_count if whole else _exact)(sample.value, sample.name)
    return reader.sample(counters, started_at)


def _expect_labels(names: _Names, sample: prometheus_text.Sample, source: Source) -> None:
    """Other libraries use the same metric's name with other labels; without these, no error would ever be seen."""
    if "status" not in sample.labels and "outcome" not in sample.labels:
        raise _NotMeasured(Reason("lacks_label", name=names.requests, label="status"))
    if names.path not in sample.labels and source.needs_routes:
        raise _NotMeasured(Reason("lacks_label", name=names.requests, label=names.path))


def _counters(names: _Names, sample: prometheus_text.Sample, source: Source) -> list[Counter]:
    """What a line of the page counts for; nothing if it is not about traffic."""
    labels = dict(sample.labels)
    le = labels.pop("le", None)
    key = tuple(sorted(labels.items()))
    if names.duration_all and sample.name == names.duration_all + "_bucket":
        return [Counter("bucket_all", key, le)]
    if source.ignores(labels.get(names.path, "")):
        return []
    found = []
    if sample.name == names.requests:
        found.append(Counter("requests", key))
        if _SERVER_ERROR.match(labels.get("status", "")) or labels.get("outcome") == "SERVER_ERROR":
            found.append(Counter("errors", key))
    if sample.name == names.duration + "_count":
        found.append(Counter("timed", key))
    elif sample.name == names.duration + "_sum":
        found.append(Counter("seconds", key))
    elif sample.name == names.duration + "_bucket":
        found.append(Counter("bucket", key, le))
    return found


def _exact(value: Any, name: str) -> Exact:
    """A counter's value as the decimal it was written as, so that differences are exact."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < _MAX_COUNT:  # false for NaN as well
        raise _NotMeasured(Reason("no_counters_value", name=name, value=repr(value)[:80]))
    return value if isinstance(value, int) else Fraction(repr(value))


def _count(value: Any, name: str) -> int:
    exact = _exact(value, name)
    if exact.denominator != 1:
        raise _NotMeasured(Reason("no_number_of_requests", name=name, value=repr(value)[:80]))
    return int(exact)
