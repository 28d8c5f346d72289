"""A service that systemd runs by itself: deployed, taken back, rolled back and rebooted as one under PM2 is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from support.containers import images
from support.containers.site import Site
from support.discord import DiscordStandIn

FIRST, SECOND, BAD = "20240127-100000", "20240127-110000", "20240127-120000"
UNIT = "backend.service"
HERE = Path(__file__).resolve().parent
# What `systemd-analyze security` calls OK ends at 5.
MAX_EXPOSURE = 4.0
ONE_MACHINE = "tests/integration/test_systemd_service.py"


def shown(site: Site, name: str, what: str, unit: str = UNIT) -> str:
    """A property of the unit on the server *name*; of systemd itself if *unit* is empty."""
    return str(site.host(name).check_output(f"systemctl show --property {what} --value {unit}"))


def units_read(site: Site) -> list[str]:
    """When each server's systemd last read all its units."""
    return [shown(site, name, "UnitsLoadTimestampMonotonic", unit="") for name in site.app]


def test_a_deploy_makes_a_unit_that_runs_the_release_and_starts_at_boot(site: Site) -> None:
    site.must_deploy(FIRST)

    assert site.running() == [FIRST] * 2
    for name in site.app:
        service = site.host(name).service(UNIT)
        assert service.is_running
        assert service.is_enabled
        pid = shown(site, name, "MainPID")
        assert site.host(name).check_output(f"readlink /proc/{pid}/cwd") == f"/opt/ai_app/releases/v{FIRST}"
        assert site.host(name).check_output(f"stat --format=%U /proc/{pid}") == "refit-backend"


def test_the_next_one_restarts_it_and_leaves_systemds_units_alone(site: Site) -> None:
    before = units_read(site)

    site.must_deploy(SECOND)

    assert site.running() == [SECOND] * 2
    assert units_read(site) == before


def test_a_bad_release_is_taken_back_and_the_team_reads_what_it_wrote_to_the_journal(
    site: Site, tmp_path: Path
) -> None:
    with DiscordStandIn() as discord:
        done = site.play(
            *site.deploy_arguments(BAD, "crash_at_start"),
            HOME=str(tmp_path),
            REFIT_DISCORD_ALERTS=discord.webhook("alerts"),
        )
        told = json.dumps(discord.messages(), ensure_ascii=False)
    assert done.returncode == 2
    assert f"ROLLED BACK: {BAD} failed; every touched host is proven on the release it had before" in done.stdout
    assert site.running() == [SECOND] * 2
    assert "ERROR NullPointerException: the configuration is missing" in told


def test_a_changed_setting_is_in_force_with_the_next_release(site: Site) -> None:
    services = yaml.safe_load((HERE / "group_vars" / "all.yml").read_text())["refit_services"]
    services["backend"]["systemd"]["stop_timeout_s"] = 7
    before = units_read(site)

    site.resume()
    arguments = site.deploy_arguments("20240127-130000")
    done = site.play(*arguments, "-e", json.dumps({"refit_services": services}))

    assert done.returncode == 0, done.stdout
    assert all(now != then for now, then in zip(units_read(site), before))
    assert [shown(site, name, "TimeoutStopUSec") for name in site.app] == ["7s"] * 2


def test_a_rollback_takes_the_whole_fleet_to_the_release_before(site: Site) -> None:
    done = site.play("rollback.yml", "-e", "rollback_further=true")  # a bad one was taken back a moment ago
    assert done.returncode == 0, done.stdout
    assert site.running() == [SECOND] * 2


def test_after_a_reboot_that_release_comes_up(site: Site) -> None:
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(site.reboot, site.app))
    site.wait_until_running(SECOND)


def test_the_unit_exposes_little(site: Site, measured: Callable[[str], None]) -> None:
    said = site.host("app1").check_output(f"systemd-analyze security --no-pager {UNIT}")
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure, said
    measured(f"exposure of {UNIT}, by systemd-analyze security: {exposure[1]}")
    assert float(exposure[1]) <= MAX_EXPOSURE, said


@pytest.mark.timeout(900)
def test_on_one_machine_it_survives_being_killed_at_every_point() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ONE_MACHINE]
    done = subprocess.run(
        command,
        cwd=images.ROOT,
        env={**os.environ, "REFIT_SYSTEMD_IMAGE": images.bare("bookworm")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed in", done.stdout, re.MULTILINE), done.stdout  # not one was skipped
