"""A notification reaches the team or waits for it; it never fails a run and never holds it up for long."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from pathlib import Path

import pytest

from refit.core.errors import InvalidInput, RefitError
from refit.notify import outbox
from refit.notify.config import NotifyConfig
from refit.notify.discord_payload import POSSIBLE_DUPLICATE
from refit.notify.notifier import Notifier, in_words, is_trouble
from refit.notify.outbox import Entry, Outbox
from refit.words.sentence import said
from support.discord import DiscordStandIn, Limit

ROOMY = Limit(1000, 1.0)
PATIENCE_S = 0.4


@pytest.fixture
def discord():
    with DiscordStandIn(roles={"devops-oncall": "111"}, limit=ROOMY, global_limit=ROOMY) as running:
        yield running


@pytest.fixture
def config(discord):
    return NotifyConfig.from_mapping(
        {
            "webhooks": {channel: discord.webhook(channel) for channel in ("alerts", "incidents")},
            "mentions": {"devops-oncall": {"role": "111"}},
            "environment": "production",
        }
    )


@pytest.fixture
def spool(tmp_path):
    return str(tmp_path / "spool")


@pytest.fixture
def notifier(config, spool):
    """A new one for each call, as each step of a playbook is a process of its own."""

    def make(run="deploy-1", **more):
        return Notifier(config, Outbox(spool), run=run, **{"patience_s": PATIENCE_S, **more})

    return make


def titles(discord, channel="alerts"):
    return [message["embeds"][0]["title"] for message in discord.messages(channel)]


def footers(discord, channel="alerts"):
    return [message["embeds"][0].get("footer", {}).get("text") for message in discord.messages(channel)]


# --- Discord is up -------------------------------------------------------------------------------------------------


def test_an_event_is_sent_to_its_channel_and_pings_the_on_call(notifier, discord):
    result = notifier().send("deploy_failed", {"service": "backend"}, key="k")
    [message] = discord.messages("alerts")
    assert (result["status"], result["message_id"], result["channel"], result["key"]) == (
        "sent", message["id"], "alerts", "k",
    )  # fmt: skip
    assert message["pings"]["roles"] == ["111"]
    assert message["embeds"][0]["footer"]["text"] == "production · backend"
    assert (result["pending"], result["warnings"], result["complaint"]) == (0, [], None)


def test_the_same_key_is_not_sent_again(notifier, discord):
    first = notifier().send("deploy_started", {}, key="k")
    again = notifier(run="deploy-2").send("deploy_started", {}, key="k")
    assert (again["status"], again["message_id"]) == ("skipped", first["message_id"])
    assert "already" in said(again["note"], "en")
    assert len(discord.messages()) == 1


def test_an_update_changes_the_message_with_that_key_and_pings_nobody(notifier, discord):
    notifier().send("deploy_started", {"progress": {"done": 0, "total": 8}}, key="k")
    result = notifier().update("k", "deploy_started", {"progress": {"done": 3, "total": 8, "outcome": "failed"}})
    [message] = discord.messages("alerts")
    assert (result["status"], result["message_id"]) == ("edited", message["id"])
    assert "3/8대" in json.dumps(message["embeds"], ensure_ascii=False)
    assert message["pings"]["roles"] == []


def test_a_success_can_take_the_place_of_the_first_message(notifier, discord):
    notifier().send("deploy_started", {}, key="k")
    result = notifier().replace("k", "deploy_succeeded", {"service": "backend"})
    assert result["status"] == "edited"
    assert titles(discord) == ["✅ 배포 완료"]


def test_what_cannot_take_the_place_of_a_message_is_sent(notifier, discord):
    """The first one was never sent, or was removed meanwhile; or Discord is down, and both come later."""
    assert notifier().replace("another", "deploy_succeeded", {})["status"] == "sent"
    first = notifier().send("deploy_started", {}, key="k")
    url = "{}/messages/{}".format(discord.webhook("alerts"), first["message_id"])
    removal = urllib.request.Request(url, method="DELETE", headers={"User-Agent": "a person"})
    urllib.request.urlopen(removal, timeout=5).close()
    assert notifier().replace("k", "deploy_succeeded", {})["status"] == "sent"
    assert titles(discord) == ["✅ 배포 완료"] * 2
    notifier().send("deploy_started", {}, key="l")
    discord.fail("503", times=None)
    assert notifier(run="deploy-2").replace("l", "deploy_succeeded", {})["status"] == "queued"
    discord.recover()
    notifier(run=None).flush()
    assert titles(discord) == ["✅ 배포 완료"] * 4


def test_an_update_by_message_id_needs_no_outbox(config, discord):
    notifier = Notifier(config)
    sent = notifier.send("deploy_started", {})
    assert notifier.update(None, "deploy_succeeded", {}, message_id=sent["message_id"])["status"] == "edited"
    assert titles(discord) == ["✅ 배포 완료"]


def test_a_channel_can_be_chosen(notifier, discord):
    assert notifier().send("plain", {"title": "x"}, channel="incidents")["channel"] == "incidents"
    assert len(discord.messages("incidents")) == 1
    with pytest.raises(InvalidInput, match="known are: alerts, incidents"):
        notifier().send("plain", {}, channel="alert")


def test_a_preview_sends_nothing(notifier, discord):
    shown = notifier().preview("deploy_failed", {})
    assert shown["payload"]["content"].startswith("<@&111> ")
    assert discord.requests == []


def test_a_name_without_an_id_is_warned_about(notifier):
    assert "@cto has no role or user id" in said(notifier().send("plain", {"mention": "cto"})["warnings"][0], "en")


@pytest.mark.parametrize("outbox", [True, False])
def test_a_role_that_was_not_pinged_is_trouble_and_named(notifier, config, discord, outbox):
    discord.guild.unmentionable.add("devops-oncall")
    result = (notifier() if outbox else Notifier(config)).send("deploy_failed", {})
    assert (result["status"], result["unpinged"], is_trouble(result)) == ("sent", ["devops-oncall"], True)
    assert "전송됨" in in_words(result, "ko")
    assert "@devops-oncall 호출 안 됨" in in_words(result, "ko")
    assert "@devops-oncall was not pinged" in in_words(result, "en")
    quiet = notifier().send("deploy_started", {}, key="k")
    edit = notifier().update("k", "deploy_failed", {})
    assert (quiet["unpinged"], edit["unpinged"]) == ([], [])


def test_a_role_of_a_message_that_waited_is_named_when_it_goes_out(notifier, discord):
    discord.stop()
    queued = notifier().send("deploy_failed", {})
    assert (queued["status"], queued["unpinged"]) == ("queued", [])
    discord.guild.unmentionable.add("devops-oncall")
    discord.start()
    assert notifier().flush(deadline_s=5)["unpinged"] == ["devops-oncall"]


def test_without_a_webhook_it_is_skipped_and_said(discord, spool):
    config = NotifyConfig.from_mapping({"webhooks": {"alerts": discord.webhook("alerts"), "incidents": ""}})
    result = Notifier(config, Outbox(spool)).send("incident_opened", {})
    assert result["status"] == "skipped"
    assert "webhooks.incidents" in said(result["note"], "en")
    assert not os.path.exists(spool)


# --- Discord is down -----------------------------------------------------------------------------------------------


def test_an_empty_answer_costs_one_marked_copy_however_often_the_timer_comes(notifier, discord):
    discord.fail("saved-then-empty", times=None)
    result = notifier(patience_s=5.0).send("deploy_failed", {"service": "backend"})
    for _minute in range(5):
        notifier(run=None).flush()
    assert (result["status"], result["complaint"]) == ("queued", "HTTP 200 without an answer of Discord's API")
    assert footers(discord)[1].endswith(POSSIBLE_DUPLICATE)
    assert [message["pings"]["roles"] for message in discord.messages()] == [["111"], ["111"]]


@pytest.mark.parametrize("trouble", ["503", "hang", "cut", "proxy-403", "global-429"])
def test_a_whole_run_loses_a_stated_time_at_most_and_the_next_run_delivers_all_in_order(notifier, discord, trouble):
    discord.fail(trouble, times=None, seconds=3600)
    started = time.monotonic()
    for n in range(12):
        result = notifier().send("plain", {"title": str(n), "severity": "P2"})
        assert (result["status"], result["pending"]) == ("queued", n + 1)
        assert result["complaint"]
    # Writing twelve messages to the disk takes a moment too.
    assert time.monotonic() - started < PATIENCE_S + 2.0
    discord.recover()
    if trouble == "global-429":
        return  # a client that came back within the hour would be a bad client
    result = notifier(run="deploy-2").send("plain", {"title": "12", "severity": "P2"})
    assert (result["status"], result["delivered_earlier"], result["pending"]) == ("sent", 12, 0)
    assert titles(discord) == [f"🟢 P2 {n}" for n in range(13)]


def test_a_run_that_met_an_outage_still_tries_for_its_next_message_but_not_for_an_update(notifier, discord):
    discord.fail("503", times=None)
    notifier().send("deploy_started", {}, key="k")
    tries = len(discord.requests)
    notifier().update("k", "deploy_started", {"progress": {"done": 1, "total": 2}})
    assert len(discord.requests) == tries
    discord.recover()
    assert notifier().send("deploy_failed", {})["status"] == "sent"


def test_discord_that_is_not_there_at_all_loses_nothing(notifier, discord):
    discord.stop()
    assert notifier().send("deploy_failed", {})["status"] == "queued"
    discord.start()
    assert notifier(run=None).flush(deadline_s=5)["delivered"] == 1
    assert footers(discord) == ["production"]  # it cannot have arrived before, so nothing is said of duplicates


def test_a_message_whose_answer_was_lost_comes_as_a_possible_duplicate(notifier, discord):
    discord.fail("saved-then-cut")
    assert notifier(patience_s=0.2).send("plain", {"title": "x"})["status"] == "queued"
    notifier(run=None).flush(deadline_s=5)
    assert footers(discord) == ["production", "production · " + POSSIBLE_DUPLICATE]


def test_an_update_of_a_message_that_waits_follows_it(notifier, discord):
    discord.fail("503", times=None)
    notifier().send("deploy_started", {}, key="k")
    for done in range(3):
        assert notifier().update("k", "deploy_started", {"progress": {"done": done, "total": 2}})["status"] == "queued"
    discord.recover()
    assert notifier(run=None).flush(deadline_s=5)["delivered"] == 2
    [message] = discord.messages()
    assert message["embeds"][0]["fields"][-1]["value"] == "⏳ 진행 중 · 2/2대"
    assert len(message["revisions"]) == 1


def test_an_update_of_a_message_that_was_never_sent_is_skipped(notifier):
    result = notifier().update("unknown", "deploy_started", {})
    assert (result["status"], result["pending"]) == ("skipped", 0)
    with pytest.raises(InvalidInput):
        notifier().update(None, "deploy_started", {})


def test_lost_messages_are_told_with_the_next_one(config, spool, discord):
    for n in range(4):
        Outbox(spool, max_messages=2).put(Entry("alerts", {"content": str(n)}))
    result = Notifier(config, Outbox(spool)).send("plain", {"title": "x"})
    assert result["delivered_earlier"] == 2
    [first, *_rest] = discord.messages()
    assert first["content"].startswith("2\n⚠️ 보관 한도를 넘어 보내지 못한 알림 2건")


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_a_dead_webhook_is_asked_once_in_a_run_and_its_messages_wait_for_a_better_one(notifier, discord, kind, spool):
    discord.fail(kind, times=None, channel="alerts")
    results = [notifier().send("plain", {"title": str(n)}) for n in range(3)]
    assert [result["status"] for result in results] == ["refused"] * 3
    assert all(result["complaint"].startswith(f"HTTP {kind}") for result in results)
    assert len(discord.requests) == 1
    assert notifier().send("incident_opened", {})["status"] == "sent"
    better = NotifyConfig.from_mapping({"webhooks": {"alerts": discord.webhook("new")}})
    assert Notifier(better, Outbox(spool)).flush(deadline_s=5)["delivered"] == 3


def test_a_channel_that_lost_its_webhook_keeps_its_messages(notifier, discord, spool):
    discord.fail("503", times=None)
    notifier().send("incident_opened", {})
    discord.recover()
    alerts_only = NotifyConfig.from_mapping({"webhooks": {"alerts": discord.webhook("alerts")}})
    result = Notifier(alerts_only, Outbox(spool)).send("plain", {})
    assert (result["status"], result["pending"]) == ("sent", 1)


def test_who_corrects_the_thread_in_a_url_need_not_wait(spool, discord):
    forum = discord.forum("alerts", tag_required=True)

    def told(url):
        config = NotifyConfig.from_mapping({"webhooks": {"alerts": url}})
        return Notifier(config, Outbox(spool), run=None, patience_s=1).send("plain", {})["status"]

    assert told(forum) == "refused"
    assert told(f"{forum}?thread_id={discord.thread('alerts', 'deploys')}") == "sent"
    assert [message["channel"] for message in discord.messages()] == ["alerts/deploys"] * 2


def test_rate_limits_are_honoured_from_process_to_process(spool):
    with DiscordStandIn(limit=Limit(2, 0.3)) as discord:
        tight = NotifyConfig.from_mapping({"webhooks": {"alerts": discord.webhook("alerts")}})
        for n in range(7):
            notifier = Notifier(tight, Outbox(spool), run="r", patience_s=2)
            assert notifier.send("plain", {"title": str(n)})["status"] == "sent"
        assert len(titles(discord)) == 7
        assert discord.premature_requests == []
        assert {request["status"] for request in discord.requests} == {200}


# --- The outbox is in trouble --------------------------------------------------------------------------------------


def test_an_alert_goes_out_when_the_outbox_cannot_be_used(config, tmp_path, discord):
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = Notifier(config, Outbox(str(tmp_path / "file" / "spool"))).send("deploy_failed", {})
    assert result["status"] == "sent"
    assert "the outbox cannot be used" in said(result["warnings"][0], "en")
    assert len(discord.messages()) == 1


def test_an_alert_that_can_neither_be_sent_nor_kept_is_called_lost(config, tmp_path, discord):
    (tmp_path / "file").write_text("", encoding="utf-8")
    discord.stop()
    result = Notifier(config, Outbox(str(tmp_path / "file" / "spool")), patience_s=0.3).send("deploy_failed", {})
    assert (result["status"], result["lost"], is_trouble(result)) == ("failed", True, True)
    assert "LOST" in in_words(result, "en")
    assert "보관함을 쓸 수 없습니다" in in_words(result, "ko")


@pytest.mark.parametrize(
    ("event", "facts", "unheard"),
    [
        ("deploy_failed", {}, True),
        ("incident_opened", {"severity": "P0"}, True),
        ("incident_opened", {"severity": "P1"}, False),
        ("deploy_started", {}, False),
    ],
)
def test_a_p0_without_a_webhook_is_trouble_and_no_other_event_is(spool, event, facts, unheard):
    result = Notifier(NotifyConfig(), Outbox(spool)).send(event, facts)
    assert (result["status"], result["unheard"], is_trouble(result)) == ("skipped", unheard, unheard)


def test_a_message_of_a_deploy_that_shows_its_failure_is_not_told_as_unheard_once_more(spool):
    facts = {"progress": {"outcome": "failed"}}
    assert not is_trouble(Notifier(NotifyConfig(), Outbox(spool)).update("k", "deploy_started", facts))


def test_an_alert_goes_out_once_when_the_disk_fills_up_on_the_way(notifier, discord, monkeypatch):
    writes = []

    def full(path, *_args, **_kwargs):
        writes.append(path)
        if len(writes) > allowed:
            raise RefitError("cannot write a file: No space left on device", where=path)
        return real(path, *_args, **_kwargs)

    real = outbox.write_file
    monkeypatch.setattr(outbox, "write_file", full)
    for allowed in range(6):
        writes.clear()
        result = notifier(run=None).send("plain", {"title": f"t{allowed}"}, key=f"k{allowed}")
        assert result["status"] == "sent"
    monkeypatch.undo()
    notifier(run=None).flush(deadline_s=5)
    assert titles(discord) == [f"ℹ️ t{n}" for n in range(6)]


def test_without_an_outbox_what_cannot_be_delivered_is_called_failed(config, discord):
    discord.fail("503", times=None)
    result = Notifier(config, patience_s=0.3).send("deploy_failed", {})
    assert (result["status"], result["pending"]) == ("failed", 0)


# --- Secrets and settings ------------------------------------------------------------------------------------------


def test_the_token_is_in_no_file_and_no_result(notifier, config, discord, spool):
    token = config.webhooks["alerts"].token
    texts = [repr(config)]
    for trouble in ("400", "503", "cut", "hang", "404"):
        discord.fail(trouble, seconds=0.2)
        texts.append(repr(notifier(run=None, patience_s=0.3).send("deploy_failed", {})))
    texts += [path.read_text(encoding="utf-8") for path in Path(spool).rglob("*") if path.is_file()]
    assert len(texts) > 7
    assert not any(token in text for text in texts)


def test_settings_are_read_from_a_file(tmp_path, discord):
    path = tmp_path / "discord.json"
    assert NotifyConfig.load(str(path)).webhooks == {}
    path.write_text(json.dumps({"webhooks": {"alerts": discord.webhook("alerts")}, "language": "en"}), encoding="utf-8")
    config = NotifyConfig.load(str(path))
    assert (list(config.webhooks), config.language) == (["alerts"], "en")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match=str(path)):
        NotifyConfig.load(str(path))


@pytest.mark.parametrize(
    ("mapping", "names"),
    [
        ([], "discord must be a mapping"),
        ({"webhook": {}}, "did you mean 'webhooks'?"),
        ({"webhooks": {"alert": "x"}}, "discord.webhooks.alert is not a channel"),
        ({"webhooks": {"alerts": "https://discord.com/s3cret"}}, "discord.webhooks.alerts does not have the form"),
        ({"mentions": {"cto": {"role": "@cto"}}}, "discord.mentions.cto must be"),
        ({"mentions": {"cto": {"role": "1", "user": "2"}}}, "discord.mentions.cto has a role and a user"),
        ({"language": "fr"}, "known are: ko, en"),
        ({"username": "Discord Bot"}, "discord.username is no name"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_quoted(mapping, names):
    with pytest.raises(InvalidInput) as raised:
        NotifyConfig.from_mapping(mapping)
    assert names in str(raised.value)
    assert "s3cret" not in str(raised.value)
