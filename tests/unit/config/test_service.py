"""A service's description is checked once, key by key, and the message names the key."""

from __future__ import annotations

import copy
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.service import Service
from refit.core.errors import InvalidInput

LEAST = {
    "root": "/opt/ai_app",
    "health": {"url": "http://127.0.0.1:3000/health"},
    "pm2": {"app": {"script": "app.js"}},
}


def described(path=None, value=None, name="backend"):
    """The least that a service is, with *value* at the dotted *path*."""
    mapping = copy.deepcopy(LEAST)
    if path is not None:
        inner = mapping
        *parents, last = path.split(".")
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return Service.from_mapping(mapping, name)


def test_the_least_that_must_be_said_gives_a_whole_service():
    service = described()
    assert (service.name, service.manager.kind, service.user, service.shared) == ("backend", "pm2", None, ())
    assert service.state_dir == "/var/lib/refit/backend"
    assert service.releases_dir == "/opt/ai_app/releases"
    assert service.current_link == "/opt/ai_app/current"
    assert service.release_dir("20240127-120000") == "/opt/ai_app/releases/v20240127-120000"
    assert (service.health.status, service.health.json, service.health.successes) == (200, {"status": "UP"}, 5)


def test_a_service_survives_being_written_to_a_server_and_read_there():
    mapping = {**copy.deepcopy(LEAST), "name": "backend", "shared": [".env", "uploads/"], "user": "app"}
    assert Service.from_mapping(json.loads(json.dumps(mapping))) == Service.from_mapping(mapping)


def test_its_own_name_goes_before_the_key_it_was_found_under():
    assert Service.from_mapping({**LEAST, "name": "ai-service"}, "backend").name == "ai-service"


@pytest.mark.parametrize("text", ["7", 7, 7.0])
def test_a_number_may_be_given_as_text_because_templates_make_it_one(text):
    assert described("health.deadline_s", text).health.deadline_s == 7


def test_an_empty_answer_is_a_health_check_that_wants_no_fields():
    assert described("health.json", {}).health.json == {}


def test_a_key_without_a_value_is_as_if_it_were_not_there():
    assert described("state_dir", None).state_dir == "/var/lib/refit/backend"


def test_bounds_are_read_where_some_are_given_and_nothing_of_the_others():
    assert described().severity == {}
    assert described("severity", {"server_errors_p2_pct": "2.5"}).severity == {"server_errors_p2_pct": 2.5}


def test_paths_are_kept_in_their_shortest_form():
    assert described("root", "/opt//ai_app/./").root == "/opt/ai_app"
    assert described("shared", ["./uploads//photos/", "conf/../.env"]).shared == ("uploads/photos/", ".env")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", "a b", r"name is 'a b'"),
        ("name", "../x", r"name is '\.\./x'"),
        ("name", "x" * 64, r"name is"),
        ("name", "backend\n", r"name is"),
        ("root", None, r"backend\.root is missing"),
        ("root", "opt/ai_app", r"backend\.root must be an absolute path"),
        ("root", 7, r"backend\.root must be a text"),
        ("root", "/opt\0", r"backend\.root must be a text"),
        ("state_dir", "state", r"state_dir must be an absolute path"),
        ("process_manager", "systemv", r"process_manager is 'systemv'; known are: pm2"),
        ("user", "", r"user must be a text"),
        ("health", None, r"backend\.health is missing"),
        ("health", "http://x", r"backend\.health must be a mapping, not str"),
        ("health.url", None, r"health\.url is missing"),
        ("health.url", "127.0.0.1:3000", r"health\.url must be an http://"),
        ("health.url", "file:///etc/passwd", r"health\.url must be an http://"),
        ("health.version_url", "/version", r"health\.version_url must be an http://"),
        ("health.status", 99, r"health\.status must be a whole number from 100 to 599"),
        ("health.status", "ok", r"health\.status must be a whole number"),
        ("health.status", 200.5, r"health\.status must be a whole number"),
        ("health.successes", 0, r"health\.successes must be a whole number from 1"),
        ("health.successes", True, r"health\.successes must be a whole number"),
        ("health.timeout_s", 0, r"health\.timeout_s must be a number from 0\.05"),
        ("health.deadline_s", float("nan"), r"health\.deadline_s must be a number"),
        ("health.deadline_s", float("inf"), r"health\.deadline_s must be a number"),
        ("health.stable_s", 60, r"health\.stable_s is 60; it must be less than deadline_s"),
        ("health.json", ["UP"], r"health\.json must be a mapping"),
        ("health.intervall_s", 1, r"health\.intervall_s is not a setting; did you mean 'interval_s'\?"),
        ("pm2", None, r"backend\.pm2 is missing"),
        ("pm2.app", {}, r"pm2\.app\.script is missing"),
        ("pm2.app", {"script": "a.js", "cwd": "/tmp"}, r"pm2\.app\.cwd is set by the deploy itself"),
        ("pm2.app", {"script": "a.js", "name": "x"}, r"pm2\.app\.name is set by the deploy itself"),
        (
            "pm2.app",
            {"script": "a.js", "env": {"PORT": 1}, "env_production": {"PORT": 2}},
            r"pm2\.app\.env_production has no effect.*put it into pm2\.app\.env",
        ),
        (
            "pm2.app",
            {"script": "a.js", "out_file": "./logs/out.log"},
            r"app\.out_file is './logs/out\.log'.*absolute path",
        ),
        ("pm2.app", {"script": "a.js", "err_file": "err.log"}, r"app\.err_file is 'err\.log'.*`shared`"),
        ("pm2.path", "/opt/node/bin", r"pm2\.path must be a list of texts"),
        ("pm2.home", "pm2", r"pm2\.home must be an absolute path"),
        ("shared", ".env", r"shared must be a list of texts"),
        ("shared", [""], r"shared must be a list of texts"),
        ("shared", ["/etc/passwd"], r"shared holds '/etc/passwd'"),
        ("shared", ["../other"], r"shared holds '\.\./other'"),
        ("shared", ["a/../../b"], r"shared holds"),
        ("shared", ["./"], r"shared holds"),
        ("severity", {"server_errors_p3_pct": 1}, r"threshold server_errors_p3_pct is not a threshold"),
        ("health_check", {}, r"backend\.health_check is not a setting"),
        ("usr", "app", r"backend\.usr is not a setting; did you mean 'user'\?"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_key(path, value, message):
    with pytest.raises(InvalidInput, match=message) as refused:
        described(path, value)
    assert refused.value.next_command


@pytest.mark.parametrize("path", ["/var/log/x.log", "logs/out.log", "./logs/deep/../out.log", "NULL", "/dev/null"])
def test_a_log_may_lie_where_every_release_finds_it(path):
    settings = {**LEAST, "shared": ["logs/"], "pm2": {"app": {"script": "a.js", "out_file": path}}}
    assert Service.from_mapping(settings, "backend").manager.app["out_file"] == path


@pytest.mark.parametrize("name", ["all", "0", "12", "1e5", "0x1F", "Infinity"])
def test_a_name_that_means_other_apps_to_pm2_is_refused(name):
    with pytest.raises(InvalidInput, match="means other apps to PM2"):
        described(name=name)


@pytest.mark.parametrize("mapping", [None, [], "backend", 7])
def test_what_is_no_mapping_is_told_where_one_can_be_seen(mapping):
    with pytest.raises(InvalidInput, match="refit_services.backend must be a mapping.*group_vars"):
        Service.from_mapping(mapping, "backend")


def test_a_secret_in_the_wrong_place_is_not_repeated():
    with pytest.raises(InvalidInput) as refused:
        described("pm2.app", {"env": {"TOKEN": "hunter2"}})
    assert "hunter2" not in str(refused.value)


KEYS = ["name", "root", "state_dir", "process_manager", "user", "shared", "health", "pm2"]
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
)


@given(st.sampled_from([*KEYS, *(f"health.{key}" for key in ("url", "status", "json", "interval_s"))]), values)
def test_whatever_a_person_writes_is_read_or_refused_in_words(path, value):
    told = path.split(".")[0]
    try:
        described(path, value)
    except InvalidInput as error:
        told = str(error)
    assert path.split(".")[0] in told


@given(st.lists(st.text(alphabet="ab./", min_size=1, max_size=8), max_size=3))
def test_a_shared_path_that_is_accepted_stays_inside_shared(paths):
    try:
        service = described("shared", paths)
    except InvalidInput:
        return
    for path in service.shared:
        inside = os.path.normpath(os.path.join(service.shared_dir, path))
        assert inside.startswith(service.shared_dir + "/")
