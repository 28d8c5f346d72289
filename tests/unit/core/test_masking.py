"""No text keeps a secret that is known, or what gives access; what else it says stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.masking import SHORTEST, TEXTS, Masker, without_token


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://kim:pw@example.com/a?sig=1&x=2#top.", "see https://***@example.com/a?***."),
        ("(postgres://app:p@ss@db/main) is down", "(postgres://***@db/main) is down"),
        ("GET http://a/b?token=x), then", "GET http://a/b?***), then"),
        ("https://example.com/a/b is not there", "https://example.com/a/b is not there"),
        ("Authorization: Basic a2ltOnB3\nnext line", "Authorization: ***\nnext line"),
        ('{"authorization": "Token abc", "b": 1}', '{"authorization": "***", "b": 1}'),
        ("sent Bearer abc.def-123 to", "sent Bearer *** to"),
        ("https://discord.com/api/webhooks/123/t0k-en", "https://discord.com/api/webhooks/123/***"),
        ("at /api/v10/webhooks/123/t0k-en?wait=1", "at /api/v10/webhooks/123/***?wait=1"),
    ],
)
def test_what_gives_access_is_hidden_wherever_it_stands(text, shown):
    assert Masker().hide(text) == shown


@pytest.mark.parametrize("cut", ["hunter", "hunter2", "hunter2-and", "hunter2-and…"])
def test_half_a_secret_at_which_a_text_was_cut_is_hidden(cut):
    assert Masker(["hunter2-and-more"]).hide(f"cannot log in with {cut}") == "cannot log in with ***"


@given(st.text(), st.lists(st.text(min_size=SHORTEST).filter(lambda text: "*" not in text), max_size=3), st.text())
def test_no_text_keeps_a_secret(before, secrets, after):
    shown = Masker(secrets).hide(before + "".join(secrets) + after)
    assert not [line for secret in secrets for line in secret.splitlines() if len(line) >= SHORTEST and line in shown]


@pytest.mark.parametrize(
    "piece", ["a.", "://", "a://", "a://@", "a://?", "authorization:", "authorization ", "bearer ", "/webhooks/1"]
)
def test_a_line_without_end_is_read_in_the_time_of_its_length(piece):
    text = piece * (1_000_000 // len(piece))
    assert Masker(["secret"]).hide(text + "\nsecret").endswith("***")


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_texts_of_a_record_are_masked_however_deep_and_names_are_not(key):
    masker = Masker(["production"])
    record = {"host": "production-1", "hosts": [{key: ["in production", {"kind": "production"}]}], "n": 1}
    assert masker.hide_in(record) == {"host": "production-1", "hosts": [{key: ["in ***", {"kind": "***"}]}], "n": 1}


def test_a_token_is_no_part_of_what_a_webhook_is_called():
    assert without_token("webhook 123 at /webhooks/123/abc") == "webhook 123 at /webhooks/123/***"
