"""The table of a run's exits in support/run_exits.py has all that the code knows, and each row a test that shows it."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from refit.core import errors
from refit.fleet import plan, report, rollback_target
from support.run_exits import EXITS, Exit

ROOT = Path(__file__).resolve().parents[3]
WAYS = {exit.way for exit in EXITS}


@pytest.mark.parametrize("shown", EXITS, ids=[f"{exit.playbooks}: {exit.way}" for exit in EXITS])
def test_each_exit_is_shown_by_a_test_that_exists(shown: Exit) -> None:
    path, _, name = shown.shown_by.partition("::")
    functions = [node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)]
    assert name in functions


def test_every_verdict_is_an_exit() -> None:
    assert {f"verdict:{kind}/{word}" for kind, word in report._HEADLINES} <= WAYS


def test_every_refusal_of_a_plan_is_an_exit() -> None:
    raised = {
        node.func.id
        for module in (plan, rollback_target)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    known = {name: error for name, error in vars(errors).items() if isinstance(error, type) and name in raised}
    kinds = {error.kind for error in known.values() if issubclass(error, errors.RefitError)}
    assert len(kinds) > 4
    assert {f"refusal:{kind}" for kind in kinds} <= WAYS


def test_every_signal_that_ends_a_run_is_an_exit() -> None:
    spec = importlib.util.spec_from_file_location("run_end", ROOT / "playbooks/callback_plugins/run_end.py")
    assert spec is not None
    assert spec.loader is not None
    callback: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(callback)
    assert {f"signal:{number.name}" for number in callback.CAUSES} <= WAYS


def tasks_of(found: Any) -> Iterator[dict[str, Any]]:
    for task in found or []:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_of(task.get(part))


def test_every_task_that_ends_a_run_is_an_exit() -> None:
    """The guard's, of which there are many, are one; provisioning is Ansible's own to tell."""
    found = {
        f"fails:{path.parts[-3]}/{task['name']}"
        for path in (ROOT / "roles").glob("*/tasks/*.yml")
        for task in tasks_of(yaml.safe_load(path.read_text()))
        if "ansible.builtin.fail" in task and path.parts[-3] not in ("guard", "app_host", "server_scripts")
    }
    assert len(found) > 4
    assert found <= WAYS


def test_every_playbook_has_its_exits() -> None:
    named = {name for exit in EXITS for name in exit.playbooks.split(", ")}
    assert named - {"all"} == {path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {"guard"}
