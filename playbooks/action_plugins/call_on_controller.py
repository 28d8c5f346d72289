# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Answer in this process: what decides for the whole fleet, or speaks to somebody outside of it.

A plugin of this kind holds its arguments and its code; the module of its name in ``library/`` is its documentation. To
run it as a module on localhost would cost a third of a second each time, several times in a run.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from typing import Any, Callable

from ansible.plugins.loader import action_loader
from ansible.utils.display import Display

PackageModule: Any = action_loader.get("package_module", class_only=True)

from plugin_utils.invocation import language_of, this_run
from plugin_utils.ledger_keys import keyring_of
from refit.modules import guarded
from refit.words.reason import Reason
from refit.words.sentence import said

display = Display()


class ActionModule(PackageModule):
    """A plugin gives *ARGUMENTS*, and the function that answers parameters and check mode with a module's result.

    Among the parameters is *invocation*, which writes the commands that a person is shown; where *JUDGES*, also
    *keyring*, which tells what of the hosts' ledgers the site signed.  What *REFUSES* says where it did.
    """

    ARGUMENTS: Mapping[str, Any]
    answer: Callable[[Mapping[str, Any], bool], dict[str, Any]]
    JUDGES = False
    REFUSES = False
    _requires_connection = False

    def arguments(self) -> Mapping[str, Any]:
        return self.ARGUMENTS

    def call(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        try:
            run = this_run(task_vars, self._templar.template, self._loader)
            # Through JSON, as a module's: what comes from a template is more than text and numbers to Ansible.
            plain = {**json.loads(json.dumps(params)), "invocation": run}

            def answer(asked: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
                return self.answer({**asked, **self._keyring(asked, task_vars)}, check_mode)

            result = guarded(answer, plain, self._task.check_mode, run.write, run.language)
            return {**result, "msg": run.at + result["msg"]} if self.REFUSES and result.get("failed") else result
        except Exception as error:  # a mistake of ours must not end the play: the roles decide what follows from it
            display.vvv(traceback.format_exc())
            mistake = Reason("plugin_has_a_mistake", plugin=self._task.action, error=f"{type(error).__name__}: {error}")
            told = Reason("error", what=mistake, where=None, next=Reason("run_again_with_vvv"))
            msg = said(told, language_of(str(task_vars.get("refit_language") or "")))
            return {"failed": True, "changed": False, "msg": msg, "reason": told.to_record(), "kind": "mistake"}

    def _keyring(self, params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        if not self.JUDGES:
            return {}
        return {"keyring": keyring_of(task_vars, self._templar.template, params["service"])}
