"""Of a wrong value for a role is said which it is, what is allowed and what was given, and never a secret."""

from __future__ import annotations

from typing import Any

import pytest

from plugin_utils.role_values import names_in, wrong


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ({"type": "int"}, "half", 'x must be a whole number, and is "half"'),
        ({"type": "float"}, "now", 'x must be a number, and is "now"'),
        ({"type": "bool"}, "perhaps", 'x must be true or false, and is "perhaps"'),
        ({"type": "dict"}, [1], "x must be a mapping, and is [1]"),
        ({"type": "list", "elements": "int"}, ["a"], 'x must be a list, each a whole number, and is ["a"]'),
        ({"type": "list", "elements": "raw"}, {}, "x must be a list, and is {}"),
        (
            {"type": "list", "elements": "str", "choices": ["a", "b"]},
            ["c"],
            'x must be a list, each one of a, b, and is ["c"]',
        ),
        ({"type": "str", "choices": ["", "alerts"]}, "b", """x must be one of '', alerts, and is "b\""""),
        ({"type": "str", "choices": ["a"]}, "b" * 200, f'x must be one of a, and is "{"b" * 99}…'),
        (
            {"type": "dict", "no_log": True},
            "t0ken",
            "x must be a mapping; what it is is not shown, since it may be secret",
        ),
        ({"type": "int"}, "4", ""),
    ],
)
def test_a_wrong_value_is_answered_in_one_sentence(option: dict[str, Any], value: Any, said: str) -> None:
    assert str(wrong("x", option, {"x": value, "y": "another"}) or "") == said


def test_what_is_missing_is_named_where_it_is_required() -> None:
    assert str(wrong("x", {"type": "str", "required": True}, {})) == "x is missing"
    assert wrong("x", {"type": "str"}, {}) is None


def test_what_is_wrong_within_a_value_is_named() -> None:
    option = {"type": "dict", "options": {"depth": {"type": "int"}}}
    said = str(wrong("x", option, {"x": {"depth": "deep"}}))
    assert said.startswith("x: ")
    assert "depth" in said


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("{{ deploy_keep | default(5) }}", ["deploy_keep"]),
        ("{{ b | default(10 if a else 0) }}", ["b", "a"]),
        ("{{ [1] | map('abs') }}", []),
        ("{% for one in many %}{{ one }}{% endfor %}{{ lookup('env', 'A') }}", ["many"]),
        ("plain", []),
        (5, []),
    ],
)
def test_a_value_is_made_of_the_variables_that_it_names(written: Any, names: list[str]) -> None:
    assert names_in(written) == names
