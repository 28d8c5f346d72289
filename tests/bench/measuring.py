"""What a command takes: seconds, CPU and memory of itself and of all that it starts."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """*seconds* by the clock, *cpu_s* of the command and its children, *megabytes* that they held at most at a time."""

    seconds: float
    cpu_s: float
    megabytes: float


class CommandFailed(Exception):
    """The command did not exit with 0; the text is the end of what it said."""


def measure(command: Sequence[str], cwd: Path, environment: Mapping[str, str], output: Path) -> Taken:
    """Run *command* to its end.  Raises CommandFailed."""
    began, cpu, most = time.monotonic(), children_cpu_s(), 0
    with output.open("w") as said:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
    waiter = threading.Thread(target=process.wait)
    waiter.start()
    while waiter.is_alive():
        most = max(most, sum(memory_kb(pid) for pid in family(process.pid)))
        waiter.join(0.5)
    if process.returncode:
        raise CommandFailed(output.read_text()[-3000:])
    return Taken(time.monotonic() - began, children_cpu_s() - cpu, most / 1024)


def children_cpu_s() -> float:
    """CPU seconds of all children that have ended and were waited for, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def memory_kb(pid: int) -> int:
    """The process's own memory, and its share of what it has in common with others."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def this_machine() -> str:
    """What the figures depend on, in a line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else "unknown processor"
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False).stderr.partition(",")[0]
    versions = f"Python {platform.python_version()}, ansible-core {version('ansible-core')}, {ssh}"
    return f"{os.cpu_count()} cores ({model}), load {os.getloadavg()[0]:.1f} before; {versions}"
