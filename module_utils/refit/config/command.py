"""How a service that neither PM2 nor systemd runs is restarted, as its owner writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from ..words.reason import Reason
from .reader import SettingsReader


@dataclass(frozen=True)
class CommandSettings:
    """How the service is made to follow ``current``.

    Attributes:
        reload: program and arguments, run without a shell after each switch.
        stop: likewise, when a first release failed; without it nothing is stopped.
        user: who runs them, by default the service's user; nobody but root gains rights there (by ``sudo``, say).
        pid_file: where the service's main process writes its id.
        timeout_s: seconds that a command may take.
    """

    kind: ClassVar[Literal["command"]] = "command"

    reload: Sequence[str]
    stop: Sequence[str] = ()
    user: str | None = None
    pid_file: str | None = None
    timeout_s: float = 60.0


def read_command_settings(service: SettingsReader, version_url: str | None) -> CommandSettings:
    """The group ``command`` of a service's settings.  Raises InvalidInput."""
    reader = service.child("command")
    settings = CommandSettings(
        reload=tuple(reader.strings("reload")),
        stop=tuple(reader.strings("stop")),
        user=reader.text("user", default=None),
        pid_file=reader.path("pid_file", default=None),
        timeout_s=reader.number("timeout_s", 60.0, 0.1, 3600),
    )
    if not settings.reload:
        raise reader.error("reload", Reason("reload_missing"))
    if settings.pid_file is None and version_url is None:
        raise reader.error("pid_file", Reason("nothing_proves_what_runs"))
    reader.done(field.name for field in fields(CommandSettings))
    return settings
