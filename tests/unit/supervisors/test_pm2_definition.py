"""The ecosystem file as text, and the choice between starting, reloading and replacing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.supervisors.pm2 import state_of
from refit.supervisors.pm2_answer import read_processes
from refit.supervisors.pm2_definition import RELOADED, REPLACED, STARTED, parse, reload_action, render

CURRENT = "/opt/ai_app/current"
APP = {"name": "backend", "cwd": CURRENT, "script": "app.js", "env": {"PORT": "8080"}}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
apps = st.dictionaries(st.text(), json_values, max_size=6)


def process(number: int = 0, status: str = "online", **details: object) -> dict:
    """An entry of `pm2 jlist` for `APP`, as far as it is looked at."""
    live = {
        "pm_cwd": CURRENT,
        "pm_exec_path": CURRENT + "/app.js",
        "exec_mode": "fork_mode",
        "status": status,
        "restart_time": number,
        "pm_uptime": 100_000,
    }
    monitor = {"memory": 5, "cpu": 1}
    return {"name": "backend", "pm_id": number, "pid": 41 + number, "monit": monitor, "pm2_env": {**live, **details}}


# --- The file -------------------------------------------------------------------------------------------------------


@given(apps)
def test_what_was_written_is_read_back(app):
    assert parse(render(app)) == app


def test_the_same_settings_give_the_same_text_in_whatever_order_they_come():
    assert render(APP) == render(dict(reversed(list(APP.items()))))


def test_the_file_says_that_changes_to_it_are_lost():
    assert render(APP).startswith("// Written at each activation by Re-Fit Ops")


def test_line_ends_that_json_allows_in_a_text_stay_inside_it():
    text = render({"env": {"MOTD": "a\nb*/\u2028'`${c}"}})
    assert text.count("\n") == len(json.dumps({"apps": [{"env": {"MOTD": ""}}]}, indent=2).splitlines()) + 1


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "module.exports = {apps: [{name: 'backend', script: 'app.js'}]};\n",
        render(APP).replace("};", "}, {};"),
        render(APP).replace('"apps"', '"app"'),
        render(APP) + "module.exports.apps[0].instances = 4;\n",
        render(APP)[:-5],
    ],
    ids=["none", "empty", "by hand", "not JSON", "no apps", "added to", "torn"],
)
def test_a_file_that_somebody_else_wrote_is_not_believed(text):
    assert parse(text) is None


@given(st.text())
def test_no_text_breaks_the_reader(text):
    body = render(APP)
    start = body.index("{")
    parsed = parse(body[:start] + text + body[-2:])
    assert parsed is None or isinstance(parsed, dict)


# --- The choice -----------------------------------------------------------------------------------------------------


def test_nothing_runs_so_it_is_started():
    assert reload_action(APP, APP, []) == (STARTED, None)
    assert reload_action(None, APP, []) == (STARTED, None)


@pytest.mark.parametrize("status", ["online", "stopped", "errored", "launching"])
def test_what_runs_as_defined_is_reloaded_whatever_its_status(status):
    assert reload_action(APP, APP, [process(status=status)]) == (RELOADED, None)


@pytest.mark.parametrize("env", [{"PORT": "9090"}, {"PORT": "8080", "GREETING": "hi"}])
def test_a_variable_that_is_new_or_another_is_reloaded(env):
    assert reload_action(APP, {**APP, "env": env}, [process()]) == (RELOADED, None)


@pytest.mark.parametrize(
    ("installed", "wanted", "why"),
    [
        pytest.param(None, APP, "it was defined by hand", id="unknown before"),
        pytest.param(APP, None, "it was defined by hand", id="unknown after"),
        pytest.param({**APP, "env": {"PORT": "1", "OLD": "x"}}, APP, "removed from env: OLD", id="env key removed"),
        pytest.param(APP, {**APP, "env": None}, "removed from env: PORT", id="env removed"),
        pytest.param({**APP, "args": "-v"}, APP, "args changed", id="key removed"),
        pytest.param(APP, {**APP, "kill_timeout": 9}, "kill_timeout changed", id="key added"),
        pytest.param(APP, {**APP, "instances": 2}, "1 instances run instead of 2", id="more instances"),
        pytest.param(APP, {**APP, "instances": "2"}, "1 instances run instead of 2", id="instances as text"),
        pytest.param(APP, {**APP, "instances": "max"}, "instances changed", id="as many as cores"),
        pytest.param(APP, {**APP, "exec_mode": "cluster"}, "it runs in fork mode", id="cluster mode"),
        pytest.param(APP, {**APP, "script": "main.js"}, f"it is frozen on {CURRENT}/app.js", id="script"),
    ],
)
def test_what_a_reload_would_keep_is_replaced(installed, wanted, why):
    assert reload_action(installed, wanted, [process()]) == (REPLACED, why)


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"pm_cwd": "/opt/ai_app/releases/v1"}, "it is frozen in /opt/ai_app/releases/v1"),
        ({"pm_exec_path": "/opt/ai_app/releases/v1/app.js"}, "it is frozen on /opt/ai_app/releases/v1/app.js"),
        ({"pm_cwd": None}, "it is frozen in None"),
    ],
)
def test_a_process_that_was_pinned_to_a_release_is_replaced(details, why):
    assert reload_action(APP, APP, [process(**details)]) == (REPLACED, why)
    assert reload_action({**APP, "instances": 2}, {**APP, "instances": 2}, [process(), process(1, **details)])[1] == why


def test_instances_that_somebody_scaled_by_hand_are_replaced():
    assert reload_action(APP, APP, [process(), process(1)]) == (REPLACED, "2 instances run instead of 1")


@pytest.mark.parametrize("instances", ["max", 0, -1])
def test_a_count_that_depends_on_the_cores_is_not_compared(instances):
    app = {**APP, "instances": instances}
    assert reload_action(app, app, [process(), process(1), process(2)]) == (RELOADED, None)


def test_modes_are_the_same_under_both_of_their_names():
    for mode in ("fork", "fork_mode"):
        app = {**APP, "exec_mode": mode}
        assert reload_action(app, app, [process()]) == (RELOADED, None)


def test_a_program_that_pm2_looked_up_is_not_a_pinned_one():
    app = {**APP, "script": "java", "args": "-jar app.jar"}
    assert reload_action(app, app, [process(pm_exec_path="/usr/bin/java")]) == (RELOADED, None)


# --- What PM2 says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ([], "absent"),
        (["online"], "online"),
        (["online", "launching"], "launching"),
        (["online", "stopping"], "launching"),
        (["online", "waiting restart"], "launching"),
        (["online", "one-launch-status"], "launching"),
        (["launching", "stopped", "online"], "stopped"),
        (["stopped", "errored"], "errored"),
        (["online", "a status of a later PM2"], "errored"),
    ],
)
def test_the_service_is_as_bad_as_its_worst_worker(statuses, worst):
    assert state_of([process(status=status) for status in statuses]).status == worst


def test_workers_carry_what_pm2_counts():
    state = state_of([process(0), process(3)])
    assert state.pids == (41, 44)
    assert state.restarts == 3


def test_a_worker_that_is_down_has_no_process():
    assert state_of([{**process(status="errored"), "pid": 0}]).pids == ()


def test_an_entry_with_nothing_in_it_is_no_reason_to_fall_over():
    empty = {"name": "backend", "pm_id": 0, "pm2_env": None, "monit": None, "pid": None}
    assert state_of(read_processes([empty], "backend")).status == "errored"
