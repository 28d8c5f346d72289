"""A release that lacks what it is started by is refused when it is staged, and nothing is left of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from refit.config.service import Service
from refit.core.errors import StagingError
from refit.core.system import Clock, System
from refit.deploy import staging
from support.fakes import a_service, a_tarball, no_command

HELD = {"server.js": "// 1", "bin/run": "#!/bin/sh"}


def staged(base: Path, **changes: Any) -> Service:
    base.mkdir(exist_ok=True)
    service = a_service(base, **changes)
    a_tarball(base / "app.tar.gz", HELD)
    staging.stage(service, "1", str(base / "app.tar.gz"), System(clock=Clock(), run=no_command, proc=str(base)))
    return service


def by_pm2(base: Path, script: str, **changes: Any) -> Service:
    return staged(base, pm2={"app": {"script": script}}, **changes)


@pytest.mark.parametrize(
    "script", ["server.js", "./server.js", "bin/run", "bin/../server.js", "sh", "/opt/java/bin/java"]
)
def test_what_is_there_or_is_a_program_of_the_host_can_be_started(tmp_path: Path, script: str) -> None:
    assert os.path.isdir(by_pm2(tmp_path, script).release_dir("1"))


def test_what_is_named_by_way_of_the_live_link_is_looked_for_in_the_release(tmp_path: Path) -> None:
    current = a_service(tmp_path).current_link
    by_pm2(tmp_path / "a", "server.js")
    by_pm2(tmp_path, f"{current}/bin/run")
    with pytest.raises(StagingError, match=r"holds no dist/main\.js"):
        by_pm2(tmp_path / "b", f"{a_service(tmp_path / 'b').current_link}/dist/main.js")


@pytest.mark.parametrize("script", ["dist/server.js", "index.js", "./app/server.js"])
def test_what_is_not_there_is_named_with_its_setting_and_nothing_is_left(tmp_path: Path, script: str) -> None:
    with pytest.raises(StagingError) as refused:
        by_pm2(tmp_path, script)
    said = str(refused.value)
    assert f"the release holds no {os.path.normpath(script)}, which refit_services.backend.pm2.app.script names" in said
    assert os.listdir(a_service(tmp_path).releases_dir) == []


def test_what_is_shared_is_there(tmp_path: Path) -> None:
    shared = Path(a_service(tmp_path).shared_dir)
    shared.mkdir(parents=True)
    (shared / "start.sh").write_text("#!/bin/sh")
    by_pm2(tmp_path, "start.sh", shared=["start.sh"])


def test_a_unit_of_systemd_is_looked_at_too(tmp_path: Path) -> None:
    for number, program in enumerate(["bin/run", "java", "/usr/bin/env"]):
        staged(
            tmp_path / str(number), pm2=None, process_manager="systemd", systemd={"command": [program]}, user="www-data"
        )
    with pytest.raises(
        StagingError, match=r"holds no bin/server, which refit_services\.backend\.systemd\.command names"
    ):
        staged(tmp_path, pm2=None, process_manager="systemd", systemd={"command": ["bin/server"]}, user="www-data")
