"""What says in Discord that work goes on is known, so that it can be ended, to whoever comes after a run that died."""

from __future__ import annotations

from pathlib import Path

import pytest

from refit.notify.discord_webhook import Webhook
from refit.notify.open_messages import OpenMessage, OpenMessages, address_of, is_ongoing

HOOK = Webhook.parse("https://discord.com/api/webhooks/123/s3cret-T0ken")
FACTS = {"service": "backend", "progress": {"outcome": "activating", "done": 0, "total": 3}}
MESSAGE = OpenMessage("deploy-vm:1:2:3", "deploy_started", FACTS, "alerts", "vm:1:2:3", address_of(HOOK))


def test_a_message_is_known_until_it_is_closed(tmp_path: Path) -> None:
    messages = OpenMessages(str(tmp_path))
    assert messages.all() == []
    messages.note(MESSAGE)
    messages.note(MESSAGE)
    assert OpenMessages(str(tmp_path)).all() == [MESSAGE]
    messages.close(MESSAGE.key)
    messages.close(MESSAGE.key)
    assert messages.all() == []


def test_nothing_of_a_webhook_is_kept(tmp_path: Path) -> None:
    OpenMessages(str(tmp_path)).note(MESSAGE)
    (file,) = (tmp_path / "open").iterdir()
    assert "s3cret" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": 1}', "\\xff"])
def test_what_cannot_be_read_is_no_message(tmp_path: Path, text: str) -> None:
    messages = OpenMessages(str(tmp_path))
    messages.note(MESSAGE)
    (tmp_path / "open" / "other.json").write_text(text)
    assert messages.all() == [MESSAGE]


@pytest.mark.parametrize(("outcome", "goes_on"), [("staging", True), ("succeeded", False), ("interrupted", False)])
def test_only_work_that_goes_on_leaves_a_message_open(outcome: str, goes_on: bool) -> None:
    assert is_ongoing({"progress": {"outcome": outcome}}) is goes_on
    assert not is_ongoing({"progress": "half"})


def test_an_interrupted_run_keeps_how_far_it_was_and_says_why() -> None:
    assert MESSAGE.interrupted("Ctrl-C")["progress"] == {"outcome": "interrupted", "done": 0, "total": 3}
    assert MESSAGE.interrupted("Ctrl-C", 1)["progress"]["done"] == 1
    assert (MESSAGE.interrupted("Ctrl-C")["reason"], "reason" in MESSAGE.interrupted("")) == ("Ctrl-C", False)
