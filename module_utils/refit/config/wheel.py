"""What a release that is a Python wheel needs, as its owner writes it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from ..words.reason import Reason
from .reader import SettingsReader

DEFAULT_BUILD_USER = "refit-build"
CACHE_DIRECTORY = ".uv-cache"

_PYTHON_VERSION = re.compile(r"3\.\d{1,2}(\.\d{1,2})?\Z")
_DOTTED = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"
_APP = re.compile(rf"{_DOTTED}(:{_DOTTED})?\Z", re.ASCII)
_EXTRA = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class WheelSettings:
    """How a wheel becomes a release with a virtualenv of its own.

    Attributes:
        python: the interpreter, a version such as ``3.11`` or an absolute path.
        app: what must be importable, ``module`` or ``module:attribute``.
        cache: uv's cache.
        constraints: a pip constraints file on the server.
        extras: the wheel's extras that are installed with it.
        uv: the program; looked up in the system's directories.
        build_user: who builds where root stages; never the service's own user.
        build_timeout_s: seconds that all build steps together may take.
        sdists: whether packages that are no wheels may be installed; their own code runs to make one.
        import_env: variables that the app cannot be imported without.
        import_network: whether it needs the network for that.
    """

    python: str
    app: str
    cache: str
    constraints: str | None = None
    extras: Sequence[str] = ()
    uv: str = "uv"
    build_user: str = DEFAULT_BUILD_USER
    build_timeout_s: float = 1800.0
    sdists: bool = False
    import_env: Mapping[str, str] = field(default_factory=dict, repr=False)
    import_network: bool = False


def read_wheel_settings(reader: SettingsReader, root: str) -> WheelSettings:
    """The group ``wheel`` of the settings of the service at *root*.  Raises InvalidInput."""
    settings = WheelSettings(
        python=reader.text("python"),
        app=reader.text("app"),
        cache=reader.path("cache", default=os.path.join(root, CACHE_DIRECTORY)),
        constraints=reader.path("constraints", default=None),
        extras=tuple(reader.strings("extras")),
        uv=reader.text("uv", default="uv"),
        build_user=reader.text("build_user", default=DEFAULT_BUILD_USER),
        build_timeout_s=reader.number("build_timeout_s", 1800.0, 1, 86400),
        sdists=reader.boolean("sdists", False),
        import_env={name: str(value) for name, value in reader.mapping("import_env", {}).items()},
        import_network=reader.boolean("import_network", False),
    )
    if not _PYTHON_VERSION.match(settings.python) and not os.path.isabs(settings.python):
        raise reader.error("python", Reason("must_be_python", value=repr(settings.python)))
    if not _APP.match(settings.app):
        raise reader.error("app", Reason("must_be_app", value=repr(settings.app)))
    for extra in settings.extras:
        if not _EXTRA.match(extra):
            raise reader.error("extras", Reason("holds_no_extra", value=repr(extra)))
    reader.done(item.name for item in fields(WheelSettings))
    return settings
