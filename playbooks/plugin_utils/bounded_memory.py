"""How much of this machine's memory one answer of a host may take.

Ansible keeps all that a command on a host prints, however much that is: a host that never stops would take the
controller's memory, and with it the run for all others.  Each task is a process of its own, so the kernel can end it.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator

_STATM = "/proc/self/statm"


class TooMuch(Exception):
    """What the block does takes more memory than it may."""


@contextlib.contextmanager
def at_most(count: int, transport: str = "") -> Iterator[None]:
    """Let the block take *count* bytes of memory besides what this process has; where the kernel cannot say how much
    that is, as much as it likes.

    Args:
        transport: of the connection in whose name the block works.  On ``local`` the host is this machine, and what is
            started there would inherit the bound, an application included.

    Raises:
        TooMuch: it needed more; what it had taken is free again.
    """
    used = 0 if transport == "local" else _used()
    if not used:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [limit for limit in (used + count, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    except MemoryError as error:
        raise TooMuch from error
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _used() -> int:
    """The size of this process's address space in bytes; 0 where that is not told."""
    try:
        with open(_STATM, encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
