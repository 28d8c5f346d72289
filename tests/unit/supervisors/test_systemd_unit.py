"""The unit file as text: complete, and nothing that anybody configures becomes another line of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refit.config.service import Service
from refit.core.errors import InvalidInput
from refit.supervisors.systemd_unit import Definition, define, header

ENVIRONMENT_PATH = "/etc/systemd/system/backend.env"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")


def service(root: str = "/opt/ai_app", log: str | None = None, **systemd: Any) -> Service:
    described = {
        "name": "backend",
        "root": root,
        "user": "app",
        "process_manager": "systemd",
        "systemd": {"command": ["bin/serve"], **systemd},
        "health": {"url": "http://127.0.0.1:8080/health"},
    }
    return Service.from_mapping({**described, "log": {"path": log}} if log else described)


def rendered(**changes: Any) -> Definition:
    described = service(**changes)
    return define(described, described.manager, ENVIRONMENT_PATH)


def directives(unit: str) -> list[tuple[str, str]]:
    """Names and values of a unit's lines, sections as ``[Name]`` with no value; nothing may go on in a next line."""
    assert "\r" not in unit
    lines = [line for line in unit.split("\n") if line and not line.startswith("#")]
    assert not [line for line in lines if line.rstrip().endswith("\\")]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def value(definition: Definition, name: str) -> str:
    found = [value for key, value in directives(definition.unit) if key == name]
    assert len(found) == 1, found
    return found[0]


def names(unit: str) -> list[str]:
    return [name for name, _ in directives(unit)]


PLAIN = names(rendered().unit)
# As README has it. ProtectClock= would allow one device, and so leave no other.
GPU = {"DevicePolicy": "auto", "ProtectClock": "no"}


# --- What is in it --------------------------------------------------------------------------------------------------


def test_it_runs_whatever_current_leads_to():
    unit = rendered(command=["venv/bin/uvicorn", "app:app"])
    assert value(unit, "WorkingDirectory") == "/opt/ai_app/current"
    assert value(unit, "ExecStart") == '"/opt/ai_app/current/venv/bin/uvicorn" "app:app"'
    assert value(unit, "User") == "app"


@pytest.mark.parametrize(
    ("program", "path"),
    [
        ("java", "java"),
        ("./start.sh", "/opt/ai_app/current/start.sh"),
        ("/usr/bin/java", "/usr/bin/java"),
    ],
)
def test_a_program_is_found_as_a_shell_would_find_it_in_the_release(program, path):
    assert value(rendered(command=[program]), "ExecStart") == f'"{path}"'


def test_what_means_something_to_systemd_is_escaped():
    unit = rendered(root="/opt/my app%n", command=["bin/serve", 'a "b" \\ $HOME %h', ";"])
    assert value(unit, "WorkingDirectory") == "/opt/my app%%n/current"
    assert value(unit, "ExecStart") == r'"/opt/my app%%n/current/bin/serve" "a \"b\" \\ $$HOME %%h" ";"'
    assert value(unit, "ReadWritePaths") == '"-/opt/my app%%n/shared"'


def test_it_may_write_to_shared_its_log_and_what_is_named():
    unit = rendered(log="/var/log/app/application.log", write_paths=["/srv/models"]).unit
    assert [value for name, value in directives(unit) if name == "ReadWritePaths"] == [
        '"-/opt/ai_app/shared"',
        '"-/var/log/app"',
        '"/srv/models"',
    ]
    assert ("ProtectSystem", "strict") in directives(unit)


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({}, "yes"),
        ({"root": "/home/ec2-user/app"}, "read-only"),
        ({"command": ["/root/.local/bin/serve"]}, "read-only"),
        ({"write_paths": ["/home/ec2-user/models"]}, "read-only"),
        ({"root": "/homely"}, "yes"),
    ],
)
def test_homes_are_hidden_unless_the_service_lives_in_one(changes, how):
    assert value(rendered(**changes), "ProtectHome") == how


def test_a_directive_of_the_site_takes_the_place_of_ours():
    unit = rendered(unit={"Service": {"Restart": "on-failure", "MemoryMax": "2G"}, "Unit": {"After": ["a", "b"]}}).unit
    found = directives(unit)
    assert [value for name, value in found if name == "Restart"] == ["on-failure"]
    assert [value for name, value in found if name == "After"] == ["a", "b"]
    assert found.index(("[Service]", "")) < found.index(("MemoryMax", "2G")) < found.index(("[Install]", ""))


def test_devices_and_calls_of_an_administrator_are_none_of_a_services():
    unit = rendered()
    assert value(unit, "DevicePolicy") == "closed"
    assert value(unit, "ProtectClock") == "yes"
    denied = value(unit, "SystemCallFilter")
    assert denied.startswith("~")
    assert {"@mount", "@module", "@reboot", "@swap", "@raw-io", "@debug"} <= set(denied[1:].split())
    assert value(unit, "SystemCallErrorNumber") == "EPERM"


def test_a_service_with_a_gpu_says_so():
    unit = rendered(unit={"Service": GPU})
    assert {name: value(unit, name) for name in GPU} == GPU


def test_no_variable_is_in_the_unit():
    definition = rendered(environment={"TOKEN": "hunter2"}, environment_file="/etc/backend.env")
    assert "hunter2" not in definition.unit
    assert "Environment" not in names(definition.unit)
    files = [value for name, value in directives(definition.unit) if name == "EnvironmentFile"]
    assert files == ["/etc/backend.env", ENVIRONMENT_PATH]  # the later one wins


def test_variables_are_quoted_for_systemds_reader():
    variables = {"B": 'a"b\\c$d`e', "A": "x\n y\t#;"}
    assert rendered(environment=variables).environment == 'A="x\n y\t#;"\nB="a\\"b\\\\c\\$d\\`e"\n'


def test_the_same_settings_give_the_same_text():
    assert rendered(environment={"A": "1", "B": "2"}) == rendered(environment={"B": "2", "A": "1"})


def test_the_first_line_says_whose_it_is():
    assert rendered().unit.startswith(header(service()))
    assert "backend" in header(service())


# --- Nothing else gets in -------------------------------------------------------------------------------------------

anything = st.text(max_size=30) | st.from_regex(r"[ -~]*[\n\r]?\[?[A-Z][a-z]+\]?=?.*\\?", fullmatch=True)


@given(anything, anything)
def test_no_argument_adds_a_directive(program, argument):
    try:
        unit = rendered(command=[program, argument]).unit
    except InvalidInput:
        return
    assert names(unit) == PLAIN


@given(anything, anything)
def test_no_path_adds_a_directive(root, path):
    try:
        unit = rendered(root="/" + root, environment_file="/e" + path, write_paths=["/w" + path]).unit
    except InvalidInput:
        return
    added = sorted([*PLAIN, "EnvironmentFile", "ReadWritePaths"])
    assert sorted(names(unit)) == added


@given(anything, anything)
def test_no_directive_of_the_site_adds_another(name, text):
    try:
        unit = rendered(unit={"Service": {name: text}}).unit
    except InvalidInput:
        return
    assert sorted(names(unit)) == sorted({*PLAIN, name})


def parsed(environment: str) -> dict[str, str]:
    """The file of variables as systemd.exec(5) says that it is read."""
    escaped = r'(?:[^"\\]|\\["\\`$])*'
    assert re.fullmatch(rf'(?:[A-Za-z_]\w*="{escaped}"\n)*', environment, re.ASCII)
    found = re.findall(rf'^([A-Za-z_]\w*)="({escaped})"\n', environment, re.ASCII | re.MULTILINE)
    return {name: re.sub(r'\\(["\\`$])', r"\1", text) for name, text in found}


@given(st.text())
def test_no_value_of_a_variable_becomes_another_one(text):
    try:
        definition = rendered(environment={"A": text, "B": "b"})
    except InvalidInput:
        return
    assert parsed(definition.environment) == {"A": text, "B": "b"}


# --- Kept and brought back ------------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_a_kept_definition_is_read_back(unit, environment):
    definition = Definition(unit, environment)
    assert Definition.from_text(definition.to_text()) == definition


@pytest.mark.parametrize("text", [None, "", "module.exports = {};", "{}", "[]", "1", '{"unit": 1, "environment": ""}'])
def test_another_managers_definition_is_not_taken_for_one(text):
    assert Definition.from_text(text) is None


# --- What systemd says of it ----------------------------------------------------------------------------------------


@needs_systemd
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1, max_size=20), max_size=3), st.sampled_from([{}, GPU]))
def test_systemd_reads_every_line(tmp_path: Path, arguments: list[str], site: dict[str, str]):
    try:
        definition = rendered(
            command=["/bin/sh", *arguments],
            environment_file="/etc/my env%",
            write_paths=["/srv/a b"],
            unit={"Service": {"MemoryMax": "2G", **site}},
        )
    except InvalidInput:
        return
    path = tmp_path / "backend.service"
    path.write_text(definition.unit, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
