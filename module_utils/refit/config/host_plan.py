"""What a server must have before its services can be deployed.

Accounts, directories, the systemd units that own PM2's daemons, and the logs to rotate: all of it
follows from the services as their owner describes them.  Pure functions; who exists already is a
parameter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Callable

from ..core.errors import InvalidInput
from .service import Service
from .wheel import WheelSettings

HOMES = "/var/lib"
# PM2 takes these for: nowhere.
_NO_FILE = ("/dev/null", "NULL")
# Directories of the system's own: never given to an application because a log lies in them.
_SYSTEM_DIRECTORIES = ("/", "/etc", "/home", "/opt", "/run", "/srv", "/tmp", "/usr", "/var", "/var/lib", "/var/log")
_HOME_TREES = ("/home", "/root", "/run/user")


@dataclass(frozen=True)
class Account:
    """An account that applications run as; *group* is its primary one."""

    name: str
    home: str
    group: str
    exists: bool


@dataclass(frozen=True)
class Directory:
    """A directory, as it must be."""

    path: str
    owner: str
    group: str
    mode: str


@dataclass(frozen=True)
class Unit:
    """The systemd unit of one PM2 daemon.

    Attributes:
        name: without ``.service``.
        user, group: who it runs as.
        home: ``PM2_HOME``.
        bin: PM2's program, as the services name it.
        path: where programs are looked up, in the services' order.
        writable: the only directories that its applications write to, besides a ``/tmp`` of their own.
        protect_home: systemd's ``ProtectHome`` that leaves them reachable.
    """

    name: str
    user: str
    group: str
    home: str
    bin: str
    path: tuple[str, ...]
    services: tuple[str, ...]
    writable: tuple[str, ...]
    protect_home: str


@dataclass(frozen=True)
class Logs:
    """Files of one account that grow: paths and shell patterns."""

    user: str
    group: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class WheelNeeds:
    """What services that are Python wheels are built with.

    Attributes:
        build_users: accounts that build and do nothing else.
        pythons: versions such as ``3.11``; a Python that a service names by its path is its owner's affair.
        uv: whether uv is looked up where provisioning installs it.
    """

    build_users: tuple[Account, ...]
    pythons: tuple[str, ...]
    uv: bool


@dataclass(frozen=True)
class HostPlan:
    """Everything of the above; *java* says whether a service that names ``jar`` is run by the system's Java."""

    accounts: tuple[Account, ...]
    wheel: WheelNeeds
    java: bool
    directories: tuple[Directory, ...]
    units: tuple[Unit, ...]
    logs: tuple[Logs, ...]

    def to_record(self) -> dict[str, Any]:
        """The plan as plain mappings and lists."""
        return asdict(self)


def plan_host(services: Mapping[str, Any], lookup: Callable[[str], Account | None]) -> HostPlan:
    """What *services* need of the server they share.

    Args:
        services: ``refit_services``, by name.
        lookup: the account of that name, None where there is none yet.

    Raises:
        InvalidInput: a service is described wrongly, or two of them get in each other's way.
    """
    described = [Service.from_mapping(mapping, name) for name, mapping in services.items()]
    for service in described:
        _check_user(service)
    _check_apart(described)
    accounts = {name: lookup(name) or _new(name) for name in _sorted(service.user for service in described)}
    return HostPlan(
        accounts=tuple(accounts.values()),
        wheel=_wheel_needs([service.wheel for service in described if service.wheel], lookup),
        java=any(service.jar.java == "java" for service in described if services[service.name].get("jar") is not None),
        directories=tuple(_directories(described, accounts)),
        units=tuple(_units([service for service in described if service.pm2], accounts)),
        logs=tuple(logs for logs in (_logs(described, account) for account in accounts.values()) if logs.patterns),
    )


def _wheel_needs(wheels: list[WheelSettings], lookup: Callable[[str], Account | None]) -> WheelNeeds:
    names = _sorted(wheel.build_user for wheel in wheels)
    versions = (wheel.python for wheel in wheels if not os.path.isabs(wheel.python))
    return WheelNeeds(
        build_users=tuple(lookup(name) or _new(name) for name in names),
        pythons=_sorted(".".join(version.split(".")[:2]) for version in versions),
        uv=any(wheel.uv == "uv" for wheel in wheels),
    )


def _new(name: str) -> Account:
    return Account(name, os.path.join(HOMES, name), name, exists=False)


def _sorted(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


# -- what cannot work --------------------------------------------------------


def _error(service: Service, key: str, problem: str, next_command: str) -> InvalidInput:
    return InvalidInput(f"refit_services.{service.name}.{key} {problem}", next_command=next_command)


def _check_user(service: Service) -> None:
    if service.user == "root" or (service.pm2 and not service.user):
        raise _error(
            service,
            "user",
            "is root" if service.user else "is missing",
            f"name an account that may do nothing else, such as {service.name}; it is made when it is not there",
        )
    if service.pm2 and not service.pm2.unit:
        raise _error(
            service, "pm2.unit", "is missing", f"name the systemd unit that is to own PM2, such as pm2-{service.user}"
        )


def _check_apart(services: list[Service]) -> None:
    """No service may own, or write to, what another one's or root's releases and state lie in."""
    for service in services:
        for other in services:
            if other is not service and _within(service.root, other.root):
                raise _error(service, "root", f"lies in that of {other.name}", "give each service a root of its own")
            if other is not service and service.state_dir == other.state_dir:
                raise _error(service, "state_dir", f"is that of {other.name} too", "give each service one of its own")
        for directory in _log_directories(service):
            for other in services:
                if _within(other.state_dir, directory) or _within(other.root, directory):
                    raise _error(
                        service, "log", f"would give {directory} to {service.user}", "write it to /var/log/<name>/"
                    )
    owners: dict[str, Service] = {}
    for service in services:
        for directory in _log_directories(service):
            owner = owners.setdefault(directory, service)
            if owner.user != service.user:
                raise _error(
                    service,
                    "log",
                    f"and the one of {owner.name}, who is another user, are both in {directory}",
                    f"write it to a directory of its own, such as /var/log/{service.name}/",
                )


def _within(path: str, directory: str) -> bool:
    return os.path.normpath(path) == directory or os.path.normpath(path).startswith(os.path.normpath(directory) + "/")


# -- directories -------------------------------------------------------------


def _directories(services: list[Service], accounts: Mapping[str, Account]) -> Iterable[Directory]:
    made: dict[str, Directory] = {}
    homes = [account.home for account in accounts.values() if account.home not in _SYSTEM_DIRECTORIES]

    def add(path: str, account: Account | None, mode: str) -> None:
        given = [*homes, *(directory.path for directory in made.values() if directory.owner != "root")]
        if account and any(_within(path, other) for other in given if other != path):
            return  # its user makes it: there root could be led to any other directory by a link
        owner, group = (account.name, account.group) if account else ("root", "root")
        made.setdefault(path, Directory(path, owner, group, mode))

    for service in services:
        account = accounts.get(service.user or "")
        add(service.root, None, "0755")
        add(service.releases_dir, None, "0755")
        add(service.shared_dir, account, "0750")
        add(service.state_dir, None, "0750")
        if service.pm2 and account:
            add(_pm2_home(service, account), account, "0700")
        for path in _log_directories(service):
            add(path, account, "0750")
    return made.values()


def _pm2_home(service: Service, account: Account) -> str:
    return service.pm2.home or os.path.join(account.home, ".pm2")


# -- logs --------------------------------------------------------------------


def _pm2_files(service: Service) -> list[str]:
    """The log files that PM2 writes, where the service names them."""
    app = service.pm2.app if service.pm2 else {}
    keys = ("out_file", "error_file", "log_file", "output", "error", "out", "log")
    return [str(app[key]) for key in keys if isinstance(app.get(key), str) and app[key] not in _NO_FILE]


def _log_directories(service: Service) -> tuple[str, ...]:
    """Where the service's logs lie, each a directory that may be its user's own."""
    files = [("pm2.app", path) for path in _pm2_files(service)]
    files += [("log.path", service.log.path)] if service.log else []
    for key, path in files:
        directory = os.path.dirname(os.path.normpath(path))
        in_root = _within(path, service.root) and not _within(path, service.shared_dir)
        if not os.path.isabs(path) or in_root or directory in _SYSTEM_DIRECTORIES:
            raise _error(
                service,
                key,
                f"logs to {path}, which its user may not write" if in_root else f"logs to {path}",
                "name an absolute path in a directory of its own, such as /var/log/{0}/{0}.log".format(service.name),
            )
    return _sorted(os.path.dirname(os.path.normpath(path)) for _, path in files)


def _logs(services: list[Service], account: Account) -> Logs:
    patterns: set[str] = set()
    for service in services:
        if service.user != account.name:
            continue
        patterns.update([service.log.path] if service.log else [])
        if service.pm2:
            home = _pm2_home(service, account)
            patterns.update((os.path.join(home, "pm2.log"), os.path.join(home, "logs", "*.log")))
        for path in _pm2_files(service):
            stem, extension = os.path.splitext(path)
            # PM2 puts a process's number into the name, unless it merges the logs.
            patterns.update((path, f"{stem}-[0-9]*{extension}"))
    return Logs(account.name, account.group, tuple(sorted(patterns)))


# -- PM2 ---------------------------------------------------------------------


def _units(services: list[Service], accounts: Mapping[str, Account]) -> Iterable[Unit]:
    units: dict[str, list[Service]] = {}
    homes: dict[str, Service] = {}
    for service in services:
        units.setdefault(service.pm2.unit, []).append(service)
        other = homes.setdefault(_pm2_home(service, accounts[service.user]), service)
        if other.pm2.unit != service.pm2.unit:
            raise _error(service, "pm2.unit", f"and that of {other.name} differ", "name one unit for one PM2_HOME")
    return [_unit(name, members, accounts) for name, members in units.items()]


def _unit(name: str, services: list[Service], accounts: Mapping[str, Account]) -> Unit:
    first = services[0]
    account = accounts[first.user]
    for service in services[1:]:
        for key, mine, theirs in (
            ("user", service.user, first.user),
            ("pm2.home", _pm2_home(service, accounts[service.user]), _pm2_home(first, account)),
            ("pm2.bin", service.pm2.bin, first.pm2.bin),
            ("pm2.path", service.pm2.path, first.pm2.path),
        ):
            if mine != theirs:
                raise _error(service, key, f"differs from that of {first.name}", f"only one can be true of {name}")
    home = _pm2_home(first, account)
    given = {home, *(service.shared_dir for service in services)}
    given.update(path for service in services for path in _log_directories(service))
    given.update({account.home} - set(_SYSTEM_DIRECTORIES))
    # systemd refuses to start over one that is missing, as those inside others may be.
    writable = {path for path in given if not any(_within(path, other) for other in given - {path})}
    reached = writable | {service.root for service in services}
    in_homes = any(_within(path, tree) for path in reached for tree in _HOME_TREES)
    return Unit(
        name=name.removesuffix(".service"),
        user=account.name,
        group=account.group,
        home=home,
        bin=first.pm2.bin,
        path=tuple(first.pm2.search_path),
        services=tuple(service.name for service in services),
        writable=_sorted(writable),
        protect_home="read-only" if in_homes else "true",
    )
