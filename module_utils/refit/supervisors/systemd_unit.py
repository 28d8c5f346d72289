"""A service's unit file and the file of its variables, as texts.

Pure functions.  The variables have a file of their own because ``systemctl show`` tells every local
user what stands under ``Environment=``, and ``systemctl cat`` the whole unit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ..config.service import Service
from ..config.systemd import SystemdSettings

Section = Mapping[str, Sequence[str]]

_HEADER = "# Written at each activation of {} by Re-Fit Ops, from the inventory's settings: changes are lost.\n"
# To the system these are people's own; a service that lives there must at least be able to read them.
_HOMES = ("/home", "/root", "/run/user")
# What no web service needs and none of ours may do; a site's own directives take the place of these.  Left out is
# what breaks honest services: a list of the system calls that are allowed, and no executable memory (JIT compilers).
_HARDENING = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    # /dev/null, /dev/urandom and their like stay.  Devices of its own (a GPU) are for the site to name.
    "DevicePolicy": "closed",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "ProtectProc": "invisible",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "LockPersonality": "yes",
    "RemoveIPC": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "~@mount @module @reboot @swap @raw-io @cpu-emulation @debug @obsolete",
    # As the kernel would answer: who asks and can do without goes on.
    "SystemCallErrorNumber": "EPERM",
}


@dataclass(frozen=True)
class Definition:
    """The two files that make systemd run a service: the *unit*, and its *environment*."""

    unit: str
    environment: str

    def to_text(self) -> str:
        """Both as one text, which :meth:`from_text` reads back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str | None) -> Definition | None:
        """None for anything that :meth:`to_text` did not write, such as another manager's definition."""
        try:
            found = json.loads(text or "")
            if all(isinstance(value, str) for value in found.values()):
                return cls(**found)
        except (ValueError, TypeError, AttributeError):
            pass
        return None


def header(service: Service) -> str:
    """The first line of a unit that is *service*'s own, and so may be replaced."""
    return _HEADER.format(service.name)


def define(service: Service, settings: SystemdSettings, environment_path: str) -> Definition:
    """What *service*'s *settings* amount to; the same settings give the same text.

    Args:
        environment_path: where the file of its variables is going to be.
    """
    ours: dict[str, Section] = {
        "Unit": {
            "Description": [_escaped(service.name)],
            "After": ["network-online.target"],
            "Wants": ["network-online.target"],
            # A service whose database is away for an hour is to be back by itself afterwards; that a
            # new release does nothing but crash is for the proof to see.
            "StartLimitIntervalSec": ["0"],
        },
        "Service": {
            "Type": [settings.type],
            "User": [service.user or ""],
            # systemd resolves the link at each start, so whatever starts next runs what is live.
            "WorkingDirectory": [_escaped(service.current_link)],
            "EnvironmentFile": [_escaped(path) for path in (settings.environment_file, environment_path) if path],
            "ExecStart": [_command(service, settings)],
            "Restart": ["always"],
            "RestartSec": ["1"],
            "KillSignal": [settings.stop_signal],
            "TimeoutStartSec": [f"{settings.start_timeout_s:g}"],
            "TimeoutStopSec": [f"{settings.stop_timeout_s:g}"],
            "SuccessExitStatus": ["143"],  # a JVM's word for having been asked to end
            **{name: [value] for name, value in _HARDENING.items()},
            "ProtectHome": ["read-only" if _lives_in_a_home(service, settings) else "yes"],
            "ReadWritePaths": [_quoted(path) for path in _write_paths(service, settings)],
        },
        "Install": {"WantedBy": ["multi-user.target"]},
    }
    sections = ({**directives, **settings.unit.get(name, {})} for name, directives in ours.items())
    texts = [_section(name, directives) for name, directives in zip(ours, sections)]
    return Definition(header(service) + "\n".join(texts), _environment(settings.environment))


def _section(name: str, directives: Section) -> str:
    lines = [f"{key}={value}\n" for key, values in directives.items() for value in values]
    return "".join([f"[{name}]\n", *lines])


def _command(service: Service, settings: SystemdSettings) -> str:
    program, *arguments = settings.command
    if "/" in program:
        program = os.path.normpath(os.path.join(service.current_link, program))
    # ExecStart= also puts the values of variables in the place of $NAME.
    return " ".join([_quoted(program), *[_quoted(argument.replace("$", "$$")) for argument in arguments]])


def _write_paths(service: Service, settings: SystemdSettings) -> Sequence[str]:
    """A path that is named must be there, or the service does not start; ours may be missing (``-``)."""
    ours = [service.shared_dir] + ([os.path.dirname(service.log.path)] if service.log else [])
    return ["-" + path for path in ours] + list(settings.write_paths)


def _lives_in_a_home(service: Service, settings: SystemdSettings) -> bool:
    paths = [service.root, *settings.command, *settings.write_paths]
    if service.log:
        paths.append(service.log.path)
    return any(path.startswith(tuple(home + os.sep for home in _HOMES)) for path in paths)


def _environment(variables: Mapping[str, str]) -> str:
    lines = []
    for name, value in sorted(variables.items()):
        for char in '\\"`$':
            value = value.replace(char, "\\" + char)
        lines.append(f'{name}="{value}"\n')
    return "".join(lines)


def _escaped(text: str) -> str:
    """*text* where systemd would put the values of specifiers in, such as %h."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    return '"{}"'.format(_escaped(word).replace("\\", "\\\\").replace('"', '\\"'))
