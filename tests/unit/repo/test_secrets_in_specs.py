"""Whatever may be a secret says so where it is declared, so that no complaint about it quotes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SPECS = sorted((ROOT / "roles").glob("*/meta/argument_specs.yml"))
MODULES = [
    *(ROOT / "library").glob("*.py"),
    *(ROOT / "module_utils" / "refit" / "modules").glob("*.py"),
    *(path for path in (ROOT / "playbooks" / "action_plugins").glob("*.py") if not path.is_symlink()),
]
SECRET = re.compile(r"webhook|token|secret|passw|header|access|credential|cookie")
# What a mapping of any content holds that is none: the others may hold what a service is handed.
NO_SECRETS = {
    "guard_needs": "names of variables, with examples",
    "health_check_thresholds": "numbers",
    "incident_policy": "whom an incident calls, and when",
    "notify_facts": "what a message shows",
    "notify_mentions": "ids of roles and users, which are in every message",
    "server_scripts_escalation": "the same",
    "server_scripts_mentions": "the same",
}


def options_of(options: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, option in options.items():
        yield name, option
        yield from options_of(option.get("options") or {})


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parts[-3])
def test_an_option_of_a_role_that_may_hold_a_secret_is_never_shown(path: Path) -> None:
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
    shown = [
        f"{entry}: {name}"
        for entry, spec in entries.items()
        for name, option in options_of(spec.get("options") or {})
        if name not in NO_SECRETS and (option["type"] in ("dict", "raw", "json") or SECRET.search(name))
        if option.get("no_log") is not True
    ]
    assert not shown


def declared(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Each option that the code at *path* declares, with the names of what it says of it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values):
            if isinstance(key, ast.Constant) and isinstance(value, ast.Dict):
                said = {each.value for each in value.keys if isinstance(each, ast.Constant)}
                if said & {"type", "choices", "required"}:
                    yield str(key.value), said


def test_an_option_of_a_module_that_may_be_a_secret_says_whether_it_is_shown() -> None:
    found = [(path, name, said) for path in MODULES for name, said in declared(path) if SECRET.search(name)]
    assert {"webhooks", "service_secrets", "headers"} <= {name for _path, name, _said in found}
    silent = [f"{path.relative_to(ROOT)}: {name}" for path, name, said in found if "no_log" not in said]
    assert not silent
