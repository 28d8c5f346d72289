"""A service as its owner describes it, checked once and then trusted.

The same mapping is written under ``refit_services`` in the inventory, passed to
the modules as their ``service`` option and kept on the servers in
``/etc/refit/<name>.json``.  :meth:`Service.from_mapping` is the only reader.
"""

from __future__ import annotations

import datetime
import glob
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from ..core.programs import SYSTEM_PATH
from .command import CommandSettings, read_command_settings
from .jar import JarSettings, read_jar_settings
from .log_patterns import CRITICAL_PATTERNS, ERROR_PATTERN, Patterns
from .reader import SettingsReader
from .systemd import SystemdSettings, read_systemd_settings
from .thresholds import Thresholds
from .traffic import KINDS, NOT_TRAFFIC, Source
from .wheel import WheelSettings, read_wheel_settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
DEFAULT_STATE_ROOT = "/var/lib/refit"
PROCESS_MANAGERS = ("pm2", "systemd", "command")
# PM2 takes these for every app it has, or for the number of one of them.
_NO_PM2_NAME = re.compile(r"all|Infinity|[0-9]+([eE]-?[0-9]+)?|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")


@dataclass(frozen=True)
class HealthCheck:
    """What counts as healthy.

    A check passes when *url* answers with *status* and its JSON body holds every
    dotted path of *json* with the given value.  *successes* passes in a row,
    within *deadline_s* seconds and without a restart for *stable_s* seconds, make
    the service healthy.
    """

    url: str
    status: int = 200
    json: Mapping[str, Any] = field(default_factory=lambda: {"status": "UP"})
    version_url: str | None = None
    version_field: str = "version"
    successes: int = 5
    interval_s: float = 0.2
    timeout_s: float = 2.0
    deadline_s: float = 60.0
    stable_s: float = 2.0


@dataclass(frozen=True)
class Log:
    """The application's log: which of its lines count.

    Without *lookback_s* they are those written while the service is measured, which needs
    no times in them.  With it they are also those of as many seconds before, by their times;
    *zone* is that of times which name none, by default the server's own.
    """

    path: str
    patterns: Patterns = field(default_factory=Patterns)
    lookback_s: float = 0.0
    zone: datetime.tzinfo | None = None


@dataclass(frozen=True)
class SyntheticRequest:
    """A request as a user would send it, sent once in each measurement.

    It passes when *url* answers with *status* and, where *json* names any, with the values at
    those dotted paths.  *headers* and *body* may hold secrets; neither is ever shown.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    status: int = 200
    json: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float = 30.0


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
    home: str | None = None
    unit: str | None = None
    path: tuple[str, ...] = ()

    @property
    def search_path(self) -> list[str]:
        """The directories in which PM2 and its applications look programs up."""
        return [*self.path, *SYSTEM_PATH]


@dataclass(frozen=True)
class Service:
    """One service on one server: where it lives, who runs it, what is healthy.

    *shared* are paths kept in ``shared/`` and linked into each release; one that
    ends in ``/`` is a directory and is made when missing, a file must be there.
    *jar* and *wheel* say what becomes of an artifact of that kind.

    How bad it is is graded by what is named here, besides *health*; each may be left out,
    and what is left out is not measured:

    ``traffic``    ``{kind: spring_actuator|prometheus, url, ignore: [shell patterns of paths],
                   timeout_s: 5}``.  The paths of the health check and of the source itself are
                   never traffic; *ignore* names the others (by default :data:`~.config.traffic.NOT_TRAFFIC`).
    ``log``        ``{path, error: regex, critical: {name: regex}, lookback_s: 0, zone: "+09:00"}``
    ``synthetic``  ``{url, method, headers, body: text or mapping (sent as JSON), status, json, timeout_s: 30}``
    ``severity``   ``{bound: number}``, the bounds of :class:`~.thresholds.Thresholds`
    """

    name: str
    root: str
    state_dir: str
    health: HealthCheck
    jar: JarSettings = field(default_factory=JarSettings)
    wheel: WheelSettings | None = None
    process_manager: str = "pm2"
    pm2: Pm2 | None = None
    systemd: SystemdSettings | None = None
    command: CommandSettings | None = None
    user: str | None = None
    shared: tuple[str, ...] = ()
    traffic: Source | None = None
    log: Log | None = None
    synthetic: SyntheticRequest | None = None
    severity: Thresholds = field(default_factory=Thresholds)

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
    def from_mapping(cls, mapping: Any, name: str | None = None) -> Service:
        """Check *mapping* and return the service it describes.

        Args:
            mapping: the keys of this class, ``health`` and ``pm2`` as mappings.
            name: the service's name, where the mapping has no ``name`` of its own.

        Raises:
            InvalidInput: names the key, what it holds and what it should hold.
        """
        reader = SettingsReader(mapping, f"refit_services.{name}" if name else "service")
        name = reader.text("name", default=name)
        if not _NAME.match(name or ""):
            raise reader.error("name", f"is {name!r}; letters, digits, '-' and '_' only")
        reader.where = f"refit_services.{name}"
        root = reader.path("root")
        manager = reader.text("process_manager", default="pm2")
        if manager not in PROCESS_MANAGERS:
            raise reader.error("process_manager", "is {!r}; known are: {}".format(manager, ", ".join(PROCESS_MANAGERS)))
        if manager == "pm2" and _NO_PM2_NAME.fullmatch(name):
            raise reader.error("name", f"is {name!r}, which means other apps to PM2; choose a word of its own")
        health = _health(reader.child("health"))
        service = cls(
            name=name,
            root=root,
            state_dir=reader.path("state_dir", default=os.path.join(DEFAULT_STATE_ROOT, name)),
            health=health,
            jar=read_jar_settings(reader.child("jar", {})),
            wheel=read_wheel_settings(reader.child("wheel"), root) if reader.has("wheel") else None,
            process_manager=manager,
            pm2=_pm2(reader.child("pm2")) if manager == "pm2" else None,
            systemd=read_systemd_settings(reader, name) if manager == "systemd" else None,
            command=read_command_settings(reader.child("command"), health.version_url)
            if manager == "command"
            else None,
            user=reader.text("user", default=None),
            shared=tuple(reader.relative_paths("shared")),
            traffic=_traffic(reader.child("traffic"), health) if reader.has("traffic") else None,
            log=_log(reader.child("log")) if reader.has("log") else None,
            synthetic=_synthetic(reader.child("synthetic")) if reader.has("synthetic") else None,
            severity=Thresholds.from_mapping(reader.mapping("severity", {})),
        )
        reader.done(f.name for f in fields(cls))
        return service


def _health(reader: SettingsReader) -> HealthCheck:
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
        stable_s=reader.number("stable_s", 2.0, 0, 3600),
    )
    if health.stable_s >= health.deadline_s:
        raise reader.error("stable_s", "is {:g}; it must be less than deadline_s".format(health.stable_s))
    reader.done(f.name for f in fields(HealthCheck))
    return health


def _pm2(reader: SettingsReader) -> Pm2:
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


def _traffic(reader: SettingsReader, health: HealthCheck) -> Source:
    kind, url = reader.text("kind"), reader.url("url")
    if kind not in KINDS:
        raise reader.error("kind", "is {!r}; known are: {}".format(kind, ", ".join(KINDS)))
    # Our own questions would make a service that nobody uses look busy and well.
    ours = {urlsplit(asked).path or "/" for asked in (health.url, health.version_url, url) if asked}
    ignored = reader.strings("ignore") if reader.has("ignore") else NOT_TRAFFIC
    source = Source(
        kind=kind,
        url=url,
        ignore=(*ignored, *sorted(glob.escape(path) for path in ours)),
        timeout_s=reader.number("timeout_s", 5.0, 0.05, 600),
    )
    reader.done(("kind", "url", "ignore", "timeout_s"))
    return source


def _log(reader: SettingsReader) -> Log:
    critical = {name: str(pattern) for name, pattern in reader.mapping("critical", CRITICAL_PATTERNS).items()}
    log = Log(
        path=reader.path("path"),
        patterns=Patterns(error=reader.text("error", default=ERROR_PATTERN), critical=critical),
        lookback_s=reader.number("lookback_s", 0.0, 0, 86400),
        zone=_zone(reader),
    )
    reader.done(("path", "error", "critical", "lookback_s", "zone"))
    return log


def _zone(reader: SettingsReader) -> datetime.tzinfo | None:
    text = reader.text("zone", default=None)
    if text is None or text == "UTC":
        return datetime.timezone.utc if text else None
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", text)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise reader.error("zone", f"must be UTC or an offset like '+09:00', not {text!r}")
    offset = datetime.timedelta(hours=int(match[2]), minutes=int(match[3]))
    return datetime.timezone(offset if match[1] == "+" else -offset)


def _synthetic(reader: SettingsReader) -> SyntheticRequest:
    headers = {name: str(value) for name, value in reader.mapping("headers", {}).items()}
    body = reader.values.get("body")
    if isinstance(body, (Mapping, list)):
        body = json.dumps(body, ensure_ascii=False)
        if "content-type" not in (name.lower() for name in headers):
            headers["Content-Type"] = "application/json"
    if body is not None and not isinstance(body, str):
        raise reader.error("body", "must be a text, a mapping or a list")
    request = SyntheticRequest(
        url=reader.url("url"),
        method=reader.text("method", default="GET" if body is None else "POST"),
        headers=headers,
        body=None if body is None else body.encode(),
        status=reader.number("status", 200, 100, 599, whole=True),
        json=reader.mapping("json", {}),
        timeout_s=reader.number("timeout_s", 30.0, 0.05, 600),
    )
    reader.done(f.name for f in fields(SyntheticRequest))
    return request
