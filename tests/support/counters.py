"""A page of counters as an application has one, of which a test says what they count."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def counting(page: Callable[[int], bytes]) -> Iterator[str]:
    """An application that hands out to each path what *page* makes of how often that one was asked for, this time
    included.  Yields its address."""
    asked: Counter[str] = Counter()

    class Application(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            body = page(asked[self.path])
            self.send_response(200)
            self.send_header("Content-Type", "text/plain;version=0.0.4;charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def half_of_the_requests_fail() -> Iterator[str]:
    """A page of counters, per server, on which each look finds 40 more requests, 20 of them failed.  Yields its URL."""

    def page(look: int) -> bytes:
        count = 1000 + 20 * look
        lines = [f'http_requests_total{{handler="/x",method="GET",status="{s}"}} {count}\n' for s in (200, 500)]
        return "".join(lines).encode()

    with counting(page) as address:
        yield f"{address}/{{{{ inventory_hostname }}}}/metrics"
