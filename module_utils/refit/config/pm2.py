"""How a service runs under PM2, as its owner writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from ..core.programs import SYSTEM_PATH
from .reader import SettingsReader

# PM2 takes these for every app it has, or for the number of one of them.
_NO_NAME = re.compile(r"all|Infinity|[0-9]+([eE]-?[0-9]+)?|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")


@dataclass(frozen=True)
class Pm2Settings:
    """How PM2 runs the service.

    Attributes:
        app: keys of PM2's own ecosystem file (``script``, ``args``, ``env`` …); ``name`` and ``cwd`` are ours.
        bin: PM2's program.
        home: ``PM2_HOME``, by default ``.pm2`` in the user's home.
        unit: the systemd unit that owns the daemon; without one the client may start it (as in the demo).
        path: put in front of ``PATH`` so that ``node`` is found.
    """

    kind: ClassVar[Literal["pm2"]] = "pm2"

    app: Mapping[str, Any]
    bin: str = "pm2"
    home: str | None = None
    unit: str | None = None
    path: tuple[str, ...] = ()

    @property
    def search_path(self) -> list[str]:
        """The directories in which PM2 and its applications look programs up."""
        return [*self.path, *SYSTEM_PATH]


def read_pm2_settings(service: SettingsReader, name: str) -> Pm2Settings:
    """The group ``pm2`` of the settings of the service *name*.  Raises InvalidInput."""
    if _NO_NAME.fullmatch(name):
        raise service.error("name", f"is {name!r}, which means other apps to PM2; choose a word of its own")
    reader = service.child("pm2")
    app = reader.mapping("app")
    for key in ("name", "cwd"):
        if key in app:
            raise reader.error("app." + key, "is set by the deploy itself; remove it")
    if not app.get("script"):
        raise reader.error("app.script", "is missing: the program to start, relative to the release")
    settings = Pm2Settings(
        app=app,
        bin=reader.text("bin", default="pm2"),
        home=reader.path("home", default=None),
        unit=reader.text("unit", default=None),
        path=tuple(reader.strings("path")),
    )
    reader.done(field.name for field in fields(Pm2Settings))
    return settings
