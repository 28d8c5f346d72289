"""Modules of the package, and their doors: documentation and AnsiballZ in library/, plugins in playbooks/."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import action_loader
from ansible.template import Templar

from refit import modules
from refit.core.errors import NothingToRollBackTo, Outranked
from refit.words.reason import Reason
from support.playbooks import BIN, ROOT

PLUGINS = ROOT / "playbooks" / "action_plugins"
BASES = {"package_module", "call_on_host", "call_on_controller"}
ON_HOSTS = sorted(name for _, name, _ in pkgutil.iter_modules(modules.__path__))
ON_CONTROLLER = sorted({path.stem for path in PLUGINS.glob("*.py")} - BASES - set(ON_HOSTS))
NAMES = sorted([*ON_HOSTS, *ON_CONTROLLER])


def accepted(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What an argument spec says that the documentation has to say, too."""
    return {
        name: {
            "type": option.get("type", "str"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": sorted(option.get("choices") or []),
            "elements": option.get("elements"),
            "options": accepted(option.get("options", {})),
        }
        for name, option in spec.items()
    }


def documented(options: Mapping[str, Any]) -> dict[str, Any]:
    return accepted({name: {**option, "options": option.get("suboptions", {})} for name, option in options.items()})


@pytest.fixture(scope="module")
def pages() -> dict[str, Any]:
    doc = str(BIN / "ansible-doc")
    command = [doc, "--type", "module", "--module-path", "library", "--json", *NAMES]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def arguments_of(name: str) -> Mapping[str, Any]:
    """What the plugin accepts, as Ansible finds it."""
    if name in ON_HOSTS:
        return importlib.import_module("refit.modules." + name).ARGUMENTS
    action_loader.add_directory(str(PLUGINS))
    return action_loader.get(name, class_only=True).ARGUMENTS


@pytest.mark.parametrize("name", NAMES)
def test_what_is_documented_is_what_is_accepted(name, pages):
    assert documented(pages[name]["doc"]["options"]) == accepted(arguments_of(name)["argument_spec"])


@pytest.mark.parametrize("name", ON_HOSTS)
def test_what_a_host_may_answer_is_what_is_documented(name, pages):
    assert set(importlib.import_module("refit.modules." + name).RETURNS) == set(pages[name]["return"])


def test_what_runs_on_hosts_has_one_plugin_under_all_its_names():
    links = {path.stem: path.readlink() for path in PLUGINS.glob("*.py") if path.is_symlink()}
    assert links == dict.fromkeys(ON_HOSTS, Path("call_on_host.py"))


def test_what_runs_on_the_controller_is_there_once_and_no_module():
    assert {"fleet_plan", "fleet_verdict", "discord_message", "release_source"} <= set(ON_CONTROLLER)
    loaded = "import AnsibleModule"
    assert [name for name in ON_CONTROLLER if loaded in (ROOT / "library" / f"{name}.py").read_text()] == []


@pytest.mark.parametrize("name", ON_HOSTS)
def test_what_runs_on_hosts_runs_without_pipelining_too(name):
    assert "AnsibleModule(" in (ROOT / "library" / f"{name}.py").read_text()


def answers(monkeypatch, answer: Any) -> None:
    def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return {**answer, "was": [params, check_mode]}

    monkeypatch.setattr(modules.importlib, "import_module", lambda *_: SimpleNamespace(run=run))


def test_a_result_says_whether_something_changed(monkeypatch):
    answers(monkeypatch, {"survey": 1})
    found = modules.call("release_info", {"a": 1}, True)
    assert found == {"changed": False, "survey": 1, "was": [{"a": 1}, True]}
    answers(monkeypatch, {"changed": True})
    assert modules.call("release_info", {}, False)["changed"] is True


def test_an_error_that_a_person_can_mend_is_a_failure_of_its_kind(monkeypatch):
    answers(monkeypatch, NothingToRollBackTo("nowhere to go"))
    found = modules.call("release_info", {}, False)
    assert found == {
        "failed": True,
        "changed": False,
        "msg": "nowhere to go",
        "reason": "nowhere to go",
        "kind": NothingToRollBackTo.kind,
    }


def test_who_was_overtaken_says_by_whom(monkeypatch):
    error = Outranked("stopped")
    error.by = Reason("a_rollback_by", owner="kim@ops-1")
    answers(monkeypatch, error)
    assert modules.call("release", {}, False)["overtaken_by"] == {"code": "a_rollback_by", "owner": "kim@ops-1"}


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    answers(monkeypatch, KeyError("survey"))
    with pytest.raises(KeyError):
        modules.call("release_info", {}, False)


def test_on_the_controller_a_mistake_of_ours_is_a_failure_for_the_role_to_decide_on():
    action_loader.add_directory(str(PLUGINS))
    base = action_loader.get("call_on_controller", class_only=True)

    def answer(*_: Any) -> dict[str, Any]:
        raise KeyError("survey")

    plugin = type("Plugin", (base,), {"answer": staticmethod(answer)})
    one = plugin.__new__(plugin)
    one._task = SimpleNamespace(action="fleet_plan", check_mode=False)
    one._templar, one._loader = Templar(), DataLoader()
    found = one.call({"a": 1}, {})
    assert (found["failed"], found["kind"]) == (True, "mistake")
    assert "fleet_plan 내부 오류: KeyError: 'survey'. 다음: -vvv를 붙여 다시 실행하세요" in found["msg"]


def test_a_look_at_a_host_loads_nothing_that_it_does_not_use():
    looks = "import sys, refit.modules.release_info; print(*sys.modules)"
    command = [sys.executable, "-S", "-c", looks]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "module_utils")}, capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert "refit.state.releases" in loaded
    assert not loaded & {"ssl", "http.client", "urllib.request", "email.parser", "tarfile", "zipfile"}
    assert not loaded & {"decimal", "difflib", "fractions", "getpass", "fnmatch", "hashlib", "socket"}
    assert not loaded & {"refit.deploy.steps", "refit.config.path_templates", "refit.state.file_sums"}
    assert not loaded & {"refit.words.sentence", "refit.words.catalogue"}
