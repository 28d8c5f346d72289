"""What a server must have before its services can be deployed.

Accounts, directories, the systemd units that own PM2's daemons, and the logs to rotate: all of it
follows from the services as their owner describes them.  Pure functions; who exists already is a
parameter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Callable

from ..core.errors import InvalidInput
from ..words.reason import Reason
from .pm2 import Pm2Settings, log_files
from .service import Service
from .wheel import WheelSettings

HOMES = "/var/lib"
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


@dataclass(frozen=True)
class _App:
    """A service that PM2 runs, with what it takes to own its daemon."""

    service: Service
    settings: Pm2Settings
    account: Account
    unit: str

    @property
    def home(self) -> str:
        return self.settings.home or os.path.join(self.account.home, ".pm2")


def plan_host(services: Mapping[str, Any], lookup: Callable[[str], Account | None]) -> HostPlan:
    """What *services* need of the server they share.

    Args:
        services: ``refit_services``, by name.
        lookup: the account of that name, None where there is none yet.

    Raises:
        InvalidInput: a service is described wrongly, or two of them get in each other's way.
    """
    described = [Service.from_mapping(mapping, name) for name, mapping in services.items()]
    accounts = {name: lookup(name) or _new(name) for name in _sorted(service.user for service in described)}
    members = [(service, _app(service, accounts)) for service in described]
    _check_apart(described)
    _check_builders(described)
    _check_not_given_away(members, accounts)
    return HostPlan(
        accounts=tuple(accounts.values()),
        wheel=_wheel_needs([service.wheel for service in described if service.wheel], lookup),
        java=any(service.jar.java == "java" for service in described if services[service.name].get("jar") is not None),
        directories=tuple(_directories(members, accounts)),
        units=tuple(_units([app for _, app in members if app])),
        logs=tuple(logs for logs in (_logs(members, account) for account in accounts.values()) if logs.patterns),
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


def _error(service: Service, key: str, problem: Reason, following: Reason) -> InvalidInput:
    setting = f"refit_services.{service.name}.{key}"
    return InvalidInput(Reason("setting_wrong", setting=setting, problem=problem), next_command=following)


def _app(service: Service, accounts: Mapping[str, Account]) -> _App | None:
    """*service* as PM2 runs it, None where something else does; its user is checked in either case."""
    account, settings = accounts.get(service.user or ""), service.manager
    if service.user == "root" or (settings.kind == "pm2" and account is None):
        raise _error(
            service,
            "user",
            Reason("is_root" if service.user else "is_missing"),
            Reason("name_an_account", example=service.name),
        )
    if settings.kind != "pm2" or account is None:
        return None
    if not settings.unit:
        raise _error(service, "pm2.unit", Reason("is_missing"), Reason("name_pm2_unit", example=f"pm2-{service.user}"))
    return _App(service, settings, account, settings.unit)


def _check_apart(services: list[Service]) -> None:
    """No service may own, or write to, what another one's or root's releases and state lie in."""
    for service in services:
        for other in services:
            if other is not service and _within(service.root, other.root):
                raise _error(service, "root", Reason("lies_in_that_of", other=other.name), Reason("give_each_its_own"))
            if other is not service and service.state_dir == other.state_dir:
                raise _error(service, "state_dir", Reason("is_that_of", other=other.name), Reason("give_each_its_own"))
        for directory in _log_directories(service):
            for other in services:
                if _within(other.state_dir, directory) or _within(other.root, directory):
                    raise _error(
                        service,
                        "log",
                        Reason("would_give_away", directory=directory, user=service.user),
                        Reason("write_log_to", directory=f"/var/log/{service.name}/"),
                    )
    owners: dict[str, Service] = {}
    for service in services:
        for directory in _log_directories(service):
            owners.setdefault(directory, service)
            for outer, owner in owners.items():
                if owner.user != service.user and (_within(directory, outer) or _within(outer, directory)):
                    shared = min(directory, outer, key=len)
                    raise _error(
                        service,
                        "log",
                        Reason("logs_lie_together", other=owner.name, directory=shared),
                        Reason("write_log_to", directory=f"/var/log/{service.name}/"),
                    )


def _check_builders(services: list[Service]) -> None:
    """All that runs as an account is ended when it has built, and what it builds is another's code."""
    users = {service.user: service.name for service in services if service.user}
    for service in services:
        if service.wheel and service.wheel.build_user in users:
            raise _error(
                service,
                "wheel.build_user",
                Reason("runs_a_service", user=service.wheel.build_user, service=users[service.wheel.build_user]),
                Reason("leave_out_or_name_unused_account"),
            )


def _check_not_given_away(members: Sequence[tuple[Service, _App | None]], accounts: Mapping[str, Account]) -> None:
    """What root works below lies in no directory that an application may rearrange."""
    given = {account.home: account.name for account in accounts.values() if account.home not in _SYSTEM_DIRECTORIES}
    for service, app in members:
        account = accounts.get(service.user or "")
        if account:
            its = [service.shared_dir, *_log_directories(service), *([app.home] if app else [])]
            given.update(dict.fromkeys(its, account.name))
    for service, _ in members:
        own = {"root": service.root, "state_dir": service.state_dir}
        if service.wheel:
            own["wheel.cache"] = service.wheel.cache
        for key, path in own.items():
            for directory, owner in given.items():
                if path != directory and _within(path, directory):
                    raise _error(
                        service,
                        key,
                        Reason("lies_where_others_rearrange", directory=directory, owner=owner),
                        Reason(
                            "name_directory_of_root",
                            examples=[f"/opt/{service.name}", f"{HOMES}/refit/{service.name}"],
                        ),
                    )


def _within(path: str, directory: str) -> bool:
    return os.path.normpath(path) == directory or os.path.normpath(path).startswith(os.path.normpath(directory) + "/")


# -- directories -------------------------------------------------------------


def _directories(
    members: Sequence[tuple[Service, _App | None]], accounts: Mapping[str, Account]
) -> Iterable[Directory]:
    made: dict[str, Directory] = {}
    homes = [account.home for account in accounts.values() if account.home not in _SYSTEM_DIRECTORIES]

    def add(path: str, account: Account | None, mode: str) -> None:
        owner, group = (account.name, account.group) if account else ("root", "root")
        made.setdefault(path, Directory(path, owner, group, mode))

    for service, app in members:
        account = accounts.get(service.user or "")
        add(service.root, None, "0755")
        add(service.releases_dir, None, "0755")
        add(service.shared_dir, account, "0750")
        add(service.state_dir, None, "0750")
        if app:
            add(app.home, account, "0700")
        for path in _log_directories(service):
            add(path, account, "0750")
    # One that lies in another one that is given away is its user's to make: root could be led elsewhere there.
    given = [*homes, *(directory.path for directory in made.values() if directory.owner != "root")]
    return [
        directory
        for directory in made.values()
        if directory.owner == "root"
        or not any(_within(directory.path, other) for other in given if other != directory.path)
    ]


# -- logs --------------------------------------------------------------------


def _pm2_files(service: Service) -> list[str]:
    """The log files that PM2 writes, where the service names them."""
    return [*log_files(service.manager.app).values()] if service.manager.kind == "pm2" else []


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
                Reason("logs_where_it_may_not" if in_root else "logs_to", path=path),
                Reason("name_log_path", example="/var/log/{0}/{0}.log".format(service.name)),
            )
    return _sorted(os.path.dirname(os.path.normpath(path)) for _, path in files)


def _logs(members: Sequence[tuple[Service, _App | None]], account: Account) -> Logs:
    patterns: set[str] = set()
    for service, app in members:
        if service.user != account.name:
            continue
        patterns.update([service.log.path] if service.log else [])
        if app:
            patterns.update((os.path.join(app.home, "pm2.log"), os.path.join(app.home, "logs", "*.log")))
        for path in _pm2_files(service):
            stem, extension = os.path.splitext(path)
            # PM2 puts a process's number into the name, unless it merges the logs.
            patterns.update((path, f"{stem}-[0-9]*{extension}"))
    return Logs(account.name, account.group, tuple(sorted(patterns)))


# -- PM2 ---------------------------------------------------------------------


def _units(apps: Sequence[_App]) -> Iterable[Unit]:
    units: dict[str, list[_App]] = {}
    homes: dict[str, _App] = {}
    for app in apps:
        units.setdefault(app.unit, []).append(app)
        other = homes.setdefault(app.home, app)
        if other.unit != app.unit:
            problem = Reason("differs_from_that_of", other=other.service.name)
            raise _error(app.service, "pm2.unit", problem, Reason("name_one_unit_for_home"))
    return [_unit(name, members) for name, members in units.items()]


def _unit(name: str, apps: Sequence[_App]) -> Unit:
    first = apps[0]
    for app in apps[1:]:
        for key, mine, theirs in (
            ("user", app.service.user, first.service.user),
            ("pm2.home", app.home, first.home),
            ("pm2.bin", app.settings.bin, first.settings.bin),
            ("pm2.path", app.settings.path, first.settings.path),
        ):
            if mine != theirs:
                problem = Reason("differs_from_that_of", other=first.service.name)
                raise _error(app.service, key, problem, Reason("only_one_is_true_of", unit=name))
    services = [app.service for app in apps]
    given = {first.home, *(service.shared_dir for service in services)}
    given.update(path for service in services for path in _log_directories(service))
    given.update({first.account.home} - set(_SYSTEM_DIRECTORIES))
    # systemd refuses to start over one that is missing, as those inside others may be.
    writable = {path for path in given if not any(_within(path, other) for other in given - {path})}
    reached = writable | {service.root for service in services}
    in_homes = any(_within(path, tree) for path in reached for tree in _HOME_TREES)
    return Unit(
        name=name.removesuffix(".service"),
        user=first.account.name,
        group=first.account.group,
        home=first.home,
        bin=first.settings.bin,
        path=tuple(first.settings.search_path),
        services=tuple(service.name for service in services),
        writable=_sorted(writable),
        protect_home="read-only" if in_homes else "true",
    )
