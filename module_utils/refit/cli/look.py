"""What a person may see of a service on this host: how it stands, and what it logged.  Nothing is changed."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from ..config.service import Service
from ..core import procfs
from ..core.errors import SupervisorError
from ..core.masking import Masker
from ..core.system import System
from ..core.text_table import table
from ..core.timestamps import shown
from ..deploy.survey import full_record
from ..fleet import freeze
from ..fleet.status import render_host
from ..health.log_tail import LogTail
from ..health.unmeasured import Unmeasured
from ..state.holds import Holds
from ..state.ledger import Ledger
from ..supervisors.base import Supervisor
from ..words.sentence import said
from .terminal import answer, answer_json

EVENTS_SHOWN = 10
MOST_LINES = 1000


def status(service: Service, system: System, supervisor: Supervisor, masker: Masker, as_json: bool) -> None:
    """Print where *service* stands here, its processes and what happened last."""
    record = masker.hide_in(full_record(service, system, supervisor, look=True))
    events = [masker.hide_in(entry) for entry in Ledger(service.state_dir, system.clock).read().entries[-EVENTS_SHOWN:]]
    if as_json:
        answer_json({**record, "events": events})
        return
    host = socket.gethostname()
    freezes = [f"deploys are frozen {freeze.describe(hold)}" for hold in Holds.from_record(record["holds"]).freezes()]
    answer(
        [
            *render_host(host, record),
            *freezes,
            "",
            *_processes(service, system, supervisor, masker),
            "",
            *_happened(events),
        ]
    )


def logs(service: Service, system: System, supervisor: Supervisor, masker: Masker, count: int, as_json: bool) -> None:
    """Print the last *count* lines of each log of *service*, under its name, as ``tail`` does."""
    found = {
        name: masker.hide(str(part.reason)) if isinstance(part, Unmeasured) else [masker.hide(line) for line in part]
        for name, part in LogTail(service, system, supervisor).recent(count)
    }
    if as_json:
        answer_json(found)
        return
    lines = [] if found else [f"no log of {service.name} is known: its settings name none"]
    for name, part in found.items():
        lines += [
            "",
            f"==> {name} <==",
            *([f"cannot be read: {part}"] if isinstance(part, str) else part or ["(empty)"]),
        ]
    answer(lines if not found else lines[1:])


def _processes(service: Service, system: System, supervisor: Supervisor, masker: Masker) -> list[str]:
    """What the process manager says of each process, and what the kernel says that this one runs."""
    kind = service.manager.kind
    try:
        state = supervisor.state()
    except SupervisorError as error:
        return [masker.hide(f"{kind} cannot be asked: {error}")]
    if not state.workers:
        return [f"{kind} says {state.status}; it names no process"]
    rows = [["PROCESS", "STATUS", "RESTARTS", "RUNS"]]
    for worker in state.workers:
        running = procfs.what_runs(worker.pid, service.releases_dir, system.proc) if worker.pid else None
        runs = "" if running is None else running.version or str(running.reason or "")
        rows.append([str(worker.pid or "none"), worker.status, str(worker.restarts), runs])
    return table(rows)


def _happened(events: list[Mapping[str, Any]]) -> list[str]:
    if not events:
        return ["the ledger is empty: nothing was ever deployed here"]
    fields = ("event", "version", "by", "reason")
    rows = [["WHEN", "EVENT", "VERSION", "BY", "REASON"]]
    rows += [[shown(entry.get("at")), *(said(entry.get(field), "en") for field in fields)] for entry in events]
    return table(rows)
