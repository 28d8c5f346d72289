"""What a server needs follows from its services; services that would get in each other's way are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from refit.config.host_plan import Account, HostPlan, plan_host
from refit.core.errors import InvalidInput

INVENTORY = Path(__file__).resolve().parents[3] / "inventory"


def service(name: str, **changes: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "root": f"/opt/{name}",
        "user": f"run-{name}",
        "pm2": {
            "unit": f"pm2-{name}",
            "app": {"script": "server.js", "error_file": f"/var/log/{name}/error.log"},
        },
        "health": {"url": "http://127.0.0.1:8080/health"},
    }
    return {**settings, **changes}


def plan(*accounts: Account, **services: dict[str, Any]) -> HostPlan:
    """The plan for a server that has *accounts*."""
    return plan_host(services, {account.name: account for account in accounts}.get)


def refusal(**services: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as caught:
        plan(**services)
    assert caught.value.next_command
    return str(caught.value)


@pytest.mark.parametrize("site", ["production", "staging"])
def test_the_shipped_inventories_can_be_provisioned(site: str) -> None:
    values = yaml.safe_load((INVENTORY / site / "group_vars" / "all.yml").read_text(encoding="utf-8"))
    found = plan_host(values["refit_services"], {}.get)
    assert [account.name for account in found.accounts] == ["refit-ai", "refit-backend"]
    assert [unit.name for unit in found.units] == ["pm2-refit-backend", "pm2-refit-ai"]
    assert found.java
    assert found.wheel.pythons == ("3.11",)
    assert [account.name for account in found.wheel.build_users] == ["refit-build"]


def test_releases_and_state_are_roots_and_the_application_gets_only_what_it_writes() -> None:
    owners = {directory.path: directory.owner for directory in plan(web=service("web")).directories}
    assert owners == {
        "/opt/web": "root",
        "/opt/web/releases": "root",
        "/opt/web/shared": "run-web",
        "/var/lib/refit/web": "root",
        "/var/log/web": "run-web",
    }


def test_root_makes_nothing_inside_a_directory_that_an_application_may_rearrange() -> None:
    web = service("web", log={"path": "/opt/web/shared/logs/application.log"})
    paths = [directory.path for directory in plan(web=web).directories]
    assert "/opt/web/shared/logs" not in paths
    assert "/var/lib/run-web/.pm2" not in paths


def test_no_service_runs_as_the_account_that_builds() -> None:
    wheel = {"python": "3.11", "app": "main:app", "build_user": "run-web"}
    said = refusal(web=service("web"), ai=service("ai", wheel=wheel))
    assert "refit_services.ai.wheel.build_user is run-web, whom the service web runs as" in said


def test_a_pm2_home_of_its_own_is_made_for_its_user_alone() -> None:
    web = service("web")
    web["pm2"]["home"] = "/srv/pm2/web"
    found = plan(web=web)
    assert [d.mode for d in found.directories if d.path == "/srv/pm2/web"] == ["0700"]
    assert "/srv/pm2/web" in found.units[0].writable


def test_an_account_that_is_there_keeps_its_home_and_group() -> None:
    known = Account("run-web", "/home/web", "www", exists=True)
    found = plan(known, web=service("web"))
    assert found.accounts == (known,)
    assert found.units[0].home == "/home/web/.pm2"
    assert {d.group for d in found.directories if d.owner == "run-web"} == {"www"}
    assert found.logs[0].group == "www"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"root": "/home/web/app"}, "root"),
        ({"root": "/opt/api/shared/web"}, "root"),
        ({"root": "/srv/pm2/web"}, "root"),
        ({"state_dir": "/home/web/state"}, "state_dir"),
        ({"state_dir": "/opt/web/shared/state"}, "state_dir"),
        ({"state_dir": "/opt/api/shared/state"}, "state_dir"),
        ({"wheel": {"python": "3.11", "app": "web", "cache": "/home/web/.cache/uv"}}, "wheel.cache"),
        ({"wheel": {"python": "3.11", "app": "web", "cache": "/opt/web/shared/uv"}}, "wheel.cache"),
    ],
)
def test_root_works_below_nothing_that_an_application_may_rearrange(changes: dict[str, Any], key: str) -> None:
    at_home, api = Account("run-web", "/home/web", "web", exists=True), service("api")
    api["pm2"]["home"] = "/srv/pm2"
    plan(at_home, web=service("web"), api=api)
    with pytest.raises(InvalidInput, match=rf"refit_services.web.{key} lies in ") as refused:
        plan(at_home, web=service("web", **changes), api=api)
    assert refused.value.next_command


def test_home_directories_are_hidden_unless_an_application_lives_in_one() -> None:
    at_home = Account("run-web", "/home/web", "web", exists=True)
    assert plan(web=service("web")).units[0].protect_home == "true"
    assert plan(at_home, web=service("web")).units[0].protect_home == "read-only"
    assert plan(web=service("web", root="/home/web/app")).units[0].protect_home == "read-only"


def test_services_of_one_user_share_a_unit_that_lets_all_of_them_write() -> None:
    both = {"web": service("web"), "api": service("api", user="run-web")}
    both["api"]["pm2"]["unit"] = "pm2-web.service"
    both["web"]["pm2"]["unit"] = "pm2-web.service"
    (unit,) = plan(**both).units
    assert unit.name == "pm2-web"
    assert unit.services == ("web", "api")
    assert {"/opt/web/shared", "/opt/api/shared", "/var/log/web", "/var/log/api"} < set(unit.writable)


def test_no_writable_directory_is_named_that_lies_in_another_one() -> None:
    web = service("web", log={"path": "/opt/web/shared/logs/application.log"})
    assert plan(web=web).units[0].writable == ("/opt/web/shared", "/var/lib/run-web", "/var/log/web")


def test_the_logs_of_a_user_are_those_of_all_their_writers() -> None:
    web = service("web", log={"path": "/var/log/web/application.log"})
    (logs,) = plan(web=web).logs
    assert logs.patterns == (
        "/var/lib/run-web/.pm2/logs/*.log",
        "/var/lib/run-web/.pm2/pm2.log",
        "/var/log/web/application.log",
        "/var/log/web/error-[0-9]*.log",
        "/var/log/web/error.log",
    )


def test_a_service_that_writes_no_log_has_none_to_rotate() -> None:
    web = {**service("web"), "process_manager": "systemd", "systemd": {"command": ["node", "server.js"]}}
    del web["pm2"]
    assert plan(web=web).logs == ()


def test_pm2s_words_for_nowhere_are_no_logs() -> None:
    web = service("web")
    web["pm2"]["app"].update(error_file="/dev/null", out_file="NULL")
    assert plan(web=web).units[0].writable == ("/opt/web/shared", "/var/lib/run-web")


def test_a_service_without_pm2_needs_no_unit() -> None:
    web = service("web", process_manager="command", command={"reload": ["true"], "pid_file": "/run/web.pid"})
    del web["pm2"]
    found = plan(web=web)
    assert found.units == ()
    assert [account.name for account in found.accounts] == ["run-web"]


def test_a_python_that_is_named_by_its_path_is_not_installed() -> None:
    wheel = {"python": "/opt/python/bin/python3", "app": "web", "uv": "/opt/uv"}
    found = plan(web=service("web", wheel=wheel)).wheel
    assert (found.pythons, found.uv) == ((), False)


@pytest.mark.parametrize("user", [None, "root"])
def test_an_application_never_runs_as_root(user: str | None) -> None:
    assert "refit_services.web.user" in refusal(web=service("web", user=user))


def test_pm2_without_a_unit_would_not_start_at_boot_and_is_refused() -> None:
    web = service("web")
    del web["pm2"]["unit"]
    assert "pm2-run-web" in refusal(web=web)


@pytest.mark.parametrize("root", ["/opt/web", "/opt/web/", "/opt/web/api", "/opt/web/../web/api"])
def test_roots_that_lie_in_each_other_are_refused(root: str) -> None:
    assert "root lies in that of" in refusal(web=service("web"), api=service("api", root=root))


def test_one_state_for_two_services_is_refused() -> None:
    assert "state_dir" in refusal(web=service("web"), api=service("api", state_dir="/var/lib/refit/web"))


@pytest.mark.parametrize(
    "path",
    [
        "/var/log/web.log",  # would give /var/log to the application
        "/tmp/web.log",
        "/opt/web/current/web.log",  # a release is never written to
        "/opt/web/releases/web.log",
        "/opt/web.log",
        "/var/lib/refit/web.log",  # holds the ledger
        "logs/web.log",
    ],
)
def test_a_log_where_its_user_may_not_write_is_refused(path: str) -> None:
    web = service("web")
    web["pm2"]["app"]["error_file"] = path
    assert "/var/log/" in refusal(web=web)


@pytest.mark.parametrize("path", ["/var/log/web/api.log", "/var/log/web/api/api.log"])
def test_a_log_directory_belongs_to_one_user(path: str) -> None:
    api = service("api")
    api["pm2"]["app"]["error_file"] = path
    assert "are both in /var/log/web" in refusal(web=service("web"), api=api)
    assert "are both in /var/log/web" in refusal(api=api, web=service("web"))


@pytest.mark.parametrize("order", [("inner", "outer"), ("outer", "inner")])
def test_a_log_directory_in_another_one_of_the_same_user_is_his_to_make(order: tuple[str, str]) -> None:
    """In whichever order: given to him, the outer one lets him put a link in the inner one's place."""
    logs = {"outer": "/var/log/web/web.log", "inner": "/var/log/web/deep/web.log"}
    services = {name: service(name, user="run-web", log={"path": logs[name]}) for name in order}
    for each in services.values():
        each["pm2"] = {"unit": "pm2-web", "app": {"script": "server.js"}}
    paths = [directory.path for directory in plan(**services).directories]
    assert "/var/log/web" in paths
    assert "/var/log/web/deep" not in paths


@pytest.mark.parametrize(
    "changes",
    [{"user": "other"}, {"pm2": {"home": "/srv/pm2"}}, {"pm2": {"bin": "/opt/pm2"}}, {"pm2": {"path": ["/x"]}}],
)
def test_a_unit_that_two_services_describe_differently_is_refused(changes: dict[str, Any]) -> None:
    api = service("api", user=changes.get("user", "run-web"))
    api["pm2"].update({"unit": "pm2-web"}, **changes.get("pm2", {}))
    assert "refit_services.api" in refusal(web=service("web"), api=api)


def test_two_units_for_one_pm2_are_refused() -> None:
    assert "one PM2_HOME" in refusal(web=service("web"), api=service("api", user="run-web"))
