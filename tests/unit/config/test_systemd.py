"""The group `systemd` of a service: what is taken, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from refit.config.service import Service
from refit.core.errors import InvalidInput


def described(**systemd: Any) -> dict[str, Any]:
    return {
        "name": "backend",
        "root": "/opt/ai_app",
        "user": "app",
        "process_manager": "systemd",
        "systemd": {"command": ["bin/serve"], **systemd},
        "health": {"url": "http://127.0.0.1:8080/health"},
    }


def read(**systemd: Any) -> Any:
    return Service.from_mapping(described(**systemd)).manager


def test_a_command_is_all_that_must_be_said():
    settings = read()
    assert settings.command == ("bin/serve",)
    assert (settings.name, settings.type, settings.stop_signal) == ("backend", "exec", "SIGTERM")


def test_a_number_is_a_text_among_variables():
    assert read(environment={"PORT": 8080}).environment == {"PORT": "8080"}


def test_directives_are_texts_whatever_yaml_made_of_them():
    unit = {"Service": {"PrivateDevices": True, "Nice": 5, "ExecStartPre": ["/bin/a", "/bin/b"], "ProtectHome": ""}}
    assert read(unit=unit).unit["Service"] == {
        "PrivateDevices": ("yes",),
        "Nice": ("5",),
        "ExecStartPre": ("/bin/a", "/bin/b"),
        "ProtectHome": ("",),
    }


def test_values_of_variables_are_not_shown():
    assert "hunter2" not in repr(read(environment={"TOKEN": "hunter2"}))


@pytest.mark.parametrize(
    ("changes", "key", "problem"),
    [
        ({"command": []}, "systemd.command", "is missing"),
        ({"command": ["serve\nUser=root"]}, "systemd.command", "no control characters"),
        ({"command": ["../../bin/serve"]}, "systemd.command", "outside the release"),
        ({"command": ["bin/../../shared/serve"]}, "systemd.command", "outside the release"),
        ({"command": ["+serve"]}, "systemd.command", "not the name or the path of a program"),
        ({"command": ["$SHELL"]}, "systemd.command", "not the name or the path of a program"),
        ({"command": ["/opt/$SHELL"]}, "systemd.command", "not the name or the path of a program"),
        ({"name": "backend.service"}, "systemd.name", "without .service"),
        ({"name": "back@end"}, "systemd.name", "letters, digits"),
        ({"type": "oneshot"}, "systemd.type", "known are: exec, notify"),
        ({"stop_signal": "TERM"}, "systemd.stop_signal", "a signal's name"),
        ({"environment": {"A-B": "x"}}, "systemd.environment.A-B", "not the name of a variable"),
        ({"environment": {"A\nB": "x"}}, "systemd.environment.A\nB", "not the name of a variable"),
        ({"environment": {"DEBUG": True}}, "systemd.environment.DEBUG", "put it in quotes"),
        ({"environment": {"A": "\x1b[0m"}}, "systemd.environment.A", "holds a control character"),
        ({"environment_file": "env"}, "systemd.environment_file", "must be an absolute path"),
        ({"environment_file": "/etc/e\nUser=root"}, "systemd.environment_file", "no control characters"),
        ({"environment_file": "/etc/e\\"}, "systemd.environment_file", "no blank or backslash"),
        ({"environment_file": "/opt/ai_app/shared/.env"}, "systemd.environment_file", "lies in shared/"),
        ({"write_paths": ["uploads"]}, "systemd.write_paths", "absolute paths"),
        ({"write_paths": ["/a\nb"]}, "systemd.write_paths", "absolute paths"),
        ({"unit": {"Socket": {}}}, "systemd.unit.Socket", "is not a setting"),
        ({"unit": {"service": {}}}, "systemd.unit.service", "did you mean 'Service'"),
        (
            {"unit": {"Service": {"Nice\nUser": "root"}}},
            "systemd.unit.Service.Nice\nUser",
            "not the name of a directive",
        ),
        ({"unit": {"Service": {"Nice": "5\nUser=root"}}}, "systemd.unit.Service.Nice", "is one line"),
        ({"unit": {"Service": {"Nice": "5\rUser=root"}}}, "systemd.unit.Service.Nice", "is one line"),
        ({"unit": {"Service": {"Nice": "5 \\ "}}}, "systemd.unit.Service.Nice", "does not end in a backslash"),
        ({"unit": {"Service": {"Nice": {}}}}, "systemd.unit.Service.Nice", "must be a text"),
        ({"unit": {"Service": {"Nice": []}}}, "systemd.unit.Service.Nice", "is an empty list"),
        ({"unit": {"Service": {"ExecStart": "/bin/sh"}}}, "systemd.unit.Service.ExecStart", "set by systemd.command"),
        ({"unit": {"Service": {"Environment": "A=1"}}}, "systemd.unit.Service.Environment", "every local user"),
        ({"comand": ["x"]}, "systemd.comand", "did you mean 'command'"),
    ],
)
def test_what_cannot_work_is_refused_by_its_key(changes, key, problem):
    with pytest.raises(InvalidInput) as caught:
        read(**changes)
    assert "refit_services.backend.{} ".format(key.replace("\n", " ")) in str(caught.value.what)
    assert problem in str(caught.value.what)


@pytest.mark.parametrize(
    ("changes", "key", "problem"),
    [
        ({"user": None}, "user", "as root"),
        ({"user": "app\nUser=root"}, "user", "not the name of an account"),
        ({"user": "%u"}, "user", "not the name of an account"),
        ({"root": "/opt/a\nb"}, "root", "control characters"),
        ({"root": "/opt/$HOME"}, "root", "takes no '$'"),
        ({"log": {"path": "/var/log/a\nb/x.log"}}, "log.path", "control characters"),
    ],
)
def test_so_is_what_else_goes_into_a_unit(changes, key, problem):
    with pytest.raises(InvalidInput) as caught:
        Service.from_mapping({**described(), **changes})
    assert f"refit_services.backend.{key} " in str(caught.value.what)
    assert problem in str(caught.value.what)


def test_a_secret_is_not_shown_when_it_is_refused():
    with pytest.raises(InvalidInput) as caught:
        read(environment={"TOKEN": "hunter2\x00"})
    assert "hunter2" not in str(caught.value)
