"""Times as records hold them, and as people read them: with the zone's name."""

from __future__ import annotations

import datetime

import pytest

from refit.core.timestamps import ago, epoch, iso, shown

SEOUL = datetime.timezone(datetime.timedelta(hours=9), "KST")
NOON = "2024-01-27T12:00:00.000Z"


def test_a_moment_is_shown_in_the_readers_zone_which_is_named():
    assert shown(NOON, SEOUL) == "2024-01-27 21:00:00 KST"
    assert shown(NOON) == "2024-01-27 12:00:00 UTC"


@pytest.mark.parametrize("text", ["", "an unknown time", "2024-01-27", None])
def test_what_is_no_moment_stays_what_it_is(text):
    assert shown(text) == str(text)


def test_a_record_keeps_the_moment_exactly():
    assert iso(epoch(NOON)) == NOON


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172800, "2 days")],
)
def test_how_long_ago_is_told_in_the_unit_that_says_enough(seconds, said):
    assert ago(seconds) == said
