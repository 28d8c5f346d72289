"""A page of counters as an application has one, of which a test says what they count."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def half_of_the_requests_fail() -> Iterator[str]:
    """A page of counters, per server, on which each look finds 40 more requests, 20 of them failed.  Yields its URL."""
    looks: Counter[str] = Counter()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            looks[self.path] += 1
            count = 1000 + 20 * looks[self.path]
            body = "".join(
                f'http_requests_total{{handler="/x",method="GET",status="{s}"}} {count}\n' for s in (200, 500)
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{{{{ inventory_hostname }}}}/metrics"
        server.shutdown()
