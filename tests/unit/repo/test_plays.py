"""What each play of the playbooks says for itself, so that no switch of Ansible and no environment changes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOKS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "playbooks").glob("*.yml")}
# It tells what it is given, whether there is a fleet or not.
WITHOUT_GUARD = {"guard.yml", "notify.yml"}


@pytest.mark.parametrize("plays", PLAYBOOKS.values(), ids=PLAYBOOKS)
def test_hosts_keep_step_with_each_other(plays: list[dict[str, Any]]) -> None:
    assert [play["strategy"] for play in plays if "hosts" in play] == ["linear" for play in plays if "hosts" in play]


@pytest.mark.parametrize("name", sorted(PLAYBOOKS.keys() - WITHOUT_GUARD))
def test_nothing_is_done_to_a_fleet_before_the_guard_passed(name: str) -> None:
    guard, *others = PLAYBOOKS[name]
    assert guard["ansible.builtin.import_playbook"] == "guard.yml"
    assert [play["hosts"] for play in others] == ["{{ fleet | default('app') | after_guard(hostvars | default({})) }}"]
