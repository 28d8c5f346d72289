"""Whether the operators may still roll back on this server, and nothing more than that."""

from __future__ import annotations

import os
import stat

from ..core.errors import why_failed
from ..core.system import ADMIN_PATH, System
from ..words.reason import Reason

_MOST_BYTES = 65536
_VISUDO_S = 5.0
_NOT_INSTALLED = (126, 127)


def sudoers_faults(path: str, wanted: str, system: System) -> list[Reason]:
    """What is wrong with the rules at *path*.

    Args:
        wanted: the file as provisioning writes it; comments count for nothing.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found, text = os.fstat(descriptor), file.read(_MOST_BYTES)
    except OSError as error:
        return [Reason("sudoers_unreadable", path=path, why=why_failed(error))]
    faults = []
    # sudo reads no file that is somebody else's, or that others may write to.
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        faults.append(Reason("sudoers_not_roots", path=path))
    if _rules(text.decode("utf-8", "replace")) != _rules(wanted):
        faults.append(Reason("sudoers_differs", path=path))
    checked = system.run(
        ["visudo", "--check", "--strict", f"--file={path}"],
        env={"PATH": ADMIN_PATH, "LC_ALL": "C"},
        timeout_s=_VISUDO_S,
    )
    if checked.rc != 0 and checked.rc not in _NOT_INSTALLED:
        faults.append(Reason("sudoers_not_accepted", path=path))
    return faults


def _rules(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    # A `#` begins a comment but where it is a user's number, which ours names none of.
    return [line for line in lines if line and not line.startswith("#")]
