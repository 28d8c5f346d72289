"""What an application logged lately: found by its times or since a mark, at a cost that follows the window."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import re
import shutil
import tempfile
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.log_patterns import Patterns
from refit.core.errors import InvalidInput
from refit.health.log_times import line_time
from refit.health.log_window import BLOCK_BYTES, LogWindow, Lookback, Mark, mark, read_since
from refit.health.unmeasured import Unmeasured
from refit.words.reason import Reason
from support.rights import nobody
from support.words import told

UTC = datetime.timezone.utc
KST = datetime.timezone(datetime.timedelta(hours=9))
NOON = datetime.datetime(2024, 1, 27, 12, 0, 0, tzinfo=UTC).timestamp()
NOON_IN_SEOUL = NOON - 9 * 3600


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ("java.lang.OutOfMemoryError: Java heap space", True),
        ('Exception in thread "main" java.lang.OutOfMemoryError', True),
        (
            "INFO 1 --- [main] JVM arguments [-Xmx1g, -XX:+HeapDumpOnOutOfMemoryError, -XX:+ExitOnOutOfMemoryError]",
            False,
        ),
        ("OutOfMemoryErrorHandler is installed", False),
        ("java.lang.NullPointerException: Cannot invoke", True),
        ("IgnoreNullPointerExceptionFilter is on", False),
    ],
)
def test_a_critical_pattern_is_a_word_and_no_part_of_one(line: str, counted: bool) -> None:
    assert any(re.search(pattern, line) for pattern in Patterns().critical.values()) is counted


class TestTimes:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("2024-01-27 12:00:00.123  INFO 4242 --- [main] c.r.App : Started", NOON_IN_SEOUL + 0.123),
            ("2024-01-27T12:00:00.123+09:00  INFO 4242 --- [main] c.r.App : Started", NOON_IN_SEOUL + 0.123),
            ("2024-01-27T12:00:00.123Z ERROR 1 --- [main] c.r.App : x", NOON + 0.123),
            ("2024-01-27T12:00:00Z", NOON),
            ("2024-01-27T12:00:00+0900 x", NOON_IN_SEOUL),
            ("2024-01-27T12:00:00-03 x", NOON + 3 * 3600),
            ("2024-01-27 12:00:00,123 ERROR uvicorn.error x", NOON_IN_SEOUL + 0.123),
            ("2024-01-27T12:00:00.123456789 x", NOON_IN_SEOUL + 0.123456789),
            ("2024-01-27 12:00:00 +09:00: ERROR x", NOON_IN_SEOUL),
            ("2024-01-27T12:00:00: ERROR x", NOON_IN_SEOUL),
            ("[2024-01-27 12:00:00 +0000] [12] [ERROR] x", NOON),
            ("\x1b[2m2024-01-27 12:00:00.000\x1b[0;39m \x1b[31mERROR\x1b[0;39m x", NOON_IN_SEOUL),
            ("ERROR:    2024-01-27 12:00:00 x", NOON_IN_SEOUL),
            ("ERROR [2024-01-27 12:00:00] x", NOON_IN_SEOUL),
            ('{"@timestamp":"2024-01-27T12:00:00.000Z","level":"ERROR"}', NOON),
            ('{"timestamp": "2024-01-27 12:00:00,5", "level": "ERROR"}', NOON_IN_SEOUL + 0.5),
            ('{"level": "ERROR", "message": "at \\"time\\"", "@timestamp": "2024-01-27T12:00:00Z"}', NOON),
            (
                '{"level": "ERROR", "ctx": {"time": "1999-01-01T00:00:00Z"}, "asctime": "2024-01-27 12:00:00,5"}',
                NOON_IN_SEOUL + 0.5,
            ),
            ("2024-01-27 12:00 +09:00: ERROR x", NOON_IN_SEOUL),
            ("2024-01-27 12:00", NOON_IN_SEOUL),
            ("\0\0\0" + "2024-01-27T12:00:00Z x", NOON),
        ],
    )
    def test_a_time_at_the_beginning_of_a_line_is_read(self, line, expected):
        assert line_time(line, KST).at == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(("clock", "within_s"), [("12:00", 60), ("12:00:00", 0), ("12:00:00.5", 0)])
    @pytest.mark.parametrize(("zone", "named"), [("", False), ("Z", True), (" +09:00", True)])
    def test_a_time_says_how_exact_it_is_and_whether_it_names_its_zone(self, clock, within_s, zone, named):
        found = line_time("2024-01-27 {}{} x".format(clock, zone), UTC)
        assert (found.within_s, found.zone_named) == (within_s, named)

    @pytest.mark.parametrize(
        "line",
        [
            "",
            "ERROR:    Exception in ASGI application",
            "Traceback (most recent call last):",
            "\tat com.refit.App.main(App.java:12)",
            "java.time.DateTimeException: 2024-01-27 12:00:00 is in the past",
            "INFO: expires 2024-01-27 12:00:00",
            "2024-01-27",
            "2024-01-27 12",
            "2024-02-31 12:00:00 x",
            "2024-13-01 12:00:00 x",
            "2024-01-27 25:00:00 x",
            "2024-01-27T12:00:00+99:00 x",
            "2024-01-27 12:00:001 x",
            "2024-01-27 12:00:00.1234567890 x",
            "2024-01-27T12:00:00+09:001 x",
            "2024-01-27T12:00:00Zulu x",
            "12024-01-27 12:00:00 x",
            "٢٠٢٤-01-27 12:00:00 x",
            '{"message":"2024-01-27T12:00:00Z"}',
            '{"message": {"time": "2024-01-27T12:00:00Z"}}',
            '{"level": "INFO", "time": 1706324400000}',
            '{"level": "INFO", "time": "2024-01-27T12:00:00Z"',
            '{"n": ' + "9" * 60_000 + "}",
        ],
    )
    def test_a_line_without_one_has_none(self, line):
        assert line_time(line, KST) is None

    @given(st.text())
    def test_any_line_has_a_time_or_none(self, line):
        found = line_time(line, UTC)
        assert found is None or isinstance(found.at, float)

    @given(
        st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2200, 1, 1)),
        st.integers(-14 * 60, 14 * 60),
        st.sampled_from(["T", " "]),
    )
    def test_what_a_logger_writes_is_read_back(self, moment, offset_minutes, separator):
        zone = datetime.timezone(datetime.timedelta(minutes=offset_minutes))
        aware = moment.replace(tzinfo=zone)
        assert line_time(aware.isoformat(separator) + " INFO x", KST).at == pytest.approx(aware.timestamp(), abs=1e-5)
        assert line_time(moment.isoformat(separator) + " INFO x", zone).at == pytest.approx(aware.timestamp(), abs=1e-5)

    @given(st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d{1,9})?( ?(Z|[+-]\d\d:?\d\d))? x", fullmatch=True))
    def test_no_time_is_made_up(self, line):
        found = line_time(line, UTC)
        if found is not None:
            clock = [int(line[a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]
            assert abs(found.at - datetime.datetime(*clock, tzinfo=UTC).timestamp()) <= 86400

    @pytest.mark.timeout(20)  # a moment; with a reader that tries each blank anew, hours
    @pytest.mark.parametrize("begin", ["ERROR", "", "[", "\x1b[2m", '{"timestamp"', "2024-01-27 12:00:00"])
    @pytest.mark.parametrize("filler", [" ", "\0", "[", ":", "\x1b[2m", "ERROR "])
    def test_a_line_that_was_written_to_keep_its_reader_busy_costs_no_more_than_another(self, begin, filler):
        line_time(begin + filler * 1_000_000 + "x", UTC)

    def test_what_a_rotated_log_left_before_a_line_does_not_hide_its_time(self):
        assert line_time("\0" * 100_000 + "2024-01-27T12:00:00Z x", KST).at == pytest.approx(NOON)

    def test_without_a_zone_the_machines_own_is_meant(self):
        assert line_time("2024-01-27 12:00:00 x").at == time.mktime((2024, 1, 27, 12, 0, 0, 0, 0, -1))


def stamp(seconds_before_now, now=None):
    moment = datetime.datetime.fromtimestamp((time.time() if now is None else now) - seconds_before_now, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def line(age_s, text, now=None):
    return "{} {}\n".format(stamp(age_s, now), text)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "application.log"


def last(path, window_s=60, now=None, **options):
    """What was logged in the last seconds, by the times alone: the mark is the log's end."""
    position = mark(str(path))
    if isinstance(position, Unmeasured):
        return position
    since = (time.time() if now is None else now) - window_s
    return read_since(str(path), position, lookback=Lookback(since, UTC), **options)


class TestLastSeconds:
    def test_only_lines_of_the_window_count(self, log):
        log.write_text(line(90, "ERROR old") + line(30, "ERROR new") + line(20, "INFO fine") + line(10, "ERROR newer"))
        found = last(log)
        assert (found.errors, found.lines, found.truncated) == (2, 3, None)
        assert [sample[24:] for sample in found.samples] == ["ERROR new", "ERROR newer"]

    def test_a_stack_trace_belongs_to_the_line_above_it(self, log):
        trace = "java.lang.NullPointerException: null\n\tat com.refit.App.main(App.java:12)\n"
        log.write_text(line(90, "ERROR old") + trace + line(30, "ERROR new") + trace + trace)
        found = last(log)
        assert (found.errors, found.patterns["NullPointerException"], found.lines) == (1, 2, 5)

    @pytest.mark.parametrize(
        ("text", "is_error"),
        [
            ("ERROR 4242 --- [main] x", True),
            ("[ERROR] x", True),
            ("CRITICAL:root:x", True),
            ("FATAL x", True),
            ('{"level":"ERROR"}', True),
            ("INFO outcome=SERVER_ERROR", False),
            ("INFO ErrorController ready", False),
        ],
    )
    def test_what_an_error_line_is(self, log, text, is_error):
        log.write_text(line(1, text))
        assert last(log).errors == is_error

    def test_patterns_are_configurable_and_zeros_are_reported(self, log):
        log.write_text(line(1, "WARN disk full on /var") + line(1, "ERROR x"))
        patterns = Patterns(error=r"\bWARN\b", critical={"disk": "disk full", "memory": "OutOfMemoryError"})
        found = last(log, patterns=patterns)
        assert (found.errors, found.patterns) == (1, {"disk": 1, "memory": 0})

    def test_a_pattern_that_is_no_expression_is_refused(self):
        with pytest.raises(InvalidInput, match="not a regular expression"):
            Patterns(critical={"broken": "("})

    def test_samples_are_few_short_and_the_newest(self, log):
        log.write_text("".join(line(30 - i, "ERROR {} {}".format(i, "x" * 1000)) for i in range(20)))
        found = last(log, patterns=Patterns(samples=2))
        assert found.errors == 20
        assert [sample.split()[3] for sample in found.samples] == ["18", "19"]
        assert {len(sample) for sample in found.samples} == {500}

    def test_lines_that_are_a_moment_out_of_order_are_all_found(self, log):
        log.write_text(line(59.5, "ERROR a") + line(60.5, "ERROR too old") + line(59.4, "ERROR b") + line(1, "INFO"))
        assert last(log).errors == 2

    def test_lines_longer_than_a_block_and_lines_across_blocks_are_whole(self, log):
        long = "y" * (3 * BLOCK_BYTES)
        log.write_text(line(30, "ERROR " + long) + "".join(line(20, "ERROR {}".format("z" * 97)) for _ in range(3000)))
        found = last(log)
        assert (found.errors, found.lines) == (3001, 3001)
        assert found.bytes_read == log.stat().st_size

    @given(
        st.lists(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=30)),
        st.booleans(),
    )
    def test_every_line_that_is_not_empty_is_counted_once(self, tmp_path_factory, texts, ended):
        path = tmp_path_factory.mktemp("log") / "a.log"
        now = time.time()
        path.write_text("".join(line(5, text, now) for text in texts).rstrip("" if ended else "\n"), encoding="utf-8")
        assert last(path, now=now).lines == len(texts)

    def test_an_empty_log_holds_no_errors(self, log):
        log.write_text("")
        assert last(log) == LogWindow(0, {"OutOfMemoryError": 0, "NullPointerException": 0}, 0, (), None, 0)

    def test_a_log_that_was_quiet_holds_no_errors(self, log):
        log.write_text(line(3600, "ERROR old"))
        os.utime(log, (time.time() - 3600,) * 2)
        assert (last(log).errors, last(log).lines) == (0, 0)

    def test_a_log_without_any_time_cannot_be_read_by_time(self, log):
        log.write_text("ERROR:    Exception in ASGI application\n" * 3)
        assert last(log) == Unmeasured(Reason("no_line_has_a_time"))

    def test_times_of_another_zone_are_noticed_instead_of_hiding_everything(self, log):
        log.write_text(line(9 * 3600, "ERROR x"))  # UTC taken for a zone nine hours east
        assert "set the log's zone" in told(last(log).reason)
        assert "-9.0 h" in told(last(log).reason)

    def test_times_that_name_their_zone_are_believed(self, log):
        log.write_text(stamp(9 * 3600).replace(" ", "T") + "Z ERROR x\n")
        assert last(log).errors == 0

    def test_bytes_that_are_no_utf8_do_not_hide_a_line(self, log):
        log.write_bytes(line(5, "ERROR ").encode()[:-1] + b"\xff\xfe\n")
        assert last(log).errors == 1

    def test_the_record_is_plain_json(self, log):
        log.write_text(line(5, "ERROR OutOfMemoryError"))
        record = last(log).to_record()
        assert json.loads(json.dumps(record)) == record


class TestLookback:
    """After the mark every line counts; before it those of the window, or the result says that they are not known."""

    UVICORN = "ERROR:    Exception in ASGI application\njava.lang.OutOfMemoryError: Java heap space\n"

    @staticmethod
    def written(log, text, age_s, more=""):
        """*text* is in the log since then, *more* since now; what a lookback of 30 s finds."""
        log.write_text(text)
        os.utime(log, (time.time() - age_s,) * 2)
        position = mark(str(log))
        with open(log, "a") as file:
            file.write(more)
        return read_since(str(log), position, lookback=Lookback(time.time() - 30, UTC))

    def test_lines_without_a_time_after_the_mark_count_below_an_old_one_too(self, log):
        found = self.written(log, line(3 * 3600, "Starting gunicorn"), 3 * 3600, self.UVICORN * 24)
        assert (found.errors, found.patterns["OutOfMemoryError"], found.unseen) == (24, 24, None)

    def test_lines_without_a_time_below_an_old_one_are_not_known_to_be_old(self, log):
        found = self.written(log, line(3 * 3600, "Starting gunicorn") + self.UVICORN, 5)
        assert found == Unmeasured(Reason("newest_lines_without_time"))

    def test_what_is_certain_is_told_besides_what_is_not_known(self, log):
        found = self.written(log, line(3 * 3600, "Starting gunicorn") + self.UVICORN, 5, self.UVICORN)
        assert (found.errors, told(found.unseen)) == (1, "the newest lines carry no time")

    def test_a_log_that_nobody_wrote_to_holds_nothing_of_the_window(self, log):
        found = self.written(log, line(3 * 3600, "Starting gunicorn") + self.UVICORN, 60)
        assert (found.lines, found.unseen) == (0, None)

    def test_a_record_without_a_time_between_an_old_and_a_new_time_is_not_known_to_be_old(self, log):
        found = self.written(log, line(3 * 3600, "INFO a") + self.UVICORN + line(5, "INFO b"), 5)
        assert (found.errors, told(found.unseen)) == (0, "lines without a time cannot be told to be of the window")

    def test_where_it_would_count_for_nothing_it_does_not_matter(self, log):
        found = self.written(log, line(3 * 3600, "INFO a") + 'INFO:     "GET /" 200\n' + line(5, "INFO b"), 5)
        assert (found.errors, found.unseen) == (0, None)

    def test_the_trace_of_an_old_line_is_old(self, log):
        trace = "java.lang.NullPointerException: null\n\tat com.refit.App.main(App.java:12)\n"
        found = self.written(log, line(3600, "ERROR a") + trace + line(5, "INFO b"), 5)
        assert (found.errors, found.patterns["NullPointerException"], found.unseen) == (0, 0, None)

    def test_errors_above_the_first_time_are_nobodys(self, log):
        found = self.written(log, self.UVICORN + line(5, "INFO b"), 5)
        assert (found.errors, told(found.unseen)) == (0, "the oldest lines carry no time")

    @pytest.mark.parametrize("age_s", [1800, 5400])
    def test_the_logs_time_says_nothing_of_a_line_that_others_without_a_time_are_below(self, log, age_s):
        log.write_text(line(age_s, "Starting gunicorn") + "INFO:     started\n")
        found = read_since(str(log), mark(str(log)), lookback=Lookback(time.time() - 2 * age_s, UTC))
        assert (found.lines, found.unseen) == (2, None)

    def test_json_with_its_time_behind_other_keys_is_read_by_it(self, log):
        record = '{{"levelname": "ERROR", "message": "boom", "@timestamp": "{}Z"}}\n'
        banner = line(3 * 3600, "INFO Starting Application")
        stamps = [stamp(age_s).replace(" ", "T") for age_s in (90, 20)]
        assert self.written(log, banner + "".join(map(record.format, stamps)), 20).errors == 1

    def test_times_without_seconds_count_where_they_are_certain(self, log):
        now = time.time()
        minute = now - now % 60
        line_of = "{} +00:00: ERROR boom\n"
        text = "".join(
            line_of.format(datetime.datetime.fromtimestamp(minute - 60 * back, UTC).strftime("%Y-%m-%d %H:%M"))
            for back in (4, 3, 2, 1, 0)
        )
        log.write_text(text)
        sure = read_since(str(log), mark(str(log)), lookback=Lookback(minute - 120, UTC))
        assert (sure.errors, told(sure.unseen)) == (
            3,
            "times without seconds do not tell which lines are of the window",
        )
        log.write_text(text.replace("ERROR", "INFO"))
        harmless = read_since(str(log), mark(str(log)), lookback=Lookback(minute - 90, UTC))
        assert (harmless.lines, harmless.unseen) == (2, None)

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 12),  # steps of five seconds since the record before
                st.booleans(),  # with a time
                st.sampled_from(["INFO x", "ERROR x", "ERROR x\njava.lang.OutOfMemoryError: heap\n\tat a.B.c"]),
            ),
            max_size=8,
        ),
        st.integers(0, 8),
        st.integers(0, 12),
    )
    def test_lines_are_counted_as_they_were_written_or_said_to_be_unseen(self, tmp_path_factory, records, at, steps):
        log, now, age_s = tmp_path_factory.mktemp("log") / "a.log", time.time(), 0
        since = now - 5 * steps - 2.5
        texts, truth, written_at = [], [0, 0], None
        for index, (gap, timed, text) in reversed(list(enumerate(records))):
            if index < at:
                age_s += 5 * gap
                written_at = written_at or now - age_s
            if index >= at or now - age_s >= since:
                truth[0] += text.count("ERROR ")
                truth[1] += text.count("OutOfMemoryError")
            texts.insert(0, line(age_s, text, now) if timed else text + "\n")
        log.write_text("".join(texts[:at]))
        os.utime(log, (written_at or now,) * 2)
        position = mark(str(log))
        with open(log, "a") as file:
            file.write("".join(texts[at:]))
        found = read_since(str(log), position, lookback=Lookback(since, UTC))
        if isinstance(found, LogWindow):
            counted = [found.errors, found.patterns["OutOfMemoryError"]]
            assert counted == truth if found.unseen is None else all(map(int.__le__, counted, truth))
        if all(timed for _, timed, _ in records):
            assert isinstance(found, LogWindow)
            assert found.unseen is None


class TestCost:
    @staticmethod
    def tail():
        return "".join(line(120 - i / 100, "ERROR {:05}".format(i)) for i in range(12_000)).encode()

    @staticmethod
    def read_by_this_process():
        with open("/proc/self/io") as counters:
            return int(counters.readline().split()[1])

    def test_two_gigabytes_cost_as_much_as_one_megabyte(self, tmp_path):
        tail, small, big = self.tail(), tmp_path / "small.log", tmp_path / "big.log"
        small.write_bytes(b"x" * (1_000_000 - len(tail)) + b"\n" + tail)
        with open(big, "wb") as file:  # sparse: what lies in front takes no space
            file.seek(2_000_000_000)
            file.write(b"\n" + tail)
        now, costs = time.time(), []
        for path in (small, big):
            before = self.read_by_this_process()
            found = last(path, window_s=10, now=now)
            costs.append((self.read_by_this_process() - before, found.bytes_read, found.errors))
        assert costs[0][1:] == costs[1][1:]
        assert abs(costs[0][0] - costs[1][0]) < 100  # the counters' own digits
        assert costs[0][2] > 900
        assert costs[0][1] <= 2 * BLOCK_BYTES

    def test_a_window_larger_than_the_bound_is_cut_and_says_so(self, log):
        log.write_bytes(self.tail())
        found = last(log, window_s=3600, max_bytes=100_000)
        assert told(found.truncated) == "only the newest 100000 bytes were read"
        assert found.bytes_read == 100_000
        assert 0 < found.errors < 12_000

    def test_a_log_without_times_is_read_up_to_the_bound_only(self, log):
        log.write_bytes(b"ERROR no time here\n" * 100_000)
        assert last(log, max_bytes=200_000) == Unmeasured(Reason("no_line_has_a_time"))

    def test_one_endless_line_is_read_up_to_the_bound_only(self, log):
        log.write_bytes(line(5, "ERROR x").encode() + b"y" * 5_000_000)
        found = last(log, max_bytes=1_000_000)
        assert found.bytes_read == 1_000_000
        assert found.truncated


class TestUnreadable:
    def test_each_has_its_reason(self, tmp_path):
        (tmp_path / "zipped").write_bytes(gzip.compress(line(1, "ERROR x").encode()))
        (tmp_path / "binary").write_bytes(bytes(range(256)) * 20)
        (tmp_path / "folder").mkdir()
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "circle").symlink_to("circle")
        expected = {
            "zipped": "gzip",
            "binary": "binary",
            "folder": "not a regular file",
            "pipe": "not a regular file",
            "missing": "not there",
            "circle": "it is a link",
            "nul\0": "cannot be read",
        }
        for name, reason in expected.items():
            path = str(tmp_path / name)
            for result in (last(path), read_since(path, Mark(1, 0, "")), mark(path) if name != "missing" else None):
                if result is not None:
                    assert isinstance(result, Unmeasured), name
                    assert reason in told(result.reason)

    def test_a_file_without_permission_has_its_reason(self):
        with tempfile.NamedTemporaryFile(mode="w") as file:
            file.write("x")
            file.flush()
            os.chmod(file.name, 0)
            with nobody():
                result = last(file.name)
        assert result == Unmeasured(Reason("log_unreadable", why=Reason("no_permission")))

    def test_no_descriptor_is_left_open(self, tmp_path, log):
        log.write_text(line(1, "ERROR x"))
        (tmp_path / "application.log.1").write_text(line(2, "ERROR x"))
        (tmp_path / "binary").write_bytes(b"\0")
        before = os.listdir("/proc/self/fd")
        for path in (log, tmp_path, tmp_path / "binary", tmp_path / "missing"):
            position = mark(str(path))
            last(path)
            read_since(str(path), position if isinstance(position, Mark) else Mark(1, 1, ""))
        assert os.listdir("/proc/self/fd") == before


class TestRotation:
    def test_the_window_goes_on_in_the_rotated_log(self, log):
        log.write_text(line(40, "ERROR a") + line(30, "ERROR b"))
        log.rename(str(log) + ".1")
        log.write_text(line(20, "ERROR c"))
        assert (last(log).errors, last(log).truncated) == (3, None)
        assert last(log, window_s=35).errors == 2

    @pytest.mark.parametrize("suffix", [".1", "-20240127", ".2024-01-27.0"])
    def test_rotated_logs_are_known_by_their_usual_names(self, log, suffix):
        log.write_text(line(40, "ERROR a"))
        log.rename(str(log) + suffix)
        log.write_text("")
        assert last(log).errors == 1

    def test_logs_of_others_are_left_alone(self, log):
        for name in ("application.log.bak", "application.log.old", "application-error.log", "other.log.1"):
            (log.parent / name).write_text(line(40, "ERROR x"))
        log.write_text(line(20, "ERROR c"))
        assert last(log).errors == 1

    def test_a_rotated_log_that_was_not_written_to_in_the_window_is_not_opened(self, log):
        log.write_text("\0")
        os.utime(log, (time.time() - 600,) * 2)
        log.rename(str(log) + ".1")
        log.write_text(line(20, "ERROR c"))
        assert (last(log).errors, last(log).truncated) == (1, None)

    def test_a_rotated_log_that_is_compressed_already_is_told(self, log):
        (log.parent / "application.log.1.gz").write_bytes(gzip.compress(line(30, "ERROR x").encode()))
        log.write_text(line(20, "ERROR c"))
        found = last(log)
        assert found.errors == 1
        assert told(found.unseen) == "application.log.1.gz: it is compressed (gzip)"


class TestSinceMark:
    def test_everything_after_the_mark_counts_with_or_without_times(self, log):
        log.write_text("ERROR before\n")
        position = mark(str(log))
        with open(log, "a") as file:
            file.write("ERROR:    Exception in ASGI application\nMemoryError\n" + line(9000, "ERROR whenever"))
        found = read_since(str(log), position)
        assert (found.errors, found.lines, found.truncated) == (2, 3, None)

    def test_nothing_written_is_nothing_found(self, log):
        log.write_text("ERROR before\n")
        assert read_since(str(log), mark(str(log))).lines == 0

    def test_a_log_that_appears_later_is_read_whole(self, log):
        position = mark(str(log))
        log.write_text("ERROR first\n")
        assert (read_since(str(log), position).errors, read_since(str(log), position).truncated) == (1, None)

    def test_a_log_that_goes_away_was_not_measured(self, log):
        log.write_text("x\n")
        position = mark(str(log))
        log.unlink()
        assert read_since(str(log), position) == Unmeasured(Reason("no_log"))

    def test_rename_and_create(self, log):
        log.write_text("ERROR before\n")
        position = mark(str(log))
        with open(log, "a") as file:
            file.write("ERROR 1\n")
            log.rename(str(log) + ".1")
            file.write("ERROR 2\n")  # a writer that has not been told yet
        log.write_text("ERROR 3\n")
        found = read_since(str(log), position)
        assert (found.errors, found.truncated) == (3, None)
        assert found.samples == ("ERROR 1", "ERROR 2", "ERROR 3")

    def test_rotated_twice(self, log):
        log.write_text("ERROR before\n")
        position = mark(str(log))
        for age, text in ((30, "ERROR 1\n"), (20, "ERROR 2\n")):
            with open(log, "a") as file:
                file.write(text)
            os.utime(log, (time.time() - age,) * 2)
            if os.path.exists(str(log) + ".1"):
                os.rename(str(log) + ".1", str(log) + ".2")
            log.rename(str(log) + ".1")
        log.write_text("ERROR 3\n")
        assert read_since(str(log), position).samples == ("ERROR 1", "ERROR 2", "ERROR 3")

    def test_copy_and_truncate(self, log):
        log.write_text("ERROR before\n" * 10)
        position = mark(str(log))
        with open(log, "a") as file:
            file.write("ERROR 1\n")
            file.flush()
            shutil.copyfile(log, str(log) + ".1")
            os.truncate(log, 0)
            file.write("ERROR 2\n")
        found = read_since(str(log), position)
        assert (found.samples, found.truncated) == (("ERROR 1", "ERROR 2"), None)

    def test_truncated_and_grown_beyond_the_mark_is_noticed(self, log):
        log.write_text("ERROR before\n")
        position = mark(str(log))
        with open(log, "r+") as file:
            file.truncate(0)
            file.write("ERROR after the truncation\n" * 2)
        found = read_since(str(log), position)
        assert found.errors == 2
        assert "not beside it" in told(found.unseen)

    def test_a_rotated_log_that_is_gone_is_told_and_no_other_is_taken_for_it(self, log):
        log.write_text("ERROR before\n")
        position = mark(str(log))
        (log.parent / "application.log.1").write_text("ERROR of another day\n")
        log.unlink()
        log.write_text("ERROR new\n")
        found = read_since(str(log), position)
        assert found.samples == ("ERROR new",)
        assert "not beside it" in told(found.unseen)

    def test_the_mark_of_an_empty_log_is_not_found_in_any_other(self, log):
        log.write_text("")
        position = mark(str(log))
        (log.parent / "application.log.1").write_text("ERROR of another day\n")
        log.rename(log.parent / "gone")
        log.write_text("ERROR new\n")
        assert read_since(str(log), position).samples == ("ERROR new",)

    def test_more_than_the_bound_is_cut_and_says_so(self, log):
        log.write_text("")
        position = mark(str(log))
        log.write_bytes(b"ERROR x\n" * 100_000)
        found = read_since(str(log), position, max_bytes=80_000)
        assert told(found.truncated) == "only the newest 80000 bytes were read"
        assert 9_990 <= found.errors <= 10_000
