"""Servers go out of an upstream and come back, and nothing else in the file moves."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import InvalidInput
from refit.deploy.nginx_config import members, with_state

CONFIG = """\
# upstream backend { server 9.9.9.9:1; }
upstream "other" { server 10.0.0.1:8080; server 10.0.0.2:8080; }
upstream backend {
    least_conn;
    server 10.0.0.1:8080 weight=5;  # the big one; down at night
    server 10.0.0.2:8080 max_fails=3 fail_timeout=30s down;
    server unix:/run/app.sock;
    server 10.0.0.4:8080 backup;
}
server { listen 80; location / { proxy_pass http://backend; add_header X "a;{b"; } }
"""


def state(text: str, upstream: str = "backend") -> dict[str, bool]:
    return {member.address: not member.down for member in members(text, upstream)}


def test_comments_quotes_and_other_blocks_are_told_apart() -> None:
    assert state(CONFIG) == {
        "10.0.0.1:8080": True,
        "10.0.0.2:8080": False,
        "unix:/run/app.sock": True,
        "10.0.0.4:8080": True,
    }
    assert state(CONFIG, "other") == {"10.0.0.1:8080": True, "10.0.0.2:8080": True}


def test_only_the_one_word_of_the_one_server_changes() -> None:
    out = with_state(CONFIG, "backend", "10.0.0.1:8080", down=True)

    assert out == CONFIG.replace("10.0.0.1:8080 weight=5;", "10.0.0.1:8080 weight=5 down;")
    assert with_state(out, "backend", "10.0.0.1:8080", down=False) == CONFIG


def test_a_server_that_is_down_comes_back() -> None:
    assert with_state(CONFIG, "backend", "10.0.0.2:8080", down=False) == CONFIG.replace("30s down;", "30s;")


def test_the_last_server_is_never_taken_out() -> None:
    config = "upstream a { server one; server two down; }"

    with pytest.raises(InvalidInput, match="one is the last server of upstream 'a'"):
        with_state(config, "a", "one", down=True)
    assert with_state(config, "a", "two", down=True) == config


def test_who_is_not_there_is_named_beside_those_who_are() -> None:
    with pytest.raises(InvalidInput, match=r"has no server '10\.0\.0\.3:8080'; it has: 10\.0\.0\.1:8080, 10"):
        with_state(CONFIG, "backend", "10.0.0.3:8080", down=True)
    with pytest.raises(InvalidInput, match="no upstream 'frontend'"):
        members(CONFIG, "frontend")


@given(
    names=st.lists(st.from_regex(r"[a-z0-9.]{1,12}:[0-9]{2,4}", fullmatch=True), min_size=2, max_size=6, unique=True),
    gap=st.sampled_from([" ", "\n  ", "\t", " # server x; \n"]),
    steps=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12),
)
def test_whatever_is_asked_for_in_a_row_one_server_always_stays_and_the_rest_of_the_file_too(
    names: list[str], gap: str, steps: list[tuple[int, bool]]
) -> None:
    text = before = "upstream u {" + gap + gap.join(f"server {name} weight=2;" for name in names) + gap + "}"
    for index, down in steps:
        name = names[index % len(names)]
        try:
            text = with_state(text, "u", name, down=down)
        except InvalidInput:
            continue
        assert state(text, "u")[name] is not down
        assert any(state(text, "u").values())
    for name in names:
        text = with_state(text, "u", name, down=False)
    assert text == before


@given(st.text(alphabet="upstream a{};#\"'\\\n server x", max_size=80))
def test_no_text_is_a_traceback(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert all(member.address for member in members(text, "a"))
