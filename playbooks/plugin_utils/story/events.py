"""What Ansible tells of a run, as plain values: all that the story is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["ok", "changed", "failed", "unreachable", "skipped"]

# What tells tasks of one action apart: of these a role names the value itself, and no template.
_ASKED = ("kind", "state", "stage")
# Per action what the story reads of its result; of any other only how it failed.
_SAID: Mapping[str, tuple[str, ...]] = {
    "fleet_plan": ("plan", "operation", "batches", "kind"),
    "release": ("version",),
    "release_activate": ("outcome",),
    "severity": ("touched_why",),
    "fleet_verdict": ("decision", "conclusion", "verdict", "report"),
    "discord_message": ("status", "trouble", "url"),
    "debug": ("msg",),
}
_PLAN = ("kind", "target", "from_versions", "missing")
_VERDICT = ("verdict", "succeeded")
_OUTCOME = ("outcome", "failed_check", "duration_s")


@dataclass(frozen=True)
class Task:
    """One task of a play.

    Attributes:
        action: what it calls, without a collection's name.
        role: whose it is; empty outside of roles.
        file: the file in which it stands, without directory and suffix.
        asked: of its arguments those of :data:`_ASKED`.
    """

    id: str
    action: str
    name: str
    role: str = ""
    file: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came of a task on one host.

    Attributes:
        ignored: whether the play goes on with the host although it failed.
        said: what the story reads of the result; of a task with ``no_log`` nothing.
    """

    host: str
    task: str
    status: Status
    ignored: bool = False
    said: Mapping[str, Any] = field(default_factory=dict)


def task_of(task: Any) -> Task:
    """Ansible's *task*."""
    role = getattr(task, "_role", None)
    arguments = task.args if isinstance(task.args, Mapping) else {}
    return Task(
        id=str(task._uuid),
        action=str(task.action).rpartition(".")[2],
        name=str(task.name or task.action),
        role=role.get_name().rpartition(".")[2] if role else "",
        file=Path(str(task.get_path() or "").rpartition(":")[0]).stem,
        asked={name: str(arguments[name]) for name in _ASKED if name in arguments},
    )


def answer_of(result: Any, status: Status, ignored: bool = False) -> Answer:
    """Ansible's *result* of a task on a host."""
    found = result.result if isinstance(result.result, Mapping) else {}
    if status == "ok" and found.get("changed"):
        status = "changed"
    action = str(result.task.action).rpartition(".")[2]
    said = {} if found.get("_ansible_no_log") else _said(action, found, status)
    return Answer(str(result.host.get_name()), str(result.task._uuid), status, ignored, said)


def _said(action: str, found: Mapping[str, Any], status: Status) -> dict[str, Any]:
    said = {name: found[name] for name in _SAID.get(action, ()) if name in found}
    for name, kept in (("plan", _PLAN), ("verdict", _VERDICT), ("outcome", _OUTCOME)):
        if isinstance(said.get(name), Mapping):
            said[name] = {part: said[name][part] for part in kept if part in said[name]}
    if status in ("failed", "unreachable"):
        said["msg"] = _why(found)
        if isinstance(found.get("reason"), Mapping):
            said["reason"] = found["reason"]
    return said


def _why(found: Mapping[str, Any]) -> str:
    """Why a task failed; of one with a loop, why its first item did."""
    items = found.get("results")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and item.get("failed") and not item.get("_ansible_no_log"):
            return _why(item)
    return str(found.get("msg") or found.get("stderr") or found.get("module_stderr") or "")
