"""A fleet whose releases are files that a web server hands out: nothing is restarted.

What is left is what deploys and rollbacks are themselves: Ansible, SSH, the modules, the gate.  All servers' files
are served by one plain ``http.server``.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from support.fleet import Fleet, Server, free_ports, wait_until

HEALTH = {"successes": 3, "interval_s": 0.2, "timeout_s": 5, "deadline_s": 60, "stable_s": 0.4}


class StillServer(Server):
    """One server; *url* is where its live release is served."""

    url = ""

    def service(self) -> dict[str, Any]:
        return {
            "name": self.service_name,
            "root": str(self.root),
            "state_dir": str(self.state_dir),
            "process_manager": "command",
            "command": {"reload": ["true"]},
            "health": {"url": f"{self.url}/health.json", "version_url": f"{self.url}/.release.json", **HEALTH},
        }


class StillFleet(Fleet):
    """*count* such servers; the base directory must be empty."""

    kind = StillServer

    def __init__(self, base: Path, count: int, **settings: Any) -> None:
        self._port = free_ports(1)[0]
        super().__init__(base, count, **settings)
        for server in self.servers:
            server.url = f"http://127.0.0.1:{self._port}/{server.name}/opt/ai_app/current"
        self.save()
        command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(self._port)]
        self._web = subprocess.Popen(command, cwd=base, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def stop(self) -> None:
        self._web.kill()
        self._web.wait()
        super().stop()

    def artifact(self, version: str) -> Path:
        """A release that is healthy; the same file each time."""
        path = self.base / f"app-{version}.tar.gz"
        if path.exists():
            return path
        with tarfile.open(path, "w:gz") as archive:
            data = b'{"status": "UP"}'
            member = tarfile.TarInfo("health.json")
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
        return path

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{self._port}/", timeout=5).status == 200
        return False


def write_inventory(fleet: StillFleet, reached: Mapping[str, Mapping[str, Any]], **webhooks: str) -> Path:
    """An inventory as a site has one, with the variables by which each server is *reached*."""
    path = fleet.base / "inventory"
    (path / "group_vars").mkdir(parents=True)
    hosts = {server.name: {**reached[server.name], "refit_services": {"backend": server.service()}} for server in fleet}
    (path / "hosts.json").write_text(json.dumps({"app": {"hosts": hosts}}))
    site = {
        "refit_services": {"backend": fleet[0].service()},  # what is checked before any host is asked
        "notify_spool_dir": str(fleet.base / "spool"),
        "refit_environment": "test",
        "refit_discord_webhooks": webhooks,
    }
    (path / "group_vars" / "all.json").write_text(json.dumps(site))
    return path
