"""What a service is handed is known as a secret, in whatever form a text has it."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.config.secrets import join, masker_of, split

SETTINGS = {
    "name": "backend",
    "root": "/opt/ai_app",
    "health": {"url": "http://kim:url-password@127.0.0.1:8080/health"},
    "pm2": {
        "app": {
            "script": "server.js",
            "env": {"DB_PASSWORD": "hunter2!", "APP_HOME": "/opt/ai_app", "HOST": "127.0.0.1", "PORT": "8080"},
            "env_production": {"KEY": "-----BEGIN-----\n  MIIEvQIBADAN\n-----END-----"},
        }
    },
    "systemd": {"environment": {"TOKEN": 'say "so"', "KOREAN": "비밀번호12"}},
    "wheel": {"import_env": {"SIGNING": "s1gn/ing+key"}},
    "synthetic": {"headers": {"Authorization": "Bearer abcdef123", "X-Key": "x-key-value"}},
}
FORMS = [
    str,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: quote(text, safe=""),
]
SECRETS = [
    "hunter2!",
    "MIIEvQIBADAN",
    'say "so"',
    "s1gn/ing+key",
    "abcdef123",
    "x-key-value",
    "url-password",
    "비밀번호12",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: quote(text, safe=""),
    ],
)
def test_what_a_service_is_handed_is_hidden_however_it_is_written(secret, form):
    shown = masker_of(SETTINGS).hide(f"login failed: {form(secret)}, try again")
    assert shown == "login failed: ***, try again"


@pytest.mark.parametrize("text", ["releases of backend in /opt/ai_app", "connection to 127.0.0.1:8080 refused"])
def test_what_a_person_sees_of_the_service_anyway_stays(text):
    assert masker_of(SETTINGS).hide(text) == text


anything = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(anything)
def test_settings_of_any_shape_are_read(settings):
    assert isinstance(masker_of(settings, {"env": settings}).hide("x"), str)


nested = st.dictionaries(
    st.text() | st.sampled_from(["env", "headers", "body", "url"]),
    anything | st.just("http://kim:url-password@host/a?b"),
)


@given(nested)
def test_what_was_taken_apart_can_be_joined_again(settings):
    shown, secrets = split(settings)
    assert join(shown, secrets) == settings
    assert "url-password" not in json.dumps(shown)


def test_what_is_shown_of_a_service_holds_no_secret():
    shown, secrets = split({"backend": SETTINGS})
    assert not [secret for secret in SECRETS if secret in json.dumps(shown, ensure_ascii=False)]
    assert shown["backend"]["health"] == {"url": "http://127.0.0.1:8080/health"}
    assert shown["backend"]["pm2"] == {"app": {"script": "server.js"}}
    assert join(shown, secrets) == {"backend": SETTINGS}
