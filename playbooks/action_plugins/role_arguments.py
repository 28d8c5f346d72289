# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Check what a role was given, and say of a wrong value one sentence: Ansible's own check shows the whole spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.loader import action_loader
from ansible.utils.vars import load_extra_vars

PackageModule: Any = action_loader.get("package_module", class_only=True)

from plugin_utils.invocation import this_run
from plugin_utils.role_values import names_in, wrong
from refit.words.reason import Reason
from refit.words.sentence import said

ARGUMENTS = {
    "argument_spec": {
        "role": {"type": "path", "required": True},
        "entry": {"type": "str", "default": "main"},
        "hosts": {"type": "list", "elements": "str", "default": []},
    },
}


class ActionModule(PackageModule):
    ARGUMENTS = ARGUMENTS
    _requires_connection = False

    def arguments(self) -> dict[str, Any]:
        return self.ARGUMENTS

    def call(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        specs = self._loader.load_from_file(str(Path(params["role"]) / "meta" / "argument_specs.yml"))
        options = specs["argument_specs"][params["entry"]]["options"]
        here = self._templar.template({name: task_vars[name] for name in options if name in task_vars})
        hosts = params["hosts"] or [task_vars["inventory_hostname"]]
        found: dict[Reason, list[str]] = {}
        for host in hosts:
            # Of other hosts only what the inventory says of them; how the role is called is the same for all.
            own = task_vars["hostvars"][host] if params["hosts"] else {}
            given = {**here, **{name: own[name] for name in options if name in own}}
            for problem in self._problems(options, given, task_vars):
                found.setdefault(problem, []).append(host)
        if not found:
            return {"changed": False}
        told = [
            Reason("on_some_hosts", what=what, hosts=on) if len(on) < len(hosts) else what for what, on in found.items()
        ]
        run = this_run(task_vars, self._templar.template, self._loader)
        return {"failed": True, "changed": False, "msg": run.at + "\n".join(said(each, run.language) for each in told)}

    def _problems(
        self, options: Mapping[str, Any], given: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> Iterator[Reason]:
        """What is wrong with each of *given*, with what a person does about it."""
        for name, option in options.items():
            problem = wrong(name, option, given)
            if problem:
                code = "correct_variable" if name in given else "give_variable"
                yield Reason("error", what=problem, where=None, next=Reason(code, where=self._said_in(name, task_vars)))

    def _said_in(self, name: str, task_vars: Mapping[str, Any]) -> Reason:
        """By which variable a person says what the role knows as *name*, and where."""
        typed = load_extra_vars(self._loader)
        seen = {name}
        while read := [each for each in names_in(task_vars.get(name)) if each not in seen]:
            name = next((each for each in read if each in typed), read[0])
            seen.add(name)
        return Reason("variable_typed" if name in typed else "variable_of_inventory", name=name)
