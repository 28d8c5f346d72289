"""How a service runs under systemd, as its owner writes it.

Whatever is accepted here can be written into a unit file without becoming a second line of it.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, get_args

from .reader import SettingsReader

Type = Literal["exec", "notify"]
TYPES: tuple[Type, ...] = get_args(Type)
SECTIONS = ("Unit", "Service", "Install")
# Each of these is said elsewhere, once: in the deploy's own layout or in a setting.
_SAID_ELSEWHERE = {
    "ExecStart": "set by systemd.command",
    "Type": "set by systemd.type",
    "KillSignal": "set by systemd.stop_signal",
    "TimeoutStartSec": "set by systemd.start_timeout_s",
    "TimeoutStopSec": "set by systemd.stop_timeout_s",
    "User": "set by user",
    "WorkingDirectory": "always <root>/current",
    "Environment": "shown to every local user by systemctl; use systemd.environment",
    "EnvironmentFile": "set by systemd.environment_file",
}
_DIRECTIVE = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_UNIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
# A bare name must not begin with one of the characters that mean something to ExecStart=.
_PROGRAM = re.compile(r"[A-Za-z0-9_.][^$]*\Z")


@dataclass(frozen=True)
class SystemdSettings:
    """How systemd runs the service.

    Attributes:
        command: program and arguments; not a shell.  A program with a ``/`` in it is relative to the
            release or absolute, any other is looked up in the system's directories.
        name: of the unit, without ``.service``.
        type: ``exec``: started is when the program runs; ``notify``: when it says so (sd_notify).
        environment: variables; kept in a file that only root can read.
        environment_file: a file of variables on the server; *environment* wins over it.
        write_paths: absolute paths that the service may write to besides ``shared/`` and its log's directory.
        stop_signal, stop_timeout_s: how it is asked to end, and how long until SIGKILL.
        start_timeout_s: how long a start may take until it counts as failed.
        unit: directives by section, added to ours or in the place of ours: ``{Service: {MemoryMax: 2G}}``.
            They are systemd's own words, specifiers (``%``) included.
    """

    kind: ClassVar[Literal["systemd"]] = "systemd"

    command: Sequence[str]
    name: str
    type: Type = "exec"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment_file: str | None = None
    write_paths: Sequence[str] = ()
    stop_signal: str = "SIGTERM"
    stop_timeout_s: float = 30.0
    start_timeout_s: float = 90.0
    unit: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def read_systemd_settings(service: SettingsReader, name: str) -> SystemdSettings:
    """The group ``systemd`` of a service's settings.

    Args:
        service: reads the service itself, whose ``root``, ``user`` and ``log`` also go into the unit.

    Raises:
        InvalidInput: names the key.
    """
    reader = service.child("systemd")
    _check_service(service)
    settings = SystemdSettings(
        command=_command(reader),
        name=_unit_name(reader, name),
        type=reader.text("type", default="exec"),
        environment=_environment(reader),
        environment_file=_environment_file(reader, os.path.join(service.path("root"), "shared")),
        write_paths=_absolute_paths(reader, "write_paths"),
        stop_signal=reader.text("stop_signal", default="SIGTERM"),
        stop_timeout_s=reader.number("stop_timeout_s", 30.0, 0.1, 3600),
        start_timeout_s=reader.number("start_timeout_s", 90.0, 0.1, 3600),
        unit=_directives(reader),
    )
    if settings.type not in TYPES:
        raise reader.error("type", "is {!r}; known are: {}".format(settings.type, ", ".join(TYPES)))
    if settings.stop_signal not in signal.Signals.__members__:
        raise reader.error("stop_signal", f"is {settings.stop_signal!r}; a signal's name is asked for, such as SIGINT")
    reader.done(f.name for f in fields(SystemdSettings))
    return settings


def _check_service(service: SettingsReader) -> None:
    """What else of the service is written into its unit."""
    user = service.text("user", default=None)
    if user is None:
        raise service.error("user", "is missing; without one systemd would run the service as root")
    if not _USER.match(user):
        raise service.error("user", f"is {user!r}, which is not the name of an account")
    root = service.path("root")
    if "$" in root or not is_one_line(root):
        raise service.error("root", f"is {root!r}; systemd takes no '$' and no control characters in it")
    log_path = service.child("log").path("path") if service.has("log") else ""
    if not is_one_line(log_path):
        raise service.error("log.path", f"is {log_path!r}; systemd takes no control characters in it")


def _command(reader: SettingsReader) -> Sequence[str]:
    command = tuple(reader.strings("command"))
    if not command:
        raise reader.error("command", "is missing: program and arguments, as a list")
    for word in command:
        if not is_one_line(word):
            raise reader.error("command", f"holds {word!r}; no control characters: put scripts into the release")
    program = command[0]
    if os.path.normpath(program).startswith("../"):
        raise reader.error("command", f"starts {program!r}, which lies outside the release")
    if not os.path.isabs(program) and not _PROGRAM.match(program) or "$" in program:
        raise reader.error("command", f"starts {program!r}, which is not the name or the path of a program")
    return command


def _unit_name(reader: SettingsReader, default: str) -> str:
    name = reader.text("name", default=default)
    if not _UNIT_NAME.match(name) or name.endswith(".service"):
        raise reader.error("name", f"is {name!r}; letters, digits, '-', '_' and '.' only, without .service")
    return str(name)


def _environment(reader: SettingsReader) -> Mapping[str, str]:
    found = {}
    for name, value in reader.mapping("environment", {}).items():
        key = f"environment.{name}"
        if not _VARIABLE.match(name):
            raise reader.error(key, "is not the name of a variable: letters, digits and '_' only")
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise reader.error(key, "must be a text; put it in quotes")
        # systemd drops such a variable without a word.  The value is not shown: it may be a secret.
        if not is_one_line(str(value).replace("\n", "").replace("\t", "")):
            raise reader.error(key, "holds a control character; systemd takes none but tabs and line ends")
        found[name] = str(value)
    return found


def _environment_file(reader: SettingsReader, shared: str) -> str | None:
    path = reader.path("environment_file", default=None)
    if path is None:
        return None
    if not is_one_line(path) or path.endswith(("\\", " ")):
        raise reader.error("environment_file", f"is {path!r}; no control characters, no blank or backslash at its end")
    if os.path.commonpath([path, shared]) == shared:
        raise reader.error(
            "environment_file",
            "lies in shared/, where the application writes: systemd would read, as root, whatever a link there "
            "leads to; keep the file in /etc, or let the application read its .env itself",
        )
    return str(path)


def _absolute_paths(reader: SettingsReader, key: str) -> Sequence[str]:
    paths = reader.strings(key)
    for path in paths:
        if not os.path.isabs(path) or not is_one_line(path):
            raise reader.error(key, f"holds {path!r}; absolute paths are asked for")
    return tuple(os.path.normpath(path) for path in paths)


def _directives(reader: SettingsReader) -> Mapping[str, Mapping[str, Sequence[str]]]:
    if not reader.has("unit"):
        return {}
    sections = reader.child("unit")
    sections.done(SECTIONS)
    return {
        section: {key: _values(sections, f"{section}.{key}", value) for key, value in given.items()}
        for section, given in ((name, sections.mapping(name, {})) for name in SECTIONS)
        if given
    }


def _values(sections: SettingsReader, key: str, value: Any) -> Sequence[str]:
    """A directive's values: one, or several lines of the same name."""
    section, _, name = key.partition(".")
    if section == "Service" and name in _SAID_ELSEWHERE:
        raise sections.error(key, f"is {_SAID_ELSEWHERE[name]}; remove it")
    if not _DIRECTIVE.match(name):
        raise sections.error(key, "is not the name of a directive")
    values = [_value(sections, key, item) for item in (value if isinstance(value, (list, tuple)) else [value])]
    if not values:
        raise sections.error(key, "is an empty list; an empty text takes a directive's default away")
    return tuple(values)


def _value(sections: SettingsReader, key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (str, int, float)):
        raise sections.error(key, f"must be a text or a list of texts, not {value!r}")
    # A line that ends in a backslash goes on in the next one.
    if not is_one_line(str(value)) or str(value).rstrip().endswith("\\"):
        raise sections.error(key, f"is {value!r}; a directive is one line and does not end in a backslash")
    return str(value)


def is_one_line(text: str) -> bool:
    """Whether *text* holds no control character and can be written as UTF-8."""
    return not any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in text)
