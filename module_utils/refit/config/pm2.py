"""How a service runs under PM2, as its owner writes it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from ..core.programs import SYSTEM_PATH
from ..words.reason import Reason
from .reader import SettingsReader

# PM2 takes these for every app it has, or for the number of one of them.
_NO_NAME = re.compile(r"all|Infinity|[0-9]+([eE]-?[0-9]+)?|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")


# The files that PM2 writes for an app, by all the names it knows for them; and what it writes to no file.
STREAM_FILES = {
    "err": ("error_file", "error", "err", "err_file", "err_log"),
    "out": ("out_file", "output", "out", "out_log"),
}
LOG_FILES = (*STREAM_FILES["err"], *STREAM_FILES["out"], "log_file", "log")
NO_FILE = ("/dev/null", "NULL")


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
        raise service.error("name", Reason("means_other_apps", name=repr(name)))
    reader = service.child("pm2")
    app = reader.mapping("app")
    for key in app:
        if key in ("name", "cwd"):
            raise reader.error("app." + key, Reason("is_set_by_deploy"))
        if str(key).startswith("env_"):
            raise reader.error(f"app.{key}", Reason("has_no_effect_in_pm2"))
    if not app.get("script"):
        raise reader.error("app.script", Reason("script_missing"))
    _refuse_lost_logs(reader, name, app, service.relative_paths("shared"))
    settings = Pm2Settings(
        app=app,
        bin=reader.text("bin", default="pm2"),
        home=reader.path("home", default=None),
        unit=reader.text("unit", default=None),
        path=tuple(reader.strings("path")),
    )
    reader.done(field.name for field in fields(Pm2Settings))
    return settings


def stream_file(app: Mapping[str, Any], stream: str) -> str | None:
    """The file that *app* names for its processes' *stream*, ``out`` or ``err``; None where PM2 chooses one."""
    return next((app[key] for key in STREAM_FILES[stream] if isinstance(app.get(key), str)), None)


def log_files(app: Mapping[str, Any]) -> dict[str, str]:
    """The log files that *app* names, by their keys."""
    return {key: app[key] for key in LOG_FILES if isinstance(app.get(key), str) and app[key] not in NO_FILE}


def _refuse_lost_logs(reader: SettingsReader, name: str, app: Mapping[str, Any], shared: Sequence[str]) -> None:
    """PM2 takes a relative path from the release, in which it makes directories at a start and not at a reload."""
    kept = tuple(directory for directory in shared if directory.endswith("/"))
    for key, path in log_files(app).items():
        if not os.path.isabs(path) and not os.path.normpath(path).startswith(kept or ("\0",)):
            raise reader.error(
                f"app.{key}",
                Reason("log_would_be_lost", path=repr(path), better=f"/var/log/{name}/{os.path.basename(path)}"),
            )
