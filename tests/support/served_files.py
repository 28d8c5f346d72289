"""A service without a process of its own: a web server serves whatever ``current`` leads to."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from refit.config.service import Service
from refit.core import system
from refit.deploy import activation, staging, survey
from refit.fleet.plan import plan_deploy
from refit.state.operation import Operation
from refit.supervisors import registry

HEALTH = {"successes": 2, "interval_s": 0.05, "timeout_s": 1, "deadline_s": 3, "stable_s": 0.2}


def deploy(settings: dict[str, Any], version: str, folder: Path, status: str = "UP") -> dict[str, Any]:
    """Bring a release whose health.json says *status*; returns the outcome record."""
    artifact = folder / f"app-{version}.tar.gz"
    with tarfile.open(artifact, "w:gz") as archive:
        data = f'{{"status": "{status}"}}'.encode()
        member = tarfile.TarInfo("health.json")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    service, world = Service.from_mapping(settings), system.real()
    manager = registry.for_service(service, world)
    staging.stage(service, version, str(artifact), world)
    plan = plan_deploy({"here": survey.full_record(service, world, manager)}, version)
    operation = Operation(plan.number, plan.kind, f"run-{plan.number}", "kim@ops-1", version)
    request = activation.Request(version, operation, finish=True)
    return activation.activate(service, world, manager, request).to_record()


def settings(folder: Path, port: int, **command: Any) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}"
    return {
        "name": "site",
        "root": str(folder / "opt"),
        "state_dir": str(folder / "state"),
        "process_manager": "command",
        "command": command,
        "health": {"url": url + "/health.json", "version_url": url + "/.release.json", **HEALTH},
    }


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[dict[str, Any]]:
    """The settings of such a service below *folder*."""
    handler = partial(_Quiet, directory=str(folder / "opt" / "current"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield settings(folder, server.server_port, reload=["true"])
        server.shutdown()
