"""A jar: provisioning brings a Java, and the service itself says which version answers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.containers import images
from support.containers.docker import docker
from support.containers.site import Site
from support.jars import a_jar, write_source

FIRST, SECOND = "1.0", "1.1"


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service, compiled on this machine, or else by Debian's JDK in a container."""
    folder = tmp_path_factory.mktemp("java")
    command = write_source(folder)
    if shutil.which("javac"):
        subprocess.run(command, cwd=folder, check=True)
        return folder / "classes"
    install = "apt-get -q update && apt-get -q install -y --no-install-recommends default-jdk-headless"
    options = ("--rm", f"--volume={folder}:/java", "--workdir=/java")
    docker("run", *options, images.bare("bookworm"), "sh", "-c", f"{install} && {' '.join(command)}")
    return folder / "classes"


def conclusion(said: str) -> str:
    """All on one line: long ones are broken."""
    return " ".join(said.split())


def test_provisioning_installed_a_java(site: Site) -> None:
    assert "version" in site.host("app1").run("java -version").stderr
    assert not site.host("nojava").exists("java")


def test_each_deploy_is_proven_by_the_version_in_the_jar(site: Site, classes: Path, tmp_path: Path) -> None:
    for version in (FIRST, SECOND):
        done = site.deploy_artifact(version, a_jar(tmp_path / f"app-{version}-SNAPSHOT.jar", version, classes))
        assert done.returncode == 0, done.stdout
        assert site.running() == [version]


def test_the_jvm_runs_inside_the_release_as_the_applications_user_and_in_pm2s_unit(site: Site) -> None:
    host = site.host("app1")
    pid = host.check_output("pgrep --exact --uid refit-backend java")
    assert host.check_output(f"readlink /proc/{pid}/cwd") == f"/opt/ai_app/releases/v{SECOND}"
    assert "pm2-refit-backend.service" in host.file(f"/proc/{pid}/cgroup").content_string


def test_a_jar_for_a_newer_java_is_refused_at_staging(site: Site, classes: Path, tmp_path: Path) -> None:
    done = site.deploy_artifact("1.3", a_jar(tmp_path / "app.jar", "1.3", classes, needs_java=99))
    assert done.returncode == 2
    assert "is too old: Java 99 is needed (the jar was compiled for it)" in conclusion(done.stdout)
    assert "apt-get install openjdk-99-jre-headless" in conclusion(done.stdout)
    assert site.running() == [SECOND]
    assert not site.host("app1").file("/opt/ai_app/releases/v1.3").exists


def test_a_server_without_java_is_named_at_staging(site: Site, classes: Path, tmp_path: Path) -> None:
    done = site.deploy_artifact("1.3", a_jar(tmp_path / "app.jar", "1.3", classes), fleet="all")
    assert done.returncode == 2
    said = conclusion(done.stdout)
    assert "there is no Java here that refit-backend can run" in said
    assert "nojava" in said
    assert "apt-get install openjdk-17-jre-headless" in said
    assert site.running() == [SECOND]  # nowhere activated, for one cannot


def test_a_rollback_brings_back_the_jar_before(site: Site) -> None:
    done = site.play("rollback.yml")
    assert done.returncode == 0, done.stdout
    assert site.running() == [FIRST]


def test_after_a_reboot_it_comes_up(site: Site) -> None:
    site.reboot("app1")
    site.wait_until_running(FIRST)


def test_a_jar_that_is_built_wrongly_is_taken_back(site: Site, classes: Path, tmp_path: Path) -> None:
    site.resume()
    version = "1.2-broken"
    done = site.deploy_artifact(version, a_jar(tmp_path / "app.jar", version, classes))
    assert done.returncode == 2
    assert f"ROLLED BACK: {version} failed" in done.stdout
    assert site.running() == [FIRST]
