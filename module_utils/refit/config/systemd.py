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

from ..words.reason import Reason
from .reader import SettingsReader

Type = Literal["exec", "notify"]
TYPES: tuple[Type, ...] = get_args(Type)
SECTIONS = ("Unit", "Service", "Install")
# Each of these is said elsewhere, once: in the deploy's own layout or in a setting.
_SAID_ELSEWHERE = {
    "ExecStart": Reason("is_set_by", setting="systemd.command"),
    "Type": Reason("is_set_by", setting="systemd.type"),
    "KillSignal": Reason("is_set_by", setting="systemd.stop_signal"),
    "TimeoutStartSec": Reason("is_set_by", setting="systemd.start_timeout_s"),
    "TimeoutStopSec": Reason("is_set_by", setting="systemd.stop_timeout_s"),
    "User": Reason("is_set_by", setting="user"),
    "WorkingDirectory": Reason("is_always", value="<root>/current"),
    "Environment": Reason("is_shown_to_everybody", setting="systemd.environment"),
    "EnvironmentFile": Reason("is_set_by", setting="systemd.environment_file"),
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
        raise reader.error("type", Reason("is_unknown", value=repr(settings.type), known=TYPES))
    if settings.stop_signal not in signal.Signals.__members__:
        raise reader.error("stop_signal", Reason("is_no_signal", value=repr(settings.stop_signal)))
    reader.done(f.name for f in fields(SystemdSettings))
    return settings


def _check_service(service: SettingsReader) -> None:
    """What else of the service is written into its unit."""
    user = service.text("user", default=None)
    if user is None:
        raise service.error("user", Reason("user_missing_for_systemd"))
    if not _USER.match(user):
        raise service.error("user", Reason("is_no_account_name", value=repr(user)))
    root = service.path("root")
    if "$" in root or not is_one_line(root):
        raise service.error("root", Reason("is_no_systemd_root", value=repr(root)))
    log_path = service.child("log").path("path") if service.has("log") else ""
    if not is_one_line(log_path):
        raise service.error("log.path", Reason("is_no_systemd_path", value=repr(log_path)))


def _command(reader: SettingsReader) -> Sequence[str]:
    command = tuple(reader.strings("command"))
    if not command:
        raise reader.error("command", Reason("command_missing"))
    for word in command:
        if not is_one_line(word):
            raise reader.error("command", Reason("holds_control_characters", value=repr(word)))
    program = command[0]
    if os.path.normpath(program).startswith("../"):
        raise reader.error("command", Reason("starts_outside", program=repr(program)))
    if not os.path.isabs(program) and not _PROGRAM.match(program) or "$" in program:
        raise reader.error("command", Reason("starts_no_program", program=repr(program)))
    return command


def _unit_name(reader: SettingsReader, default: str) -> str:
    name = reader.text("name", default=default)
    if not _UNIT_NAME.match(name) or name.endswith(".service"):
        raise reader.error("name", Reason("is_no_unit_name", value=repr(name)))
    return str(name)


def _environment(reader: SettingsReader) -> Mapping[str, str]:
    found = {}
    for name, value in reader.mapping("environment", {}).items():
        key = f"environment.{name}"
        if not _VARIABLE.match(name):
            raise reader.error(key, Reason("is_no_variable_name"))
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise reader.error(key, Reason("must_be_quoted"))
        # systemd drops such a variable without a word.  The value is not shown: it may be a secret.
        if not is_one_line(str(value).replace("\n", "").replace("\t", "")):
            raise reader.error(key, Reason("variable_has_control_character"))
        found[name] = str(value)
    return found


def _environment_file(reader: SettingsReader, shared: str) -> str | None:
    path = reader.path("environment_file", default=None)
    if path is None:
        return None
    if not is_one_line(path) or path.endswith(("\\", " ")):
        raise reader.error("environment_file", Reason("is_no_environment_file", value=repr(path)))
    if os.path.commonpath([path, shared]) == shared:
        raise reader.error("environment_file", Reason("environment_file_in_shared"))
    return str(path)


def _absolute_paths(reader: SettingsReader, key: str) -> Sequence[str]:
    paths = reader.strings(key)
    for path in paths:
        if not os.path.isabs(path) or not is_one_line(path):
            raise reader.error(key, Reason("holds_no_absolute_path", value=repr(path)))
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
        raise sections.error(key, Reason("remove_directive", why=_SAID_ELSEWHERE[name]))
    if not _DIRECTIVE.match(name):
        raise sections.error(key, Reason("is_no_directive"))
    values = [_value(sections, key, item) for item in (value if isinstance(value, (list, tuple)) else [value])]
    if not values:
        raise sections.error(key, Reason("directive_is_empty_list"))
    return tuple(values)


def _value(sections: SettingsReader, key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (str, int, float)):
        raise sections.error(key, Reason("must_be_text_or_texts", value=repr(value)))
    # A line that ends in a backslash goes on in the next one.
    if not is_one_line(str(value)) or str(value).rstrip().endswith("\\"):
        raise sections.error(key, Reason("directive_is_no_line", value=repr(value)))
    return str(value)


def is_one_line(text: str) -> bool:
    """Whether *text* holds no control character and can be written as UTF-8."""
    return not any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in text)
