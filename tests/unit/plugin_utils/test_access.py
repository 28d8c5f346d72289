"""How artifacts are reached: what an inventory says is understood or refused by its key, and no secret is shown."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.plugins.loader import action_loader
from hypothesis import given
from hypothesis import strategies as st

from plugin_utils.access import KEYS, Access
from refit.artifacts.download import Limits
from refit.core.errors import InvalidInput

ROOT = Path(__file__).resolve().parents[3]
SECRET = "hunter2"


def test_every_key_is_understood_and_numbers_may_be_texts(tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_text("the certificates")
    said = {
        "headers": {"Authorization": SECRET, "X-Build": 7},
        "origins": ["https://builds.example.com/", "s3://builds"],
        "ca": str(ca),
        "proxy": f"http://bob:{SECRET}@proxy.internal:3128",
        "max_bytes": "1000",
        "deadline_s": "2.5",
    }
    access = Access.from_mapping(said)
    assert set(said) == set(KEYS)
    assert access.headers == {"Authorization": SECRET, "X-Build": "7"}
    assert access.origins == {"https://builds.example.com:443", "s3://builds"}
    assert (access.ca, access.proxy) == ("the certificates", said["proxy"])
    assert access.limits == Limits(max_bytes=1000, deadline_s=2.5)
    assert SECRET not in repr(access)


@pytest.mark.parametrize("said", [{}, dict.fromkeys(KEYS), dict.fromkeys(KEYS, "")])
def test_what_is_empty_is_not_said(said):
    assert Access.from_mapping(said) == Access(limits=Limits())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (SECRET, "refit_artifact must be a mapping of headers, origins"),
        ({"heders": {"Authorization": SECRET}}, "refit_artifact.heders is not a setting; did you mean 'headers'?"),
        ({"headers": f"Authorization: {SECRET}"}, "refit_artifact.headers must be a mapping"),
        ({"headers": {"Authorization": [SECRET]}}, "refit_artifact.headers.Authorization must be a text"),
        ({"proxy": f"https://bob:{SECRET}@proxy:3128"}, "refit_artifact.proxy must be http://"),
        ({"proxy": f"bob:{SECRET}@proxy:3128"}, "refit_artifact.proxy must be http://"),
        ({"proxy": f"http://[{SECRET}"}, "refit_artifact.proxy must be http://"),
        ({"proxy": {"url": SECRET}}, "refit_artifact.proxy must be http://"),
        *(
            ({"origins": origins}, "refit_artifact.origins must be a list of origins")
            for origins in (
                7,
                [7],
                ["builds.example.com"],
                ["https://"],
                ["https://builds.example.com/ai"],
                ["s3://builds/ai"],
                [f"https://bob:{SECRET}@builds.example.com"],
                ["https://builds.example.com:x"],
                ["ftp://builds.example.com"],
                [f"https://builds.example.com?{SECRET}"],
            )
        ),
        ({"ca": "/none/ca.pem"}, "refit_artifact.ca names certificates that cannot be read: /none/ca.pem: No such"),
        ({"max_bytes": "8G"}, "refit_artifact.max_bytes must be a whole number from 1 to"),
        ({"deadline_s": 0}, "refit_artifact.deadline_s must be a number from 1 to"),
        ({"deadline_s": True}, "refit_artifact.deadline_s must be a number from 1 to"),
    ],
)
def test_a_mistake_is_named_by_its_key_and_shows_no_secret(said, message):
    with pytest.raises(InvalidInput) as caught:
        Access.from_mapping(said)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("artifact", "admitted"),
    [
        ("https://builds.example.com/ai/1.tar.gz", True),
        ("https://bob:secret@builds.example.com:443/ai/1.tar.gz", True),
        ("s3://builds/ai/1.tar.gz", True),
        ("http://builds.example.com/1.tar.gz", False),
        ("https://builds.example.com:8443/1.tar.gz", False),
        ("https://builds.example.com.evil.net/1.tar.gz", False),
        ("https://builds.example.com@evil.net/1.tar.gz", False),
        ("https://evil.net/https://builds.example.com/1.tar.gz", False),
        ("s3://builds-of-others/1.tar.gz", False),
        ("https://builds.example.com:x/1.tar.gz", False),
    ],
)
def test_what_gives_access_is_for_the_origins_that_are_named(artifact, admitted):
    named = Access.from_mapping({"origins": "https://builds.example.com, s3://builds"})
    assert named.admits(artifact) is named.admits(artifact, remembered=True) is admitted
    assert Access.from_mapping({}).admits(artifact)
    assert not Access.from_mapping({}).admits(artifact, remembered=True)


def test_nothing_is_signed_for_a_bucket_that_only_hosts_name():
    action_loader.add_directory(str(ROOT / "playbooks" / "action_plugins"))
    answer = action_loader.get("release_source", class_only=True).answer
    asked = {"artifact": "s3://any/1.tar.gz", "sha256": "a" * 64, "wait_s": 0, "remembered": True}
    for access in ({}, {"origins": ["s3://builds"]}):
        with pytest.raises(InvalidInput, match=r"signed for s3://any: refit_artifact.origins does not name s3://any"):
            answer({**asked, "access": access}, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=10,
)


@given(said=JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
def test_whatever_is_said_is_understood_or_refused(said):
    with contextlib.suppress(InvalidInput):
        assert isinstance(Access.from_mapping(said).limits.max_bytes, int)


def as_wired(**said):
    """What the playbooks make of the variables *said*."""
    shown = subprocess.run(
        [str(Path(sys.executable).parent / "ansible"), "localhost", "--playbook-dir=playbooks", "--module-name=debug"]
        + ["--args=var=refit_artifact_access", "--extra-vars", json.dumps(said)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return yaml.safe_load(shown.stdout.partition("=>")[2])["refit_artifact_access"]


def test_one_run_may_change_a_key_and_the_names_of_before_count_where_the_mapping_says_nothing():
    said = {
        "refit_artifact": {"headers": {"Authorization": "site"}, "ca": "site.pem", "heders": "a mistake"},
        "refit_artifact_ca": "before.pem",
        "refit_artifact_proxy": "http://before:3128",
        "release_artifact_headers": {"X-Token": "run"},
        "release_artifact_deadline_s": "60",
    }
    assert as_wired(**said) == {
        "headers": {"X-Token": "run"},
        "ca": "site.pem",
        "proxy": "http://before:3128",
        "deadline_s": "60",
        "heders": "a mistake",
    }
    assert as_wired(refit_artifact=None) == {}
