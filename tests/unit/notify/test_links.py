"""A reader is led to where the next answer stands, and nowhere where that is not known."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from refit.notify.config import NotifyConfig
from refit.notify.events import EVENTS
from refit.notify.links import LONGEST_TARGET, SECTIONS, is_base, pages_of, target
from refit.notify.notifier import Notifier

BASE = "https://git.example.com/team/ops/blob/main/docs/runbooks"
REPOSITORY = "https://git.example.com/team/backend"
OLD, NEW = "0123456789abcdef0123456789abcdef01234567", "fedcba9876543210fedcba9876543210fedcba98"


def test_whoever_has_to_do_something_is_led_to_what_to_do():
    urgent = {name for name, kind in EVENTS.items() if kind.severity in ("P0", "P1")}
    assert urgent <= set(SECTIONS)
    assert set(SECTIONS) <= set(EVENTS)


def test_the_longest_base_leaves_room_for_every_section():
    base = "https://git.example.com/".ljust(200, "x")
    assert is_base(base)
    for event in SECTIONS:
        url = target(pages_of(event, {}, base, "")["runbook_url"])
        assert 0 < len(url) <= LONGEST_TARGET
        assert unquote(url) == f"{base}/{SECTIONS[event]}"


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"compare": {"from": OLD, "to": NEW}}, {"compare_url": f"{REPOSITORY}/compare/{OLD}...{NEW}"}),
        ({"compare": {"from": OLD, "to": ""}, "commit": NEW}, {"compare_url": f"{REPOSITORY}/compare/{OLD}...{NEW}"}),
        ({"compare": {"from": "", "to": NEW}}, {"commit_url": f"{REPOSITORY}/commit/{NEW}"}),
        ({"compare": {"from": NEW, "to": NEW}}, {"commit_url": f"{REPOSITORY}/commit/{NEW}"}),
        ({"commit": NEW[:12]}, {"commit_url": f"{REPOSITORY}/commit/{NEW[:12]}"}),
        ({"compare": {"from": OLD}}, {}),
        ({"compare": {"from": "../..", "to": "x?y"}, "commit": "v1.0"}, {}),
        ({"compare": [OLD, NEW]}, {}),
        ({}, {}),
    ],
)
def test_what_lies_between_two_commits_is_shown_where_both_are_known(facts, found):
    assert pages_of("deploy_succeeded", facts, "", REPOSITORY + "/") == found
    assert pages_of("deploy_succeeded", facts, "", "") == {}


@pytest.mark.parametrize(
    "base",
    ["http://git.example.com", "https://wiki/ops", "https://u:p@git.example.com", "https://git.example.com/?a=1",
     "https://git.example.com/#x", "git.example.com", "https://git.example.com/".ljust(201, "x")],
)  # fmt: skip
def test_a_base_that_leads_nowhere_costs_a_button_and_no_message(base):
    config = NotifyConfig.from_mapping({"runbook_url": base, "repository_url": REPOSITORY})
    assert (config.runbook_url, config.repository_url) == ("", REPOSITORY)
    preview = Notifier(config).preview("deploy_failed", {"compare": {"from": OLD, "to": NEW}})
    [row] = preview["payload"]["components"]
    assert [each["label"] for each in row["components"]] == ["변경 내용"]
    assert "discord.runbook_url is no URL" in str(preview["warnings"][0])


def test_a_message_has_its_buttons_in_the_order_of_the_readers_questions():
    config = NotifyConfig.from_mapping({"runbook_url": BASE, "repository_url": REPOSITORY, "language": "en"})
    facts = {"ci_url": "https://ci.example.com/1", "compare": {"from": OLD, "to": NEW}}
    [row] = Notifier(config).preview("rollback_failed", facts)["payload"]["components"]
    assert [each["label"] for each in row["components"]] == ["Runbook", "CI run", "Changes"]
    assert unquote(row["components"][0]["url"]) == f"{BASE}/{SECTIONS['rollback_failed']}"
