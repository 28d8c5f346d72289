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
from ..deploy.survey import full_record
from ..fleet import freeze
from ..fleet.status import render_host
from ..health.log_tail import LogTail
from ..health.unmeasured import Unmeasured
from ..state.holds import Holds
from ..state.ledger import Ledger
from ..supervisors.base import Supervisor
from ..words.reason import Reason
from .terminal import Voice, answer, answer_json

EVENTS_SHOWN = 10
_SHOWN = ("version", "by", "reason")
_EVENTS = {
    "staged": "event_staged",
    "intent": "event_intent",
    "activated": "event_activated",
    "verified": "event_verified",
    "failed": "event_failed",
    "abandoned": "event_abandoned",
    "rolled_back": "event_rolled_back",
    "marked_bad": "event_marked_bad",
    "cleared": "event_cleared",
    "pruned": "event_pruned",
    "frozen": "event_frozen",
    "resumed": "event_resumed",
    "overridden": "event_overridden",
}
MOST_LINES = 1000


def status(
    service: Service, system: System, supervisor: Supervisor, masker: Masker, as_json: bool, voice: Voice
) -> None:
    """Print where *service* stands here, its processes and what happened last."""
    record = masker.hide_in(full_record(service, system, supervisor, look=True))
    events = [masker.hide_in(entry) for entry in Ledger(service.state_dir, system.clock).read().entries[-EVENTS_SHOWN:]]
    if as_json:
        answer_json({**record, "events": events})
        return
    host = socket.gethostname()
    freezes = Holds.from_record(record["holds"]).freezes()
    answer(
        [
            *render_host(host, record, voice.language),
            *(voice.words(Reason("deploys_are_frozen_by", by=freeze.describe(hold))) for hold in freezes),
            "",
            *_processes(service, system, supervisor, masker, voice),
            "",
            *_happened(events, voice),
        ]
    )


def logs(
    service: Service,
    system: System,
    supervisor: Supervisor,
    masker: Masker,
    count: int,
    as_json: bool,
    voice: Voice,
) -> None:
    """Print the last *count* lines of each log of *service*, under its name, as ``tail`` does."""
    found = {
        name: masker.hide(voice.words(part.reason))
        if isinstance(part, Unmeasured)
        else [masker.hide(line) for line in part]
        for name, part in LogTail(service, system, supervisor).recent(count)
    }
    if as_json:
        answer_json(found)
        return
    lines = [] if found else [voice.words(Reason("no_log_known", service=service.name))]
    empty = [voice.words(Reason("log_is_empty"))]
    for name, part in found.items():
        lines += [
            "",
            f"==> {name} <==",
            *([voice.words(Reason("log_cannot_be_read", why=part))] if isinstance(part, str) else part or empty),
        ]
    answer(lines if not found else lines[1:])


def _processes(service: Service, system: System, supervisor: Supervisor, masker: Masker, voice: Voice) -> list[str]:
    """What the process manager says of each process, and what the kernel says that this one runs."""
    kind = service.manager.kind
    try:
        state = supervisor.state()
    except SupervisorError as error:
        return [masker.hide(voice.words(Reason("manager_cannot_be_asked", manager=kind, why=error.reason)))]
    if not state.workers:
        return [voice.words(Reason("manager_names_no_process", manager=kind, status=state.status))]
    columns = ("column_process", "column_status", "column_restarts", "column_what_runs")
    rows = [[voice.words(Reason(column)) for column in columns]]
    for worker in state.workers:
        running = procfs.what_runs(worker.pid, service.releases_dir, system.proc) if worker.pid else None
        runs = "" if running is None else running.version or voice.words(running.reason)
        rows.append([str(worker.pid or voice.words(Reason("nowhere"))), worker.status, str(worker.restarts), runs])
    return table(rows)


def _happened(events: list[Mapping[str, Any]], voice: Voice) -> list[str]:
    if not events:
        return [voice.words(Reason("ledger_is_empty"))]
    columns = ("column_when", "column_event", "column_version", "column_by", "column_reason")
    rows = [[voice.words(Reason(column)) for column in columns]]
    for entry in events:
        event = Reason(_EVENTS[entry["event"]]) if entry.get("event") in _EVENTS else entry.get("event")
        told = (
            Reason("proven_at", at=entry.get("at")),
            event,
            *(entry.get(name) for name in ("version", "by", "reason")),
        )
        rows.append([voice.words(each) for each in told])
    return table(rows)
