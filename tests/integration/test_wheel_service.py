"""A real FastAPI service, shipped as a wheel: uvicorn of the release's own virtualenv under real PM2."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.core.errors import StagingError
from refit.deploy import pruning, staging
from refit.state.releases import damage
from support.fleet import Fleet
from support.host import Host
from support.wheels import FASTAPI, a_fastapi_wheel, disk_use, offline, wheel_settings, wheelhouse, workplace

pytestmark = pytest.mark.fleet


class WheelHost(Host):
    """A host whose service is a wheel; a release's version is the wheel's own."""

    def settings(self) -> dict[str, Any]:
        found = super().settings()
        found["wheel"] = wheel_settings(self.base)
        found["pm2"]["app"].update(
            script="venv/bin/uvicorn",
            args=["ai_service.main:app", "--port", str(self.server.port), "--no-access-log"],
            interpreter="none",
        )
        found["health"].update({"url": f"http://127.0.0.1:{self.server.port}/api/ai/health", "deadline_s": 60})
        found["health"].update(self.health)
        return found

    def stage(self, version: str, mode: str = "healthy", **_: Any) -> None:
        wheel = a_fastapi_wheel(self.base / "artifacts", version, mode)
        staging.stage(self.service, version, str(wheel), self.world)

    def release_dir(self, version: str) -> Path:
        return self.server.root / "releases" / f"v{version}"


@pytest.fixture(scope="module")
def ai_host() -> Iterator[WheelHost]:
    house = wheelhouse(*FASTAPI)
    with pytest.MonkeyPatch.context() as patch, workplace() as base:
        # The cache of the checkout may be closed to the build user.
        shutil.copytree(house, base / "wheelhouse")
        offline(patch, base / "wheelhouse")
        with Fleet(base / "fleet", 1) as fleet:
            yield WheelHost(fleet[0], base)


@pytest.mark.slow
def test_a_fastapi_wheel_is_deployed_proven_and_rolled_back(ai_host: WheelHost) -> None:
    ai_host.must_deploy("1.0")
    assert ai_host.running() == "1.0"
    ai_host.must_deploy("1.1")
    assert ai_host.running() == "1.1"
    ai_host.health = {"deadline_s": 10}  # for which a release that answers DOWN is waited
    outcome = ai_host.deploy("1.2", "unhealthy")
    ai_host.health = {}
    assert outcome["outcome"] == "restored", outcome
    assert ai_host.running() == "1.1"
    outcome = ai_host.activate("1.0")
    assert outcome["outcome"] == "activated", outcome
    assert ai_host.running() == "1.0"


def test_a_wheel_whose_app_cannot_be_imported_never_reaches_the_running_service(ai_host: WheelHost) -> None:
    ai_host.must_deploy("2.0")
    with pytest.raises(StagingError, match="cannot import the app: .*No module named 'torch'"):
        ai_host.stage("2.1", "no-import")
    assert ai_host.running() == "2.0"
    assert not ai_host.release_dir("2.1").exists()
    assert ai_host.leftovers() == []


@pytest.mark.slow
def test_an_old_virtualenv_works_after_five_later_deploys_and_a_prune_and_six_cost_about_one(
    ai_host: WheelHost, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = [f"3.{number}" for number in range(6)]
    for version in versions:
        ai_host.must_deploy(version)
    pruning.prune(ai_host.service, ai_host.world, keep=6)
    releases = [ai_host.release_dir(version) for version in versions]
    assert sorted(os.listdir(ai_host.server.root / "releases")) == [f"v{version}" for version in versions]
    one, six = disk_use(releases[0]), disk_use(*releases)
    with capsys.disabled():
        print(
            f"\n  six wheel releases use {six / 1e6:.1f} MB on the disk, one uses {one / 1e6:.1f} MB: {six / one:.2f} x"
        )
    assert six < 2 * one
    assert [damage(ai_host.service, version, deep=True) for version in versions] == [None] * 6
    outcome = ai_host.activate(versions[0])
    assert outcome["outcome"] == "activated", outcome
    assert ai_host.running() == versions[0]
    assert [damage(ai_host.service, version, deep=True) for version in versions] == [None] * 6
