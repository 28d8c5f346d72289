"""Each event says what happened, in the right channel, and pings whom the team's table names."""

from __future__ import annotations

import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import InvalidInput
from refit.notify import event_texts_en, event_texts_ko
from refit.notify.discord_payload import COLOURS, build_payload
from refit.notify.discord_text import broken
from refit.notify.events import EVENTS, FACTS, compose
from refit.words.reason import Reason
from support.discord import mentions
from support.discord.rules import violations

MENTIONS = {"devops-oncall": {"role": "111"}, "ai-backend-lead": {"role": "222"}, "cto": {"user": "333"}}
FAMILY = "👨‍👩‍👧‍👦"
HOSTILE = "@everyone @here <@1> <@&111> [x](http://evil.example) `code` ``` \x1b[31mred\x1b[0m **bold** \u202e"

HUGE = {
    **dict.fromkeys((name for name in FACTS if not name.endswith(("_url", "_s"))), (HOSTILE + FAMILY + "한글 ") * 60),
    **{name: "https://ci.example.com/" + "a(" * 300 for name in FACTS if name.endswith("_url")},
    "severity": "P0",
    "duration_s": 1e7,
    "hosts": [f"web-{n}.{FAMILY}" for n in range(300)],
    "progress": {"done": 3, "total": 8, "batch": 2, "batches": 3, "outcome": HOSTILE},
    "failures": [
        {
            "host": f"web-{n}",
            "check": HOSTILE,
            "detail": HOSTILE * 9,
            "runs": HOSTILE,
            "log_tail": (HOSTILE + "\n") * 200,
        }
        for n in range(300)
    ],
    "log": f"오류 ERROR {FAMILY} ```\n" * 1000,
    "links": {HOSTILE * 3 + str(n): "https://example.com/" + str(n) for n in range(40)},
    "fields": {HOSTILE * 3 + str(n): HOSTILE * 30 for n in range(40)},
    "mention": ["cto", HOSTILE * 10],
}

every_event = pytest.mark.parametrize("event", sorted(EVENTS))
both_languages = pytest.mark.parametrize("language", ["ko", "en"])


def embed(event, facts=None, **more):
    payload, _warnings = build_payload(compose(event, facts or {}, **more), mentions=MENTIONS)
    return payload["embeds"][0]


def fields(event, facts, **more):
    return {each["name"]: each["value"] for each in embed(event, facts, **more).get("fields", [])}


def pinged(event, facts=None):
    payload, _warnings = build_payload(compose(event, facts or {}), mentions=MENTIONS)
    return mentions.find(payload.get("content", ""), payload["allowed_mentions"], {"1", "111", "222"}, {"1", "333"})


# --- Each event ----------------------------------------------------------------------------------------------------


@every_event
@both_languages
@pytest.mark.parametrize("facts", [{}, HUGE], ids=["nothing", "everything"])
def test_every_event_is_a_valid_payload_with_nothing_known_and_with_everything(event, language, facts):
    payload, _warnings = build_payload(compose(event, facts, language=language, at=1.7e9), mentions=MENTIONS)
    assert violations(payload) == {}
    assert payload["embeds"][0]["title"]
    assert "{" not in payload["embeds"][0]["title"]
    assert payload["embeds"][0]["color"] in COLOURS.values()
    text = json.dumps(payload, ensure_ascii=False)
    assert text.encode()
    assert not re.search("[\x00-\x08\x1b\u202e]|\u200d(?![\U0001f000-\U0001ffff])", text)


@given(
    event=st.sampled_from(sorted(EVENTS)),
    language=st.sampled_from(["ko", "en"]),
    facts=st.dictionaries(
        st.sampled_from(sorted(set(FACTS) - {"severity", "links", "fields"})),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.just(HOSTILE)),
            lambda each: st.one_of(
                st.lists(each, max_size=4),
                st.dictionaries(st.sampled_from(["host", "check", "detail", "runs", "log_tail", "total"]), each),
            ),
            max_leaves=6,
        ),
        max_size=8,
    ),
)
def test_no_value_of_a_fact_breaks_the_message_or_pings_anybody(event, language, facts):
    mention = facts.pop("mention", None)
    payload, _warnings = build_payload(compose(event, facts, language=language), mentions={})
    assert violations(payload) == {}
    assert payload["allowed_mentions"] == {"parse": []}
    payload, _warnings = build_payload(compose(event, {"mention": mention}), mentions={})
    assert violations(payload) == {}


def test_titles_are_those_of_the_runbook():
    titles = {event: embed(event)["title"] for event, kind in EVENTS.items() if kind.severity}
    assert (
        titles.items()
        >= {
            "deploy_started": "🚀 배포 시작",
            "deploy_succeeded": "✅ 배포 완료",
            "deploy_failed": "🚨 P0 배포 실패",
            "health_check_failed": "🚨 P0 헬스체크 실패 → 자동 롤백 시작",
            "rollback_succeeded": "✅ 롤백 완료",
            "rollback_failed": "🚨 P0 롤백 실패 (수동 개입 필요)",
            "release_built": "✅ 아티팩트 생성 완료",
            "release_build_failed": "🔴 P1 빌드 실패",
            "lint_test_failed": "🟡 P1 Lint & Test 실패",
            "integration_failed": "🟡 P1 Integration 실패",
        }.items()
    )


def test_automatic_events_go_to_alerts_and_reports_of_people_to_incidents():
    channels = {event: compose(event, {}).channel for event in EVENTS}
    assert {event for event, channel in channels.items() if channel == "incidents"} == {
        event for event in EVENTS if event.startswith("incident_")
    }
    assert set(channels.values()) == {"alerts", "incidents"}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    def placeholders(texts):
        return {key: sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
                for key, text in texts.items()}  # fmt: skip

    assert {name.partition(".")[0] for name in event_texts_ko.TITLES} == set(EVENTS)
    for part in ("TITLES", "SENTENCES", "LABELS", "OUTCOMES", "CHECKS", "WORDS"):
        assert placeholders(getattr(event_texts_ko, part)) == placeholders(getattr(event_texts_en, part))


# --- Mentions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "facts", "roles", "users"),
    [
        ("deploy_failed", {}, ("111",), ()),
        ("health_check_failed", {}, ("111",), ()),
        ("rollback_failed", {}, ("111",), ()),
        ("plain", {"severity": "P0"}, ("111",), ()),
        ("plain", {"severity": "p0"}, ("111",), ()),
        ("plain", {"severity": "P1"}, (), ()),
        ("incident_opened", {"severity": "P0"}, ("111",), ()),
        ("incident_opened", {"severity": "P1"}, (), ()),
        ("incident_opened", {"severity": "P1", "mention": "cto"}, (), ("333",)),
        ("incident_acknowledged", {"severity": "P0"}, (), ()),
        ("incident_escalated", {"severity": "P0"}, ("222",), ()),
        ("incident_escalated", {"severity": "P0", "mention": ["@cto"]}, (), ("333",)),
        ("severity_changed", {"severity": "P0", "previous_severity": "P1"}, ("111",), ()),
        ("severity_changed", {"severity": "OK", "previous_severity": "P0"}, (), ()),
        ("release_build_failed", {}, (), ()),
        ("deploy_started", {}, (), ()),
        ("rollback_succeeded", {}, (), ()),
    ],
)
def test_an_event_pings_exactly_whom_it_should(event, facts, roles, users):
    assert pinged(event, facts) == mentions.Mentions(False, roles, users)


@every_event
def test_hostile_facts_ping_nobody_more(event):
    texts = {name: HOSTILE for name in FACTS if name not in ("severity", "links", "fields", "mention")}
    assert pinged(event, {**texts, "severity": "P1"}) == pinged(event, {"severity": "P1"})


# --- What is shown -------------------------------------------------------------------------------------------------


def test_a_deploy_shows_what_an_on_call_asks_first():
    facts = {
        "service": "backend",
        "environment": "production",
        "from_version": "20240126-090000",
        "to_version": "20240127-120000",
        "actor": "kim@ops-1",
        "hosts": ["web-1", "web-2"],
        "duration_s": 92.4,
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "commit_message": "Fix *all* of it\n\nlong text",
        "ci_url": "https://ci.example.com/1",
    }
    assert fields("deploy_succeeded", facts) == {
        "서비스": "backend",
        "환경": "production",
        "버전": "20240126-090000 → 20240127-120000",
        "커밋": r"0123456789ab Fix \*all\* of it",
        "실행자": "kim@ops-1",
        "서버": "web-1, web-2",
        "소요 시간": "1분 32초",
    }
    assert embed("deploy_succeeded", facts, at=1706356800.0)["timestamp"] == "2024-01-27T12:00:00.000Z"


def test_a_failure_names_the_host_the_check_and_the_last_log_lines():
    failure = {"host": "web-2", "check": "health", "detail": "HTTP 503", "runs": None, "log_tail": ["a", "ERROR: boom"]}
    facts = {"failures": [failure, {"host": "web-3", "check": "workers", "runs": "20240126-090000"}]}
    assert fields("deploy_failed", facts, language="en") == {
        "❌ web-2": "**health**: HTTP 503\nruns nothing",
        "❌ web-3": "**workers**\nruns 20240126-090000",
    }
    assert embed("deploy_failed", facts)["description"].endswith("**web-2 로그**\n```\na\nERROR: boom\n```")


def test_many_hosts_and_failures_are_counted():
    failures = [{"host": f"w{n}", "detail": f"port 80{n}"} for n in range(50)]
    shown = fields("deploy_failed", {"hosts": [f"w{n}" for n in range(300)], "failures": failures})
    assert shown["서버"] == "w0 … w299 (300대)"
    assert shown["❌ 외 44대"] == "w6 … w49"
    assert len([name for name in shown if name.startswith("❌")]) == 7


def test_what_runs_again_is_no_way_from_one_version_to_another():
    assert fields("rollback_succeeded", {"from_version": "1", "to_version": "1"})["버전"] == "1"


def test_the_way_back_counts_no_hosts_of_the_new_version():
    progress = {"outcome": "rolled_back", "done": 0, "total": 3}
    assert fields("deploy_started", {"progress": progress})["진행 상황"] == "↩️ 롤백됨"


def test_servers_that_logged_the_same_share_one_excerpt():
    failures = [{"host": f"app-{n}", "log_tail": [f"2026-01-01 00:00:00 ERROR {n // 3}"]} for n in range(1, 5)]
    description = embed("deploy_failed", {"failures": failures})["description"]
    assert "**app-1, app-2 로그**" in description
    assert "**app-3, app-4 로그**" in description


@pytest.mark.parametrize(
    ("event", "fact", "said"),
    [
        ("deploy_failed", "nothing_before", "되돌아갈 이전 버전이 없어"),
        ("deploy_stopped", "overtaken", "다른 작업이 이어받아"),
    ],
)
def test_a_message_says_what_is_true_of_this_end_and_no_more(event, fact, said):
    assert said in embed(event, {fact: True})["description"]
    assert said not in embed(event)["description"]


def test_a_stopped_deploy_says_by_when_somebody_has_to_decide():
    assert "15분 안에 계속할지 되돌릴지" in embed("deploy_stopped")["description"]
    assert "15분" not in embed("deploy_stopped", {"overtaken": True})["description"]


def test_who_decides_reads_until_when_and_what_runs_where():
    running = {"app-1": "2", "app-2": "1", "app-3": "1", "app-4": None}
    facts = {"actor": "kim@ops-1", "decide_within_minutes": 15, "running": running, "to_version": "2"}
    shown = fields("deploy_stopped", facts, at=1706356800.0)
    assert shown["결정"] == "kim@ops-1, 없으면 @devops-oncall · <t:1706357700:t>까지 (<t:1706357700:R>)"
    assert shown["지금 실행 중"] == "**2**: app-1\n**1**: app-2, app-3\n**실행 중인 버전 없음**: app-4"
    assert "결정" not in fields("deploy_stopped", {**facts, "overtaken": True}, at=1706356800.0)


def test_hosts_with_several_versions_are_counted():
    before = {"a": "170000", "b": "160000", "c": "160000", "d": None}
    shown = fields("deploy_started", {"from_version": before, "to_version": "180000"})
    assert shown["버전"] == "160000 (2대), 170000 (1대) → 180000"
    assert fields("deploy_started", {"from_version": {"a": "1", "b": "1"}, "to_version": "2"})["버전"] == "1 → 2"
    assert fields("deploy_started", {"from_version": {"a": None}, "to_version": "2"})["버전"] == "2"


def test_whoever_is_woken_up_is_given_one_command():
    commands = [
        {"why": "", "command": "look"},
        {"why": Reason("to_finish_it").to_record(), "command": "roll back"},
        {"why": Reason("to_take_back_what_is_live").to_record(), "command": "another"},
    ]
    shown = embed("rollback_failed", {"commands": commands, "frozen": "lift"})["description"]
    assert "roll back" in shown
    assert not any(f"\n{other}\n" in shown for other in ("look", "another", "lift"))
    assert "look" in embed("rollback_failed", {"commands": commands[:1]})["description"]
    assert "another" in embed("deploy_stopped", {"commands": commands})["description"]


def test_hosts_that_failed_alike_share_one_field():
    alike = {"check": "stage", "detail": "sha256 abc… instead of def…", "runs": "1"}
    facts = {"failures": [{"host": f"app-{n}", **alike} for n in (1, 2, 3)] + [{"host": "app-4", "detail": "x"}]}
    assert fields("deploy_failed", facts) == {
        "❌ app-1, app-2, app-3": "**전송**: sha256 abc… instead of def…\n실행 중: 1",
        "❌ app-4": "x",
    }


def test_of_a_host_that_nobody_could_ask_it_is_not_said_what_runs_there():
    assert (
        fields("deploy_failed", {"failures": [{"host": "a", "check": "reach", "detail": "x"}]})["❌ a"] == "**연결**: x"
    )


COMMAND = "ansible-playbook -i inventory/production rollback.yml -e release_version=20240127-120000"


@pytest.mark.parametrize("event", ["deploy_stopped", "rollback_failed"])
def test_a_command_can_be_copied_as_it_is(event):
    why = Reason("to_take_back_what_is_live").to_record()
    shown = embed(event, {"commands": [{"why": why, "command": COMMAND}]})
    assert "다음 명령**\n```\n# 지금 올라간 것을 되돌리기\n" + broken(COMMAND) + "\n```" in shown["description"]


def test_a_message_that_is_kept_current_does_not_repeat_the_commands_of_the_one_that_ends_the_deploy():
    assert COMMAND not in json.dumps(
        embed("deploy_started", {"commands": [COMMAND], "progress": {"outcome": "stopped"}})
    )


def test_what_is_frozen_is_said_apart_from_the_command_that_lifts_it():
    shown = embed("rollback_succeeded", {"frozen": COMMAND})
    value = "🧊 자동으로 동결했습니다. 해제할 때까지 새 배포를 거절합니다"
    assert shown["fields"] == [{"name": "배포 동결", "value": value, "inline": False}]
    assert shown["description"].endswith("**안전해진 뒤 동결 해제**\n```\n" + broken(COMMAND) + "\n```")
    left = fields("rollback_succeeded", {"frozen": COMMAND, "from_version": "20240127-120000"})
    assert left["배포 동결"].startswith("🧊 20240127-120000 버전을 되돌려 자동으로 동결했습니다.")


def test_a_rollback_on_one_server_is_not_told_as_that_of_the_service():
    shown = embed("rollback_succeeded", {"hosts": ["app-1"], "alone": True})
    assert "서버 1대" in shown["title"]
    assert "다른 서버는 확인하지 않았습니다" in shown["description"]
    assert shown["color"] == COLOURS["P1"]
    assert "다른 서버는 확인하지 않았습니다" in embed("rollback_failed", {"alone": True})["description"]
    assert pinged("rollback_failed", {"alone": True}).roles == ("111",)


def test_a_deploy_that_ended_before_its_activation_says_that_nothing_was_touched():
    assert "건드리지 않았습니다" in embed("deploy_failed", {"untouched": True})["description"]
    assert "건드리지" not in embed("deploy_failed")["description"]


def test_what_is_back_already_is_not_told_as_a_rollback_that_begins():
    shown = embed("health_check_failed", {"already_back": True})
    assert "시작" not in shown["title"] + shown["description"]
    assert "이미 이전 버전" in shown["description"]
    assert "시작합니다" in embed("health_check_failed", {"already_back": False})["description"]


@pytest.mark.parametrize(
    ("progress", "text", "severity"),
    [
        ({"done": 3, "total": 8, "batch": 2, "batches": 3}, "⏳ 진행 중 · 3/8대 · 배치 2/3", "info"),
        ({"done": 8, "total": 8, "outcome": "succeeded"}, "✅ 완료 · 8/8대", "success"),
        ({"outcome": "rolled_back"}, "↩️ 롤백됨", "P1"),
        ({"outcome": "failed"}, "🚨 실패", "P0"),
    ],
)
def test_the_first_message_of_a_deploy_shows_how_far_it_is(progress, text, severity):
    shown = embed("deploy_started", {"progress": progress})
    assert shown["fields"][0]["value"] == text
    assert shown["color"] == COLOURS[severity]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (7265, "2 h 1 min"), (-5, "0 s")],
)
def test_a_duration_reads_as_a_person_says_it(seconds, text):
    assert fields("deploy_succeeded", {"duration_s": seconds}, language="en") == {"Duration": text}


@pytest.mark.parametrize("seconds", ["soon", "nan", float("inf"), [1]])
def test_what_is_no_duration_is_left_out(seconds):
    assert fields("deploy_succeeded", {"duration_s": seconds}) == {}


def test_an_incident_report_holds_its_timeline():
    facts = {"incident": "INC-20240127-001", "occurred_at": "12:00", "detected_at": "12:01", "root_cause": "a\nb"}
    shown = embed("incident_report", facts)
    assert shown["title"] == "📋 인시던트 보고서 INC-20240127-001"
    assert [each["name"] for each in shown["fields"]] == ["인시던트", "발생", "감지", "근본 원인"]
    assert shown["fields"][-1]["value"] == "a\nb"


def test_a_time_is_told_in_the_zone_of_each_reader_and_how_long_ago_that_is():
    facts = {"incident": "1", "occurred_at": "2024-01-27T12:00:00.000Z", "detected_at": "<t:1:R>"}
    values = [each["value"] for each in embed("incident_report", facts)["fields"]][1:]
    assert values == ["<t:1706356800:f> (<t:1706356800:R>)", "<\u200bt:1:R>"]


def test_a_plain_message_shows_its_severity_and_what_the_caller_adds():
    facts = {"severity": "P2", "title": "디스크 *90%*", "message": "첫 줄\n둘째 줄", "fields": {"host": "web-1"}}
    shown = embed("plain", facts)
    assert shown["title"] == r"🟢 P2 디스크 \*90%\*"
    assert shown["description"] == "첫 줄\n둘째 줄"
    assert shown["fields"] == [{"name": "host", "value": "web-1", "inline": True}]
    assert shown["color"] == COLOURS["P2"]


# --- Wrong input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "facts", "hint"),
    [
        ("deploy_start", {}, "did you mean 'deploy_started'?"),
        ("x", {}, "known are: lint_test_failed, "),
        ("deploy_started", {"to_vresion": "1"}, "did you mean 'to_version'?"),
        ("plain", {"severity": "P9"}, "known are: P0, P1, P2, "),
        ("plain", {"fields": ["a"]}, "must be a mapping"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest_right_one(event, facts, hint):
    with pytest.raises(InvalidInput) as raised:
        compose(event, facts)
    assert hint in str(raised.value)


def test_an_unknown_language_is_refused():
    with pytest.raises(InvalidInput, match="known are: ko, en"):
        compose("plain", {}, language="fr")
