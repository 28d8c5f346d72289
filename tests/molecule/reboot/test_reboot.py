"""After a reboot the right release comes up by itself, whatever happened before."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from support.containers.site import Site
from support.fleet import wait_until

FIRST, SECOND = "20240127-100000", "20240127-110000"
UNIT = "pm2-refit-backend.service"


def units_of_pm2(site: Site, name: str) -> list[str]:
    """The systemd unit of every process of the application's user: PM2's daemon and the workers."""
    pids = site.host(name).check_output("pgrep -u refit-backend").split()
    groups = site.host(name).check_output("cat " + " ".join(f"/proc/{pid}/cgroup" for pid in pids))
    return re.findall(r"([^/\n]+)$", groups, re.MULTILINE)


def reboot_all(site: Site) -> None:
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(site.reboot, site.app))


def test_after_a_deploy_the_new_release_comes_up(site: Site) -> None:
    site.must_deploy(FIRST)
    site.must_deploy(FIRST, service="ai-service")
    site.must_deploy(SECOND)

    reboot_all(site)

    site.wait_until_running(SECOND)
    site.wait_until_running(FIRST, port=8000)


def test_after_a_rollback_the_old_release_comes_up(site: Site) -> None:
    done = site.play("rollback.yml", "-e", "service=backend")
    assert done.returncode == 0, done.stdout

    reboot_all(site)

    site.wait_until_running(FIRST)


def test_after_a_failed_deploy_the_release_before_it_comes_up(site: Site) -> None:
    assert site.deploy("20240127-120000", "crash_at_start").returncode == 2

    reboot_all(site)

    site.wait_until_running(FIRST)


def test_what_came_up_is_what_the_playbooks_find_proven(site: Site) -> None:
    done = site.play("playbooks/status.yml", "-e", "service=backend")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(FIRST) >= len(site.app)


def test_all_of_pm2_runs_inside_its_unit(site: Site) -> None:
    for name in site.app:
        assert set(units_of_pm2(site, name)) == {UNIT}


def test_a_daemon_that_was_killed_comes_back_with_the_same_release(site: Site) -> None:
    host = site.host("app1")
    before = host.check_output(f"systemctl show -p MainPID --value {UNIT}")
    host.check_output(f"kill -KILL {before}")

    wait_until(lambda: host.run(f"systemctl show -p MainPID --value {UNIT}").stdout.strip() not in ("0", before), 60)
    site.wait_until_running(FIRST)
    assert set(units_of_pm2(site, "app1")) == {UNIT}


def test_a_deploy_onto_a_server_whose_daemon_is_down_starts_it_through_its_unit(site: Site) -> None:
    site.host("app2").check_output(f"systemctl stop {UNIT}")

    resumed = site.play("playbooks/resume.yml", "-e", '{"service": "backend", "resume_reason": "mended"}')
    assert resumed.returncode == 0, resumed.stdout
    site.must_deploy("20240127-130000")

    assert site.running() == ["20240127-130000"] * 3
    assert set(units_of_pm2(site, "app2")) == {UNIT}
