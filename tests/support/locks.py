"""A process that holds a lock and is stopped, as by a person's Ctrl-Z or a debugger: it neither works nor dies."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_HOLDER = """
import fcntl, os, signal, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(fd, fcntl.LOCK_EX)
os.kill(os.getpid(), signal.SIGSTOP)
"""


@contextlib.contextmanager
def stopped_holder(path: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """Have the file or directory *path* locked; yields the process that does it."""
    if not os.path.exists(path):
        Path(path).touch()
    process = subprocess.Popen([sys.executable, "-S", "-c", _HOLDER, os.fspath(path)])
    try:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        yield process
    finally:
        process.kill()
        process.wait()
