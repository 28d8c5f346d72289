"""Each part of provisioning can be asked for by its tag, and brings what it goes by."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PARTS = {
    "packages": ["Install the packages of the distribution"],
    "users": ["Make the accounts"],
    "directories": ["Make the directories"],
    "node": ["Install Node.js"],
    "pm2": ["Install PM2", "Start PM2 at boot"],
    "uv": ["Install what builds wheels"],
    "java": ["Install what runs jars"],
    "logrotate": ["Rotate the logs"],
    "sudoers": ["Let operators roll back"],
    "scripts": ["Install the scripts", "Write the settings", "Make the spool", "Send what waits from time to time"],
}


def listed(tags: str) -> tuple[list[str], list[str]]:
    """The tasks that always run, without the checks of arguments, and the others."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/provision.yml"]
    done = subprocess.run(
        [*command, "-i", "a_server,", "--list-tasks", "--tags", tags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tasks = re.findall(r"^      (?:\w+ : )?(.+)\tTAGS: \[(.*)\]$", done.stdout, re.MULTILINE)
    ours = [(name, shown.split(", ")) for name, shown in tasks if not name.startswith("Check the arguments")]
    return [name for name, its in ours if "always" in its], [name for name, its in ours if "always" not in its]


@pytest.mark.parametrize("part", ["node", "pm2", "scripts"])
def test_a_tag_runs_its_part_and_what_that_goes_by(part: str) -> None:
    always, chosen = listed(part)
    assert chosen == PARTS[part]
    assert "The fleet has hosts, and one service is meant" in always[:2]
    assert always[-1] == "Compare what the server needs and has"


def test_every_tag_is_documented_and_every_part_has_one() -> None:
    _, chosen = listed(",".join(PARTS))
    assert sorted(chosen) == sorted(name for names in PARTS.values() for name in names)
    for path in ("README.md", "roles/app_host/README.md"):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert [tag for tag in PARTS if f"`{tag}`" not in text] == [], path


def test_the_guard_knows_the_parts_of_provisioning_and_of_no_other_playbook() -> None:
    parts = {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8"))[0].get("vars", {}).get("guard_tags", [])
        for path in (ROOT / "playbooks").glob("*.yml")
    }
    assert {name: named for name, named in parts.items() if named} == {"provision.yml": list(PARTS)}


def test_the_files_of_a_part_have_its_tag_too() -> None:
    """A file of tasks that is included does not inherit the tag of the task that includes it."""
    check, *tasks = yaml.safe_load((ROOT / "roles/app_host/tasks/main.yml").read_text(encoding="utf-8"))
    assert check["tags"] == ["always"]
    for task in tasks:
        assert task["ansible.builtin.include_tasks"]["apply"]["tags"] == task["tags"], task["name"]
