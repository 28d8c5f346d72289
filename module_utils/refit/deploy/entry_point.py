"""What a release is started by: that it is there is seen when it is staged, and not by users when it is switched to."""

from __future__ import annotations

import os

from ..config.pm2 import Pm2Settings
from ..config.service import Service
from ..config.systemd import SystemdSettings
from ..core.errors import StagingError
from ..core.programs import find_program
from ..words.reason import Reason


def check_entry_point(service: Service, directory: str, origin: str) -> None:
    """Refuse the release at *directory* where it lacks what the process manager is to start.

    A link counts as what it is called: it may lead into what is live.

    Args:
        origin: the file that the release comes from, for a person.

    Raises:
        StagingError: it is not in there, nor a program of this host.
    """
    setting, program, of_the_host = _named(service)
    path = _in_release(service, program)
    if not path or os.path.lexists(os.path.join(directory, path)):
        return
    if "/" not in program and find_program(program, of_the_host):
        return
    raise StagingError(
        Reason("entry_point_missing", path=path, setting=f"refit_services.{service.name}.{setting}"),
        where=origin,
        next_command=Reason("build_with_entry_point"),
    )


def _named(service: Service) -> tuple[str, str, list[str]]:
    """The setting that names it, what that says, and where else than in the release it is looked for."""
    manager = service.manager
    if isinstance(manager, Pm2Settings):
        return "pm2.app.script", str(manager.app["script"]), manager.search_path
    if isinstance(manager, SystemdSettings) and "/" in manager.command[0]:
        return "systemd.command", manager.command[0], []
    return "", "", []


def _in_release(service: Service, program: str) -> str:
    """*program*'s place in a release; empty where it is none of a release's."""
    if not program:
        return ""
    path = os.path.relpath(os.path.join(service.current_link, program), service.current_link)
    return "" if path.startswith("..") else path
