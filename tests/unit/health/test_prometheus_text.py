"""The Prometheus text format: the same samples as prometheus_client's own parser, and never a traceback."""

from __future__ import annotations

import math
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from refit.health.prometheus_text import LONGEST_LINE, parse

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "metrics"


def plain(value):
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def ours(text):
    return [(sample.name, dict(sample.labels), plain(sample.value)) for sample in parse(text).samples]


def theirs(text):
    return [
        (sample.name, dict(sample.labels), plain(sample.value))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.prom")), ids=lambda path: path.name)
def test_recorded_pages_read_the_same_as_with_prometheus_client(page):
    text = page.read_text()
    assert ours(text) == theirs(text)
    assert len(ours(text)) > 5
    assert parse(text).bad_lines == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up 1", ("up", {}, 1)),
        ("  up\t1  ", ("up", {}, 1)),
        ("up 1 1706356800000", ("up", {}, 1)),
        ("up{} 1", ("up", {}, 1)),
        ('up {a = "b" , } 1', ("up", {"a": "b"}, 1)),
        ('up{a="b"}1', ("up", {"a": "b"}, 1)),
        (r'up{a="say \"hi\"\n\\ \x"} 1', ("up", {"a": 'say "hi"\n\\ \\x'}, 1)),
        ('up{a="} 2, b=\'"} 1', ("up", {"a": "} 2, b='"}, 1)),
        ('up{uri="/api/운동"} 1', ("up", {"uri": "/api/운동"}, 1)),
        ('{"http.server.requests",a="b"} 1', ("http.server.requests", {"a": "b"}, 1)),
        ('up{"a.b"="c"} 1', ("up", {"a.b": "c"}, 1)),
        ("up 1.706356800123E9", ("up", {}, 1706356800.123)),
        ("up +Inf", ("up", {}, math.inf)),
        ("up -Inf", ("up", {}, -math.inf)),
        ("up NaN", ("up", {}, "NaN")),
        ("up 9007199254740993", ("up", {}, 9007199254740993)),
        ('up_bucket{le="1"} 5 # {trace_id="abc"} 0.67 1706356800.1', ("up_bucket", {"le": "1"}, 5)),
        ("up_total 5 # {} 0.67", ("up_total", {}, 5)),
    ],
)
def test_a_line_of_the_format_is_read(line, expected):
    assert ours(line) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "up",
        "up one",
        "up 1 2 3",
        "up 1 soon",
        "up 1_000",
        "up 0x10",
        "up 1,5",
        'up{a="b" 1',
        'up{a="b} 1',
        "up{a=b} 1",
        "up{a=} 1",
        "up{a} 1",
        'up{a="b"c="d"} 1',
        'up{a="b",a="c"} 1',
        'up{,a="b"} 1',
        'up{a="b"}',
        'up{a="b"} ',
        "{} 1",
        '{a="b"} 1',
        'up{"down"} 1',
        "7up 1",
        "<html>",
        "up ١",
        "up " + "1" * 401,
    ],
)
def test_a_line_that_is_none_is_counted_and_the_others_are_read(line):
    page = parse("before 1\n{}\nafter 2\n".format(line))
    assert [sample.name for sample in page.samples] == ["before", "after"]
    assert page.bad_lines == (line.strip(),)


def test_comments_blank_lines_and_the_end_mark_are_no_bad_lines():
    assert parse("\n# HELP up Whether\n#\n# anything {\n   \n# EOF").bad_lines == ()


def test_declared_types_are_known_without_samples():
    assert parse("# HELP a_total A.\n# TYPE a_total counter\n#\tTYPE  b   histogram\n").types == {
        "a_total": "counter",
        "b": "histogram",
    }


name = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", fullmatch=True)
label = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,8}", fullmatch=True)
blank = st.sampled_from([" ", "  "])
maybe_blank = st.sampled_from(["", "", " ", "\t", "  "])
text_value = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\\"\n{},= #'), max_size=8)


def escape(value):
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@st.composite
def lines(draw):
    out = draw(maybe_blank) + draw(name)
    labels = draw(st.dictionaries(label, text_value, max_size=3))
    if labels or draw(st.booleans()):
        pairs = [
            '{}{}={}"{}"{}'.format(k, draw(maybe_blank), draw(maybe_blank), escape(v), draw(maybe_blank))
            for k, v in labels.items()
        ]
        comma = draw(st.sampled_from(["", ","])) if labels else ""
        out += draw(maybe_blank) + "{" + ",".join(pairs) + comma + "}"
    number = draw(
        st.floats().map(repr) | st.integers(-(10**20), 10**20).map(str) | st.sampled_from(["+Inf", "1e3", ".5", "5."])
    )
    out += draw(blank) + number
    if draw(st.booleans()):
        out += draw(blank) + str(draw(st.integers(0, 10**13)))
    return out + draw(maybe_blank)


comments = st.builds("# HELP {} {}".format, name, st.text(string.printable.replace("\n", ""), max_size=10))


@given(st.lists(lines() | st.just("") | comments | st.just("# EOF"), max_size=6))
def test_pages_of_the_format_read_the_same_as_with_prometheus_client(page):
    text = "\n".join(page) + "\n"
    assert ours(text) == theirs(text)
    assert parse(text).bad_lines == ()


@st.composite
def broken_lines(draw):
    """A good line with something put in, taken out or doubled."""
    line = draw(lines())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line)))
        to = draw(st.integers(at, min(len(line), at + 3)))
        piece = draw(
            st.text(st.sampled_from('{}",=\\ #\t_.e1aN') | st.characters(exclude_categories=["Cs"]), max_size=2)
        )
        line = line[:at] + piece + line[to:]
    return line.replace("\n", " ")


@given(broken_lines() | st.text(max_size=40).map(lambda text: text.replace("\n", " ")))
def test_a_broken_line_is_left_out_or_read_as_prometheus_client_reads_it(line):
    found = ours(line)
    if line.strip().startswith("#") or not found:
        assert not found
    else:
        assert found == theirs(line)


@given(st.text())
def test_any_text_gives_a_page(text):
    page = parse(text)
    lines_with_content = [line for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]
    assert len(page.samples) + len(page.bad_lines) == len(lines_with_content)


@pytest.mark.timeout(60)  # some seconds at most; with a reader that goes over its text again and again, days
@pytest.mark.parametrize("begin", ["x{a", 'x{a="b"', 'x{"a"', "x", "x 1", 'x 1 # {a="b"}', "x{", "# TYPE x"])
@pytest.mark.parametrize("filler", [" ", "\t", '"', "\\", "1", "} ", "a,", 'a="",'])
def test_a_page_that_was_written_to_keep_its_reader_busy_is_read_like_any_other(begin, filler):
    line = begin + filler * (LONGEST_LINE // len(filler) - len(begin)) + "!"
    page = parse((line[:LONGEST_LINE] + "\n") * 30 + "good 1")
    assert [sample.name for sample in page.samples][-1:] == ["good"]


def test_a_line_longer_than_any_library_writes_is_no_sample_and_is_not_kept_whole():
    page = parse('x{a="' + "b" * LONGEST_LINE + '"} 1\ny 2')
    assert [sample.name for sample in page.samples] == ["y"]
    assert [len(line) for line in page.bad_lines] == [LONGEST_LINE]
