"""A fleet on this machine: three "servers" with their own directories, port and PM2.

No root is needed.  Node and PM2 are the project's own (``.tools``), so every machine
runs the same.  Ansible finds the fleet through ``fleet.json`` (``inventory/demo``).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools" / "bin"
_PORTS = range(21000, 31000)
_PORTS_FILE = Path(tempfile.gettempdir()) / f"refit-ports-{os.getuid()}"


@dataclass
class Server:
    """One server: *base* holds all of it but PM2's sockets, whose path must be short."""

    name: str
    base: Path
    port: int
    pm2_home: Path
    service_name: str = "backend"
    exec_mode: str = "fork"
    instances: int = 1
    env: dict[str, str] = field(default_factory=dict)
    health: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.base / "opt" / "ai_app"

    @property
    def state_dir(self) -> Path:
        return self.base / "var" / "lib" / "refit" / self.service_name

    @property
    def current(self) -> str:
        """What the link says, without the directory."""
        return os.readlink(self.root / "current").removeprefix("releases/v")

    def service(self) -> dict[str, Any]:
        """The service as an entry of ``refit_services``."""
        return {
            "name": self.service_name,
            "root": str(self.root),
            "state_dir": str(self.state_dir),
            "pm2": {
                "bin": str(TOOLS / "pm2"),
                "home": str(self.pm2_home),
                "path": [str(TOOLS)],
                "app": {
                    "script": "server.js",
                    "exec_mode": self.exec_mode,
                    "instances": self.instances,
                    "env": {"PORT": str(self.port), **self.env},
                    "out_file": str(self.base / "out.log"),
                    "error_file": str(self.base / "error.log"),
                    "min_uptime": 1000,
                    "max_restarts": 5,
                },
            },
            "health": {
                "url": f"http://127.0.0.1:{self.port}/health",
                "version_url": f"http://127.0.0.1:{self.port}/version",
                "successes": 3,
                "interval_s": 0.15,
                "timeout_s": 1,
                "deadline_s": 10,
                "stable_s": 1,
                **self.health,
            },
        }

    def ask(self, path: str) -> Any:
        """The JSON that the service answers on *path*; None if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def daemon_pid(self) -> int | None:
        """The PM2 daemon, if it lives."""
        try:
            pid = int((self.pm2_home / "pm2.pid").read_text())
            # The pid of a fleet that was left alone may be somebody else's by now.
            ours = f"PM2_HOME={self.pm2_home}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if ours and _alive(pid) else None

    def stop(self) -> None:
        """End this server's PM2 and everything below it, and wait until it is gone."""
        pid = self.daemon_pid()
        if pid is None:
            return
        family = [pid, *_descendants(pid)]
        os.kill(pid, signal.SIGTERM)  # PM2 stops its processes, then itself
        try:
            wait_until(lambda: not any(_alive(member) for member in family), seconds=10)
        except TimeoutError:
            for member in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member, signal.SIGKILL)
            wait_until(lambda: not any(_alive(member) for member in family), seconds=5)


class Fleet:
    """Servers ``server1`` … on this machine, below *base*; a context manager."""

    kind: type[Server] = Server

    def __init__(self, base: Path, count: int = 3, **settings: Any) -> None:
        self.base = Path(base)
        self.base.mkdir(parents=True, exist_ok=True)
        self.short = Path(tempfile.mkdtemp(prefix="refit-"))
        self.servers = [
            self.kind(
                name=f"server{number}",
                base=self.base / f"server{number}",
                port=port,
                pm2_home=self.short / str(number),
                **settings,
            )
            for number, port in enumerate(free_ports(count), 1)
        ]
        for server in self.servers:
            server.base.mkdir(parents=True, exist_ok=True)
        self.save()

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Server]:
        return iter(self.servers)

    def __getitem__(self, index: int) -> Server:
        return self.servers[index]

    def running(self) -> list[str | None]:
        """The version that each server's own process answers; None where none answers."""
        return [(server.ask("/version") or {}).get("version") for server in self.servers]

    def save(self, **more: Any) -> None:
        """Write ``fleet.json``: what the inventory and :meth:`load` need, and *more* for the inventory."""
        servers = {
            server.name: {
                "base": str(server.base),
                "port": server.port,
                "pm2_home": str(server.pm2_home),
                "services": {server.service_name: server.service()},
            }
            for server in self.servers
        }
        path = self.base / "fleet.json"
        path.write_text(json.dumps({"servers": servers, **more}, indent=1))
        path.chmod(0o600)

    @classmethod
    def load(cls, base: Path) -> Fleet:
        """The fleet that :meth:`save` described."""
        fleet = cls.__new__(cls)
        fleet.base = Path(base)
        facts = json.loads((fleet.base / "fleet.json").read_text())["servers"]
        fleet.servers = [
            Server(name, Path(fact["base"]), fact["port"], Path(fact["pm2_home"])) for name, fact in facts.items()
        ]
        fleet.short = fleet.servers[0].pm2_home.parent
        return fleet

    def stop(self) -> None:
        """End every server's processes and remove PM2's homes."""
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.short, ignore_errors=True)


def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Poll *condition* until it is true and return its value.  Raises TimeoutError."""
    give_up_at = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= give_up_at:
            raise TimeoutError(f"not within {seconds:g} s")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; runs side by side are handed different ones."""
    with open(_PORTS_FILE, "a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.seek(0)
        last = handle.read().strip()
        port = int(last) if last.isdigit() else _PORTS.start
        found: list[int] = []
        while len(found) < count:
            port = port + 1 if port + 1 in _PORTS else _PORTS.start
            if _is_free(port):
                found.append(port)
        handle.truncate(0)
        handle.write(str(port))
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _descendants(pid: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for parent in found:
        found += [child for child, its in parents.items() if its == parent]
    return found[1:]
