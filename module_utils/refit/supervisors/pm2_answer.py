"""What PM2 says of a service's processes, as far as anything rests on it.

PM2 runs with the rights of the applications that it starts: what answers in its place may say anything.  What is told
of here has the right types and sizes, and holds no variable of anybody's environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.answers import Reader, count, if_fit, listing, mapping, optional, otherwise, prose, text

_MOST = 10_000


def _settings(fields: dict[str, Reader]) -> Reader:
    """What PM2 leaves out altogether is as one without any of these *fields*."""
    reader = mapping(fields)
    return lambda value: reader({} if value is None else value)


_PROCESS = mapping(
    {
        "name": text,
        "pm_id": count,
        "pid": otherwise(count, 0),
        "pm2_env": _settings(
            {
                "status": optional(text),
                "restart_time": otherwise(count, 0),
                "pm_cwd": optional(prose),
                "pm_exec_path": optional(prose),
                "pm_err_log_path": if_fit(prose),
                "pm_out_log_path": if_fit(prose),
                "exec_mode": optional(text),
            }
        ),
    }
)


def read_processes(answer: Any, name: str) -> list[Mapping[str, Any]]:
    """The processes of the service *name* in PM2's list, whatever other applications it has.

    Raises:
        NotUnderstood: *answer* is no such list.
    """
    processes: list[Any] = listing(lambda value: value, _MOST)(answer)
    ours = [process for process in processes if isinstance(process, dict) and process.get("name") == name]
    found: list[Mapping[str, Any]] = listing(_PROCESS, _MOST)(ours)
    return found
