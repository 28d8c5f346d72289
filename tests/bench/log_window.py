"""What it costs to read the last minutes of a log, however long the log is.

log_window.py [DIRECTORY]    where the logs are made, sparse: a few megabytes of room are enough
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "module_utils"))

from refit.health.log_window import LogWindow, Lookback, mark, read_since  # noqa: E402  (found through the path above)

SIZES = (1_000_000, 100_000_000, 2_000_000_000)
WINDOW_S = 300.0
LINES = 5_000  # of 300 s, one in ten of them an ERROR
RUNS = 15


def main(arguments: list[str]) -> int:
    if len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    print(
        "Python {}, {} {}, {} cores, load {:.2f}; median of {} runs, window {:g} s with {} lines".format(
            platform.python_version(),
            platform.system(),
            platform.release(),
            os.cpu_count(),
            os.getloadavg()[0],
            RUNS,
            WINDOW_S,
            LINES,
        )
    )
    print("{:>14}  {:>24}  {:>24}".format("file", "by the lines' times", "since a position"))
    with tempfile.TemporaryDirectory(dir=arguments[0] if arguments else None) as directory:
        for size in SIZES:
            path = os.path.join(directory, f"{size}.log")
            now = time.time()
            before = write(path, size, now)
            lookback = Lookback(now - WINDOW_S, timezone.utc)
            last = measure(partial(read_since, path, mark(path), lookback=lookback))
            os.truncate(path, before)
            position = mark(path)
            with open(path, "ab") as log:
                log.write(recent(now))
            since = measure(partial(read_since, path, position))
            print("{:>11,} kB  {:>24}  {:>24}".format(size // 1000, last, since))
            os.unlink(path)
    return 0


def write(path: str, size: int, now: float) -> int:
    """Make a log of *size* bytes that ends with the window's lines; returns how long what lies before them is.

    Before them are real lines for as far as any reader may look, and a hole in front of those.
    """
    old = "{} INFO long ago\n".format(stamp(now - 3600)).encode() * 20_000
    new = recent(now)
    before = max(size - len(new), 0)
    with open(path, "wb") as log:
        log.seek(max(before - len(old), 0))
        log.write(old[-before:])
        log.write(new)
    return before


def recent(now: float) -> bytes:
    step_s = (WINDOW_S - 1) / LINES
    lines = (
        "{} {} request {} took {} ms\n".format(
            stamp(now - (LINES - number) * step_s), "ERROR" if number % 10 == 0 else "INFO", number, number % 700
        )
        for number in range(LINES)
    )
    return "".join(lines).encode()


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")


def measure(read: Callable[[], Any]) -> str:
    """``12.3 ms, 341 kB read``"""
    took_ms = []
    for _ in range(RUNS):
        began = time.perf_counter()
        found = read()
        took_ms.append((time.perf_counter() - began) * 1000)
        assert isinstance(found, LogWindow), found
        assert found.errors == LINES // 10, found
    return "{:.1f} ms, {:,} kB read".format(statistics.median(took_ms), found.bytes_read // 1000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
