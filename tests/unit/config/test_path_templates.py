"""Our own requests are known again under whatever a framework calls the route that answered them."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refit.config.path_templates import is_route_of

READINESS = "/app/management/health/readiness"


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/management/health/readiness", READINESS),
        ("/app/management/health/readiness", READINESS),
        ("/management/health/**", READINESS),
        ("/management/health/{*path}", READINESS),
        ("/management/health/*", READINESS),
        ("/management/{area}/readiness", READINESS),
        ("/management/health/**", "/management/health"),
        ("/management/health/", "/management/health"),
        ("/management/health", "/management/health/"),
        ("/management/metrics/{requiredMetricName}", "/management/metrics/http.server.requests"),
        ("/status/{kind}", "/status/live"),
        ("/status/<string:kind>", "/status/live"),
        ("/status/:kind", "/status/live"),
        ("/status/{kind:[a-z]{1,9}}", "/status/live"),
        ("/files/{rest:path}", "/files/a/b"),
        ("/files/<path:rest>", "/files/a/b"),
        ("/{tenant}/status", "/acme/status"),
        ("/{name}.json", "/up.json"),
        ("/", "/"),
        ("/[up]", "/[up]"),
    ],
)
def test_a_route_that_answers_our_path_is_ours(template: str, path: str) -> None:
    assert is_route_of(template, path)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/management/healthy", "/management/health"),
        ("/management/health", READINESS),
        ("/management/health/{a}/{b}", READINESS),
        ("/management/health/{a}", "/management/health/a/b"),
        ("/api/{id}", "/api"),
        ("/healthcheck/**", "/health"),
        ("/api/ai/analyse", "/api/ai/health"),
        ("/users/{id}", "/metrics"),
        ("/a", "/"),
        ("none", "/metrics"),
        ("", "/metrics"),
        # What else the application answers lies under these as well.
        ("/**", READINESS),
        ("/{page}", "/health"),
        ("/{area}/{page}", "/app/health"),
    ],
)
def test_a_route_that_answers_others_is_not(template: str, path: str) -> None:
    assert not is_route_of(template, path)


segments = st.lists(st.from_regex(r"[a-z]{1,4}", fullmatch=True), min_size=1, max_size=5)
wildcards = st.sampled_from(["{x}", "*", "{x:[a-z]{1,9}}", "<str:x>", ":x"])


@given(segments, st.data())
def test_any_template_of_a_path_below_any_prefix_is_a_route_of_it(path, data):
    below = path[data.draw(st.integers(0, len(path) - 1)) :]
    fixed = data.draw(st.integers(0, len(below) - 1))
    template = [part if index == fixed else data.draw(st.just(part) | wildcards) for index, part in enumerate(below)]
    rest = data.draw(st.integers(fixed + 1, len(template)))
    if data.draw(st.booleans()):
        template = [*template[:rest], data.draw(st.sampled_from(["**", "{*rest}", "{rest:path}"]))]
    assert is_route_of("/" + "/".join(template), "/" + "/".join(path))


@given(segments, segments, st.data())
def test_a_template_with_a_word_that_the_path_has_not_is_no_route_of_it(path, template, data):
    assume(set(template) - set(path))
    fixed = data.draw(st.sampled_from(sorted(set(template) - set(path))))
    parts = [part if part == fixed else data.draw(st.just(part) | wildcards | st.just("**")) for part in template]
    assert not is_route_of("/" + "/".join(parts), "/" + "/".join(path))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_label_is_a_route_or_is_not(template, path):
    assert is_route_of(template, path) in (True, False)


@pytest.mark.timeout(20)  # a moment; with an expression that backtracks, years
@pytest.mark.parametrize("piece", ["**a", "{a}a", "*a", "{", "{{}", "<a", "**", "/:a"])
def test_a_label_that_was_made_to_keep_its_reader_busy_costs_no_more_than_another(piece):
    is_route_of(piece * 10_000, "/" + "a" * 2000)
