"""What each play of the playbooks says for itself, so that no switch of Ansible and no environment changes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOKS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "playbooks").glob("*.yml")}


@pytest.mark.parametrize("plays", PLAYBOOKS.values(), ids=PLAYBOOKS)
def test_hosts_keep_step_with_each_other(plays: list[dict[str, Any]]) -> None:
    assert [play["strategy"] for play in plays if "hosts" in play] == ["linear" for play in plays if "hosts" in play]


@pytest.mark.parametrize("name", sorted(PLAYBOOKS.keys() - {"guard.yml"}))
def test_nothing_is_done_before_the_guard_passed(name: str) -> None:
    guard, *others = PLAYBOOKS[name]
    assert guard["ansible.builtin.import_playbook"] == "guard.yml"
    assert all(play["hosts"].endswith("| after_guard(hostvars | default({})) }}") for play in others)
