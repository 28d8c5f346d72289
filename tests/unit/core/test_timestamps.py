"""Times as records hold them, and as people read them: how long ago, and by the clock of a zone that has a name."""

from __future__ import annotations

import datetime
import subprocess
import sys
import zoneinfo
from pathlib import Path

import pytest

from refit.core.timestamps import ago, clock, epoch, iso, shown, until

PACKAGE = Path(__file__).resolve().parents[3] / "module_utils"
SEOUL = datetime.timezone(datetime.timedelta(hours=9), "KST")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NOON = "2024-01-27T12:00:00.000Z"
NOON_S = 1706356800.0


def seen(at, seconds_later, zone=SEOUL, language="en", told=shown):
    return told(at, zone, NOON_S + seconds_later, language)


@pytest.mark.parametrize(
    ("later", "english", "korean"),
    [
        (0, "just now (21:00 KST)", "방금 (21:00 KST)"),
        (50, "50 s ago (21:00 KST)", "50초 전 (21:00 KST)"),
        (180, "3 min ago (21:00 KST)", "3분 전 (21:00 KST)"),
        (4 * 3600, "4 h ago (01-27 21:00 KST)", "4시간 전 (01-27 21:00 KST)"),
        (3 * 86400, "3 days ago (01-27 21:00 KST)", "3일 전 (01-27 21:00 KST)"),
        (400 * 86400, "400 days ago (2024-01-27 21:00 KST)", "400일 전 (2024-01-27 21:00 KST)"),
        # A clock that is ahead of the reader's wrote it.
        (-0.4, "just now (21:00 KST)", "방금 (21:00 KST)"),
        (-130, "in 2 min (21:00 KST)", "2분 뒤 (21:00 KST)"),
    ],
)
def test_a_moment_is_told_by_how_long_ago_it_is_and_by_the_readers_clock(later, english, korean):
    assert (seen(NOON, later), seen(NOON, later, language="ko")) == (english, korean)


@pytest.mark.parametrize(
    ("later", "english", "korean"),
    [
        (-360, "until 21:00 KST, 6 min left", "21:00 KST까지, 6분 남음"),
        (0, "until 21:00 KST, 0 s over", "21:00 KST까지, 0초 지남"),
        (180, "until 21:00 KST, 3 min over", "21:00 KST까지, 3분 지남"),
    ],
)
def test_a_deadline_is_told_with_what_is_left_of_it(later, english, korean):
    assert (seen(NOON, later, told=until), seen(NOON, later, language="ko", told=until)) == (english, korean)


@pytest.mark.parametrize(
    ("at", "clock_there"),
    [("2024-07-01T12:00:00.000Z", "14:00 CEST"), ("2024-12-01T12:00:00.000Z", "13:00 CET")],
)
def test_summer_time_is_that_of_the_moment_and_has_its_name(at, clock_there):
    assert shown(at, BERLIN, epoch(at) + 60) == f"60 s ago ({clock_there})"


def test_an_hour_that_comes_twice_is_told_apart():
    both = ("2024-10-27T00:30:00.000Z", "2024-10-27T01:30:00.000Z")
    assert [clock(epoch(at), BERLIN, epoch(at)) for at in both] == ["02:30 CEST", "02:30 CET"]


@pytest.mark.parametrize("zone", ["Asia/Seoul", "UTC", "Europe/Berlin"])
def test_the_zone_is_that_of_the_machine_whatever_its_language(zone):
    """``TZ`` counts; a server's is often UTC."""
    said = "from refit.core.timestamps import shown; print(shown('2024-01-27T12:00:00.000Z', language='ko'))"
    environment = {"TZ": zone, "LANG": "C", "LC_ALL": "C", "PYTHONPATH": str(PACKAGE), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
    there = datetime.datetime.fromtimestamp(NOON_S, zoneinfo.ZoneInfo(zone))
    assert done.stdout.endswith(f"일 전 ({there:%Y-%m-%d %H:%M %Z})\n")


@pytest.mark.parametrize("text", ["", "at an unknown time", "2024-01-27", None])
def test_what_is_no_moment_stays_what_it_is(text):
    assert (shown(text), until(text)) == (str(text), str(text))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
@pytest.mark.parametrize("zone", [SEOUL, datetime.timezone(datetime.timedelta(hours=-11)), None])
def test_no_year_of_a_strangers_is_too_far_away(at, zone):
    assert at[4:7] in shown(at, zone, NOON_S)


def test_a_record_keeps_the_moment_exactly():
    assert iso(epoch(NOON)) == NOON


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172800, "2 days")],
)
def test_how_long_ago_is_told_in_the_unit_that_says_enough(seconds, said):
    assert ago(seconds) == said
