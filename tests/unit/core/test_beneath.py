"""What root does below somebody else's directory happens there, or not at all."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from refit.core.beneath import Beneath, check_kept
from refit.core.errors import UnsafePath
from refit.core.system import RunAs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has anything to give away")

PACKAGE = Path(__file__).resolve().parents[3] / "module_utils"
APP = RunAs.user(pwd.getpwuid(65534).pw_name)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A directory of root's, with a file in it; it stays as it is, whatever happens."""
    victim = tmp_path / "etc"
    victim.mkdir()
    (victim / "shadow").write_text("root:secret")
    return victim


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A directory of the application's."""
    shared = tmp_path / "app" / "shared"
    shared.mkdir(parents=True)
    os.chown(shared, APP.uid, APP.gid)
    return shared


def state(path: Path) -> Any:
    """Owners, modes and contents of all that is at *path*."""
    found = [path, *sorted(path.rglob("*"))]
    return [(each, each.lstat()[:6], each.read_bytes() if each.is_file() else b"") for each in found]


def owner(path: Path) -> int:
    return path.lstat().st_uid


def swapped_at(monkeypatch: pytest.MonkeyPatch, step: str, swap: Callable[[], None]) -> None:
    """Let the application act as soon as root's first call of ``os.<step>`` is done."""
    real, acted = getattr(os, step), []

    def call(*arguments: Any, **options: Any) -> Any:
        result = real(*arguments, **options)
        if not acted:
            acted.append(step)
            swap()
        return result

    monkeypatch.setattr(os, step, call)


def test_what_is_made_is_its_owners_and_what_was_there_stays(shared: Path) -> None:
    (shared / "data").mkdir(mode=0o700)
    with Beneath(str(shared)) as place:
        assert place.make_directory("data/cache/deep", APP)
        assert not place.make_directory("data/cache/deep", APP)
    assert [owner(shared / each) for each in ("data", "data/cache", "data/cache/deep")] == [0, APP.uid, APP.uid]
    assert (shared / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["a", "a/b", "a/b/c"])
def test_a_link_in_any_place_of_a_path_leads_nowhere(shared: Path, victim: Path, place: str) -> None:
    (shared / place).parent.mkdir(parents=True, exist_ok=True)
    (shared / place).symlink_to(victim)
    before = state(victim)
    with Beneath(str(shared)) as below, pytest.raises(UnsafePath, match=f"{place[-1]} is a link") as refused:
        below.make_directory("a/b/c", APP)
    assert state(victim) == before
    assert refused.value.where == str(shared / place)
    assert refused.value.next_command


def test_a_file_in_the_way_is_named(shared: Path) -> None:
    (shared / "a").write_text("")
    with Beneath(str(shared)) as place, pytest.raises(UnsafePath, match="a is no directory"):
        place.make_directory("a/b")


def test_a_directory_that_becomes_a_link_while_it_is_made_is_not_given_away(
    shared: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swap() -> None:
        (shared / "uploads").rename(shared / "mine")
        (shared / "uploads").symlink_to(victim)

    before = state(victim)
    swapped_at(monkeypatch, "mkdir", swap)
    with Beneath(str(shared)) as place, pytest.raises(UnsafePath, match="is a link"):
        place.make_directory("uploads", APP)
    assert state(victim) == before


def test_another_directory_of_roots_in_its_place_is_not_given_away(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which the application can do with one that lies in its own directory, whoever made that."""
    (shared / "roots").mkdir()
    (shared / "roots" / "key").write_text("secret")

    def swap() -> None:
        (shared / "uploads").rename(shared / "mine")
        (shared / "roots").rename(shared / "uploads")

    swapped_at(monkeypatch, "mkdir", swap)
    with Beneath(str(shared)) as place, pytest.raises(UnsafePath, match="was exchanged"):
        place.make_directory("uploads", APP)
    assert owner(shared / "uploads") == 0


def test_the_directory_itself_is_entered_through_no_link_of_somebody_else(shared: Path, victim: Path) -> None:
    (shared / "logs").symlink_to(victim)
    with pytest.raises(UnsafePath, match="logs is a link"):
        Beneath(str(shared / "logs"))


def test_links_that_only_root_can_have_put_there_are_followed(tmp_path: Path) -> None:
    (tmp_path / "disk" / "app").mkdir(parents=True)
    (tmp_path / "opt").symlink_to("disk")
    (tmp_path / "disk" / "shared").symlink_to(tmp_path / "opt" / "app")
    with Beneath(str(tmp_path / "opt" / "shared")) as place:
        place.make_directory("made")
    assert (tmp_path / "disk" / "app" / "made").is_dir()


@pytest.mark.parametrize("whose", [0o777, 0o775, "owner"])
def test_a_link_is_not_followed_in_a_directory_that_others_may_write(tmp_path: Path, victim: Path, whose: Any) -> None:
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt" / "app").symlink_to(victim)
    os.chown(tmp_path / "opt", APP.uid, -1) if whose == "owner" else (tmp_path / "opt").chmod(whose)
    with pytest.raises(UnsafePath, match="app is a link"):
        Beneath(str(tmp_path / "opt" / "app"))


def test_in_a_directory_like_tmp_only_roots_own_links_are_followed(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    for name in ("roots", "theirs"):
        (tmp_path / "tmp" / name).symlink_to(victim)
    os.chown(tmp_path / "tmp" / "theirs", APP.uid, APP.gid, follow_symlinks=False)
    with Beneath(str(tmp_path / "tmp" / "roots")):
        pass
    with pytest.raises(UnsafePath, match="theirs is a link"):
        Beneath(str(tmp_path / "tmp" / "theirs"))


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        Beneath(str(tmp_path / "a"))


def test_a_file_is_a_new_one_in_place_of_what_was_there(shared: Path, victim: Path) -> None:
    (shared / "ready").symlink_to(victim / "shadow")
    os.link(victim / "shadow", shared / "second")
    before = state(victim)
    with Beneath(str(shared)) as place:
        for name in ("ready", "second", "third"):
            place.write_file(name, "판\n", 0o644)
            assert (shared / name).read_text() == "판\n"
            assert (shared / name).lstat().st_mode == 0o100644
    assert [each[2] for each in state(victim)] == [each[2] for each in before]


def test_a_file_whose_name_becomes_a_link_before_it_is_made_is_not_written(
    shared: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shared / "ready").write_text("")
    before = state(victim)
    swapped_at(monkeypatch, "unlink", lambda: (shared / "ready").symlink_to(victim / "shadow"))
    with Beneath(str(shared)) as place, pytest.raises(FileExistsError):
        place.write_file("ready", "x", 0o644)
    assert state(victim) == before


def test_a_link_takes_the_place_of_whatever_was_there(shared: Path, victim: Path) -> None:
    (shared / "tree" / "deep").mkdir(parents=True)
    (shared / "tree" / "deep" / "file").write_text("")
    (shared / "tree" / "out").symlink_to(victim)
    (shared / "tree" / "away").symlink_to(victim / "shadow")
    (shared / "file").write_text("")
    (shared / "link").symlink_to(victim)
    before = state(victim)
    with Beneath(str(shared)) as place:
        for name in ("tree", "file", "link", "new", "some/where/new"):
            place.make_link(name, "/elsewhere")
            assert os.readlink(shared / name) == "/elsewhere"
    assert state(victim) == before


def test_nothing_is_removed_or_linked_through_a_link(shared: Path, victim: Path) -> None:
    (shared / "data").symlink_to(victim)
    before = state(victim)
    with Beneath(str(shared)) as place:
        with pytest.raises(UnsafePath, match="data is a link"):
            place.make_link("data/shadow", "/elsewhere")
        with pytest.raises(UnsafePath, match="data is a link"):
            place.write_file("data/shadow", "x", 0o644)
    assert state(victim) == before


def test_nothing_stays_open(shared: Path, victim: Path) -> None:
    (shared / "link").symlink_to(victim)
    before = sorted(os.listdir("/proc/self/fd"))
    with Beneath(str(shared)) as place:
        place.make_directory("a/b", APP)
        with pytest.raises(UnsafePath):
            place.make_directory("link/b")
    with pytest.raises(UnsafePath):
        Beneath(str(shared / "link"))
    with pytest.raises(FileNotFoundError):
        Beneath(str(shared / "missing" / "more"))
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_controller_without_o_path_loads_it() -> None:
    """As a Mac is; what reads ledgers and severities there loads this, too."""
    code = "import os; vars(os).pop('O_PATH', None); from refit.core import beneath; print(beneath.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert done.stdout == "refit.core.beneath\n", done.stderr


# -- whether root may work somewhere at all ----------------------------------------------------------------


def give_to_the_application(path: Path) -> None:
    os.chown(path, APP.uid, APP.gid)


def let_a_group_write(path: Path) -> None:
    path.chmod(0o775)


def let_everybody_write(path: Path) -> None:
    path.chmod(0o777)


@pytest.mark.parametrize("spoil", [give_to_the_application, let_a_group_write, let_everybody_write])
@pytest.mark.parametrize("spoiled", ["srv", "srv/app", "srv/app/releases"])
def test_a_directory_that_others_may_write_on_the_way_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[Path], None], spoiled: str
) -> None:
    (tmp_path / "srv" / "app" / "releases").mkdir(parents=True)
    check_kept(str(tmp_path / "srv" / "app" / "releases"), "root")
    spoil(tmp_path / spoiled)
    with pytest.raises(UnsafePath, match=f"root leads root to .*{spoiled} \\(owner ") as refused:
        check_kept(str(tmp_path / "srv" / "app" / "releases"), "root")
    assert str(refused.value.next_command).startswith(f"chown root {tmp_path / spoiled} && chmod go-w ")


def test_what_is_missing_is_roots_to_make(tmp_path: Path) -> None:
    check_kept(str(tmp_path / "a" / "b"), "root")
    (tmp_path / "a").mkdir()
    give_to_the_application(tmp_path / "a")
    with pytest.raises(UnsafePath):
        check_kept(str(tmp_path / "a" / "b"), "root")


def test_in_tmp_only_what_is_there_and_roots_is_safe(tmp_path: Path) -> None:
    (tmp_path / "tmp" / "mine").mkdir(parents=True)
    (tmp_path / "tmp" / "theirs").mkdir()
    give_to_the_application(tmp_path / "tmp" / "theirs")
    (tmp_path / "tmp").chmod(0o1777)
    check_kept(str(tmp_path / "tmp" / "mine" / "new"), "root")
    for name in ("theirs", "new"):
        with pytest.raises(UnsafePath):
            check_kept(str(tmp_path / "tmp" / name), "root")


def test_where_a_link_leads_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "disk" / "app").mkdir(parents=True)
    (tmp_path / "opt").symlink_to(tmp_path / "disk")
    check_kept(str(tmp_path / "opt" / "app"), "root")
    let_everybody_write(tmp_path / "disk")
    with pytest.raises(UnsafePath, match=f"{tmp_path}/disk "):
        check_kept(str(tmp_path / "opt" / "app"), "root")


def test_a_link_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "opt").symlink_to("disk")
    os.chown(tmp_path / "opt", APP.uid, APP.gid, follow_symlinks=False)
    with pytest.raises(UnsafePath, match="opt is a link"):
        check_kept(str(tmp_path / "opt"), "root")


def test_a_file_on_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "opt").write_text("")
    with pytest.raises(UnsafePath, match="opt is no directory"):
        check_kept(str(tmp_path / "opt" / "app"), "root")


def test_who_is_not_root_works_where_his_rights_let_him(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "srv").mkdir()
    let_everybody_write(tmp_path / "srv")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    check_kept(str(tmp_path / "srv" / "app"), "root")
