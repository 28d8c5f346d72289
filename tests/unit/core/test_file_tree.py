"""Directory trees are removed whatever is in them."""

from __future__ import annotations

import os

import pytest

from refit.core.file_tree import remove_tree


def test_a_tree_is_removed_however_deep_it_is_and_nothing_that_a_link_in_it_leads_to(tmp_path):
    elsewhere, tree = tmp_path / "elsewhere", tmp_path / "tree"
    for path in (elsewhere, tree, tree / "beside"):
        path.mkdir()
        (path / "file").touch()
        (path / "link").symlink_to(elsewhere)
    back = os.getcwd()
    os.chdir(tree)
    for _ in range(5000):  # longer than a path may be
        os.mkdir("d")
        os.chdir("d")
    with open("file", "w"):
        pass
    os.chdir(back)

    remove_tree(str(tree))

    assert not tree.exists()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["file", "link"]


def test_what_is_no_directory_is_not_removed_as_one(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to("kept")
    with pytest.raises(OSError, match="link"):
        remove_tree(str(tmp_path / "link"))
    assert (tmp_path / "kept").is_dir()
