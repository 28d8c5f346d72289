"""What one server takes over another one tells of: no single one keeps an alert from the team."""

from __future__ import annotations

import json

import pytest

from refit.notify.config import NotifyConfig
from refit.notify.discord_payload import build_payload
from refit.notify.events import compose
from refit.notify.handing_over import summary
from refit.notify.outbox import Entry

NOW = 1_706_335_320.0  # 2024-01-27T06:02:00Z
ON_CALL = "100000000000000001"
CONFIG = NotifyConfig(mentions={"devops-oncall": {"role": ON_CALL}}, environment="production")


def entry(event, *, at=NOW, **facts):
    message = compose(event, {"service": "backend", **facts}, at=at)
    payload, _warnings = build_payload(message, mentions=CONFIG.mentions)
    return Entry(message.channel, payload, message.severity)


def shown(found):
    return json.dumps(found.payload, ensure_ascii=False)


def test_it_names_every_message_and_who_has_to_send_them():
    found = summary([entry("deploy_started"), entry("health_check_failed", at=NOW + 60)], "app1", CONFIG, NOW + 90)
    for part in (
        "app1",
        f"<t:{NOW:.0f}:t>  🚀 배포 시작",
        f"<t:{NOW + 60:.0f}:t>  🚨 P0 헬스체크 실패",
        "backend",
        "production",
    ):
        assert part in shown(found)


def test_it_pings_as_the_gravest_of_them_does():
    grave = summary([entry("deploy_started"), entry("health_check_failed")], "app1", CONFIG, NOW)
    light = summary([entry("deploy_started"), entry("deploy_succeeded")], "app1", CONFIG, NOW)
    assert (grave.severity, grave.payload["allowed_mentions"]) == ("P0", {"parse": [], "roles": [ON_CALL]})
    assert (light.severity, light.payload["allowed_mentions"]) == ("info", {"parse": []})


def test_edits_are_no_news():
    edit = Entry("alerts", {"embeds": [{}]}, edits="first")
    assert summary([edit], "app1", CONFIG, NOW) is None
    assert "배포 시작" in shown(summary([edit, entry("deploy_started")], "app1", CONFIG, NOW))


@pytest.mark.parametrize("payload", [{}, {"embeds": []}, {"embeds": [1]}, {"embeds": [{"title": 1, "footer": []}]}])
def test_a_message_of_another_shape_is_listed_as_well(payload):
    assert f"<t:{NOW:.0f}:t>" in shown(summary([Entry("alerts", payload, "strange")], "app1", CONFIG, NOW))
