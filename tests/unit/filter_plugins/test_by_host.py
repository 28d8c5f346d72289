"""What every host registered, side by side."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def load() -> Any:
    spec = importlib.util.spec_from_file_location("by_host", ROOT / "playbooks/filter_plugins/by_host.py")
    assert spec is not None
    assert spec.loader is not None
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    return plugin.FilterModule().filters()["by_host"]


by_host = load()
HOSTVARS = {
    "a": {"__survey": {"survey": {"current": "1", "previous": 0}, "changed": False}},
    "lost": {"__survey": {"unreachable": True, "survey": None}},
    "late": {},
}


def test_each_host_has_what_it_registered_in_the_order_of_the_hosts() -> None:
    found = by_host(["lost", "a"], HOSTVARS, "__survey")
    assert list(found) == ["lost", "a"]
    assert found == {"lost": {"unreachable": True, "survey": None}, "a": HOSTVARS["a"]["__survey"]}


@pytest.mark.parametrize("host", ["lost", "late", "unknown"])
def test_a_host_that_has_nothing_there_has_an_empty_dictionary(host: str) -> None:
    assert by_host([host, "a"], HOSTVARS, "__survey", "survey") == {host: {}, "a": HOSTVARS["a"]["__survey"]["survey"]}


def test_something_else_may_stand_for_nothing() -> None:
    assert by_host(["late"], HOSTVARS, "__survey", "survey", missing=None) == {"late": None}


def test_a_field_of_a_field_is_named_with_a_dot_and_0_is_a_value() -> None:
    assert by_host(["a", "late"], HOSTVARS, "__survey", "survey.previous") == {"a": 0, "late": {}}


def test_a_field_of_what_has_no_fields_is_nothing() -> None:
    assert by_host(["a"], HOSTVARS, "__survey", "changed.when") == {"a": {}}


def test_ansible_finds_the_filter_and_its_documentation() -> None:
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--type", "filter", "by_host"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Names of hosts" in done.stdout
