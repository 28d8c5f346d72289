"""A server leaves a real nginx without a request being cut, and comes back."""

from __future__ import annotations

import http.client
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from refit.core import system
from refit.core.errors import RefitError
from refit.deploy import connections, nginx
from support.fleet import wait_until
from support.nginx import Balancer, find_nginx

pytestmark = pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed (apt-get install nginx-light)")


class Backend(ThreadingHTTPServer):
    """Answers its own port; ``/slow`` answers only once *release* is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.release = threading.Event()
        self.arrived = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.server.arrived.set()
            self.server.release.wait(20)
        body = str(self.server.server_port).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Site:
    def __init__(self, balancer: Balancer, backends: list[Backend]) -> None:
        self.balancer = balancer
        self.backends = backends
        self.nginx = nginx.Nginx(balancer.command, str(balancer.pid_file))

    def set_state(self, backend: Backend, *, down: bool, world: system.System | None = None) -> nginx.Change:
        path = str(self.balancer.upstream_file)
        return nginx.set_state(self.nginx, path, "backend", backend.address, world or system.real(), down=down)

    def answers(self, count: int = 20) -> set[int]:
        found = set()
        for _ in range(count):
            with urllib.request.urlopen(self.balancer.url, timeout=10) as answer:
                found.add(int(answer.read()))
        return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    backends = [Backend(), Backend()]
    with Balancer(tmp_path / "nginx", [backend.address for backend in backends]) as balancer:
        yield Site(balancer, backends)
    for backend in backends:
        backend.release.set()
        backend.shutdown()
        backend.server_close()


def test_from_the_moment_it_is_out_no_request_comes_and_those_it_has_are_answered(site: Site) -> None:
    leaving, staying = site.backends
    slow: list[http.client.HTTPResponse] = []

    def ask_until_the_leaving_one_works() -> None:
        while not leaving.arrived.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", site.balancer.port, timeout=30)
            staying.release.set()
            connection.request("GET", "/slow")
            slow.append(connection.getresponse())

    client = threading.Thread(target=ask_until_the_leaving_one_works)
    client.start()
    assert leaving.arrived.wait(10)

    change = site.set_state(leaving, down=True)

    assert change.changed
    assert site.answers() == {staying.server_port}
    assert connections.count_open(leaving.server_port) == 1
    assert connections.wait_until_closed(leaving.server_port, 0.3, system.real()) == 1
    leaving.release.set()
    assert connections.wait_until_closed(leaving.server_port, 10, system.real()) == 0
    client.join()
    assert all(answer.status == 200 for answer in slow)

    assert site.set_state(leaving, down=False).changed
    assert site.answers() == {leaving.server_port, staying.server_port}
    assert not site.set_state(leaving, down=False).changed


def test_what_nginx_refuses_is_put_back(site: Site) -> None:
    path = site.balancer.upstream_file
    path.write_text(path.read_text() + "nonsense;\n")
    before = path.read_text()

    with pytest.raises(RefitError, match='nginx refuses: .*unknown directive "nonsense"'):
        site.set_state(site.backends[0], down=True)

    assert path.read_text() == before
    assert site.answers() == {backend.server_port for backend in site.backends}


def test_a_run_that_died_before_the_reload_is_finished_by_the_next(site: Site) -> None:
    class Killed(BaseException):
        pass

    def die(argv: list[str], **options: object) -> system.Completed:
        if "reload" in argv:
            raise Killed
        return system.run_command(argv, **options)

    with pytest.raises(Killed):
        site.set_state(site.backends[0], down=True, world=system.System(run=die))
    assert len(site.answers()) == 2

    site.set_state(site.backends[0], down=True)

    assert site.answers() == {site.backends[1].server_port}


def test_servers_that_leave_and_come_at_the_same_time_do_not_lose_each_other(site: Site) -> None:
    threads = [
        threading.Thread(target=site.set_state, args=(site.backends[0],), kwargs={"down": down})
        for down in (True, False) * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    site.set_state(site.backends[1], down=False)
    site.set_state(site.backends[0], down=False)

    assert wait_until(lambda: len(site.answers()) == 2)


def test_an_nginx_that_does_not_run_is_said_and_nothing_changes(site: Site, tmp_path: Path) -> None:
    before = site.balancer.upstream_file.read_text()
    site.nginx = nginx.Nginx(site.balancer.command, str(tmp_path / "no.pid"))

    with pytest.raises(RefitError, match="nginx is not running here"):
        site.set_state(site.backends[0], down=True)

    assert site.balancer.upstream_file.read_text() == before
