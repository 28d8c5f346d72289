"""PM2 as it really behaves: it follows the switch, takes changes over, and leaves other apps alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from refit.core.errors import SupervisorError
from refit.core.procfs import release_of
from refit.supervisors.base import ABSENT, ERRORED, ONLINE, STOPPED, Supervisor
from refit.supervisors.pm2_rpc import monitor_data
from support.fleet import wait_until
from support.host import Host

pytestmark = pytest.mark.fleet


def reload(host: Host, **app: Any) -> Any:
    """Reload with the host's present settings, *app* among them, and wait for its answer."""
    host.app.update(app)
    done = host.supervisor.reload()
    wait_until(host.running)
    return done


def releases_of(supervisor: Supervisor) -> set[str | None]:
    """What the kernel says of every worker."""
    return {release_of(pid, supervisor.service.releases_dir).version for pid in supervisor.state().pids}


def variables(host: Host) -> set[str]:
    return set(host.server.ask("/env")["keys"])


@pytest.mark.parametrize(("mode", "instances"), [("fork", 1), ("cluster", 1), ("cluster", 2)])
def test_a_reload_follows_the_switch(server: Host, mode: str, instances: int) -> None:
    assert reload(server, exec_mode=mode, instances=instances)["action"] == "started"
    assert releases_of(server.supervisor) == {"1"}
    for version in ("2", "1"):
        server.switch(version)
        assert reload(server) == {"action": "reloaded", "why": None}
        wait_until(lambda version=version: releases_of(server.supervisor) == {version})
        wait_until(lambda version=version: server.running() == version)
    state = server.supervisor.state()
    assert state.status == ONLINE
    assert len(state.workers) == instances


def test_a_changed_variable_reaches_the_process(server: Host) -> None:
    server.env = {"GREETING": "hello"}
    reload(server)
    server.env = {"GREETING": "good day"}
    assert reload(server)["action"] == "reloaded"
    wait_until(lambda: server.greeting() == "good day")


def test_a_removed_variable_leaves_the_process(server: Host) -> None:
    server.env = {"GREETING": "hello", "REFIT_OLD": "1"}
    reload(server)
    assert variables(server) >= {"GREETING", "REFIT_OLD"}
    server.env = {"GREETING": "hello"}
    assert reload(server) == {"action": "replaced", "why": "removed from env: REFIT_OLD"}
    wait_until(lambda: server.greeting() == "hello")
    assert "REFIT_OLD" not in variables(server)


def test_the_number_of_instances_and_the_mode_follow_the_settings(server: Host) -> None:
    reload(server, exec_mode="cluster", instances=1)
    for instances in (3, 1):
        assert reload(server, instances=instances)["action"] == "replaced"
        wait_until(lambda count=instances: len(server.supervisor.state().pids) == count)
    assert reload(server, exec_mode="fork")["action"] == "replaced"
    (process,) = monitor_data(str(server.server.pm2_home))
    assert process["pm2_env"]["exec_mode"] == "fork_mode"


def test_other_apps_of_the_same_pm2_are_never_touched(server: Host, tmp_path: Path) -> None:
    for name in ("backend-2", "other"):
        script = tmp_path / f"{name}.js"
        script.write_text("setInterval(() => {}, 1000);")
        # An app in a namespace that is called like the service: pm2 takes a name for either.
        server.pm2("start", str(script), "--name", name, "--namespace", "backend")

    def others() -> dict[str, tuple[int, int]]:
        found = monitor_data(str(server.server.pm2_home))
        return {p["name"]: (p["pid"], p["pm2_env"]["restart_time"]) for p in found if p["name"] != "backend"}

    before = others()
    assert set(before) == {"backend-2", "other"}
    try:
        reload(server)
        server.switch("2")
        reload(server)
        server.env = {"GREETING": "hello"}
        reload(server)
        server.env = {}
        assert reload(server)["action"] == "replaced"
        server.supervisor.stop()
        assert others() == before
        assert all(os.path.exists(f"/proc/{pid}") for pid, _ in before.values())
    finally:
        server.pm2("delete", "backend-2", "other")
        server.pm2("save", "--force")


def test_stopping_removes_the_service_also_from_what_starts_at_boot(server: Host) -> None:
    def saved() -> list[str]:
        return [app["name"] for app in json.loads((server.server.pm2_home / "dump.pm2").read_text())]

    reload(server)
    assert saved() == ["backend"]
    (pid,) = server.supervisor.state().pids
    server.supervisor.stop()
    assert server.supervisor.state().status == ABSENT
    assert not os.path.exists(f"/proc/{pid}")
    assert saved() == []
    server.supervisor.stop()
    assert server.supervisor.state().status == ABSENT


def test_a_crashing_and_a_stopped_service_are_told_apart(server: Host) -> None:
    reload(server)
    server.pm2("stop", "backend")
    assert server.supervisor.state().status == STOPPED
    server.switch("crashing")
    server.app["max_restarts"] = 1
    server.supervisor.reload()
    wait_until(lambda: server.supervisor.state().status == ERRORED)
    assert server.supervisor.state().pids == ()


def test_the_daemons_own_answer_agrees_with_jlist(server: Host) -> None:
    def told(processes: list[Any]) -> list[Any]:
        keys = ("name", "status", "pm_cwd", "restart_time", "pm_uptime", "exec_mode")
        return [(p["pid"], p["pm_id"], *(p["pm2_env"][key] for key in keys)) for p in processes]

    reload(server, exec_mode="cluster", instances=2)
    listed = json.loads(server.pm2("jlist").stdout.strip().splitlines()[-1])
    asked = monitor_data(str(server.server.pm2_home))
    assert told(asked) == told(listed)
    assert sorted(p["pid"] for p in asked) == list(server.supervisor.state().pids)


def test_secrets_of_the_environment_are_never_in_an_error(server: Host) -> None:
    secret = "hunter2-the-database-password"
    server.env = {"DB_PASSWORD": secret}
    reload(server)
    server.app["script"] = "missing.js"
    with pytest.raises(SupervisorError) as raised:
        server.supervisor.reload()
    assert "missing.js" in str(raised.value)
    assert secret not in str(raised.value)
    assert secret not in repr(server.supervisor.state())
    definition = server.server.root / "ecosystem.config.cjs"
    assert secret in definition.read_text()
    assert definition.stat().st_mode & 0o007 == 0


def test_how_the_definition_is_read_is_not_for_the_sites_package_json_to_say(server: Host) -> None:
    of_the_site, of_the_releases = server.server.root / "package.json", server.server.root / "releases" / "package.json"
    of_the_site.write_text('{"type": "module"}')
    of_the_releases.write_text('{"type": "commonjs"}')
    try:
        assert reload(server)["action"] == "started"
    finally:
        of_the_site.unlink()
        of_the_releases.unlink()


def test_a_definition_of_the_former_name_is_taken_over(server: Host) -> None:
    reload(server)
    former = server.server.root / "ecosystem.config.js"
    (server.server.root / "ecosystem.config.cjs").rename(former)
    server.switch("2")
    assert reload(server) == {"action": "reloaded", "why": None}  # what is in it is still known
    assert not former.exists()
    former.write_text("module.exports = {apps: []};  // somebody else's")
    reload(server)
    assert former.exists()
    former.unlink()


def test_a_daemon_that_is_down_means_absent_and_is_not_started_to_be_asked(server: Host) -> None:
    reload(server)
    server.server.stop()
    assert server.server.daemon_pid() is None
    assert server.supervisor.state().status == ABSENT
    server.supervisor.stop()
    assert server.server.daemon_pid() is None
    assert reload(server)["action"] == "started"
    assert server.running() == "1"
