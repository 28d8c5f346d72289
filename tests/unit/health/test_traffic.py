"""Traffic out of a service's own counters, over real HTTP: the pages are recorded, the server is not."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import json
import ssl
import threading
import time
import tracemalloc
from fractions import Fraction
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.traffic import Source
from refit.core.errors import InvalidInput
from refit.core.http import Response, fetch
from refit.health.traffic import Counter, Sample, delta, quantile
from refit.health.traffic_sources import read_source
from refit.health.unmeasured import Unmeasured
from refit.words.reason import Reason
from support.words import told

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "metrics"
METRIC = "/actuator/metrics/http.server.requests"


@contextlib.contextmanager
def serving(answer):
    """A server on loopback; *answer(handler, path, query)* writes it.  Yields its address and the requests."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            seen.append(self.path)
            with contextlib.suppress(OSError):  # the client may have gone
                answer(self, url.path, parse_qs(url.query))

        def log_message(self, *_arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield "http://127.0.0.1:{}".format(server.server_port), seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler, body, status=200, content_type="text/plain", headers=()):
    body = body if isinstance(body, bytes) else body.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def page_of(body, **options):
    return lambda handler, _path, _query: send(handler, body, **options)


def read(kind, answer, path="/metrics", **options):
    with serving(answer) as (address, _seen):
        return read_source(Source(kind, address + path, **options), fetch, clock=lambda: 1706356800.0)


def recorded(name):
    return (PAGES / name).read_bytes()


def actuator(answers):
    """An actuator: *answers* maps the tags of a query to a document; what is not there is a 404."""

    def answer(handler, path, query):
        body = answers.get(tuple(sorted(query.get("tag", [])))) if path == METRIC else None
        if body is None:
            send(handler, b"", 404)
        else:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            send(handler, body, content_type="application/vnd.spring-boot.actuator.v3+json")

    return answer


ANALYSIS = "uri:/api/workouts/{id}/analysis"
RECORDED_ACTUATOR = {
    (): recorded("actuator_all.json"),
    (ANALYSIS,): recorded("actuator_analysis.json"),
    ("outcome:SERVER_ERROR", ANALYSIS): recorded("actuator_analysis_server_error.json"),
    ("uri:/**",): recorded("actuator_not_found.json"),
}


def metric(count, seconds=1.0, unit="seconds", **tags):
    return {
        "name": "http.server.requests",
        "baseUnit": unit,
        "measurements": [{"statistic": "COUNT", "value": count}, {"statistic": "TOTAL_TIME", "value": seconds}],
        "availableTags": [{"tag": tag, "values": values} for tag, values in tags.items()],
    }


class TestSources:
    def test_spring_actuator_leaves_health_and_metrics_requests_out(self):
        sample = read("spring_actuator", actuator(RECORDED_ACTUATOR), METRIC)
        assert (sample.requests, sample.errors) == (1000, 50)
        traffic = delta(Sample({}, 1706356790.0), sample)
        assert (traffic.latency_sum_s, traffic.latency_count, traffic.mean_latency_ms) == (72.012, 1000, 72.012)

    def test_spring_actuator_is_never_asked_about_what_is_no_traffic(self):
        with serving(actuator(RECORDED_ACTUATOR)) as (address, seen):
            read_source(Source("spring_actuator", address + METRIC), fetch)
        assert len(seen) == 5
        assert not [query for query in seen if "tag=uri:/actuator" in query]

    def test_spring_actuator_in_milliseconds(self):
        answers = {(): metric(4, 200.0, "milliseconds", uri=["/a"]), ("uri:/a",): metric(4, 200.0, "milliseconds")}
        traffic = delta(Sample({}, 0.0), read("spring_actuator", actuator(answers), METRIC))
        assert (traffic.requests, traffic.mean_latency_ms) == (4, 50.0)

    def test_spring_actuator_404_for_a_tag_is_zero(self):
        answers = {(): metric(4, uri=["/a"]), ("uri:/a",): metric(4, outcome=["SUCCESS", "SERVER_ERROR"])}
        assert read("spring_actuator", actuator(answers), METRIC).errors == 0

    def test_spring_actuator_404_without_a_tag_is_not_zero(self):
        assert read("spring_actuator", actuator({}), METRIC) == Unmeasured(Reason("no_requests_counted_there"))

    def test_spring_actuator_that_counts_its_first_request_now(self):
        # A service that has just started has no such metric until our own query was its first request.
        answers = actuator({(): metric(1, uri=["/actuator/metrics/{requiredMetricName}"])})
        first = iter([True])

        def answer(handler, path, query):
            if next(first, False):
                send(handler, b"", 404)
            else:
                answers(handler, path, query)

        assert read("spring_actuator", answer, METRIC).requests == 0

    def test_spring_actuator_without_uris_cannot_tell_traffic_from_health_checks(self):
        answers = actuator({(): metric(4, outcome=["SUCCESS"])})
        assert "no uri tag" in told(read("spring_actuator", answers, METRIC).reason)

    def test_spring_actuator_with_too_many_uris_is_refused_before_they_are_all_asked(self):
        answers = actuator({(): metric(4, uri=["/{}".format(i) for i in range(201)])})
        assert "more than 200 URIs" in told(read("spring_actuator", answers, METRIC).reason)

    def test_spring_prometheus_page(self):
        sample = read("prometheus", page_of(recorded("spring.prom")))
        assert (sample.requests, sample.errors) == (1000, 50)
        assert sample.process_started_at == 1706356800.123
        traffic = delta(Sample({}, 0.0, sample.process_started_at), sample)
        assert traffic.mean_latency_ms == 72.012
        # 950 of 1000 lie in the third bucket, 0.1 to 0.5 s, which holds the 901st to the 990th
        assert traffic.p95_latency_ms == pytest.approx(100 + 400 * 50 / 90)

    def test_a_page_that_a_real_spring_printed(self):
        sample = read("prometheus", page_of(recorded("recorded_spring.prom")))
        assert (sample.requests, sample.errors) == (6, 0)
        assert delta(Sample({}, 0.0), sample).mean_latency_ms == pytest.approx((113.312375 + 456.437583) / 6)

    def test_answers_that_a_real_actuator_gave(self):
        answers = {
            (): recorded("recorded_actuator.json"),
            ("uri:/api/log-demo",): recorded("recorded_actuator_log_demo.json"),
        }
        sample = read("spring_actuator", actuator(answers), METRIC)
        assert (sample.requests, sample.errors) == (2, 0)
        assert delta(Sample({}, 0.0), sample).mean_latency_ms == pytest.approx(5.47025 / 2)

    @pytest.mark.parametrize("page", ["fastapi_grouped.prom", "fastapi_plain.prom"])
    def test_fastapi_page_with_grouped_and_with_plain_status(self, page):
        sample = read("prometheus", page_of(recorded(page)))
        # 30 items, 3 of them 503; one unhandled exception; one path that does not exist
        assert (sample.requests, sample.errors) == (32, 4)
        traffic = delta(Sample({}, 0.0, sample.process_started_at), sample)
        assert traffic.latency_count == 32
        assert traffic.p95_latency_ms is not None

    def test_fastapi_service_without_a_request_so_far_has_zero(self):
        sample = read("prometheus", page_of(recorded("fastapi_fresh.prom")))
        assert (sample.requests, sample.errors) == (0, 0)
        assert delta(sample, sample).mean_latency_ms is None

    def test_what_is_no_traffic_can_be_configured(self):
        every = read("prometheus", page_of(recorded("fastapi_plain.prom")), ignore=())
        assert every.requests == 36
        fewer = read("prometheus", page_of(recorded("fastapi_plain.prom")), ignore=("/api/*", "/metrics"))
        assert fewer.requests == 2

    @pytest.mark.parametrize(
        "path", ["/actuator", "/actuator/health", "/health", "/healthz", "/api/ai/health", "/metrics"]
    )
    def test_health_and_metrics_are_no_traffic_by_default(self, path):
        assert Source("prometheus", "http://localhost/metrics").ignores(path)

    @pytest.mark.parametrize("path", ["/api/health-records", "/", "none", "/api/metrics", "NOT_FOUND"])
    def test_everything_else_is(self, path):
        assert not Source("prometheus", "http://localhost/metrics").ignores(path)

    def test_unknown_kind_is_refused(self):
        with pytest.raises(InvalidInput, match="spring_actuator, prometheus"):
            Source("jolokia", "http://localhost")


PLAIN = 'http_requests_total{handler="/a",method="GET",status="200"} 5\n'


class TestSpring:
    """A Spring that counts like the real one, and is used while it is asked."""

    START = METRIC.rsplit("/", 1)[0] + "/process.start.time"
    TILES = "/api/tiles/{z:[0-9]{1,2}}"

    @staticmethod
    def spring(counts, used=None, start=None):
        """*counts*: uri → [requests, errors]; *used* changes them before each answer."""

        def answer(handler, path, query):
            if used:
                used(counts)
            if path == TestSpring.START and start is not None:
                send(handler, json.dumps({"measurements": [{"statistic": "VALUE", "value": start}]}))
                return
            tags = query.get("tag", [])
            tags = tags[0].split(",") if len(tags) == 1 else tags  # what Spring makes of a list
            if path != METRIC or any(":" not in tag for tag in tags):
                send(handler, b"", 400 if path == METRIC else 404)
                return
            wanted = dict(tag.split(":", 1) for tag in tags)
            found = {uri: count for uri, count in counts.items() if wanted.get("uri", uri) == uri}
            number = sum(count["outcome" in wanted] for count in found.values())
            outcomes = ["SUCCESS", *(["SERVER_ERROR"] if any(errors for _, errors in found.values()) else [])]
            body = json.dumps(metric(number, uri=list(found), outcome=outcomes))
            send(handler, body if number else b"", 200 if number else 404)

        return answer

    def test_a_comma_in_one_route_does_not_matter(self):
        sample = read("spring_actuator", self.spring({self.TILES: [7, 2], "/a": [30, 0]}), METRIC)
        assert (sample.requests, sample.errors) == (37, 2)

    def test_a_route_that_cannot_be_asked_about_is_named(self):
        def answer(handler, path, query):
            spring = self.spring({"/a": [3, 0], "/b": [4, 0]})
            send(handler, b"", 400) if query.get("tag") == ["uri:/b"] else spring(handler, path, query)

        assert read("spring_actuator", answer, METRIC) == Unmeasured(
            Reason("answered_about", status=400, about="uri:/b")
        )

    def test_when_the_process_started_is_asked_and_need_not_be_answered(self):
        assert (
            read("spring_actuator", self.spring({"/a": [3, 0]}, start=1.70634e9), METRIC).process_started_at
            == 1.70634e9
        )
        assert read("spring_actuator", self.spring({"/a": [3, 0]}), METRIC).process_started_at is None

    def test_our_own_requests_under_another_base_path_are_no_traffic(self):
        counts = {"/management/health/**": [70, 0], "/management/metrics/{requiredMetricName}": [9, 0], "/a": [24, 18]}
        own = ("/app/management/health/readiness", "/app" + METRIC.replace("/actuator", "/management"))
        sample = read("spring_actuator", self.spring(counts), METRIC, own=own)
        assert (sample.requests, sample.errors) == (24, 18)

    @pytest.mark.parametrize(("good", "bad"), [(0, 1), (1, 1), (0, 40)])
    def test_requests_that_come_between_the_questions_make_no_more_errors_than_requests(self, good, bad):
        def used(counts):
            counts["/a"][0] += good + bad
            counts["/a"][1] += bad

        with serving(self.spring({"/a": [10, 10]}, used)) as (address, _seen):
            source = Source("spring_actuator", address + METRIC)
            before, after = read_source(source, fetch), read_source(source, fetch, closing=True)
        traffic = delta(before, after)
        assert 0 < traffic.errors <= traffic.requests


class TestSeveralProcesses:
    """Each with counters of its own behind one address, in whatever order they answer."""

    @staticmethod
    def page(requests, errors, more=""):
        line = 'http_requests_total{{handler="/a",method="GET",status="{}"}} {}\n'
        return line.format("2xx", requests - errors) + line.format("5xx", errors) + more

    def in_turn(self, *pages):
        turns = itertools.cycle(pages)
        return lambda handler, _path, _query: send(handler, next(turns))

    @pytest.mark.parametrize("others", [(1000, 30), (1000, 300), (949, 0), (0, 0)])
    def test_their_counters_are_no_measurement(self, others):
        result = read("prometheus", self.in_turn(self.page(950, 0), self.page(*others)))
        assert result == Unmeasured(Reason("several_processes"))

    def test_a_page_that_says_when_its_process_started_is_read_once(self):
        with serving(page_of(self.page(950, 0, "process_start_time_seconds 5\n"))) as (address, seen):
            assert read_source(Source("prometheus", address), fetch).requests == 950
        assert len(seen) == 1

    def test_one_process_that_is_used_meanwhile_is_measured(self):
        counts = itertools.count(950)
        sample = read("prometheus", lambda handler, *_: send(handler, self.page(next(counts), 3)))
        assert sample.requests >= 950

    def test_a_page_that_takes_its_time_is_not_read_until_there_is_none_left(self):
        def slow(handler, _path, _query):
            time.sleep(0.3)
            send(handler, self.page(950, 0))

        assert read("prometheus", slow, timeout_s=0.9).requests == 950

    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=2), st.data())
    def test_what_is_measured_of_two_is_what_one_of_them_counted(self, steps, data):
        """Readings that show no fall within themselves and come from one of them at both ends."""
        start = [(100, 20), (103, 21)]
        end = [(requests + good + bad, errors + bad) for (requests, errors), (good, bad) in zip(start, steps)]
        order = iter(data.draw(st.lists(st.sampled_from([0, 1]), min_size=16, max_size=16)))
        looks = []

        def look(pages):
            def answer(*_arguments, **_options):
                looks.append(next(order))
                body = self.page(*pages[looks[-1]]).encode()
                return Response(200, "", body)

            return read_source(Source("prometheus", "http://localhost/metrics", timeout_s=60), answer)

        before, after = look(start), look(end)
        if isinstance(before, Unmeasured) or isinstance(after, Unmeasured) or len(set(looks)) == 2:
            return
        traffic, (good, bad) = delta(before, after), steps[looks[0]]
        assert (traffic.requests, traffic.errors) == (good + bad, bad)


class TestBrokenSources:
    """A reason each, in bounded time, and never a zero."""

    @pytest.mark.parametrize(
        ("kind", "answer", "reason"),
        [
            ("spring_actuator", page_of("<!DOCTYPE html><p>Sign in"), "JSON was expected, HTML came"),
            ("spring_actuator", page_of(recorded("actuator_all.json")[:300]), "only a part of it"),
            ("spring_actuator", page_of("[" * 100_000), "JSON was expected"),
            ("spring_actuator", page_of("[]"), "not an actuator metric"),
            ("spring_actuator", page_of('{"measurements": 3}'), "not an actuator metric"),
            ("spring_actuator", page_of('{"measurements": [], "availableTags": []}'), "not an actuator metric"),
            ("spring_actuator", page_of("null"), "not an actuator metric"),
            ("spring_actuator", page_of("{}", status=503), "answered 503"),
            ("spring_actuator", page_of("{}", status=401), "answered 401"),
            ("spring_actuator", page_of("", status=302, headers=[("Location", "/login")]), "redirect is not followed"),
            ("spring_actuator", page_of(json.dumps(metric(-1, uri=["/a"]))), "no counter's value"),
            ("spring_actuator", page_of(json.dumps(metric(1.5, uri=["/a"]))), "no number of requests"),
            ("spring_actuator", page_of(json.dumps(metric(float("nan"), uri=["/a"]))), "no counter's value"),
            ("spring_actuator", page_of(json.dumps(metric(True, uri=["/a"]))), "no counter's value"),
            ("spring_actuator", page_of(json.dumps(metric("5", uri=["/a"]))), "no counter's value"),
            ("spring_actuator", page_of(json.dumps(metric(10**400, uri=["/a"]))), "no counter's value"),
            ("spring_actuator", page_of(json.dumps(metric(1, unit="fortnights", uri=["/a"]))), "not in seconds"),
            ("prometheus", page_of("<html><p>Sign in</html>"), "HTML came"),
            ("prometheus", page_of("nothing to see\n"), "has neither"),
            ("prometheus", page_of(""), "ends in the middle of a line"),
            ("prometheus", page_of("up 1\n"), "has neither"),
            ("prometheus", page_of("", status=404), "answered 404"),
            ("prometheus", page_of(recorded("spring.prom")[:-200]), "ends in the middle of a line"),
            ("prometheus", page_of(PLAIN + 'http_requests_total{handler="/a" 5\n'), "cannot be read"),
            ("prometheus", page_of(PLAIN.replace("5", "NaN")), "no counter's value"),
            ("prometheus", page_of(PLAIN.replace("5", "0.5")), "no number of requests"),
            ("prometheus", page_of('http_requests_total{method="GET",code="200",path="/a"} 5\n'), "no status label"),
            ("prometheus", page_of('http_requests_total{method="GET",status="200"} 5\n'), "no handler label"),
        ],
    )
    def test_an_answer_that_is_no_measurement_has_a_reason(self, kind, answer, reason):
        result = read(kind, answer, METRIC)
        assert isinstance(result, Unmeasured)
        assert reason in told(result.reason)

    @pytest.mark.parametrize("kind", ["spring_actuator", "prometheus"])
    def test_a_source_that_hangs_is_given_up_in_time(self, kind):
        release = threading.Event()
        started = time.monotonic()
        result = read(kind, lambda *_arguments: release.wait(10), METRIC, timeout_s=0.3)
        release.set()
        assert isinstance(result, Unmeasured)
        assert time.monotonic() - started < 2

    def test_all_queries_together_share_the_time(self):
        def slow(handler, _path, _query):
            time.sleep(0.1)
            send(handler, json.dumps(metric(4, uri=["/{}".format(i) for i in range(100)])))

        started = time.monotonic()
        assert isinstance(read("spring_actuator", slow, METRIC, timeout_s=0.5), Unmeasured)
        assert time.monotonic() - started < 2

    def test_a_body_of_300_mb_is_not_read(self):
        def endless(handler, _path, _query):
            handler.send_response(200)
            handler.end_headers()
            for _ in range(300):
                handler.wfile.write(b"#" * 1_000_000)

        tracemalloc.start()
        assert "longer than 1000000 bytes" in told(read("prometheus", endless).reason)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8_000_000

    def test_a_connection_that_is_refused_or_no_tls_has_a_reason(self):
        with serving(page_of(PLAIN)) as (address, _seen):
            tls = read_source(Source("prometheus", address.replace("http:", "https:")), fetch)
        refused = read_source(Source("prometheus", address), fetch)
        assert "TLS" in told(tls.reason)
        assert told(refused.reason) == "connection refused"

    @given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def test_any_body_gives_a_sample_or_a_reason(self, body):
        class Answer:
            status = 200

        Answer.body = body
        for kind in ("spring_actuator", "prometheus"):
            result = read_source(Source(kind, "http://localhost/x"), lambda *_a, **_k: Answer)
            assert isinstance(result, (Sample, Unmeasured))
            assert isinstance(result, Unmeasured) or result.requests >= 0


def sample(counts, at=0.0, started_at=None):
    return Sample({Counter(what, (("uri", uri),)): value for (what, uri), value in counts.items()}, at, started_at)


class TestDelta:
    def test_only_what_came_in_between_counts(self):
        before = sample({("requests", "/a"): 100, ("errors", "/a"): 7}, at=100.0)
        after = sample({("requests", "/a"): 130, ("errors", "/a"): 8, ("requests", "/b"): 5}, at=110.0)
        traffic = delta(before, after)
        assert (traffic.requests, traffic.errors, traffic.window_s) == (35, 1, 10.0)
        assert not traffic.restarted

    def test_the_counters_know_no_unanswered_request(self):
        assert delta(sample({}), sample({("requests", "/a"): 5})).answered is None

    def test_a_counter_that_falls_is_a_restart_and_all_count_from_zero(self):
        before = sample({("requests", "/a"): 100, ("requests", "/b"): 3})
        after = sample({("requests", "/a"): 2, ("requests", "/b"): 4})
        traffic = delta(before, after)
        assert traffic.restarted
        assert traffic.requests == 6

    def test_a_counter_that_is_gone_is_a_restart(self):
        traffic = delta(sample({("requests", "/a"): 100}), sample({("requests", "/b"): 4}))
        assert (traffic.restarted, traffic.requests) == (True, 4)

    def test_a_restart_is_seen_by_the_process_start_though_no_counter_fell(self):
        before = sample({("requests", "/a"): 5}, at=1000.0, started_at=900.0)
        after = sample({("requests", "/a"): 50}, at=1010.0, started_at=1003.5)
        assert (delta(before, after).restarted, delta(before, after).requests) == (True, 50)

    @pytest.mark.parametrize("started_at", [None, 900.0])
    def test_the_same_process_or_an_unknown_one_did_not_restart(self, started_at):
        before = sample({("requests", "/a"): 5}, at=1000.0, started_at=900.0)
        after = sample({("requests", "/a"): 50}, at=1010.0, started_at=started_at)
        assert (delta(before, after).restarted, delta(before, after).requests) == (False, 45)

    @pytest.mark.parametrize("other_started_at", [899.0, 905.0])
    def test_another_process_that_was_there_already_is_no_restart(self, other_started_at):
        before = sample({("requests", "/a"): 5}, at=1000.0, started_at=900.0)
        after = sample({("requests", "/a"): 90_000}, at=1010.0, started_at=other_started_at)
        assert "several processes" in told(delta(before, after).reason)

    def test_more_errors_than_requests_are_no_measurement(self):
        before = sample({("requests", "/a"): 10, ("errors", "/a"): 0})
        after = sample({("requests", "/a"): 12, ("errors", "/a"): 5})
        assert delta(before, after) == Unmeasured(Reason("more_errors_than_requests", errors=5, requests=2))

    def test_the_same_process_that_counts_less_than_before_is_no_measurement(self):
        before = sample({("requests", "/a"): 10}, started_at=900.0)
        after = sample({("requests", "/a"): 9}, started_at=900.0)
        assert "though the process did not restart" in told(delta(before, after).reason)

    def test_it_is_known_whether_a_restart_is_only_concluded_from_counters_that_fell(self):
        high, low = {("requests", "/a"): 9}, {("requests", "/a"): 1}
        assert delta(sample(high), sample(low)).counters_fell
        told = delta(sample(high, at=1000.0, started_at=900.0), sample(low, at=1010.0, started_at=1005.0))
        assert (told.restarted, told.counters_fell) == (True, False)

    def test_without_durations_there_is_no_latency(self):
        traffic = delta(sample({}), sample({("requests", "/a"): 5}))
        assert (traffic.latency_sum_s, traffic.latency_count, traffic.mean_latency_ms) == (None, None, None)
        assert traffic.p95_latency_ms is None

    def test_durations_are_subtracted_exactly(self):
        before = sample({("timed", "/a"): 10, ("seconds", "/a"): Fraction("0.1")})
        after = sample({("timed", "/a"): 20, ("seconds", "/a"): Fraction("300.1")})
        assert delta(before, after).mean_latency_ms == 30_000.0

    def test_the_finer_histogram_serves_only_if_nothing_but_traffic_went_into_it(self):
        coarse = {Counter("timed"): 10, Counter("bucket", le="1.0"): 10, Counter("bucket", le="+Inf"): 10}
        fine = {Counter("bucket_all", le="0.01"): 10, Counter("bucket_all", le="+Inf"): 10}
        assert delta(Sample({}, 0), Sample({**coarse, **fine}, 1)).p95_latency_ms == pytest.approx(9.5)
        fine[Counter("bucket_all", le="+Inf")] = 12
        assert delta(Sample({}, 0), Sample({**coarse, **fine}, 1)).p95_latency_ms == pytest.approx(950)

    def test_p95_beyond_the_last_bucket_is_not_made_up(self):
        counters = {Counter("timed"): 10, Counter("bucket", le="1.0"): 9, Counter("bucket", le="+Inf"): 10}
        assert delta(Sample({}, 0), Sample(counters, 1)).p95_latency_ms is None

    def test_the_record_is_plain_json(self):
        record = delta(
            sample({}), sample({("requests", "/a"): 5, ("timed", "/a"): 5, ("seconds", "/a"): 1})
        ).to_record()
        assert json.loads(json.dumps(record)) == record

    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=6))
    def test_windows_that_follow_each_other_add_up(self, steps):
        samples = [sample({("requests", "/a"): 0, ("requests", "/b"): 0})]
        a = b = 0
        for more_a, more_b in steps:
            a, b = a + more_a, b + more_b
            samples.append(sample({("requests", "/a"): a, ("requests", "/b"): b}))
        parts = [delta(low, high).requests for low, high in zip(samples, samples[1:])]
        assert sum(parts) == delta(samples[0], samples[-1]).requests == a + b


class TestQuantile:
    def test_lies_on_a_line_within_its_bucket(self):
        buckets = {Fraction(1): 50, Fraction(2): 100}
        assert quantile(Fraction(1, 2), buckets, 100) == 1
        assert quantile(Fraction(3, 4), buckets, 100) == Fraction(3, 2)

    def test_counts_that_are_no_histogram_have_none(self):
        assert quantile(Fraction(1, 2), {Fraction(1): 5, Fraction(2): 3}, 5) is None
        assert quantile(Fraction(1, 2), {Fraction(1): 0}, 0) is None

    @given(st.lists(st.integers(1, 4999), min_size=1, max_size=60), st.integers(1, 99))
    def test_is_within_a_bucket_of_the_true_value(self, values_ms, percent):
        bounds = [Fraction(ms, 1000) for ms in (10, 50, 100, 500, 1000, 5000)]
        buckets = {bound: sum(Fraction(value, 1000) <= bound for value in values_ms) for bound in bounds}
        estimate = quantile(Fraction(percent, 100), buckets, len(values_ms))
        rank = -(-percent * len(values_ms) // 100)
        true = Fraction(sorted(values_ms)[rank - 1], 1000)
        upper = min(bound for bound in bounds if bound >= true)
        lower = max((bound for bound in bounds if bound < upper), default=Fraction(0))
        assert lower <= estimate <= upper


def test_tls_that_fails_in_its_handshake_has_a_reason():
    # A server side of TLS without any certificate.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        url = "https://127.0.0.1:{}/metrics".format(server.server_port)
        assert isinstance(read_source(Source("prometheus", url), fetch), Unmeasured)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
