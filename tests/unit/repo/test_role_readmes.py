"""What a role's README says of its variables is what the role accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.role_tables import BEGIN, END, ROOT, table, with_table

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_table_of_variables_is_the_one_the_specs_make(role: Path) -> None:
    readme = (role / "README.md").read_text(encoding="utf-8")
    assert readme == with_table(readme, table(role)), "correct it with: python tests/support/role_tables.py --write"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_readme_opens_with_what_the_role_changes_and_what_it_needs(role: Path) -> None:
    readme = (role / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {role.name}\n\n")
    for heading in ("## Needs", "## Example", "## Variables"):
        assert f"\n{heading}\n" in readme, heading


def test_everything_outside_the_table_is_left_alone() -> None:
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb\n", f"{BEGIN}\nn|ew\\1\n{END}") == f"a\n{BEGIN}\nn|ew\\1\n{END}\nb\n"


def test_a_readme_without_a_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no table"):
        with_table("# role\n", "")


def test_what_would_break_a_row_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "argument_specs.yml").write_text(
        "argument_specs: {main: {short_description: x, options: "
        "{x_a: {type: str, default: '{{ a | b }}', description: [One C(x) two., 'p|q']}}}}"
    )
    row = table(tmp_path).splitlines()[-2]
    assert row == r"| `x_a` | str | `{{ a \| b }}` | One `x` two. p\|q |"
