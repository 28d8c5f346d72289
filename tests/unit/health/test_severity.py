"""The severity table: at every bound, just below and just above it, and whatever the numbers."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.thresholds import Thresholds
from refit.core.errors import InvalidInput
from refit.health import grades, severity_texts
from refit.health.grades import OK, P0, P1, P2, RANK, UNKNOWN
from refit.health.severity import grade_fleet, grade_host

UP = {"attempts": 50, "answered": 50, "successes": 50}
DOWN = {"attempts": 50, "answered": 0, "successes": 0}
ONLINE = {"status": "online", "restarts": 0}
QUIET_LOG = {"errors": 0, "patterns": {"OutOfMemoryError": 0}, "window_s": 10}


def traffic(requests, errors=0, answered=None, mean_ms=None, count=None):
    timed = requests if count is None else count
    return {
        "requests": requests,
        "errors": errors,
        "answered": answered,
        "latency_sum_s": None if mean_ms is None else float(Fraction(str(mean_ms)) * timed / 1000),
        "latency_count": None if mean_ms is None else timed,
    }


def rules(grade):
    return {reason.rule for reason in grade.reasons}


class TestBounds:
    @pytest.mark.parametrize(
        ("errors", "requests", "expected"),
        [
            (0, 1000, OK),
            (29, 1000, OK),
            (299_999, 10_000_000, OK),
            (30, 1000, P2),
            (31, 1000, P2),
            (99, 1000, P2),
            (999_999, 10_000_000, P2),
            (100, 1000, P1),
            (101, 1000, P1),
            (500, 1000, P1),
            (501, 1000, P0),
            (5_000_001, 10_000_000, P0),
            (5_000_000_000_000_000_001, 10_000_000_000_000_000_000, P0),
            (5_000_000_000_000_000_000, 10_000_000_000_000_000_000, P1),
            (1000, 1000, P0),
        ],
    )
    def test_share_of_5xx(self, errors, requests, expected):
        assert grade_host({"health": UP, "traffic": traffic(requests, errors)}).severity == expected

    @pytest.mark.parametrize(
        ("answered", "attempted", "expected"),
        [
            (1000, 1000, OK),
            (999, 1000, P2),
            (501, 1000, P2),
            (500, 1000, P2),
            (499, 1000, P1),
            (1, 1000, P1),
            (0, 1000, P0),
        ],
    )
    def test_response_rate_of_a_source_that_sees_the_attempts(self, answered, attempted, expected):
        assert grade_host({"health": UP, "traffic": traffic(attempted, 0, answered)}).severity == expected

    @pytest.mark.parametrize(
        ("mean_ms", "expected"),
        [(9999.9, OK), (10_000, P2), (10_000.1, P2), (29_999.9, P2), (30_000, P2), (30_000.1, P1)],
    )
    def test_mean_latency(self, mean_ms, expected):
        assert grade_host({"health": UP, "traffic": traffic(100, mean_ms=mean_ms)}).severity == expected

    @pytest.mark.parametrize(("mean_ms", "expected"), [(199.9, OK), (200, P2), (200.1, P2)])
    def test_mean_latency_against_the_baseline(self, mean_ms, expected):
        before = {"traffic": traffic(100, mean_ms=100)}
        assert grade_host({"health": UP, "traffic": traffic(100, mean_ms=mean_ms)}, before).severity == expected

    def test_a_bound_is_met_exactly_where_binary_numbers_would_miss_it(self):
        # 0.1 + 0.2 is 0.30000000000000004 in binary: two such hosts would pass the bound of 30 s.
        slow = {"health": UP, "traffic": {**traffic(1), "requests": 20, "latency_sum_s": 600.2, "latency_count": 20}}
        fast = {"health": UP, "traffic": {**traffic(1), "requests": 20, "latency_sum_s": 599.8, "latency_count": 20}}
        fleet = grade_fleet({"a": slow, "b": fast})
        assert [reason.observed for reason in fleet.grade.reasons if reason.rule == "mean_latency"] == [30_000]
        assert fleet.severity == P2

    @pytest.mark.parametrize(("successes", "expected"), [(50, OK), (49, P2), (26, P2), (25, P2), (24, P0), (0, P0)])
    def test_health_check_that_fails_for_the_most_part(self, successes, expected):
        health = {"attempts": 50, "answered": 50, "successes": successes}
        assert grade_host({"health": health}).severity == expected

    @pytest.mark.parametrize(("answered", "expected"), [(50, P0), (25, P0), (0, P0)])
    def test_health_check_that_fails_is_p0_whether_answered_or_not(self, answered, expected):
        assert grade_host({"health": {"attempts": 50, "answered": answered, "successes": 0}}).severity == expected

    @pytest.mark.parametrize(("slowest_ms", "expected"), [(29_999.9, OK), (30_000, OK), (30_000.1, P0), (31_000, P0)])
    def test_slow_synthetic_request(self, slowest_ms, expected):
        synthetic = {"attempts": 1, "answered": 1, "successes": 1, "latency_max_ms": slowest_ms}
        assert grade_host({"synthetic": synthetic}).severity == expected

    def test_failing_synthetic_request(self):
        synthetic = {"attempts": 1, "answered": 1, "successes": 0, "latency_max_ms": 3.0}
        assert "synthetic_request_failed" in rules(grade_host({"health": UP, "synthetic": synthetic}))
        assert grade_host({"health": UP, "synthetic": synthetic}).severity == P0

    @pytest.mark.parametrize(
        ("status", "expected"),
        [("online", OK), ("launching", OK), ("stopped", P0), ("errored", P0), ("absent", P0), ("napping", UNKNOWN)],
    )
    def test_state_of_the_process(self, status, expected):
        assert grade_host({"health": UP, "process": {"status": status, "restarts": 0}}).severity == expected

    def test_restart_in_the_window_is_intermittent(self):
        assert grade_host({"health": UP, "process": {"status": "online", "restarts": 1}}).severity == P2
        assert grade_host({"health": UP, "traffic": {**traffic(100), "restarted": True}}).severity == P2

    @pytest.mark.parametrize(
        ("down", "of", "expected"), [(0, 5, OK), (1, 1, P0), (1, 2, P1), (1, 5, P1), (3, 5, P0), (2, 4, P1)]
    )
    def test_share_of_hosts_that_are_p0(self, down, of, expected):
        hosts = {"h{}".format(i): {"process": {"status": "stopped" if i < down else "online"}} for i in range(of)}
        assert grade_fleet(hosts).severity == expected

    @pytest.mark.parametrize(("requests", "expected"), [(19, P2), (20, P0), (21, P0)])
    def test_fewer_requests_than_the_minimum_are_at_most_p2(self, requests, expected):
        assert grade_host({"health": UP, "traffic": traffic(requests, requests)}).severity == expected
        assert grade_host({"health": UP, "traffic": traffic(requests, 0, 0)}).severity == expected

    @pytest.mark.parametrize(("count", "expected"), [(19, P2), (20, P1)])
    def test_a_mean_of_few_requests_is_at_most_p2(self, count, expected):
        assert grade_host({"health": UP, "traffic": traffic(count, mean_ms=31_000)}).severity == expected

    def test_every_bound_can_be_moved(self):
        tight = Thresholds.from_mapping(
            {"server_errors_p0_pct": "4", "server_errors_p1_pct": 2.5, "server_errors_p2_pct": 1}
        )
        measured = {"health": UP, "traffic": traffic(1000, 41)}
        assert grade_host(measured).severity == P2
        assert grade_host(measured, thresholds=tight).severity == P0


class TestNight:
    def test_one_5xx_in_three_requests_is_not_p0(self):
        grade = grade_host({"health": UP, "traffic": traffic(3, 1)}, host="app-1")
        assert grade.severity == P2
        assert {"server_errors", "too_few_requests"} <= rules(grade)

    def test_no_requests_are_what_health_and_process_say(self):
        silent = traffic(0)
        assert grade_host({"traffic": silent}).severity == UNKNOWN
        assert grade_host({"traffic": silent, "health": UP}).severity == OK
        assert grade_host({"traffic": silent, "process": ONLINE}).severity == OK
        assert grade_host({"traffic": silent, "health": DOWN}).severity == P0
        assert grade_host({"traffic": silent, "process": {"status": "errored"}}).severity == P0

    def test_a_log_without_errors_does_not_make_a_host_healthy(self):
        assert grade_host({"log": QUIET_LOG, "traffic": traffic(0)}).severity == UNKNOWN


class TestLog:
    OOM = {"errors": 1, "patterns": {"OutOfMemoryError": 1}, "window_s": 10}

    def test_critical_pattern_is_p0(self):
        grade = grade_host({"health": UP, "log": self.OOM}, {"log": QUIET_LOG}, host="app-1")
        assert grade.severity == P0
        assert grade.reasons[0].subject == "OutOfMemoryError"

    def test_critical_pattern_that_was_there_before_is_not_p0(self):
        assert grade_host({"health": UP, "log": self.OOM}, {"log": self.OOM}).severity == OK

    def test_critical_pattern_counts_as_new_where_the_baseline_was_not_measured(self):
        assert grade_host({"health": UP, "log": self.OOM}, {"log": {"unmeasured": "no file"}}).severity == P0

    @pytest.mark.parametrize(
        ("errors", "window_s", "errors_before", "window_before_s", "expected"),
        [
            (0, 10, 0, 10, OK),
            (1, 10, 0, 10, P2),
            (1, 10, 1, 10, OK),
            (2, 10, 1, 10, P2),
            (2, 20, 1, 10, OK),
            (1, 5, 1, 10, P2),
        ],
    )
    def test_error_lines_are_compared_by_their_rate(self, errors, window_s, errors_before, window_before_s, expected):
        now = {"health": UP, "log": {"errors": errors, "patterns": {}, "window_s": window_s}}
        before = {"log": {"errors": errors_before, "patterns": {}, "window_s": window_before_s}}
        assert grade_host(now, before).severity == expected


class TestNotMeasured:
    @pytest.mark.parametrize("part", ["health", "process", "traffic", "synthetic", "log"])
    @pytest.mark.parametrize("value", [{"unmeasured": "connection refused"}, None])
    def test_a_configured_part_without_a_value_is_unknown(self, part, value):
        grade = grade_host({"health": UP, "process": ONLINE, part: value})
        assert grade.severity == UNKNOWN
        assert [reason.subject for reason in grade.reasons] == [part]

    def test_lines_that_nobody_could_place_may_be_worse_than_those_that_were_counted(self):
        log = {**QUIET_LOG, "unseen": "the newest lines carry no time"}
        grade = grade_host({"health": UP, "log": {**log, "errors": 3}})
        assert (grade.severity, grade.complete) == (UNKNOWN, False)
        certain = grade_host({"health": UP, "log": {**log, "patterns": {"OutOfMemoryError": 1}}})
        assert (certain.severity, certain.complete) == (P0, False)

    def test_no_attempt_is_no_measurement(self):
        none = {"attempts": 0, "answered": 0, "successes": 0}
        assert grade_host({"process": ONLINE, "health": none}).severity == UNKNOWN

    def test_a_part_that_is_not_configured_is_not_graded(self):
        assert grade_host({"health": UP}).severity == OK

    def test_nothing_at_all_is_unknown(self):
        assert grade_host({}).severity == UNKNOWN
        assert grade_host(None).severity == UNKNOWN
        assert grade_fleet({}).severity == UNKNOWN

    def test_what_is_certainly_bad_is_not_hidden_by_what_is_unknown(self):
        grade = grade_host({"health": DOWN, "traffic": {"unmeasured": "HTML"}})
        assert grade.severity == P0
        assert not grade.complete

    @pytest.mark.parametrize("fail_on", [P0, P1, P2])
    def test_unknown_never_passes_a_gate(self, fail_on):
        unknown = {"health": UP, "log": {"unmeasured": "gzip"}}
        assert not grade_host(unknown).passes(fail_on)
        assert not grade_fleet({"a": unknown, "b": {"health": UP}}).passes(fail_on)
        # a P2 or a P1 that might be worse than it looks
        assert not grade_host({**unknown, "traffic": traffic(100, 5)}).passes(fail_on)
        assert not grade_host({**unknown, "traffic": traffic(100, 20)}).passes(fail_on)

    def test_unknown_never_rolls_back_by_itself(self):
        assert grade_host(None).action == grades.MEASURE_AGAIN

    def test_hosts_that_were_not_seen_keep_one_down_host_from_being_the_whole_service(self):
        fleet = grade_fleet({"a": {"health": DOWN}, "b": None, "c": {"health": {"unmeasured": "no route"}}})
        assert fleet.severity == P1
        assert not fleet.grade.complete


class TestFleet:
    def test_one_of_five_down_is_p1_with_that_host_named(self):
        hosts = {"app-{}".format(i): {"health": DOWN if i == 3 else UP} for i in range(5)}
        fleet = grade_fleet(hosts)
        assert fleet.severity == P1
        assert fleet.grade.action == grades.FIND_CAUSE
        assert {reason.host for reason in fleet.grade.reasons if reason.rule == "health_check_failed"} == {"app-3"}
        assert [reason.subject for reason in fleet.grade.reasons if reason.rule == "p0_hosts"] == ["app-3"]

    def test_no_health_on_any_host_is_the_whole_service(self):
        fleet = grade_fleet({"a": {"health": DOWN}, "b": {"health": DOWN}})
        assert fleet.severity == P0
        assert {"service_down", "no_request_answered"} <= rules(fleet.grade)

    def test_a_host_that_was_not_to_be_asked_does_not_keep_the_service_from_being_down(self):
        fleet = grade_fleet({"a": {"health": DOWN}, "worker": {"process": ONLINE}})
        assert "service_down" in rules(fleet.grade)

    def test_touched_hosts_are_told_apart_only_where_they_are_worse(self):
        hosts = {"a": {"health": DOWN}, "b": {"health": UP}, "c": {"health": UP}}
        assert "touched_hosts" in rules(grade_fleet(hosts, touched=["a"]).grade)
        assert "touched_hosts" not in rules(grade_fleet(hosts, touched=["a", "b"]).grade)

    def test_counts_are_summed_before_they_are_judged(self):
        # Alone, each is under the minimum of requests.
        hosts = {"h{}".format(i): {"health": UP, "traffic": traffic(10, 6)} for i in range(5)}
        assert {grade.severity for grade in grade_fleet(hosts).hosts.values()} == {P2}
        assert grade_fleet(hosts).severity == P0

    def test_canary_that_fails_every_request_among_fifty_healthy_hosts(self):
        hosts = {"h{:02}".format(i): {"health": UP, "traffic": traffic(1000)} for i in range(50)}
        hosts["canary"] = {"health": UP, "traffic": traffic(1000, 1000)}
        without = grade_fleet(hosts)
        assert without.severity == P1
        fleet = grade_fleet(hosts, touched=["canary"])
        assert fleet.touched.severity == P0
        assert fleet.severity == P0
        assert fleet.grade.action == grades.ROLL_BACK_NOW
        assert fleet.control.severity == OK
        assert fleet.failed_touched == ("canary",)

    def test_one_failed_touched_host_never_passes_however_many_are_well(self):
        hosts = {"h{}".format(i): {"health": UP} for i in range(10)}
        hosts["h7"] = {"health": DOWN}
        fleet = grade_fleet(hosts, touched=sorted(hosts))
        assert fleet.severity == P1
        assert fleet.grade.passes(P0)
        assert not fleet.passes(P0)
        assert fleet.passes("never")

    def test_untouched_host_that_fails_is_not_blamed_on_the_deploy(self):
        fleet = grade_fleet({"a": {"health": UP}, "b": {"health": UP}, "c": {"health": DOWN}}, touched=["a"])
        assert fleet.touched.severity == OK
        assert fleet.control.severity == P1
        assert fleet.failed_touched == ()

    def test_touched_host_that_was_not_measured_is_unknown(self):
        fleet = grade_fleet({"a": {"health": UP}}, touched=["a", "b"])
        assert fleet.touched.severity == UNKNOWN
        assert not fleet.passes(P0)

    def test_untouched_hosts_are_the_latency_baseline_where_there_is_none(self):
        hosts = {
            "new": {"health": UP, "traffic": traffic(100, mean_ms=400)},
            "old": {"health": UP, "traffic": traffic(100, mean_ms=100)},
        }
        assert "latency_over_baseline" in rules(grade_fleet(hosts, touched=["new"]).touched)
        measured_before = {"new": {"traffic": traffic(100, mean_ms=350)}}
        assert grade_fleet(hosts, measured_before, ["new"]).touched.severity == OK

    def test_record_is_plain_json(self):
        hosts = {"a": {"health": UP, "traffic": traffic(30, 7, mean_ms=31_000)}, "b": None}
        record = grade_fleet(hosts, touched=["a"]).to_record()
        assert json.loads(json.dumps(record)) == record
        assert {"severity", "reasons", "action", "respond_within_minutes", "contacts"} <= set(record)
        assert {"rule", "observed", "threshold", "unit", "host"} <= set(record["reasons"][0])


class TestOneHostsWord:
    """What a host counts comes from its application's own page."""

    WELL = {"health": UP, "traffic": traffic(1000)}

    def fleet(self, size, **others):
        return {**{"app-{}".format(i): self.WELL for i in range(size)}, **others}

    def test_one_page_that_claims_more_errors_than_a_fleet_has_requests_is_p1_with_that_host_named(self):
        fleet = grade_fleet(self.fleet(49, liar={"health": UP, "traffic": traffic(10**9, 6 * 10**8)}))
        assert fleet.severity == P1
        assert fleet.hosts["liar"].severity == P0
        assert {r.subject for r in fleet.grade.reasons if r.rule == "p0_hosts"} == {"liar"}

    def test_in_a_small_fleet_its_errors_are_p1_as_well(self):
        fleet = grade_fleet(self.fleet(2, liar={"health": UP, "traffic": traffic(10**9, 10**9)}))
        assert fleet.severity == P1
        named = {r.rule: r.subject for r in fleet.grade.reasons if r.host is None}
        assert named["rests_on_one_host"] == named["outweighing_hosts"] == "liar"

    def test_one_page_without_an_error_does_not_hide_those_of_the_others(self):
        failing = {"health": UP, "traffic": traffic(1000, 400)}
        fleet = grade_fleet({"a": failing, "b": failing, "c": failing, "liar": {"traffic": traffic(10**9)}})
        assert fleet.severity == P1
        assert {r.subject for r in fleet.grade.reasons if r.rule == "outweighing_hosts"} == {"liar"}

    def test_latencies_of_one_page_do_not_hide_those_of_the_others(self):
        slow = {"health": UP, "traffic": traffic(1000, mean_ms=40_000)}
        quick = {"health": UP, "traffic": traffic(10**9, mean_ms=1)}
        assert grade_fleet({"a": slow, "b": slow, "c": slow, "d": slow, "liar": quick}).severity == P2

    def test_two_hosts_with_most_of_the_load_are_the_service(self):
        busy, idle = {"health": UP, "traffic": traffic(1000, 1000)}, {"health": UP, "traffic": traffic(400)}
        assert grade_fleet({"a": busy, "b": busy, "c": idle, "d": idle, "e": idle}).severity == P0

    def test_a_host_with_few_requests_is_a_witness_as_well(self):
        few = {"health": UP, "traffic": traffic(5, 3)}
        assert grade_fleet({"host-{}".format(i): few for i in range(10)}).severity == P0

    def test_of_two_hosts_the_sums_decide(self):
        assert grade_fleet({"a": {"traffic": traffic(900, 900)}, "b": {"traffic": traffic(300)}}).severity == P0

    def test_a_host_that_alone_was_asked_is_not_the_whole_service(self):
        workers = {"worker-{}".format(i): {"process": ONLINE} for i in range(4)}
        fleet = grade_fleet({"a": {"health": DOWN}, **workers})
        assert fleet.severity == P1
        assert {r.subject for r in fleet.grade.reasons if r.rule == "rests_on_one_host"} == {"a"}


class TestTable:
    def test_what_follows_from_each_severity(self):
        p0, p1 = grade_host({"health": DOWN}), grade_host({"health": UP, "traffic": traffic(100, 20)})
        p2, ok = grade_host({"health": UP, "traffic": traffic(100, 5)}), grade_host({"health": UP})
        assert [g.respond_within_minutes for g in (p0, p1, p2, ok)] == [5, 15, 60, None]
        expected = [grades.ROLL_BACK_NOW, grades.FIND_CAUSE, grades.WATCH, grades.NOTHING]
        assert [g.action for g in (p0, p1, p2, ok)] == expected
        called = [("@devops-oncall", 0), ("@ai-backend-lead", 0), ("@cto", 30)]
        assert [(c.name, c.after_minutes) for c in p0.contacts] == called
        assert p0.contacts == p1.contacts
        assert p2.contacts == ok.contacts == ()

    def test_unknown_gate_is_refused(self):
        with pytest.raises(InvalidInput, match="P3"):
            grade_host({"health": UP}).passes("P3")


class TestThresholds:
    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"server_errors_p0": 5}, "did you mean 'server_errors_p0_pct'"),
            ({"server_errors_p0_pct": "many"}, "must be a number"),
            ({"server_errors_p0_pct": True}, "must be a number"),
            ({"server_errors_p0_pct": float("nan")}, "must be a number"),
            ({"server_errors_p0_pct": 101}, "from 0 to 100"),
            ({"latency_p1_ms": -1}, "0 or more"),
            ({"minimum_requests": 0}, "1 or more"),
            ({"server_errors_p1_pct": 60}, "greater than server_errors_p0_pct"),
            ({"latency_p2_ms": 40_000}, "greater than latency_p1_ms"),
        ],
    )
    def test_a_bound_that_makes_no_sense_is_refused(self, mapping, message):
        with pytest.raises(InvalidInput, match=message):
            Thresholds.from_mapping(mapping)

    def test_the_record_can_be_read_back(self):
        moved = Thresholds.from_mapping({"server_errors_p2_pct": "2.5"})
        assert Thresholds.from_mapping(json.loads(json.dumps(moved.to_record()))) == moved


class TestTexts:
    HOSTS = {
        "a": {
            "health": {"attempts": 50, "answered": 10, "successes": 5},
            "process": {"status": "errored", "restarts": 2},
            "traffic": traffic(3, 2, mean_ms=31_000),
            "synthetic": {"attempts": 3, "answered": 3, "successes": 1, "latency_max_ms": 30_500.123},
            "log": {"errors": 2, "patterns": {"OutOfMemoryError": 1}, "window_s": 10},
        },
        "b": {"health": DOWN, "traffic": traffic(1000, 400, mean_ms=500)},
        "c": {"health": {"attempts": 20, "answered": 20, "successes": 19}, "log": None},
        "d": {},
    }

    @pytest.mark.parametrize("language", severity_texts.LANGUAGES)
    def test_every_reason_has_a_sentence(self, language):
        found = []
        for touched in ((), ("a",), ("c",)):
            fleet = grade_fleet(self.HOSTS, {"b": {"traffic": traffic(100, mean_ms=10)}}, touched)
            for grade in (fleet.grade, *fleet.hosts.values()):
                found += grade.reasons
        lines = [severity_texts.describe(reason, language) for reason in found]
        assert not [line for line in lines if "None" in line or "{" in line]

    @pytest.mark.parametrize("language", severity_texts.LANGUAGES)
    def test_every_action_and_role_has_a_text(self, language):
        texts = [*severity_texts.ACTIONS.values(), *severity_texts.ROLES.values()]
        assert all(text[language] for text in texts)
        for grade in (grade_host({"health": DOWN}), grade_host(None)):
            assert severity_texts.action_text(grade.action, language)
            assert all(severity_texts.role_text(contact.role, language) for contact in grade.contacts)

    def test_a_sentence_names_host_and_numbers(self):
        reason = grade_host({"traffic": traffic(300, 100), "health": UP}, host="app-1").reasons[0]
        assert severity_texts.describe(reason) == "app-1: 5xx 비율 33.33% (기준 10%)"


# --- whatever the numbers -------------------------------------------------------------

counts = st.integers(0, 60)


@st.composite
def attempts(draw):
    number = draw(counts)
    answered = draw(st.integers(0, number))
    return {"attempts": number, "answered": answered, "successes": draw(st.integers(0, answered))}


@st.composite
def traffics(draw):
    requests = draw(counts)
    answered = draw(st.none() | st.integers(0, requests))
    mean_ms = draw(st.none() | st.sampled_from([1, 100, 9999.9, 10_000, 30_000, 30_001]))
    return traffic(requests, draw(st.integers(0, requests if answered is None else answered)), answered, mean_ms)


unmeasured = st.just({"unmeasured": "connection refused"})
logs = st.builds(lambda e, p: {"errors": e, "patterns": {"OutOfMemoryError": p}, "window_s": 10}, counts, counts)
processes = st.builds(
    lambda s, r: {"status": s, "restarts": r}, st.sampled_from(["online", "launching", "errored", "absent"]), counts
)
measurements = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "health": attempts() | unmeasured,
        "process": processes | unmeasured,
        "traffic": traffics() | unmeasured,
        "synthetic": attempts() | unmeasured,
        "log": logs | unmeasured,
    },
)
fleets = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), measurements, max_size=4)


def worsened(measurement, draw):
    """The same measurement with one thing more gone wrong, the number of tries unchanged."""
    worse = copy.deepcopy(measurement)
    choices = []
    for name, part in worse.items():
        if "unmeasured" in part:
            continue
        if name == "traffic":
            limit = part["requests"] if part["answered"] is None else part["answered"]
            if part["errors"] < limit:
                choices.append((part, "errors", 1))
        elif name in ("health", "synthetic"):
            if part["successes"]:
                choices.append((part, "successes", -1))
            if part["answered"] > part["successes"]:
                choices.append((part, "answered", -1))
        elif name == "log":
            choices += [(part, "errors", 1), (part["patterns"], "OutOfMemoryError", 1)]
        elif name == "process":
            choices.append((part, "restarts", 1))
    if choices:
        part, key, step = draw(st.sampled_from(choices))
        part[key] += step
    return worse


@given(st.data(), fleets)
def test_more_errors_never_lower_a_grade(data, fleet):
    measured = sorted(host for host, measurement in fleet.items() if measurement is not None)
    if not measured:
        return
    host = data.draw(st.sampled_from(measured))
    touched = data.draw(st.lists(st.sampled_from(sorted(fleet)), unique=True))
    worse = {**fleet, host: worsened(fleet[host], data.draw)}
    assert RANK[grade_host(worse[host]).severity] >= RANK[grade_host(fleet[host]).severity]
    after, before = grade_fleet(worse, touched=touched), grade_fleet(fleet, touched=touched)
    assert RANK[after.severity] >= RANK[before.severity]
    assert set(before.failed_touched) <= set(after.failed_touched)


@given(st.randoms(use_true_random=False), fleets, fleets)
def test_order_of_hosts_never_matters(random, fleet, before):
    hosts = list(fleet)
    random.shuffle(hosts)
    shuffled = {host: fleet[host] for host in hosts}
    touched = hosts[:2]
    expected = grade_fleet(fleet, before, sorted(touched)).to_record()
    assert json.dumps(grade_fleet(shuffled, before, touched).to_record()) == json.dumps(expected)


huge = st.integers(0, 10**12)


@st.composite
def claims(draw):
    """What a host may say of itself: any numbers that fit each other."""
    checks, requests = draw(huge), draw(huge)
    answered = draw(st.integers(0, checks))
    return {
        "health": {"attempts": checks, "answered": answered, "successes": draw(st.integers(0, answered))},
        "process": draw(processes),
        "traffic": {
            **traffic(requests, draw(st.integers(0, requests)), draw(st.none() | st.integers(0, requests))),
            "latency_sum_s": draw(st.floats(0, 1e15)),
            "latency_count": draw(huge),
        },
        "synthetic": draw(attempts()),
        "log": draw(logs),
    }


@st.composite
def honest_fleets(draw, errors):
    """Three hosts or more that share their load as a balancer does, within a factor of two."""
    hosts = {}
    for index in range(draw(st.integers(3, 6))):
        requests = draw(st.integers(1000, 2000))
        hosts["h{}".format(index)] = {
            "health": UP,
            "process": ONLINE,
            "traffic": traffic(
                requests, requests * draw(errors) // 1000, mean_ms=draw(st.sampled_from([1, 100, 9999]))
            ),
        }
    return hosts


@given(honest_fleets(st.integers(0, 500)), claims())
def test_one_hosts_counters_never_make_a_fleet_p0(fleet, claim):
    assert grade_fleet({**fleet, "liar": claim}).severity != P0


@given(honest_fleets(st.integers(501, 1000)), claims())
def test_one_hosts_counters_never_make_a_p0_fleet_ok(fleet, claim):
    assert grade_fleet(fleet).severity == P0
    assert grade_fleet({**fleet, "liar": claim}).severity in (P0, P1)


@given(honest_fleets(st.integers(400, 490)), claims())
def test_one_hosts_counters_never_hide_the_errors_that_all_others_have(fleet, claim):
    assert grade_fleet(fleet).severity == P1
    assert RANK[grade_fleet({**fleet, "liar": {**claim, "process": ONLINE, "health": UP}}).severity] >= RANK[P2]


SUMMED = (
    "server_errors",
    "response_rate",
    "no_request_answered",
    "intermittent_no_answer",
    "mean_latency",
    "too_few_requests",
    "log_errors",
    "process_restarted",
    "service_down",
)


@given(st.lists(st.tuples(traffics(), attempts()), min_size=1, max_size=4), st.integers(1, 5), st.data())
def test_how_errors_are_spread_over_equal_hosts_never_changes_what_is_judged_by_their_sum(parts, number_of_hosts, data):
    def even(total):
        return [total // number_of_hosts + (host < total % number_of_hosts) for host in range(number_of_hosts)]

    def spread(total):
        cuts = sorted(
            data.draw(st.lists(st.integers(0, total), min_size=number_of_hosts - 1, max_size=number_of_hosts - 1))
        )
        return [high - low for low, high in zip([0, *cuts], [*cuts, total])]

    def total(index, key):
        return sum(part[index][key] or 0 for part in parts)

    def fleet(columns):
        names = ["requests", "errors", "timed", "attempts", "answered", "successes"]
        hosts = [dict(zip(names, row)) for row in zip(*columns)]
        return {
            "h{}".format(i): {
                "traffic": {
                    "requests": h["requests"],
                    "errors": h["errors"],
                    "answered": None,
                    "latency_sum_s": 12.5 * h["timed"],
                    "latency_count": h["timed"],
                },
                "health": {"attempts": h["attempts"], "answered": h["answered"], "successes": h["successes"]},
            }
            for i, h in enumerate(hosts)
        }

    totals = [
        total(0, "requests"),
        total(0, "errors"),
        total(0, "requests"),
        total(1, "attempts"),
        total(1, "answered"),
        total(1, "successes"),
    ]

    def judged(fleet_grade):
        return {r.rule: (r.severity, r.observed) for r in fleet_grade.grade.reasons if r.rule in SUMMED and not r.host}

    lumped = judged(grade_fleet(fleet([[value] for value in totals])))
    ways = [even, spread, even, even, spread, spread]  # requests and attempts are shared, what is wrong is anywhere
    among_hosts = grade_fleet(fleet([way(value) for way, value in zip(ways, totals)]))
    found = judged(among_hosts)
    if "rests_on_one_host" in rules(among_hosts.grade):
        assert {rule: found[rule][1] for rule in found} == {rule: lumped[rule][1] for rule in lumped}
        assert {lumped[rule][0] for rule in found if found[rule] != lumped[rule]} == {P0}
    else:
        assert found == lumped


@given(fleets, fleets, st.lists(st.sampled_from(["a", "b", "x"]), unique=True))
def test_every_fleet_gets_a_grade_that_is_explained_in_both_languages(fleet, before, touched):
    result = grade_fleet(fleet, before, touched)
    assert (result.severity == OK) == (not result.grade.reasons)
    for reason in result.grade.reasons:
        assert severity_texts.describe(reason, "ko")
        assert severity_texts.describe(reason, "en")
