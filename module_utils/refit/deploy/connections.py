"""Who is still connected to a service: the kernel's own table of TCP connections.

A server that was taken out of a load balancer still answers the requests that it has.  It may be
restarted when the last of those connections is closed.
"""

from __future__ import annotations

import os

from ..core.system import System

# Established, and closed by the client while the service still works on its answer.
_OPEN = ("01", "08")
_LOOK_EVERY_S = 0.1


def count_open(port: int, proc: str = "/proc") -> int:
    """How many TCP connections to the local *port* are open."""
    return sum(_count(os.path.join(proc, "net", table), port) for table in ("tcp", "tcp6"))


def wait_until_closed(port: int, timeout_s: float, system: System) -> int:
    """Wait until nobody is connected to *port*, at most *timeout_s* seconds; returns who still is."""
    clock = system.clock
    give_up_at = clock.monotonic() + timeout_s
    while True:
        left = count_open(port, system.proc)
        if not left or clock.monotonic() >= give_up_at:
            return left
        clock.sleep(_LOOK_EVERY_S)


def _count(path: str, port: int) -> int:
    try:
        with open(path, encoding="ascii") as table:
            rows = [line.split() for line in table.readlines()[1:]]
    except FileNotFoundError:  # a kernel without IPv6
        return 0
    return sum(row[3] in _OPEN and int(row[1].rpartition(":")[2], 16) == port for row in rows)
