"""The variables of a run, as the task of a host sees them: for callbacks, which are given none."""

from __future__ import annotations

from typing import Any

from ansible.template import Templar

from plugin_utils.invocation import this_run
from refit.config.invocation import Invocation


class RunVariables:
    """Those of *play*, and of *host* if it is not None."""

    def __init__(self, play: Any, host: Any) -> None:
        self._known: dict[str, Any] = play.get_variable_manager().get_vars(play=play, host=host)
        self._loader = play.get_loader()
        self._templar = Templar(loader=self._loader, variables=self._known)

    def get(self, name: str) -> Any:
        """The value of *name*, evaluated; None where it is not set."""
        return self._templar.template(self._known[name]) if name in self._known else None

    def invocation(self) -> Invocation:
        """How the run was called."""
        return this_run(self._known, self._templar.template, self._loader)
