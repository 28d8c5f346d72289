"""Under ansible-runner, with which AWX runs playbooks, the story is told, and its events are what they always were."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import ansible_runner
import pytest

from support import playbooks
from support.still_fleet import StillFleet

VERSION = "20240101-000000"


def run(base: Path, callback: str, playbook: str, **values: str) -> ansible_runner.Runner:
    environment = playbooks.environment(base, ANSIBLE_STDOUT_CALLBACK=callback, REFIT_LANGUAGE="ko", TERM="xterm")
    environment |= {"ANSIBLE_CONFIG": str(playbooks.ROOT / "ansible.cfg"), "REFIT_LOG_DIR": str(base / "logs")}
    for name in ("ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR"):
        environment.pop(name)
    return ansible_runner.run(
        private_data_dir=str(base / "runner"),
        project_dir=str(playbooks.ROOT),
        inventory=str(playbooks.ROOT / "inventory" / "demo"),
        playbook=playbook,
        extravars=values,
        envvars=environment,
        quiet=True,
    )


def said(run: ansible_runner.Runner) -> str:
    with run.stdout as stream:
        return str(stream.read())


def events(run: ansible_runner.Runner) -> Counter[str]:
    return Counter(event["event"] for event in run.events if event["event"] != "verbose")


@pytest.mark.slow
def test_the_story_is_told_in_lines_that_stay_and_the_events_are_those_of_ansibles_own_output(tmp_path: Path) -> None:
    (tmp_path / "runner").mkdir()
    with StillFleet(tmp_path, 3) as fleet:
        release = {"release_version": VERSION, "release_artifact": str(fleet.artifact(VERSION))}
        deploy = run(tmp_path, "story", "playbooks/deploy.yml", **release, deploy_batches="100%")
        shown = said(deploy)
        assert deploy.rc == 0, shown
        assert f"배포 완료: 3대 모두 {VERSION} 실행 중" in shown
        assert "TASK [" not in shown
        assert "\x1b[K" not in shown  # nothing is redrawn
        assert "\x1b[J" not in shown

        told, plain = (run(tmp_path, callback, "playbooks/status.yml") for callback in ("story", "default"))
        assert events(told) == events(plain)
        assert VERSION in said(told)
