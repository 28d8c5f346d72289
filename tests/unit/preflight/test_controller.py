"""What the controller itself needs: its outbox, Discord, keys and vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from refit.core.http import FetchFailed, Response
from refit.notify.config import NotifyConfig
from refit.notify.discord_check import ping_standing
from refit.notify.outbox import Entry, Outbox
from refit.preflight import controller
from refit.preflight.judge import BAD, GOOD, NONE, Cell
from refit.state.signatures import Keyring
from refit.state.signed import staged_facts
from refit.words.reason import Reason
from support.invocations import PLAYBOOK, SERVICE, STAGING
from support.surveys import release, survey

URL = "https://discord.com/api/webhooks/100000000000000001/token"
GUILD, ROLE = "100000000000000009", "100000000000000002"
ON_CALL = {"devops-oncall": {"role": ROLE}}


def why(cell: Cell) -> list[str]:
    return [str(fault.why) for fault in cell.faults]


def commands(cell: Cell) -> list[str]:
    return [STAGING.write(step) for fault in cell.faults for step in fault.steps]


def discord(mentions: Any = ON_CALL, answer: Any = None, webhooks: Any = None) -> tuple[Cell, list[str]]:
    """What the check comes to, and the commands of what it leaves to try."""
    config = NotifyConfig.from_mapping(
        {"webhooks": {"alerts": URL, "incidents": URL} if webhooks is None else webhooks, "mentions": mentions}
    )
    good = Response(
        200, {}, b'{"id": "100000000000000001", "name": "Ops", "channel_id": "1", "guild_id": "%s"}' % GUILD.encode()
    )

    def transport(method: str, *_: Any) -> Response:
        assert method == "GET"
        if isinstance(answer, Exception):
            raise answer
        return answer or good

    answers = controller.ask_discord(config, lambda: transport)
    to_try = controller.unproven_pings(config, answers, "a ping")
    return controller.discord_cell(config, answers, "en"), [STAGING.write(step) for step in to_try]


def test_webhooks_that_discord_knows_are_good_and_a_role_is_left_to_try() -> None:
    cell, to_try = discord()
    assert cell == Cell(GOOD)
    assert to_try == [
        f"{PLAYBOOK} playbooks/notify.yml {SERVICE} -e notify_event=plain -e \"notify_title='a ping'\""
        " -e notify_mention=devops-oncall"
    ]


def test_without_a_webhook_there_is_nothing_to_check() -> None:
    assert discord(webhooks={}) == (Cell(NONE), [])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(404, {}, b'{"message": "Unknown Webhook", "code": 10015}'), "404 there is no such webhook"),
        (Response(401, {}, b'{"message": "Invalid Webhook Token", "code": 50027}'), "401 the token is wrong"),
        (FetchFailed("refused", Reason("connection_refused")), "whether the webhook is good is not known"),
    ],
)
def test_a_webhook_that_takes_no_message_is_red_for_each_channel(answer: Any, said: str) -> None:
    cell, _ = discord(answer=answer)
    alerts, incidents, *_ = why(cell)
    assert cell.state == BAD
    assert alerts.startswith(f"alerts: {said}")
    assert incidents.startswith(f"incidents: {said}")
    assert "token" not in " ".join(why(cell)).replace("the token is wrong", "")
    assert commands(cell)[0].startswith(f"{PLAYBOOK} playbooks/notify.yml --check --diff")


def test_a_p0_that_pings_nobody_is_red() -> None:
    assert why(discord(mentions={})[0]) == ["@devops-oncall has no role id: P0 pings nobody (refit_discord_mentions)"]


def test_the_servers_own_id_is_no_role() -> None:
    cell, to_try = discord(mentions={"devops-oncall": {"role": GUILD}})
    assert why(cell) == [f"@devops-oncall: {GUILD} is the id of the Discord server, and not of a role"]
    assert to_try == []


def test_what_is_known_of_a_ping_without_trying_it() -> None:
    assert ping_standing(None, GUILD) == ping_standing({}, GUILD) == "unset"
    assert ping_standing({"user": ROLE}, GUILD) == "user"
    assert ping_standing({"role": GUILD}, GUILD) == "everyone"
    assert ping_standing({"role": ROLE}, GUILD) == ping_standing({"role": ROLE}, None) == "unproven"


# -- messages, keys and vault ------------------------------------------------------------------------------


def test_a_message_that_waits_here_is_red_and_nothing_is_made_by_looking(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    assert controller.outbox_cell(str(spool), 0.0).state == GOOD
    assert not spool.exists()
    Outbox(str(spool)).put(Entry("alerts", {"content": "1"}))
    cell = controller.outbox_cell(str(spool), 0.0)
    assert cell.state == BAD
    assert why(cell)[0].startswith("one message waits for Discord")


def signed(ring: Keyring, host: str = "a") -> dict[str, Any]:
    told = {**release("1", 10), "sha256": "a" * 64}
    word = ring.sign("staged", staged_facts("1", "a" * 64, None))
    return {host: survey("1", {**told, "signed": word.to_record() if hasattr(word, "to_record") else word})}


RING, OTHER = (Keyring((letter * 32,), "backend", "staging", "run-1", "2024-01-27T12:00:00.000Z") for letter in "ko")


def test_ledgers_signed_by_our_key_are_good_and_without_a_key_there_is_nothing_to_check() -> None:
    assert controller.keys_cell(signed(RING), None, {}).state == NONE
    assert controller.keys_cell(signed(RING), RING, {}).state == GOOD


def test_ledgers_signed_by_a_key_that_is_not_named_here_are_red() -> None:
    assert why(controller.keys_cell(signed(OTHER), RING, {})) == [
        "ledgers hold entries signed by a key that refit_ledger_keys does not name: a"
    ]


def test_a_signature_that_does_not_match_is_red() -> None:
    found = signed(RING)
    found["a"]["releases"][0]["sha256"] = "b" * 64
    found["a"]["releases"][0]["signed"]["facts"]["sha256"] = "b" * 64
    assert why(controller.keys_cell(found, RING, {})) == ["ledgers hold signatures that do not match: a"]


def test_what_cannot_be_decrypted_is_red_with_the_same_command_and_the_vaults_password() -> None:
    cell = controller.keys_cell({}, None, {"refit_discord_webhooks": "no vault secrets found"})
    assert why(cell) == ["refit_discord_webhooks cannot be read: no vault secrets found"]
    assert commands(cell) == [f"{PLAYBOOK} --ask-vault-pass {SERVICE}"]
