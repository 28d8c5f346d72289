"""A URL in two halves: what may be shown, and what gives access."""

from __future__ import annotations

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refit.artifacts.location import Location, Way
from refit.core.http import FetchFailed
from refit.core.urls import without_secrets

SECRET = "s3cr3t"


def test_what_may_be_shown_is_kept_apart_from_what_gives_access():
    location = Location.parse(
        f"https://bob:{SECRET}@host:8443/a/app.jar?X-Amz-Signature={SECRET}#{SECRET}", {"X": SECRET}
    )
    assert location.url == "https://host:8443/a/app.jar"
    assert location.full == f"https://host:8443/a/app.jar?X-Amz-Signature={SECRET}"
    assert location.headers["X"] == SECRET
    assert location.headers["Authorization"] == "Basic " + base64.b64encode(f"bob:{SECRET}".encode()).decode()
    assert SECRET not in repr(location)
    assert SECRET not in repr(Way(proxy=f"http://bob:{SECRET}@proxy"))


def test_a_file_is_named_by_the_last_part_of_its_path():
    assert Location.parse("https://host/a/app%2B1.whl?b=/c.zip").name == "app+1.whl"
    assert Location.parse("https://host/a/").name == ""
    assert Location.parse("https://host").name == ""


def test_the_file_beside_is_reached_with_the_same_rights():
    beside = Location.parse("https://host/a/app.jar?token=1", {"X": "1"}).beside("SHA256SUMS")
    assert (beside.full, beside.headers) == ("https://host/a/SHA256SUMS?token=1", {"X": "1"})


@pytest.mark.parametrize(
    ("redirect", "url", "keeps"),
    [
        ("/b", "https://host/b", True),
        ("c?x=1", "https://host/a/c", True),
        ("https://host:443/b", "https://host:443/b", True),
        ("//other/b", "https://other/b", False),
        ("https://host:8443/b", "https://host:8443/b", False),
        ("https://sub.host/b", "https://sub.host/b", False),
    ],
)
def test_headers_stay_with_their_own_host(redirect, url, keeps):
    there = Location.parse("https://host/a/app.jar", {"Authorization": SECRET}).after(redirect)
    assert there.url == url
    assert dict(there.headers) == ({"Authorization": SECRET} if keeps else {})


@pytest.mark.parametrize(
    "redirect", ["http://host/b", "ftp://host/b", "file:///etc/passwd", "https://[::1/", "http://host:x/"]
)
def test_a_redirect_that_leaves_https_or_leads_nowhere_is_refused(redirect):
    with pytest.raises(FetchFailed) as caught:
        Location.parse("https://host/a").after(redirect)
    assert caught.value.kind == "redirect"


def test_a_path_is_shown_as_it_is():
    assert without_secrets("build/app#1?.tar.gz") == "build/app#1?.tar.gz"
    assert without_secrets("https://[::1") == "https://…"


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="/?#@:[]\\\t\r\n"), min_size=1, max_size=8)


@given(WORDS, WORDS, st.sampled_from(["https", "s3", "http"]))
def test_nothing_that_gives_access_is_ever_shown(user, path, scheme):
    assume(SECRET not in user + path)
    text = f"{scheme}://{user}:{SECRET}@host/{path}?{user}={SECRET}#{SECRET}"
    try:
        location = Location.parse(text)
    except ValueError:  # what looks like a host to Unicode, and is none
        assert SECRET not in without_secrets(text)
    else:
        assert SECRET not in location.url
        assert without_secrets(text) == location.url
