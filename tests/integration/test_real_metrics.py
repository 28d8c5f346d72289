"""Traffic of a real FastAPI service under PM2, against what its clients counted themselves."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from refit.config.service import Service
from refit.core import system
from refit.health import severity
from refit.health.measure import measure
from refit.supervisors import registry
from support.fleet import ROOT, Fleet, Server, wait_until

pytestmark = [pytest.mark.fleet, pytest.mark.slow]

PACKAGES = ("fastapi", "uvicorn", "prometheus-fastapi-instrumentator")
APP = """
import itertools, os
from fastapi import FastAPI, Response
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()
Instrumentator(should_group_status_codes=os.environ["GROUPED"] == "yes").instrument(app).expose(app)
turns = itertools.count()

@app.get("/api/ai/health")
def health():
    return {"status": "UP"}

@app.get("/api/ai/analyse/{id}")
def analyse(id: int, response: Response):
    if next(turns) % 5 == 0:
        response.status_code = 503
    return {"id": id}
"""


@pytest.fixture(scope="module")
def uvicorn() -> Path:
    """Uvicorn in an environment of its own with :data:`PACKAGES`, made once and kept."""
    wanted = hashlib.sha256(" ".join((*PACKAGES, sys.version)).encode()).hexdigest()[:12]
    home = ROOT / ".cache" / "tests" / f"fastapi-{wanted}"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        install = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", *PACKAGES]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip("PyPI cannot be reached, so there is no FastAPI to measure: " + done.stderr.strip()[-200:])
        (home / "ready").touch()
    return home / "bin" / "uvicorn"


@pytest.fixture(params=["5xx", "503"])
def ai_service(request: pytest.FixtureRequest, uvicorn: Path, tmp_path: Path) -> Iterator[tuple[Server, Service]]:
    """The service under PM2; its counters have the status grouped or plain."""
    with Fleet(tmp_path, 1) as fleet:
        server = fleet[0]
        described = server.service()
        described["pm2"]["app"] = {
            "script": str(uvicorn),
            "args": ["app:app", "--port", str(server.port), "--no-access-log"],
            "interpreter": "none",
            "env": {"GROUPED": "yes" if request.param == "5xx" else "no"},
        }
        described["health"] = {"url": f"http://127.0.0.1:{server.port}/api/ai/health", "interval_s": 0.1}
        described["traffic"] = {"kind": "prometheus", "url": f"http://127.0.0.1:{server.port}/metrics"}
        release = server.root / "releases" / "v1"
        release.mkdir(parents=True)
        (release / "app.py").write_text(APP)
        os.symlink("releases/v1", server.root / "current")
        service = Service.from_mapping(described)
        registry.for_service(service, system.real()).reload()
        wait_until(lambda: server.ask("/api/ai/health"), seconds=30)
        yield server, service


class Load:
    """Clients that ask as fast as they are answered, and count for themselves."""

    def __init__(self, server: Server, clients: int = 4) -> None:
        self._url = f"http://127.0.0.1:{server.port}/api/ai/analyse/7"
        self._stop = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(clients)
        self._clients = [self._pool.submit(self._ask) for _ in range(clients)]

    def _ask(self) -> tuple[int, int]:
        asked = failed = 0
        while not self._stop.is_set():
            try:
                urllib.request.urlopen(self._url, timeout=5).close()
            except urllib.error.HTTPError as error:
                failed += error.code >= 500
                error.close()
            asked += 1
        return asked, failed

    def stop(self) -> tuple[int, int]:
        """Requests and 5xx, over all clients."""
        self._stop.set()
        counts = [client.result(10) for client in self._clients]
        self._pool.shutdown()
        return sum(asked for asked, _ in counts), sum(failed for _, failed in counts)


def test_the_measured_share_of_errors_is_the_clients_own(ai_service: tuple[Server, Service]) -> None:
    server, service = ai_service
    world = system.real()
    load = Load(server)
    time.sleep(0.2)  # the window lies within the load, not around it
    record = measure(service, world, registry.for_service(service, world), 3.0)
    asked, failed = load.stop()

    traffic = record["traffic"]
    assert traffic["requests"] > 50  # a busy machine sends few; their share is what counts
    assert traffic["requests"] <= asked
    measured_pct, counted_pct = 100 * traffic["errors"] / traffic["requests"], 100 * failed / asked
    assert measured_pct == pytest.approx(counted_pct, abs=1)
    assert traffic["mean_latency_ms"] > 0
    assert traffic["p95_latency_ms"] is None or traffic["p95_latency_ms"] > 0
    assert record["process"]["versions"] == ["1"]
    assert record["health"]["successes"] == record["health"]["attempts"]
    grade = severity.grade_host(json.loads(json.dumps(record)))
    assert (grade.severity, grade.reasons[0].rule) == ("P1", "server_errors")


def test_health_checks_alone_are_no_traffic(ai_service: tuple[Server, Service]) -> None:
    _server, service = ai_service
    world = system.real()
    record = measure(service, world, registry.for_service(service, world), 0.5)
    assert record["health"]["successes"] > 1
    assert record["traffic"]["requests"] == 0
    assert severity.grade_host(record).severity == "OK"
