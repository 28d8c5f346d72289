"""How artifacts are reached: what an inventory says is understood or refused by its key, and no secret is shown."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
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
        "ca": str(ca),
        "proxy": f"http://bob:{SECRET}@proxy.internal:3128",
        "max_bytes": "1000",
        "deadline_s": "2.5",
    }
    access = Access.from_mapping(said)
    assert set(said) == set(KEYS)
    assert access.headers == {"Authorization": SECRET, "X-Build": "7"}
    assert (access.ca, access.proxy) == ("the certificates", said["proxy"])
    assert access.limits == Limits(max_bytes=1000, deadline_s=2.5)
    assert SECRET not in repr(access)


@pytest.mark.parametrize("said", [{}, dict.fromkeys(KEYS), dict.fromkeys(KEYS, "")])
def test_what_is_empty_is_not_said(said):
    assert Access.from_mapping(said) == Access(limits=Limits())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (SECRET, "refit_artifact must be a mapping of headers, ca"),
        ({"heders": {"Authorization": SECRET}}, "refit_artifact.heders is not a setting; did you mean 'headers'?"),
        ({"headers": f"Authorization: {SECRET}"}, "refit_artifact.headers must be a mapping"),
        ({"headers": {"Authorization": [SECRET]}}, "refit_artifact.headers.Authorization must be a text"),
        ({"proxy": f"https://bob:{SECRET}@proxy:3128"}, "refit_artifact.proxy must be http://"),
        ({"proxy": f"bob:{SECRET}@proxy:3128"}, "refit_artifact.proxy must be http://"),
        ({"proxy": f"http://[{SECRET}"}, "refit_artifact.proxy must be http://"),
        ({"proxy": {"url": SECRET}}, "refit_artifact.proxy must be http://"),
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
