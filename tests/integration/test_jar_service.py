"""A real jar under real PM2; it is compiled here, so the test needs a JDK."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from refit.deploy import staging
from support.fleet import Fleet
from support.host import Host
from support.jars import a_jar, write_source

pytestmark = [pytest.mark.fleet, pytest.mark.slow]

SYSTEM = "/usr/local/bin:/usr/bin:/bin"


class JarHost(Host):
    """A host whose service is a jar; the version is in the jar's manifest alone."""

    classes: Path

    def settings(self) -> dict[str, Any]:
        found = super().settings()
        found["pm2"]["app"].update(script="java", args=["-Xmx64m", "-jar", "backend.jar"], interpreter="none")
        found["health"].update({"deadline_s": 60, **self.health})
        return found

    def stage(self, version: str, *_: Any, **__: Any) -> None:
        jar = a_jar(self.base / f"app-{version}-SNAPSHOT.jar", version, self.classes)
        staging.stage(self.service, version, str(jar), self.world)


@pytest.fixture
def jar_host(tmp_path: Path):
    if not shutil.which("javac", path=SYSTEM) or not shutil.which("java", path=SYSTEM):
        pytest.skip(f"no javac and java in {SYSTEM} to make a jar with: apt-get install default-jdk-headless")
    subprocess.run(write_source(tmp_path), cwd=tmp_path, check=True, env={"PATH": SYSTEM})
    with Fleet(tmp_path / "fleet", 1) as fleet:
        host = JarHost(fleet[0], tmp_path)
        host.classes = tmp_path / "classes"
        yield host


def test_a_jar_is_deployed_proven_and_rolled_back_and_names_its_own_version(jar_host: JarHost) -> None:
    jar_host.must_deploy("1.0")
    assert jar_host.running() == "1.0"
    jar_host.must_deploy("1.1")
    assert jar_host.running() == "1.1"
    jar_host.health = {"deadline_s": 10}  # for which a release that answers DOWN is waited
    outcome = jar_host.deploy("1.2-broken")
    assert outcome["outcome"] == "restored", outcome
    assert jar_host.running() == "1.1"
    outcome = jar_host.activate("1.0")
    assert outcome["outcome"] == "activated", outcome
    assert jar_host.running() == "1.0"
