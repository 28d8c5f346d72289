"""A real FastAPI service as a wheel: built on the server by an account that only builds, run by uvicorn under PM2."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.containers.docker import docker
from support.containers.site import Site
from support.wheels import FASTAPI, a_fastapi_wheel, a_wheel, wheelhouse

FIRST, SECOND, BAD = "1.0", "1.1", "1.2"
PORT = 8000
RELEASES = "/opt/ai_service/releases"
PYTHON = "venv/bin/python"
# Packages come from where the server is configured to look: here a directory, for it may reach nothing else.
UV_TOML = 'offline = true\nno-index = true\nfind-links = ["/srv/packages"]\n'


@pytest.fixture(scope="module")
def host(site: Site) -> Any:
    """The server, with a package index of its own."""
    container = site.servers.container("app1")
    docker("cp", str(wheelhouse(*FASTAPI, version="3.11")), f"{container}:/srv/packages")
    docker("exec", container, "chmod", "-R", "a+rX", "/srv/packages")
    docker("exec", container, "mkdir", "-p", "/etc/uv")
    docker("exec", "--interactive", container, "tee", "/etc/uv/uv.toml", stdin=UV_TOML)
    return site.host("app1")


# What it tries at its import, before that fails: to leave something wherever anybody may.
LEFT = "left-by-a-package"
LEAVES = f"""
import ctypes, os, socket
for place in "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/var/lock", "/srv/open":
    try:
        with open(f"{{place}}/{LEFT}", "w"):
            print("kept by", place)
    except OSError as error:
        print("not kept by", place, error.strerror)
print("segment", ctypes.CDLL(None).shmget(0x5EF17, 4096, 0o1666) >= 0)
for address in "/run/systemd/journal/socket", "/run/dbus/system_bus_socket":
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ask:
        print("reaches", address, ask.connect_ex(address) == 0)
import torch
"""


def deploy(site: Site, folder: Path, version: str, mode: str = "healthy") -> subprocess.CompletedProcess[str]:
    return site.deploy_artifact(version, a_fastapi_wheel(folder, version, mode))


def test_provisioning_brought_uv_and_an_account_that_only_builds(host: Any) -> None:
    assert host.check_output("uv --version").startswith("uv ")
    assert host.exists("python3.11")
    builder = host.user("refit-build")
    assert builder.shell == "/usr/sbin/nologin"
    assert builder.groups == ["refit-build"]


def test_each_deploy_is_proven_by_the_version_of_the_installed_wheel(site: Site, host: Any, tmp_path: Path) -> None:
    for version in (FIRST, SECOND):
        done = deploy(site, tmp_path, version)
        assert done.returncode == 0, done.stdout
        assert site.running(PORT) == [version]
    assert "install the wheel" in host.file(f"{RELEASES}/v{SECOND}/build.log").content_string


def test_uvicorn_runs_inside_the_release_as_the_applications_user(host: Any) -> None:
    pid = host.check_output("pgrep --uid refit-ai --full venv/bin/uvicorn")
    assert host.check_output(f"readlink /proc/{pid}/cwd") == f"{RELEASES}/v{SECOND}"
    assert "pm2-refit-ai.service" in host.file(f"/proc/{pid}/cgroup").content_string


def test_the_virtualenv_of_the_release_before_works(host: Any) -> None:
    code = "import ai_service.main; from importlib.metadata import version; print(version('ai-service'))"
    command = f'cd {RELEASES}/v{FIRST} && runuser -u refit-ai -- {PYTHON} -B -c "{code}"'
    assert host.check_output(command) == FIRST


def test_releases_share_what_they_have_in_common(host: Any) -> None:
    module = "venv/lib/python3.11/site-packages/fastapi/applications.py"
    inodes = host.check_output(f"stat --format=%i {RELEASES}/v{FIRST}/{module} {RELEASES}/v{SECOND}/{module}").split()
    assert inodes[0] == inodes[1]


def test_the_application_can_write_into_no_virtualenv_and_not_into_the_cache(host: Any) -> None:
    as_app = "runuser -u refit-ai --"
    assert host.check_output(f"{as_app} find {RELEASES} -writable -not -type l") == ""
    assert host.run(f"{as_app} touch {RELEASES}/v{SECOND}/venv/x").rc != 0
    assert host.run(f"{as_app} ls /opt/ai_service/.uv-cache").rc != 0
    assert host.check_output(f"find {RELEASES} -not -user root") == ""  # nothing is left to who built it


def test_a_wheel_that_cannot_be_imported_is_refused_at_staging_and_leaves_nothing_anywhere(
    site: Site, host: Any, tmp_path: Path
) -> None:
    log = f"/var/lib/refit/ai-service/builds/{BAD}.log"
    pid = host.check_output("pgrep --uid refit-ai --full venv/bin/uvicorn")
    host.check_output("install -d -m 1777 /srv/open")
    files = {"ai_service/__init__.py": "", "ai_service/main.py": LEAVES}

    done = site.deploy_artifact(BAD, a_wheel(tmp_path, BAD, files, requires=FASTAPI))

    assert done.returncode == 2
    said = " ".join(done.stdout.split())
    assert "cannot import the app" in said
    assert "No module named 'torch'" in said
    assert f"less {log}" in said
    printed = host.file(log).content_string
    assert "No module named 'torch'" in printed
    assert "kept by /tmp" in printed
    assert "not kept by /srv/open Read-only file system" in printed
    assert "segment True" in printed
    assert "reaches /run" in printed
    assert "True" not in "".join(line for line in printed.splitlines() if line.startswith("reaches"))
    assert host.check_output(f"find / -name {LEFT} -not -path '/proc/*'") == ""
    assert "refit-build" not in host.check_output("ipcs")
    assert site.running(PORT) == [SECOND]
    assert host.check_output("pgrep --uid refit-ai --full venv/bin/uvicorn") == pid
    assert sorted(host.check_output(f"ls -A {RELEASES}").split()) == [f"v{FIRST}", f"v{SECOND}"]


def test_a_rollback_brings_back_the_wheel_before(site: Site) -> None:
    done = site.play("rollback.yml")
    assert done.returncode == 0, done.stdout
    assert site.running(PORT) == [FIRST]


def test_after_a_reboot_it_comes_up(site: Site) -> None:
    site.reboot("app1")
    site.wait_until_running(FIRST, PORT)


def test_a_release_that_answers_badly_is_taken_back(site: Site, host: Any, tmp_path: Path) -> None:
    site.resume("ai-service")
    done = deploy(site, tmp_path, "1.3", "unhealthy")
    assert done.returncode == 2
    assert "ROLLED BACK: 1.3 failed" in done.stdout
    assert site.running(PORT) == [FIRST]
    assert host.check_output("readlink /opt/ai_service/current") == f"releases/v{FIRST}"
