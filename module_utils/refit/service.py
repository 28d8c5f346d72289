"""A service as its owner describes it, checked once and then trusted.

The same mapping is written under ``refit_services`` in the inventory, passed to
the modules as their ``service`` option and kept on the servers in
``/etc/refit/<name>.json``.  :meth:`Service.from_mapping` is the only reader.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, fields
from typing import Any, Mapping, Optional, Tuple

from .errors import InvalidInput

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
DEFAULT_STATE_ROOT = "/var/lib/refit"
PROCESS_MANAGERS = ("pm2",)


@dataclass(frozen=True)
class HealthCheck:
    """What counts as healthy.

    A check passes when *url* answers with *status* and its JSON body holds every
    dotted path of *json* with the given value.  *successes* passes in a row,
    within *deadline_s* seconds, make the service healthy.
    """

    url: str
    status: int = 200
    json: Mapping[str, Any] = field(default_factory=lambda: {"status": "UP"})
    version_url: Optional[str] = None
    version_field: str = "version"
    successes: int = 5
    interval_s: float = 0.2
    timeout_s: float = 2.0
    deadline_s: float = 60.0


@dataclass(frozen=True)
class Pm2:
    """How PM2 runs the service.

    *app* holds keys of PM2's own ecosystem file (``script``, ``args``, ``env`` …);
    ``name`` and ``cwd`` are ours.  *unit* is the systemd unit that owns the
    daemon; without one the client may start it (as in the demo).  *path* is put
    in front of ``PATH`` so that ``node`` is found.
    """

    app: Mapping[str, Any]
    bin: str = "pm2"
    home: Optional[str] = None
    unit: Optional[str] = None
    path: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Service:
    """One service on one server: where it lives, who runs it, what is healthy."""

    name: str
    root: str
    state_dir: str
    health: HealthCheck
    process_manager: str = "pm2"
    pm2: Optional[Pm2] = None
    user: Optional[str] = None
    shared: Tuple[str, ...] = ()

    @property
    def releases_dir(self) -> str:
        return os.path.join(self.root, "releases")

    @property
    def shared_dir(self) -> str:
        return os.path.join(self.root, "shared")

    @property
    def current_link(self) -> str:
        return os.path.join(self.root, "current")

    def release_dir(self, version: str) -> str:
        return os.path.join(self.releases_dir, "v" + version)

    @classmethod
    def from_mapping(cls, mapping: Any, name: Optional[str] = None) -> "Service":
        """Check *mapping* and return the service it describes.

        Args:
            mapping: the keys of this class, ``health`` and ``pm2`` as mappings.
            name: the service's name, where the mapping has no ``name`` of its own.

        Raises:
            InvalidInput: names the key, what it holds and what it should hold.
        """
        reader = _Reader(mapping, "refit_services.{}".format(name) if name else "service")
        name = reader.text("name", default=name)
        if not _NAME.match(name or ""):
            raise reader.error("name", "is {!r}; letters, digits, '-' and '_' only".format(name))
        reader.where = "refit_services.{}".format(name)
        root = reader.path("root")
        manager = reader.text("process_manager", default="pm2")
        if manager not in PROCESS_MANAGERS:
            raise reader.error("process_manager", "is {!r}; known are: {}".format(manager, ", ".join(PROCESS_MANAGERS)))
        service = cls(
            name=name,
            root=root,
            state_dir=reader.path("state_dir", default=os.path.join(DEFAULT_STATE_ROOT, name)),
            health=_health(reader.child("health")),
            process_manager=manager,
            pm2=_pm2(reader.child("pm2")) if manager == "pm2" else None,
            user=reader.text("user", default=None),
            shared=tuple(reader.relative_paths("shared")),
        )
        reader.done(f.name for f in fields(cls))
        return service


def _health(reader: "_Reader") -> HealthCheck:
    health = HealthCheck(
        url=reader.url("url"),
        status=reader.number("status", 200, 100, 599, whole=True),
        json=reader.mapping("json", {"status": "UP"}),
        version_url=reader.url("version_url", default=None),
        version_field=reader.text("version_field", default="version"),
        successes=reader.number("successes", 5, 1, 1000, whole=True),
        interval_s=reader.number("interval_s", 0.2, 0.01, 60),
        timeout_s=reader.number("timeout_s", 2.0, 0.05, 600),
        deadline_s=reader.number("deadline_s", 60.0, 0.1, 86400),
    )
    reader.done(f.name for f in fields(HealthCheck))
    return health


def _pm2(reader: "_Reader") -> Pm2:
    app = reader.mapping("app")
    for key in ("name", "cwd"):
        if key in app:
            raise reader.error("app." + key, "is set by the deploy itself; remove it")
    if not app.get("script"):
        raise reader.error("app.script", "is missing: the program to start, relative to the release")
    pm2 = Pm2(
        app=app,
        bin=reader.text("bin", default="pm2"),
        home=reader.path("home", default=None),
        unit=reader.text("unit", default=None),
        path=tuple(reader.strings("path")),
    )
    reader.done(f.name for f in fields(Pm2))
    return pm2


_REQUIRED = object()


class _Reader:
    """Reads typed values out of a mapping and names the key when one is wrong."""

    def __init__(self, mapping: Any, where: str) -> None:
        if not isinstance(mapping, Mapping):
            raise InvalidInput(
                "{} must be a mapping, not {}".format(where, type(mapping).__name__),
                next_command="describe the service as in inventory/production/group_vars/all.yml",
            )
        self.values = mapping
        self.where = where

    def error(self, key: str, problem: str) -> InvalidInput:
        return InvalidInput(
            "{}.{} {}".format(self.where, key, problem),
            next_command="correct it in the inventory's group_vars and run the same command again",
        )

    def child(self, key: str) -> "_Reader":
        return _Reader(self._get(key, _REQUIRED), "{}.{}".format(self.where, key))

    def _get(self, key: str, default: Any) -> Any:
        value = self.values.get(key)
        if value is None:
            if default is _REQUIRED:
                raise self.error(key, "is missing")
            return default
        return value

    def text(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self._get(key, default)
        if value is default:
            return value
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.error(key, "must be a text, not {!r}".format(value))
        return str(value)

    def path(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.text(key, default)
        if value is default and default is None:
            return value
        if not os.path.isabs(value):
            raise self.error(key, "must be an absolute path, not {!r}".format(value))
        return os.path.normpath(value)

    def url(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.text(key, default)
        if value is not default and not re.match(r"https?://[^\s/]+", value):
            raise self.error(key, "must be an http:// or https:// URL, not {!r}".format(value))
        return value

    def number(self, key: str, default: float, low: float, high: float, whole: bool = False) -> Any:
        value = self._get(key, default)
        try:
            number = int(str(value)) if whole else float(str(value))
            good = not isinstance(value, bool) and low <= number <= high
        except ValueError:
            good = False
        if not good:
            kind = "a whole number" if whole else "a number"
            raise self.error(key, "must be {} from {} to {}, not {!r}".format(kind, low, high, value))
        return number

    def mapping(self, key: str, default: Any = _REQUIRED) -> Mapping[str, Any]:
        value = self._get(key, default)
        if not isinstance(value, Mapping):
            raise self.error(key, "must be a mapping, not {!r}".format(value))
        return {str(k): v for k, v in value.items()}

    def strings(self, key: str) -> Any:
        value = self._get(key, ())
        if isinstance(value, str) or not all(isinstance(item, str) and item for item in value):
            raise self.error(key, "must be a list of texts, not {!r}".format(value))
        return [str(item) for item in value]

    def relative_paths(self, key: str) -> Any:
        paths = []
        for item in self.strings(key):
            normal = os.path.normpath(item)
            if os.path.isabs(item) or normal in (".", "..") or normal.startswith("../"):
                raise self.error(key, "holds {!r}; paths are relative to shared/ and stay inside it".format(item))
            paths.append(normal)
        return paths

    def done(self, known: Any) -> None:
        known = list(known)
        for key in self.values:
            if key not in known:
                close = difflib.get_close_matches(str(key), known, 1)
                hint = "; did you mean {!r}?".format(close[0]) if close else "; known are: " + ", ".join(known)
                raise self.error(str(key), "is not a setting" + hint)
