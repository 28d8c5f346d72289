# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Call a module of the package on the host, without building an Ansible module for it.

To start any module costs Ansible about a quarter of a second of the host's processor, nearly all of it for unpacking
and compiling what it brings along.  In a rollback that is most of what a host does.  Here the package stays on the
host, compiled, and a call is its arguments.

Plugins of this kind are links to this file that have the name of a module in ``library/``, which is what runs where
this way is closed: a connection without pipelining, a delegated task, ``async``, a Python that Ansible has to look for
first.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import shlex
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible import constants as C
from ansible.plugins.loader import action_loader

PackageModule: Any = action_loader.get("package_module", class_only=True)

from plugin_utils import bounded_memory, bundle, host_answer, progress, starter
from plugin_utils.ledger_keys import keyring_of
from plugin_utils.overheard import overheard
from refit.core.errors import RefitError
from refit.deploy.progress import LINE
from refit.modules import hide_secrets
from refit.words.reason import Reason

# Read once, by the process that all workers are forked from.
SOURCES = bundle.sources()
DIGEST = bundle.digest(SOURCES)
STARTER = Path(starter.__file__).read_text(encoding="utf-8")
# The standard library is all that is needed, whatever the environment says; UTF-8 whatever the locale.
PYTHON_OPTIONS = "-I -S -X utf8 -"
# The longest answer in all the forms that it takes on its way, several times over.
ROOM_FOR_AN_ANSWER = 64 * 1024**2


# Under a module's name: load that module now as well, and not in each worker.
if Path(__file__).stem != "call_on_host":
    importlib.import_module("refit.modules." + Path(__file__).stem)


class ActionModule(PackageModule):
    @property
    def name(self) -> str:
        """The module's name, which a task may say with a collection in front."""
        return str(self._task.action).rpartition(".")[2]

    @property
    def module(self) -> ModuleType:
        return importlib.import_module("refit.modules." + self.name)

    def arguments(self) -> Mapping[str, Any]:
        known: Mapping[str, Any] = self.module.ARGUMENTS
        return known

    def call(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        python = self._python(task_vars)
        try:
            signed = self._signed(params, task_vars)
        except RefitError as error:
            return {"failed": True, "changed": False, "msg": str(error), "kind": error.kind}
        params = {**params, **signed}
        began = time.time()
        answer = self._called(python, params, signed, task_vars)
        # By this clock: a host's own says nothing about how far the two are apart.
        timed = getattr(self.module, "TELLS_TIME", False)
        return {**answer, "asked": {"at": began, "answered": time.time()}} if timed else answer

    def _called(
        self, python: str | None, params: dict[str, Any], signed: Mapping[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        if python is None:
            arguments = {**self._task.args, **hide_secrets(params["service"]), **signed}
            return host_answer.bounded(self._execute_module(module_args=arguments, task_vars=task_vars))
        try:
            with self._watched(str(task_vars["inventory_hostname"])) as watched:
                return self._answer(python, params, watched)
        except bounded_memory.TooMuch:
            return host_answer.not_understood(Reason("never_ends"))

    @contextlib.contextmanager
    def _watched(self, host: str) -> Iterator[bool]:
        """Whether somebody watches what the module says of its progress, which is passed on meanwhile."""
        channel = progress.WATCHING.channel if getattr(self.module, "TELLS_PROGRESS", False) else None
        if channel is None:
            yield False
            return

        def hear(text: str) -> None:
            found = progress.read(text)
            if found is not None:
                channel.tell(host, found)

        with overheard(hear, LINE):
            yield True

    def _answer(self, python: str, params: dict[str, Any], watched: bool) -> dict[str, Any]:
        asked = {"module": self.name, "params": params, "check_mode": self._task.check_mode, "watched": watched}
        request = {"package": DIGEST, **asked}
        done, answer = self._ask(python, {**request, "archive": None})
        if answer is not None and host_answer.wants(answer, DIGEST):
            archive = base64.b64encode(bundle.pack(SOURCES)).decode("ascii")
            done, answer = self._ask(python, {**request, "archive": archive})
        return self._no_answer(python, done) if answer is None else host_answer.read(answer, self.module.RETURNS)

    def _signed(self, params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What the module is to hand the host's ledger with the site's signature; only that goes there, and no key."""
        sign = getattr(self.module, "sign", None)
        if sign is None or self._task.check_mode:
            return {}
        keyring = keyring_of(task_vars, self._templar.template, str(params["service"].get("name") or ""))
        return {"signed": sign(params, keyring) if keyring else {}}

    def _python(self, task_vars: dict[str, Any]) -> str | None:
        """The host's Python; None where the module has to be called Ansible's own way."""
        if self._task.delegate_to or self._task.async_val or not self._is_pipelining_enabled("new"):
            return None
        named = self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars))
        return named if named and named.startswith("/") else None

    def _ask(self, python: str, request: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """What the command printed, and the text of the answer in it."""
        command = f"{self._compute_environment_string()} {shlex.quote(python)} {PYTHON_OPTIONS}".strip()
        script = f"{STARTER}\n\nstart(json.loads({json.dumps(request)!r}))\n"
        with bounded_memory.at_most(ROOM_FOR_AN_ANSWER, self._connection.transport):
            done = self._low_level_execute_command(command, in_data=script.encode())
        lines = [line for line in done["stdout"].splitlines() if not line.startswith(LINE)]
        for line in lines:
            if line.startswith(starter.ANSWER):
                return done, line[len(starter.ANSWER) :]
        return {**done, "stdout": "\n".join(lines)}, None

    @staticmethod
    def _no_answer(python: str, done: dict[str, Any]) -> dict[str, Any]:
        said = (done["stderr"].strip() or done["stdout"].strip()).splitlines() or ["it said nothing"]
        if done["rc"] in (126, 127):
            why = f"no Python at {python}; in the inventory: ansible_python_interpreter=PATH"
        else:
            why = f"{python} ended with code {done['rc']}: {said[-1]}"
        return {
            "failed": True,
            "msg": host_answer.shown(why),
            "rc": done["rc"],
            "module_stdout": host_answer.shown(done["stdout"]),
            "module_stderr": host_answer.shown(done["stderr"]),
        }
