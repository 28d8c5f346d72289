"""A word that is not known is answered with the one that was meant, or with all there are."""

from __future__ import annotations

from refit.core.spelling import did_you_mean, nearest
from refit.words.sentence import said


def test_a_word_that_looks_like_a_known_one_was_meant_as_that():
    assert said(did_you_mean("webhook", {"webhooks": 1, "mentions": 2}), "en") == "did you mean 'webhooks'?"


def test_a_word_that_looks_like_none_is_answered_with_all():
    assert said(did_you_mean(7, ["webhooks", "mentions"]), "en") == "known are: webhooks, mentions"


def test_capitals_do_not_hide_what_was_meant():
    assert nearest("STATUS", ["status", "Health"]) == "status"
    assert nearest("helth", ["status", "Health"]) == "Health"
    assert nearest("x", ["status"]) is None
