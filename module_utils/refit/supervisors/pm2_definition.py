"""The ecosystem file, and what it takes to make PM2 run it.

Pure functions.  *running* is always the list of the service's processes in PM2's own
terms, an entry of ``pm2 jlist`` each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

Action = Literal["started", "reloaded", "replaced"]
STARTED: Final = "started"
RELOADED: Final = "reloaded"
REPLACED: Final = "replaced"

_HEADER = "// Written at each activation by Re-Fit Ops from the inventory's settings: changes made here are lost.\n"
_START, _END = "module.exports = ", ";\n"

App = Mapping[str, Any]


def render(app: App) -> str:
    """The text of an ecosystem file with one app; the same settings give the same text."""
    return _HEADER + _START + json.dumps({"apps": [app]}, indent=2, sort_keys=True, ensure_ascii=False) + _END


def parse(text: str | None) -> App | None:
    """The one app of a file that :func:`render` wrote; None for anything else."""
    if text is None or not text.startswith(_HEADER + _START) or not text.endswith(_END):
        return None
    try:
        app = json.loads(text[len(_HEADER + _START) : -len(_END)])["apps"][0]
    except (ValueError, LookupError, TypeError):
        return None
    return app if isinstance(app, Mapping) else None


def reload_action(installed: App | None, wanted: App | None, running: Sequence[App]) -> tuple[Action, str | None]:
    """How PM2 is brought to run *wanted*: ``started``, ``reloaded`` or ``replaced``, and why replaced.

    A reload of PM2 never changes the mode or the number of instances, never removes a
    variable, and never moves a process off a directory that was resolved when it was
    first started: there the processes must be replaced.  What else may have changed is
    not worth knowing PM2's rules for: whatever is not a variable replaces as well.

    Args:
        installed, wanted: the app of the ecosystem file before and after; None means
            that somebody else wrote that file, so that nobody knows what is in it.
    """
    if not running:
        return STARTED, None
    if installed is None or wanted is None:
        return REPLACED, "it was defined by hand"
    why = _drift(wanted, running) or _change(installed, wanted)
    return (REPLACED, why) if why else (RELOADED, None)


def _drift(wanted: App, running: Sequence[App]) -> str | None:
    """What somebody did to the processes since the file was written, as far as PM2 shows it."""
    cwd = wanted["cwd"]
    script = os.path.normpath(os.path.join(cwd, str(wanted.get("script", ""))))
    for process in running:
        live = process.get("pm2_env") or {}
        if live.get("pm_cwd") != cwd:
            return "it is frozen in {}".format(live.get("pm_cwd"))
        started_from = str(live.get("pm_exec_path"))
        # One outside the service's root is a program that PM2 looked up, such as java.
        if started_from.startswith(os.path.dirname(cwd) + os.sep) and started_from != script:
            return f"it is frozen on {started_from}"
        if "exec_mode" in wanted and _mode(live.get("exec_mode")) != _mode(wanted["exec_mode"]):
            return "it runs in {} mode".format(_mode(live.get("exec_mode")))
    instances = str(wanted.get("instances", 1))
    # 0, a negative number and "max" mean as many as there are cores, more or less.
    if instances.isdigit() and int(instances) > 0 and int(instances) != len(running):
        return f"{len(running)} instances run instead of {instances}"
    return None


def _mode(value: Any) -> str:
    return str(value).removesuffix("_mode")


def _change(installed: App, wanted: App) -> str | None:
    """What a reload would not take over from the new file."""
    for key in sorted((set(installed) | set(wanted)) - {"env"}):
        if installed.get(key) != wanted.get(key):
            return f"{key} changed"
    removed = sorted(set(installed.get("env") or {}) - set(wanted.get("env") or {}))
    return "removed from env: {}".format(", ".join(removed)) if removed else None
