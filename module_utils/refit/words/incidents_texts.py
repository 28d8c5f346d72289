"""What went wrong, who has it and who is told next."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # What the words of a command came to.
    "incident_done_open": {
        "en": "OPENED: {number} is {severity}, reported by {by}",
        "ko": "인시던트 접수: {number} ({severity}), {by} 신고",
    },
    "incident_done_ack": {
        "en": "ACKNOWLEDGED: {by} has {number} ({severity})",
        "ko": "대응 시작: {number} ({severity}), 담당 {by}",
    },
    "incident_done_note": {"en": "NOTED: {number} ({severity})", "ko": "기록함: {number} ({severity})"},
    "incident_done_severity": {
        "en": "SEVERITY CHANGED: {number} is {severity} now",
        "ko": "심각도 변경: {number}, 이제 {severity}",
    },
    "incident_done_mitigate": {"en": "MITIGATED: {number} ({severity})", "ko": "완화됨: {number} ({severity})"},
    "incident_done_snooze": {
        "en": "SNOOZED: nobody is told of {number} ({severity}) for a while",
        "ko": "알림 미룸: {number} ({severity}), 잠시 아무에게도 알리지 않습니다",
    },
    "incident_done_resolve": {"en": "RESOLVED: {number} ({severity})", "ko": "해결됨: {number} ({severity})"},
    "incident_done_reopen": {"en": "REOPENED: {number} ({severity})", "ko": "다시 열림: {number} ({severity})"},
    "incident_done_escalate": {
        "en": "ESCALATED: {people} are told of {number} ({severity})",
        "ko": "에스컬레이션: {number} ({severity}), {people}에게 알립니다",
    },
    "nothing_due": {
        "en": "NOTHING DUE: nobody has to be told of {number} ({severity}) now",
        "ko": "지금 알릴 사람 없음: {number} ({severity})",
    },
    "incident_unchanged": {
        "en": "UNCHANGED: {number} ({severity}) is {state}, and that was written down before",
        "ko": "바뀐 것 없음: {number} ({severity}) 상태는 {state}, 이미 기록되어 있습니다",
    },
    "incidents_open": {
        "en": "{service}: {count:1 incident is|# incidents are} open",
        "ko": "{service}: 열린 인시던트 {count}건",
    },
    "no_incident_is_open": {"en": "{service}: no incident is open", "ko": "{service}: 열린 인시던트가 없습니다"},
    "incident_check_mode": {
        "en": "Check mode: nothing is written, and nobody is told.",
        "ko": "체크 모드: 아무것도 쓰지 않았고 아무에게도 알리지 않았습니다.",
    },
    # One of them.
    "incident_line": {
        "en": "{number}  {severity}  {state}  {service}: {why}",
        "ko": "{number}  {severity}  {state}  {service}: {why}",
    },
    "incident_state_open": {"en": "open", "ko": "접수됨"},
    "incident_state_acknowledged": {"en": "acknowledged", "ko": "대응 중"},
    "incident_state_resolved": {"en": "resolved", "ko": "해결됨"},
    "incident_mitigated": {"en": "mitigated", "ko": "완화됨"},
    "incident_since": {"en": "reported {at:when} by {by}", "ko": "{at:when} 접수, 신고 {by}"},
    "incident_nobody_has_it": {"en": "nobody has it yet", "ko": "아직 담당자가 없습니다"},
    "incident_taken_by": {"en": "{by} has it, {at:when}[: {why}]", "ko": "담당 {by}, {at:when}[: {why}]"},
    "incident_mitigated_by": {"en": "mitigated {at:when} by {by}[: {why}]", "ko": "{at:when} 완화, {by}[: {why}]"},
    "incident_resolved_by": {"en": "resolved {at:when} by {by}[: {why}]", "ko": "{at:when} 해결, {by}[: {why}]"},
    "incident_snoozed": {"en": "snoozed {until}, by {by}: {why}", "ko": "알림 미룸 {until}, {by}: {why}"},
    "incident_due": {
        "en": "to be told now: {people}, since {at:when}, unless {unless}",
        "ko": "지금 알릴 사람: {people}, {at:when}부터 ({unless} 알리지 않음)",
    },
    "incident_overdue": {
        "en": "OVERDUE: {people} should have been told {at:when}, unless {unless}",
        "ko": "늦음: {people}에게 {at:when}에 알렸어야 합니다 ({unless} 알리지 않음)",
    },
    "incident_next": {
        "en": "next: {people} {at:when}, unless {unless}",
        "ko": "다음: {people}, {at:when} ({unless} 알리지 않음)",
    },
    "incident_unless_acknowledged": {"en": "it is acknowledged", "ko": "그 전에 담당자가 정해지면"},
    "incident_unless_resolved": {"en": "it is resolved", "ko": "그 전에 해결되면"},
    "incident_tells_nobody_more": {
        "en": "nobody is told any more: everyone whom the policy names was",
        "ko": "더 알릴 사람이 없습니다: 정해진 사람 모두에게 알렸습니다",
    },
    "incident_calls_nobody": {
        "en": "at this severity nobody is called",
        "ko": "이 심각도에서는 아무도 호출하지 않습니다",
    },
    "incident_tell_them": {"en": "to tell them", "ko": "알리기"},
    "incident_tell_them_now": {"en": "to tell them now", "ko": "지금 알리기"},
    "incident_not_known_on": {
        "en": "{host}: {why}; the next command on an incident tells it",
        "ko": "{host}: {why}. 다음 인시던트 명령이 알립니다",
    },
    "incident_earlier_events": {"en": "  … {count} earlier ones", "ko": "  … 이전 {count}건"},
    # What happened, each with where it was written down.
    "incident_event_opened": {
        "en": "{at:when}  opened by {by}[: {why}] ({source})",
        "ko": "{at:when}  접수 {by}[: {why}] ({source})",
    },
    "incident_event_acknowledged": {
        "en": "{at:when}  acknowledged by {by}[: {why}] ({source})",
        "ko": "{at:when}  대응 시작 {by}[: {why}] ({source})",
    },
    "incident_event_noted": {"en": "{at:when}  {by}: {why} ({source})", "ko": "{at:when}  {by}: {why} ({source})"},
    "incident_event_severity_changed": {
        "en": "{at:when}  {severity} from now on, says {by}[: {why}] ({source})",
        "ko": "{at:when}  심각도 {severity:으로/로} 변경 {by}[: {why}] ({source})",
    },
    "incident_event_mitigated": {
        "en": "{at:when}  mitigated by {by}[: {why}] ({source})",
        "ko": "{at:when}  완화 {by}[: {why}] ({source})",
    },
    "incident_event_snoozed": {
        "en": "{at:when}  nobody is told before {until:when}, says {by}[: {why}] ({source})",
        "ko": "{at:when}  {until:when}까지 알림 미룸 {by}[: {why}] ({source})",
    },
    "incident_event_escalated": {
        "en": "{at:when}  told[ {people}], by {by} ({source})",
        "ko": "{at:when}  알림[ {people}], {by} ({source})",
    },
    "incident_event_resolved": {
        "en": "{at:when}  resolved by {by}[: {why}] ({source})",
        "ko": "{at:when}  해결 {by}[: {why}] ({source})",
    },
    "incident_event_reopened": {
        "en": "{at:when}  opened again by {by}[: {why}] ({source})",
        "ko": "{at:when}  다시 열림 {by}[: {why}] ({source})",
    },
    "incident_event_reported": {
        "en": "{at:when}  report by {by} ({source})",
        "ko": "{at:when}  보고서 {by} ({source})",
    },
    "incident_event_told": {
        "en": "{at:when}  Discord was told, by {by} ({source})",
        "ko": "{at:when}  Discord에 알림, {by} ({source})",
    },
    # What is refused.
    "no_such_incident": {"en": "there is no incident {number}", "ko": "{number} 인시던트는 없습니다"},
    "no_open_incident": {
        "en": "no incident of {service} is open",
        "ko": "{service}에 열린 인시던트가 없습니다",
    },
    "several_incidents": {
        "en": "{service} has several open incidents, so one has to be named: {numbers}",
        "ko": "{service}에 열린 인시던트가 여럿이라 하나를 골라야 합니다: {numbers}",
    },
    "incident_needs_severity": {
        "en": "how bad it is, is missing: one of {severities}",
        "ko": "심각도가 빠졌습니다: {severities} 중 하나",
    },
    "incident_needs_why": {"en": "what it is about is missing", "ko": "무슨 일인지가 빠졌습니다"},
    "incident_needs_minutes": {
        "en": "for how many minutes is missing: more than 0, {most} at most",
        "ko": "몇 분인지가 빠졌습니다: 0보다 크고 {most} 이하",
    },
    "incident_is_resolved": {"en": "{number} is resolved", "ko": "{number:은/는} 이미 해결되었습니다"},
    "incident_number_taken": {
        "en": "somebody else has just opened {number}; the same command again takes the next number",
        "ko": "방금 다른 사람이 {number:을/를} 썼습니다. 같은 명령을 다시 실행하면 다음 번호를 받습니다",
    },
    "incidents_file": {"en": "the record of incidents", "ko": "인시던트 기록"},
    "is_no_incident_event": {"en": "is no event of an incident", "ko": "인시던트 이벤트가 아닙니다"},
    "is_no_moment": {"en": "is no moment", "ko": "시각이 아닙니다"},
    "is_no_id": {"en": "is no id", "ko": "식별자가 아닙니다"},
    # What a person has to put into a command.
    "placeholder_what_was_seen": {"en": "what was seen or done", "ko": "본 것이나 한 일"},
    "placeholder_why_snoozed": {"en": "why nobody is to be told meanwhile", "ko": "그동안 알리지 않는 이유"},
    "placeholder_why_not_over": {"en": "why it is not over", "ko": "아직 끝나지 않은 이유"},
    # What is wrong with refit_escalation.
    "must_be_rules": {
        "en": "must be a list of {most} rules at most, not {value}",
        "ko": "규칙을 {most}개까지 담은 목록이어야 합니다 (지금 값: {value})",
    },
    "must_be_unless": {
        "en": "must be one of {choices}, not {value}",
        "ko": "{choices} 중 하나여야 합니다 (지금 값: {value})",
    },
    "must_be_mentions": {
        "en": "must be a list of 1 to {most} names of refit_discord_mentions",
        "ko": "refit_discord_mentions의 이름 1개에서 {most}개까지의 목록이어야 합니다",
    },
}
