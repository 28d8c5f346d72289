"""A host fetches an artifact and stages it in one go, or leaves everything as it was."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path

import pytest

from refit.config.reader import SettingsReader
from refit.config.wheel import read_wheel_settings
from refit.core.errors import InvalidInput, Outranked, StagingError
from refit.core.system import System
from refit.core.timestamps import epoch
from refit.deploy.fetching import Fetch, plan_fetched, stage_fetched
from refit.state.operation import Operation, Operations
from refit.state.releases import read_manifest
from support.artifact_server import ArtifactServer
from support.fakes import FakeClock, a_service, a_tarball, no_command

PATH = "/builds/backend.tar.gz"


class Host:
    def __init__(self, base: Path, site: ArtifactServer):
        self.service = a_service(base)
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base))
        self.incoming = Path(self.service.state_dir) / "incoming"
        self.site = site

    def fetch(self, sha256=None, **download):
        wanted = {"url": self.site.url(PATH), "max_bytes": 1 << 20, "deadline_s": 10, **download}
        sha256 = sha256 or hashlib.sha256(self.site.files[PATH]).hexdigest()
        return Fetch.from_mapping(wanted, str(self.incoming / "backend.tar.gz"), sha256)

    def stage(self, version="1", **options):
        return stage_fetched(self.service, version, self.fetch(), self.system, **options)


@pytest.fixture
def host(tmp_path):
    a_tarball(tmp_path / "backend.tar.gz", {"app.js": "// the app"})
    with ArtifactServer({PATH: (tmp_path / "backend.tar.gz").read_bytes()}) as site:
        yield Host(tmp_path / "server", site)


def test_a_release_is_fetched_and_staged_and_the_file_is_gone(host):
    plan, received = host.stage(source="https://builds/backend.tar.gz", git_sha="c0ffee")
    assert (plan.changed, received) == (True, len(host.site.files[PATH]))
    manifest = read_manifest(host.service.release_dir("1"))
    assert (manifest["source"], manifest["git_sha"]) == ("https://builds/backend.tar.gz", "c0ffee")
    assert os.listdir(host.incoming) == []


def test_a_release_that_is_there_is_not_fetched_again(host):
    host.stage()
    plan, received = host.stage()
    assert (plan.changed, received) == (False, 0)
    assert len(host.site.requests) == 1


def test_a_version_that_has_other_content_is_refused_before_anything_is_fetched(host, tmp_path):
    host.stage()
    a_tarball(tmp_path / "backend.tar.gz", {"app.js": "// another app"})
    host.site.files[PATH] = (tmp_path / "backend.tar.gz").read_bytes()
    with pytest.raises(StagingError, match="with other content"):
        host.stage()
    assert len(host.site.requests) == 1


def test_a_run_that_was_overtaken_fetches_nothing(host):
    Operations(host.service.state_dir, host.system).take(Operation(2, "rollback", "run-2", "lee@ops-1"))
    with pytest.raises(Outranked):
        host.stage(operation=Operation(1, "deploy", "run-1", "kim@ops-1"))
    assert host.site.requests == []


def test_others_see_who_is_at_work_while_it_is_fetched(host):
    operations, seen = Operations(host.service.state_dir, host.system), []

    def look(handler):
        seen.append(operations.read().owner)
        handler._send(host.site, host.site.files[PATH])

    host.site.answers[PATH] = look
    host.stage(operation=Operation(1, "deploy", "run-1", "kim@ops-1"))
    assert seen == ["kim@ops-1"]


def test_who_fetches_and_builds_for_long_is_not_taken_for_dead_meanwhile(host):
    wheel = {"python": "3.11", "app": "app", "build_timeout_s": 3000}
    host.service = dataclasses.replace(host.service, wheel=read_wheel_settings(SettingsReader(wheel, ""), "/opt"))
    operation = Operation(1, "deploy", "run-1", "kim@ops-1", expires_s=60)
    operations, left = Operations(host.service.state_dir, host.system), []
    fetch = dataclasses.replace(host.fetch(deadline_s=2000), artifact=str(host.incoming / "app.whl"))

    def look(handler):
        left.append(epoch(operations.read().expires) - host.system.clock.now())
        handler.send_error(404)

    host.site.answers[PATH] = look
    with pytest.raises(StagingError):
        stage_fetched(host.service, "1", fetch, host.system, operation=operation)
    assert left == [2000 + 3000 + 60]
    assert epoch(operations.read().expires) - host.system.clock.now() <= 60 * 1.34


def test_a_plan_asks_for_the_file_and_writes_nothing(host, tmp_path):
    assert plan_fetched(host.service, "1", host.fetch()).changed
    assert not (tmp_path / "server").exists() or not any((tmp_path / "server").rglob("incoming"))
    del host.site.files[PATH]
    with pytest.raises(StagingError, match="404"):
        plan_fetched(host.service, "1", host.fetch(sha256="0" * 64))


def test_a_download_without_a_checksum_is_refused():
    with pytest.raises(InvalidInput, match="sha256"):
        Fetch.from_mapping({"url": "https://host/a.zip", "max_bytes": 1, "deadline_s": 1}, "/a.zip", "")
