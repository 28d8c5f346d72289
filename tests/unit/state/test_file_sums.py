"""What a tree holds is one text, the same on every host, which says what was changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.state.file_sums import Sum, digest_of, first_change, list_tree, parse

NAMES = st.binary(min_size=1, max_size=40).filter(
    lambda name: not set(name) & set(b"/\0") and name not in (b".", b"..")
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "lib").mkdir(parents=True)
    (top / "empty").mkdir()
    (top / "app.js").write_text("// the app")
    (top / "lib" / "판.js").write_text("// 판")
    (top / "lib" / "link").symlink_to("../app.js")
    (top / "to-lib").symlink_to("lib")
    return top


def test_a_line_is_what_sha256sum_writes(tree):
    (tree / "with\nline\\feeds").write_text("x")
    listed = list_tree(str(tree))
    done = subprocess.run(["sha256sum", "--check"], cwd=tree, input=listed, capture_output=True, check=False)
    assert (done.returncode, done.stdout.count(b": OK\n")) == (0, 3)
    (tree / "with\nline\\feeds").write_text("y")
    done = subprocess.run(
        ["sha256sum", "--check"], cwd=tree, input=list_tree(str(tree)), capture_output=True, check=True
    )
    assert done.stdout.count(b"OK") == 3


def test_the_same_content_is_the_same_text_whoever_wrote_it_and_when(tree, tmp_path):
    copy = tmp_path / "copy"
    for name in ("lib/판.js", "app.js"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / name, copy / name)
        os.utime(copy / name, (1, 1))
        (copy / name).chmod(0o600)
    (copy / "to-lib").symlink_to("lib")
    (copy / "lib" / "link").symlink_to("../app.js")
    assert list_tree(str(copy)) == list_tree(str(tree))
    assert [each.path.decode() for each in parse(list_tree(str(tree)))] == ["app.js", "lib/link", "lib/판.js", "to-lib"]


def test_what_is_left_out_is_left_out_where_it_is_named_and_nowhere_else(tree):
    (tree / "lib" / "app.js").write_text("x")
    paths = [each.path for each in parse(list_tree(str(tree), {"app.js", "lib/link"}))]
    assert paths == [b"lib/app.js", "lib/판.js".encode(), b"to-lib"]


def swapped(path: Path) -> None:
    """Put another directory with the same content in the place of *path*, by a link."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda top: (top / "app.js").write_text("// The app"), "app.js was changed"),
        (lambda top: (top / "app.js").unlink(), "app.js is missing"),
        (lambda top: shutil.rmtree(top / "lib"), "lib/link is missing"),
        (lambda top: [(top / "to-lib").unlink(), (top / "to-lib").symlink_to("empty")], "to-lib was changed"),
        (lambda top: [(top / "app.js").unlink(), (top / "app.js").symlink_to("x")], "app.js is no longer a file"),
        (lambda top: [(top / "to-lib").unlink(), (top / "to-lib").write_text("lib")], "to-lib is no longer a link"),
        (lambda top: swapped(top / "lib"), "lib/link is missing"),
        (lambda top: [(top / "app.js").unlink(), os.mkfifo(top / "app.js")], "app.js is missing"),
    ],
)
def test_the_first_change_is_named(tree, change, said):
    listed = list_tree(str(tree))
    assert first_change(str(tree), listed) is None
    change(tree)
    assert str(first_change(str(tree), listed)) == said


def test_what_lies_there_besides_is_no_change(tree):
    listed = list_tree(str(tree))
    (tree / "lib" / "cache.tmp").write_text("of the app")
    (tree / "more").symlink_to("/etc")
    assert first_change(str(tree), listed) is None
    assert digest_of(list_tree(str(tree))) != digest_of(listed)


@given(files=st.dictionaries(NAMES, st.binary(max_size=20), max_size=5), links=st.sets(NAMES, max_size=3))
def test_any_names_and_contents_are_read_back_and_told_apart(tmp_path_factory, files, links):
    top = os.fsencode(tmp_path_factory.mktemp("tree"))
    for name, content in files.items():
        Path(os.fsdecode(os.path.join(top, name))).write_bytes(content)
    for name in links - set(files):
        os.symlink(b"to " + name, os.path.join(top, name))
    listed = list_tree(os.fsdecode(top))
    wanted = [Sum(name, False, hashlib.sha256(content).hexdigest()) for name, content in files.items()]
    wanted += [Sum(name, True, hashlib.sha256(b"to " + name).hexdigest()) for name in links - set(files)]
    assert list(parse(listed)) == sorted(wanted)
    assert first_change(os.fsdecode(top), listed) is None
    for name, content in files.items():
        Path(os.fsdecode(os.path.join(top, name))).write_bytes(content + b"!")
        assert str(first_change(os.fsdecode(top), listed)).endswith(" was changed")
        break


@given(st.one_of(st.binary(max_size=300), st.text("0123456789abcdef \\@\n", max_size=300).map(str.encode)))
def test_any_bytes_are_a_list_or_refused(tmp_path_factory, junk):
    with contextlib.suppress(ValueError):
        assert all(each.path for each in parse(junk))
        first_change(str(tmp_path_factory.getbasetemp()), junk)
