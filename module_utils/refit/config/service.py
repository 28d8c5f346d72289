"""A service as its owner describes it, checked once and then trusted.

The same mapping is written under ``refit_services`` in the inventory, passed to
the modules as their ``service`` option and kept on the servers in
``/etc/refit/<name>.json``.  :meth:`Service.from_mapping` is the only reader.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..core.answers import NotUnderstood
from ..words.reason import Reason
from .archive import ArchiveSettings, read_archive_settings
from .jar import JarSettings, read_jar_settings
from .log_patterns import CRITICAL_PATTERNS, ERROR_PATTERN, Patterns
from .reader import SettingsReader
from .traffic import KINDS, NOT_TRAFFIC, Source

if TYPE_CHECKING:  # read below, where a service names one of them
    from .command import CommandSettings
    from .pm2 import Pm2Settings
    from .systemd import SystemdSettings
    from .wheel import WheelSettings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
DEFAULT_STATE_ROOT = "/var/lib/refit"
PROCESS_MANAGERS = ("pm2", "systemd", "command")


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
class Service:
    """One service on one server: where it lives, who runs it, what is healthy.

    *shared* are paths kept in ``shared/`` and linked into each release; one that
    ends in ``/`` is a directory and is made when missing, a file must be there.
    *archive*, *jar* and *wheel* say what becomes of an artifact of that kind.

    How bad it is is graded by what is named here, besides *health*; each may be left out,
    and what is left out is not measured:

    ``traffic``    ``{kind: spring_actuator|prometheus, url, ignore: [shell patterns of paths],
                   timeout_s: 5}``.  The paths of the health check and of the source itself are
                   never traffic, whatever their routes are called; *ignore* names the others (by
                   default :data:`~.config.traffic.NOT_TRAFFIC`).
    ``log``        ``{path, error: regex, critical: {name: regex}, lookback_s: 0, zone: "+09:00"}``
    ``synthetic``  ``{url, method, headers, body: text or mapping (sent as JSON), status, json, timeout_s: 30}``
    ``severity``   ``{bound: number}``, those bounds of :class:`~.thresholds.Thresholds` that are not the defaults
    """

    name: str
    root: str
    state_dir: str
    health: HealthCheck
    manager: Pm2Settings | SystemdSettings | CommandSettings
    archive: ArchiveSettings = field(default_factory=ArchiveSettings)
    jar: JarSettings = field(default_factory=JarSettings)
    wheel: WheelSettings | None = None
    user: str | None = None
    shared: tuple[str, ...] = ()
    traffic: Source | None = None
    log: Log | None = None
    synthetic: SyntheticRequest | None = None
    severity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def releases_dir(self) -> str:
        return os.path.join(self.root, "releases")

    @property
    def shared_dir(self) -> str:
        return os.path.join(self.root, "shared")

    @property
    def current_link(self) -> str:
        return os.path.join(self.root, "current")

    @property
    def fingerprint(self) -> str:
        """Stands for all these settings: another one where any of them is another."""
        import hashlib  # only for what is measured

        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()

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
            raise reader.error("name", Reason("is_no_service_word", name=repr(name)))
        reader.where = f"refit_services.{name}"
        root = reader.path("root")
        health = _health(reader.child("health"))
        service = cls(
            name=name,
            root=root,
            state_dir=reader.path("state_dir", default=os.path.join(DEFAULT_STATE_ROOT, name)),
            health=health,
            manager=_manager(reader, name, health),
            archive=read_archive_settings(reader.child("archive", {})),
            jar=read_jar_settings(reader.child("jar", {})),
            wheel=_wheel(reader.child("wheel"), root) if reader.has("wheel") else None,
            user=reader.text("user", default=None),
            shared=tuple(reader.relative_paths("shared")),
            traffic=_traffic(reader.child("traffic"), health) if reader.has("traffic") else None,
            log=_log(reader.child("log")) if reader.has("log") else None,
            synthetic=_synthetic(reader.child("synthetic")) if reader.has("synthetic") else None,
            severity=_severity(reader.mapping("severity")) if reader.has("severity") else {},
        )
        own = [f.name for f in fields(cls) if f.name != "manager"]
        reader.done([*own, "process_manager", *PROCESS_MANAGERS])
        return service


def read_service_name(value: Any) -> str:
    """The service that a host named in an answer: it stands in commands that people are told.  Raises NotUnderstood."""
    if not isinstance(value, str) or not _NAME.match(value):
        raise NotUnderstood(Reason("is_no_service_name"))
    return value


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
        raise reader.error("stable_s", Reason("must_be_less_than_deadline", value=health.stable_s))
    reader.done(f.name for f in fields(HealthCheck))
    return health


def _manager(reader: SettingsReader, name: str, health: HealthCheck) -> Pm2Settings | SystemdSettings | CommandSettings:
    """The group that ``process_manager`` names; only its code is loaded, and what another group says is not read."""
    kind = reader.text("process_manager", default="pm2")
    if kind == "pm2":
        from .pm2 import read_pm2_settings

        return read_pm2_settings(reader, name)
    if kind == "systemd":
        from .systemd import read_systemd_settings

        return read_systemd_settings(reader, name)
    if kind == "command":
        from .command import read_command_settings

        return read_command_settings(reader, health.version_url)
    raise reader.error("process_manager", Reason("is_unknown", value=repr(kind), known=tuple(PROCESS_MANAGERS)))


def _wheel(reader: SettingsReader, root: str) -> WheelSettings:
    from .wheel import read_wheel_settings

    return read_wheel_settings(reader, root)


def _severity(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    from .thresholds import Thresholds  # exact numbers cost every look at a host, which grades nothing

    bounds = Thresholds.from_mapping(mapping).to_record()
    return {key: bounds[key] for key in mapping}


def _traffic(reader: SettingsReader, health: HealthCheck) -> Source:
    kind, url = reader.text("kind"), reader.url("url")
    if kind not in KINDS:
        raise reader.error("kind", Reason("is_unknown", value=repr(kind), known=KINDS))
    # Our own questions would make a service that nobody uses look busy and well.
    ours = {urlsplit(asked).path or "/" for asked in (health.url, health.version_url, url) if asked}
    source = Source(
        kind=kind,
        url=url,
        ignore=tuple(reader.strings("ignore")) if reader.has("ignore") else NOT_TRAFFIC,
        timeout_s=reader.number("timeout_s", 5.0, 0.05, 600),
        own=tuple(sorted(ours)),
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
        raise reader.error("zone", Reason("must_be_zone", value=repr(text)))
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
        raise reader.error("body", Reason("must_be_body"))
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
