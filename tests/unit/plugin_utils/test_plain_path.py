"""What Ansible would take for a variable's name in the path of an artifact."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.utils.path import unfrackpath

from plugin_utils.plain_path import plain_name, plain_path


@pytest.mark.parametrize("name", ["$HOME/app.tar.gz", "a/${HOME}.tar.gz", "price in $.tar.gz"])
def test_a_path_with_a_dollar_is_reached_by_one_that_ansible_reads_as_it_stands(tmp_path: Path, name: str) -> None:
    artifact = tmp_path / name
    artifact.parent.mkdir(parents=True, exist_ok=True)
    for content in ("first", "second"):
        artifact.write_text(content)
        found = plain_path(str(artifact), "a" * 64, home=tmp_path / "home")
        assert Path(unfrackpath(found, follow=False)).read_text() == content
        assert Path(found).name == plain_name(artifact.name)


def test_any_other_path_stays_what_it_is(tmp_path: Path) -> None:
    assert plain_path("build/app.tar.gz", "a" * 64, home=tmp_path) == "build/app.tar.gz"
    assert list(tmp_path.iterdir()) == []
