"""What the team reads in Discord of each event, as files beside this one.

They are for reading: whoever changes a message sees in review what becomes of it. They are written anew by
``REFIT_WRITE_MESSAGES=1 pytest`` of this file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from refit.config.invocation import Invocation
from refit.incidents.actions import again
from refit.incidents.telling import tellings
from refit.notify.discord_payload import build_payload
from refit.notify.events import EVENTS, compose
from refit.notify.links import pages_of
from refit.words.reason import Reason
from support.incidents import NOON, author, done, opened

HERE = Path(__file__).parent / "messages"
AT = 1706356800.0
MENTIONS = {
    "devops-oncall": {"role": "100000000000000001"},
    "ai-backend-lead": {"user": "100000000000000002"},
    "cto": {"user": "100000000000000003"},
}
RUNBOOKS, REPOSITORY = "https://github.com/team/ops/blob/main/docs/runbooks", "https://github.com/team/backend"
OLD, NEW = "20240127-100000", "20240127-110000"
HOSTS = ["app-1", "app-2", "app-3"]
WHERE = "-i inventory/production"


def command(why: str, text: str, **values: Any) -> dict[str, Any]:
    return {"why": Reason(why, **values).to_record() if why else "", "command": f"ansible-playbook {WHERE} {text}"}


LIFT = command("", "playbooks/resume.yml -e service=backend -e \"resume_reason='why it is safe again'\"")["command"]
REFUSED = Reason("health_status", answered=503, expected=200, body=None)
ILL = Reason("out_of_time", why=REFUSED, passed=0, needed=5, deadline_s=60.0)
LOG = [f"2024-01-27 12:00:0{n} ERROR Cannot connect to database: ECONNREFUSED 10.0.9.9:5432" for n in range(1, 7)]
FAILED = {"host": "app-1", "check": "health", "detail": ILL.to_record(), "runs": OLD, "log_tail": LOG}
LOST = {"host": "app-3", "check": "reach", "detail": Reason("unreachable_from_the_start").to_record()}
GRADED = Reason("graded", severity="P1", why=Reason("server_errors", observed=27.64, threshold=10))

PLACE = {"service": "backend", "environment": "production"}
CI = {**PLACE, "to_version": NEW, "commit": "0123456789abcdef", "commit_message": "Pay by card", "actor": "kim@ops-1"}
CI = {**CI, "ci_url": "https://github.com/team/backend/actions/runs/4711"}
DEPLOY = {
    **PLACE,
    "from_version": dict.fromkeys(HOSTS, OLD),
    "to_version": NEW,
    "commit": "0123456789abcdef",
    "compare": {"from": "fedcba9876543210", "to": "0123456789abcdef"},
    "hosts": HOSTS,
    "actor": "kim@ops-1",
}
BACK = {**DEPLOY, "from_version": NEW, "to_version": OLD, "commit": "", "duration_s": 12.3, "frozen": LIFT}
INCIDENT = {**PLACE, "severity": "P0", "incident": "INC-20240127-001", "to_version": NEW, "actor": "lee"}
PROGRESS = {"outcome": "activating", "done": 1, "total": 3, "batch": 2, "batches": 3}
BRING_BACK = command("to_bring_back", "rollback.yml -e service=backend -e release_version=" + OLD, hosts="app-3")
FINISH = command("to_finish_it", "rollback.yml -e service=backend -e release_version=" + OLD)
LOOK = command("", "playbooks/status.yml -e service=backend")
WAY_BACK = command("to_take_back_what_is_live", "rollback.yml -e service=backend")
WAY_ON = command(
    "to_go_on_with_the_next_batch",
    f"playbooks/deploy.yml -e service=backend -e release_version={NEW} -e release_artifact=build/backend.jar",
)


def of_an_incident() -> dict[str, dict[str, Any]]:
    """What the record of one has the team told, by event: opened, escalated, acknowledged, resolved, and not over."""
    found = {}
    site = Invocation(("-i", "inventory/production"), service="backend")

    def tell(incident: str, events: list[Any], by: str, minutes: float, **more: Any) -> list[Any]:
        told = tellings(again(incident, events), author(by, NOON + 60 * minutes), site.write, **more)
        found.update({each.event: {**PLACE, **each.facts} for each in told})
        return [*events, *(event for each in told for event in each.then)]

    incident, events = opened("P0", "결제가 되지 않습니다", by="lee@ops-2")
    events = tell(incident.id, events, "lee@ops-2", 0)
    _, events = done(events, "ack", "kim@ops-1", 180)
    events = tell(incident.id, events, "kim@ops-1", 3)
    events = tell(incident.id, events, "lee@ops-2", 31, escalates=True)
    _, events = done(events, "resolve", "kim@ops-1", 2460, why="20240127-100000으로 롤백, 10분간 정상")
    events = tell(incident.id, events, "kim@ops-1", 41)
    _, events = done(events, "reopen", "lee@ops-2", 3000, why="다시 느려짐", number="INC-20240127-001")
    tell(incident.id, events, "lee@ops-2", 50)
    return found


TIMES = {
    "occurred_at": "2024-01-27T11:52:00.000Z",
    "detected_at": "2024-01-27T11:53:00.000Z",
    "acted_at": "2024-01-27T11:55:00.000Z",
    "recovered_at": "2024-01-27T11:58:00.000Z",
}

#: What is told of each event, by its name; after a dot of a kind of it that is told in other words.
TOLD: Mapping[str, Mapping[str, Any]] = {
    "lint_test_failed": CI,
    "integration_failed": CI,
    "release_built": {**CI, "duration_s": 92},
    "release_build_failed": CI,
    "deploy_started": {**DEPLOY, "progress": PROGRESS},
    "deploy_started.of_several": {**DEPLOY, "from_version": {"app-1": "20240126-160000", "app-2": OLD, "app-3": OLD}},
    "deploy_succeeded": {**DEPLOY, "duration_s": 75},
    "deploy_failed": {
        **DEPLOY,
        "from_version": dict.fromkeys(HOSTS),
        "compare": {},
        "failures": [{**FAILED, "runs": None}],
        "nothing_before": True,
        "commands": [LOOK],
    },
    "deploy_failed.untouched": {**DEPLOY, "failures": [LOST], "untouched": True, "commands": [LOOK]},
    "deploy_stopped": {
        **DEPLOY,
        "reason": GRADED.to_record(),
        "commands": [WAY_BACK, WAY_ON],
        "decide_within_minutes": 15,
        "running": {"app-1": NEW, "app-2": OLD, "app-3": OLD},
    },
    "health_check_failed": {**DEPLOY, "failures": [FAILED]},
    "health_check_failed.already_back": {**DEPLOY, "failures": [FAILED], "already_back": True},
    "rollback_succeeded": {**BACK, "reason": Reason("failed_on", host="app-1", why=ILL).to_record()},
    "rollback_succeeded.alone": {**BACK, "hosts": ["app-1"], "alone": True, "reason": "5xx 50 %"},
    "rollback_failed": {**BACK, "failures": [LOST], "commands": [LOOK, BRING_BACK]},
    "rollback_interrupted": {
        **BACK,
        "frozen": "",
        "reason": Reason("ctrl_c").to_record(),
        "commands": [FINISH, LOOK],
    },
    "deploys_frozen": {**PLACE, "actor": "kim@ops-1", "reason": "분기 마감"},
    "deploys_resumed": {**PLACE, "actor": "kim@ops-1", "reason": "점검 끝"},
    "messages_handed_over": {**PLACE, "hosts": ["app-1"], "severity": "P1", "message": "🚨 P0 배포 실패 (12:00:00)"},
    **of_an_incident(),
    "incident_report": {
        **INCIDENT,
        **TIMES,
        "duration_s": 360,
        "impact": "실패한 요청 1,204건",
        "root_cause": "DB 비밀번호가 바뀌었는데 .env는 그대로였음",
        "prevention": "비밀번호를 바꾸기 전에 배포 점검",
    },
    "severity_changed": {
        **PLACE,
        "severity": "P1",
        "previous_severity": "OK",
        "hosts": [f"app-{n}" for n in range(1, 21)],
        "reason": GRADED.to_record(),
    },
    "plain": {**PLACE, "severity": "P2", "title": "디스크 80 %", "message": "오늘 안에 비워 주세요", "actor": "lee"},
}


def text_of(payload: Mapping[str, Any]) -> str:
    """A message as lines of text, in the order in which it is seen."""
    lines = [payload["content"]] if payload.get("content") else []
    for embed in payload["embeds"]:
        lines += [f"▌ {embed['title']}", *embed.get("description", "").splitlines()]
        for field in embed.get("fields", ()):
            first, *rest = field["value"].splitlines()
            lines += [f"  {field['name']}: {first}", *(f"    {line}" for line in rest)]
        lines += [f"  — {embed['footer']['text']}"] if "footer" in embed else []
    for row in payload.get("components", ()):
        lines += [f"  [{button['label']}] {button['url']}" for button in row["components"]]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("told", TOLD)
def test_a_message_as_the_team_reads_it(told: str, language: str) -> None:
    event, facts = told.partition(".")[0], {k: v for k, v in TOLD[told].items() if v != ""}
    pages = pages_of(event, facts, RUNBOOKS, REPOSITORY)
    payload, warnings = build_payload(compose(event, {**pages, **facts}, language=language, at=AT), mentions=MENTIONS)
    path = HERE / f"{told}.{language}.txt"
    shown = text_of(payload)
    if os.environ.get("REFIT_WRITE_MESSAGES"):
        HERE.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert warnings == []
    assert shown == path.read_text(encoding="utf-8")


def test_each_event_has_its_message() -> None:
    assert {told.partition(".")[0] for told in TOLD} == set(EVENTS)
