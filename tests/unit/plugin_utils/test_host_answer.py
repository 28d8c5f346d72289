"""Nothing that a host answers reaches Ansible as an instruction, and no answer is an exception."""

from __future__ import annotations

import json

import pytest
from ansible import constants as C
from hypothesis import given
from hypothesis import strategies as st

from plugin_utils import host_answer

RETURNS = ("survey", "plan")
# Keys of a result that Ansible itself acts on, or believes to be its own.
INTERNAL = sorted(
    {*C.INTERNAL_RESULT_KEYS, "add_host", "add_group", "ansible_facts", "ansible_stats", "unreachable", "skipped"}
    | {"_ansible_no_log", "_ansible_delegated_vars", "_ansible_verbose_always", "results", "warnings", "deprecations"}
    | {"exception", "invocation", "include", "failed_when_result", "attempts", "_ansible_notify", "rc", "stdout"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("key", INTERNAL)
def test_a_key_that_ansible_acts_on_is_left_out(key):
    answer = {"changed": False, "survey": {"live": "1"}, key: {"host_name": "b", "host_vars": {"x": "y"}}}
    assert host_answer.read(json.dumps(answer), RETURNS) == {"changed": False, "survey": {"live": "1"}}


def test_what_a_module_documents_and_every_module_may_say_is_kept():
    answer = {"changed": True, "failed": True, "msg": "no", "kind": "busy", "overtaken_by": "kim", "plan": [1]}
    assert host_answer.read(json.dumps(answer), RETURNS) == answer


@given(st.text())
def test_a_message_moves_nobodys_cursor(msg):
    found = host_answer.read(json.dumps({"failed": True, "msg": msg}), RETURNS)["msg"]
    assert found.replace("\n", "").isprintable()
    assert found.count("\n") == msg.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"failed": "no"}',
        '{"msg": ["x"]}',
        '{"diff": 1}',
    ],
)
def test_an_answer_that_is_none_is_a_failure_of_that_host(text):
    found = host_answer.read(text, RETURNS)
    assert found["failed"] is True
    assert found["msg"].startswith("its answer is not understood")


def test_an_answer_without_end_is_not_read(monkeypatch):
    monkeypatch.setattr(host_answer, "MAX_CHARACTERS", 50)
    found = host_answer.read(json.dumps({"survey": "x" * 100}), RETURNS)
    assert found["kind"] == "not_understood"


def test_an_answer_that_is_nested_without_end_is_a_failure_by_either_door():
    nested = {"changed": False, "survey": json.loads("[" * 200 + "]" * 200)}
    for found in (host_answer.read(json.dumps(nested), RETURNS), host_answer.bounded(nested)):
        assert (found["kind"], found["failed"]) == ("not_understood", True)
    deep = {"changed": False, "survey": json.loads("[" * 30 + "]" * 30)}
    assert host_answer.read(json.dumps(deep), RETURNS) == host_answer.bounded(deep) == deep


def test_a_message_without_end_is_cut():
    found = host_answer.read(json.dumps({"failed": True, "msg": "x" * 1_000_000}), RETURNS)
    assert len(found["msg"]) == host_answer.MAX_MESSAGE


@given(JSON)
def test_any_json_is_read(answer):
    found = host_answer.read(json.dumps(answer), RETURNS)
    assert set(found) <= {"changed", "failed", "msg", "reason", "kind", "overtaken_by", "diff", *RETURNS}
    assert all(isinstance(found.get(key, False), bool) for key in ("changed", "failed"))


def test_only_the_question_for_this_very_package_is_one():
    assert host_answer.wants('{"wanted": "d1"}', "d1")
    for text in ('{"wanted": "d2"}', '{"wanted": "d1", "x": 1}', "[" * 5000, "", "wanted"):
        assert not host_answer.wants(text, "d1")
