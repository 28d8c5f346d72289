"""What a unit's own processes wrote to systemd's journal."""

from __future__ import annotations

from ..core.system import System

_TIMEOUT_S = 10.0
_LINE_CHARS = 500


def last_lines(system: System, unit: str, since_s: float, limit: int) -> list[str]:
    """The last *limit* lines of *unit* (``backend.service``) since the Unix time *since_s*, cut at 500 characters.

    Without what systemd itself says of the unit; empty where the journal cannot be read.
    """
    argv = ["journalctl", "--quiet", "--no-pager", "--output=cat", f"--since=@{since_s:.6f}", f"--lines={limit}"]
    done = system.run([*argv, f"_SYSTEMD_UNIT={unit}"], timeout_s=_TIMEOUT_S)
    # A message of several lines is one entry.
    return [line[:_LINE_CHARS] for line in done.stdout.splitlines()][-limit:] if done.rc == 0 else []
