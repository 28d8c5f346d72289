"""One step of the story: which tasks belong to it, and what came of it on each host so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin_utils.progress import Progress

from .events import Task

# What decides, speaks or prepares on the controller: no step of its own.
_DECIDES = (
    "fleet_plan",
    "fleet_preflight",
    "fleet_status",
    "fleet_verdict",
    "freeze_plan",
    "incident_plan",
    "release_source",
    "severity",
)
_SPEAKS = ("assert", "debug", "discord_message", "discord_outbox", "fail", "severity_told")
_CHECKS = ("role_arguments", "validate_argument_spec")
_PREPARES = ("include_role", "include_tasks", "include_vars", "meta", "refit_bundle", "set_fact")
_QUIET = frozenset((*_DECIDES, *_SPEAKS, *_CHECKS, *_PREPARES))
_BY_ACTION = {"release_info": "look", "preflight_info": "look", "ledger_news": "note"}
_ACTIVATION = {"restore": "take_back", "rollback": "go_back"}
_RELEASE = {"ended": "finish", "marked_bad": "mark"}
# Tasks of Ansible's own in our roles, by the file that they are in.
_BY_FILE = {("stage", "bring"): "stage", ("rollback", "bring"): "bring", ("rollback", "fetch"): "bring"}


@dataclass
class Step:
    """A step that began.

    Attributes:
        key: which one: a key of the texts; ``other`` for tasks that the story does not know.
        detail: which batch, or whose tasks these are.
        began: when, in seconds since the epoch.
        hosts: whose it is, in the inventory's order.
        waiting: per host that has a task and has not answered since when.
        progress: per host that is waited for how far it is, where it says so.
        ends: per host how it ended there, in a word.
        seconds: per host how long what it did took, where it says so.
        note: what followed from it.
        ended: when the last answer came.
        doing: the title of the task at work, where the story does not know what it does.
    """

    key: str
    began: float
    detail: str = ""
    hosts: list[str] = field(default_factory=list)
    waiting: dict[str, float] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    note: str = ""
    ended: float = 0.0
    doing: str = ""
    tasks: int = 0
    changed: int = 0

    @property
    def name(self) -> tuple[str, str]:
        return self.key, self.detail

    def groups(self) -> Mapping[str, list[str]]:
        """The hosts by the word for how it ended there."""
        found: dict[str, list[str]] = {}
        for host in self.hosts:
            if host in self.ends:
                found.setdefault(self.ends[host], []).append(host)
        return found

    def order(self, host: str, now: float) -> None:
        """*host* is given a task."""
        if host not in self.hosts:
            self.hosts.append(host)
        self.waiting[host] = now
        self.progress.pop(host, None)


def key_of(task: Task, observes: bool) -> str | None:
    """The step that *task* belongs to; None where it is not one.

    Args:
        observes: whether a release was activated in this run, so that measuring is watching it.
    """
    if task.action in _QUIET:
        return None
    if task.action == "release_activate":
        return _ACTIVATION.get(task.asked.get("kind", ""), "batch")
    if task.action == "incident_record":
        return "note" if task.asked.get("state") else "look"
    if task.action == "release":
        return _RELEASE.get(task.asked.get("state", ""), "bring" if task.role == "rollback" else "stage")
    if task.action == "health_probe":
        return "measure" if task.role == "health_check" else "observe" if observes else "baseline"
    if task.role == "notify":
        return None
    return _BY_ACTION.get(task.action) or _BY_FILE.get((task.role, task.file), "other")
