"""A release that is brought from another host is the release, or nothing is left of it."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile

import pytest

from refit.core.errors import Outranked, StagingError, UnsafePath, VersionNotFound
from refit.core.system import System
from refit.deploy.staging import not_its_own, stage
from refit.deploy.survey import survey
from refit.deploy.transplant import pack, unpack
from refit.state.ledger import Ledger
from refit.state.manifest import write_manifest
from refit.state.operation import Operation, Operations
from refit.state.releases import damage, read_manifest
from support.fakes import FakeClock, a_service, a_tarball

FILES = {"app.js": "// 1", "bin/run": "#!/bin/sh", "public/deep/index.html": "1"}
SHARED = {"shared": [".env", "uploads/"]}


class Pair:
    """A host that has release 1, and one that has nothing."""

    def __init__(self, base):
        self.system = System(clock=FakeClock())
        self.has, self.lacks = (a_service(base / name, **SHARED) for name in ("has", "lacks"))
        for service in (self.has, self.lacks):
            os.makedirs(service.shared_dir)
            (base / service.shared_dir / ".env").write_text("SECRET=" + service.root)
        self.sha256 = a_tarball(base / "app.tar.gz", FILES)
        stage(self.has, "1", str(base / "app.tar.gz"), self.system)
        directory = self.has.release_dir("1")
        os.utime(os.path.join(directory, "app.js"), (1_700_000_000, 1_700_000_000))
        os.makedirs(os.path.join(directory, "venv", "bin"))
        os.symlink("/usr/bin/python3", os.path.join(directory, "venv", "bin", "python"))
        os.symlink("../public/deep", os.path.join(directory, "bin", "pages"))
        self.as_if_staged_so()
        self.path = str(base / "packs" / "1.tar")

    def as_if_staged_so(self):
        """Let the release on the first host, as it lies there now, be what was staged; returns what stands for it."""
        directory = self.has.release_dir("1")
        write_manifest(directory, read_manifest(directory), not_its_own(self.has))
        tree_sha256 = read_manifest(directory)["tree_sha256"]
        staged = {"event": "staged", "version": "1", "sha256": self.sha256, "tree_sha256": tree_sha256}
        Ledger(self.has.state_dir, self.system.clock).append(staged)
        return tree_sha256

    def bring(self, **changed):
        packed = pack(self.has, "v1", self.path)
        how = {"sha256": self.sha256, "pack_sha256": packed, **changed}
        return unpack(self.lacks, "1", self.path, self.system, **how)


@pytest.fixture
def pair(tmp_path):
    return Pair(tmp_path)


def test_the_copy_holds_the_same_files_with_the_links_of_its_own_host(pair):
    assert pair.bring() is True
    assert damage(pair.lacks, "1", deep=True) is None
    there, here = pair.has.release_dir("1"), pair.lacks.release_dir("1")
    assert read_manifest(here) == read_manifest(there)
    for name in (*FILES, "version.txt"):
        with open(os.path.join(there, name)) as one, open(os.path.join(here, name)) as other:
            assert one.read() == other.read()
        assert os.stat(os.path.join(there, name)).st_mode == os.stat(os.path.join(here, name)).st_mode
    assert os.stat(os.path.join(here, "app.js")).st_mtime == 1_700_000_000
    assert os.readlink(os.path.join(here, "venv", "bin", "python")) == "/usr/bin/python3"
    assert os.readlink(os.path.join(here, "bin", "pages")) == "../public/deep"
    with open(os.path.join(here, ".env")) as shared:
        assert shared.read() == "SECRET=" + pair.lacks.root
    release = survey(pair.lacks, pair.system).release("1")
    assert (release.state, release.to_record()["sha256"]) == ("staged", pair.sha256)


def test_what_a_host_shares_never_leaves_it(pair):
    pack(pair.has, "1", pair.path)
    with tarfile.open(pair.path) as packed:
        assert {".env", "uploads"}.isdisjoint(packed.getnames())
    assert os.stat(pair.path).st_mode & 0o077 == 0 or os.stat(os.path.dirname(pair.path)).st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be led elsewhere")
def test_nothing_is_packed_into_a_directory_that_somebody_else_can_exchange(pair, tmp_path):
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "kept").write_text("")
    os.chown(tmp_path / "packs", 65534, 65534)
    with pytest.raises(UnsafePath, match="the directory of packs"):
        pack(pair.has, "1", pair.path)
    assert os.listdir(tmp_path / "packs") == ["kept"]


def test_bringing_it_again_changes_nothing(pair):
    assert pair.bring() is True
    assert pair.bring() is False
    assert [entry["event"] for entry in Ledger(pair.lacks.state_dir, pair.system.clock).read().entries] == ["staged"]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(pair):
    assert pair.bring(dry_run=True) is True
    assert not os.path.exists(pair.lacks.releases_dir)


def test_a_release_that_is_not_whole_or_was_made_by_hand_is_not_packed(pair):
    os.makedirs(pair.has.release_dir("2"))
    with open(os.path.join(pair.has.release_dir("2"), "app.js"), "w") as handmade:
        handmade.write("// by hand")
    with pytest.raises(VersionNotFound, match="made by hand"):
        pack(pair.has, "2", pair.path)
    os.unlink(os.path.join(pair.has.release_dir("1"), "app.js"))
    with pytest.raises(VersionNotFound, match="app.js is missing"):
        pack(pair.has, "1", pair.path)
    with pytest.raises(VersionNotFound, match="gone"):
        pack(pair.has, "3", pair.path)


def nothing_is_left(service):
    return not os.path.exists(service.releases_dir) or os.listdir(service.releases_dir) == []


def test_a_pack_that_was_changed_on_its_way_is_refused(pair):
    with pytest.raises(StagingError, match="has checksum"):
        pair.bring(pack_sha256="0" * 64)
    assert nothing_is_left(pair.lacks)


def repacked(pair, change):
    """The pack after *change* of its members, with its new checksum."""
    from refit.deploy.staging import checksum

    pack(pair.has, "1", pair.path)
    with tarfile.open(pair.path) as old:
        members = [(member, old.extractfile(member).read() if member.isreg() else b"") for member in old]
    with tarfile.open(pair.path, "w") as new:
        for member, content in change(members):
            import io

            new.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return {"sha256": pair.sha256, "pack_sha256": checksum(pair.path)}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda members: [each for each in members if each[0].name != "app.js"], "app.js is missing"),
        (lambda members: [each for each in members if each[0].name != ".release.json"], "is not the release"),
        (lambda members: [*members, (tarfile.TarInfo("../outside"), b"")], "holds the path '../outside'"),
        (lambda members: [*members, (tarfile.TarInfo("/etc/outside"), b"")], "holds the path '/etc/outside'"),
    ],
)
def test_a_pack_that_is_not_the_release_leaves_nothing_behind(pair, change, why):
    how = repacked(pair, change)
    with pytest.raises(StagingError, match=why):
        unpack(pair.lacks, "1", pair.path, pair.system, **how)
    assert nothing_is_left(pair.lacks)
    assert not os.path.exists(os.path.join(pair.lacks.releases_dir, "..", "outside"))


def with_other_app(members):
    """The release with another program in it, and lists and manifest that agree with that."""
    content = {member.name: content for member, content in members}
    lines = [b"%s  %s\n" % (hashlib.sha256(b"// evil").hexdigest().encode(), b"app.js")]
    lines += [line for line in content[".release.sums"].splitlines(keepends=True) if not line.endswith(b" app.js\n")]
    content[".release.sums"] = b"".join(sorted(lines, key=lambda line: line[66:]))
    manifest = json.loads(content[".release.json"])
    manifest["tree_sha256"] = hashlib.sha256(content[".release.sums"]).hexdigest()
    content[".release.json"] = json.dumps(manifest).encode()
    content["app.js"] = b"// evil"
    for member, _ in members:
        member.size = len(content[member.name])
        yield member, content[member.name]


def test_a_pack_is_what_another_hosts_ledger_says_whatever_it_says_of_itself(pair):
    tree_sha256 = read_manifest(pair.has.release_dir("1"))["tree_sha256"]
    how = repacked(pair, with_other_app)
    with pytest.raises(StagingError, match="its files are not those that were staged"):
        unpack(pair.lacks, "1", pair.path, pair.system, **how, tree_sha256=tree_sha256)
    assert nothing_is_left(pair.lacks)
    assert unpack(pair.lacks, "1", pair.path, pair.system, **how), "nothing but that digest told them apart"
    assert pair.bring() is False


def test_a_file_more_in_a_pack_is_not_taken(pair):
    more = tarfile.TarInfo("venv/evil.pth")
    how = repacked(pair, lambda members: [*members, (more, b"")])
    with pytest.raises(StagingError, match="its files are not those that were staged"):
        unpack(pair.lacks, "1", pair.path, pair.system, **how)
    assert nothing_is_left(pair.lacks)


def test_what_was_written_into_a_release_since_it_was_staged_stays_where_it_is(pair):
    directory = pair.has.release_dir("1")
    for name in ("cache.tmp", "public/deep/more"):
        with open(os.path.join(directory, name), "w") as more:
            more.write("x")
    os.symlink("public", os.path.join(directory, "pages"))
    assert pair.bring() is True
    here = pair.lacks.release_dir("1")
    assert not any(os.path.lexists(os.path.join(here, name)) for name in ("cache.tmp", "public/deep/more", "pages"))
    tree_sha256 = read_manifest(here)["tree_sha256"]
    assert survey(pair.lacks, pair.system).release("1").to_record()["tree_sha256"] == tree_sha256


def a_link(name, points_to):
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.SYMTYPE, points_to
    return link, b""


@pytest.mark.parametrize(
    ("name", "points_to"),
    [
        ("data", "{victim}"),
        ("data", "../../../../../victim"),
        ("bin/data", "../../victim"),
        ("data", "up/victim"),
        ("venv/data", "../../victim"),
        ("venvs", "{victim}"),
    ],
)
def test_a_link_that_no_artifact_could_hold_is_not_taken_from_another_host(pair, tmp_path, name, points_to):
    """One absolute link, where the service shares something below, had root remove another tree."""
    (tmp_path / "victim" / "cache").mkdir(parents=True)
    pair.lacks = a_service(tmp_path / "lacks", shared=[".env", "uploads/", f"{name}/cache/"])
    os.makedirs(os.path.join(pair.lacks.shared_dir, name, "cache"))
    links = [a_link(name, points_to.format(victim=tmp_path / "victim")), a_link("up", "..")]
    how = repacked(pair, lambda members: [*members, *links])
    with pytest.raises(StagingError, match="the copy of release 1 is not the release: ") as refused:
        unpack(pair.lacks, "1", pair.path, pair.system, **how)
    assert refused.value.where == pair.path
    assert nothing_is_left(pair.lacks)
    assert os.listdir(tmp_path / "victim") == ["cache"]


def test_a_link_above_what_this_host_shares_is_not_taken_either(pair, tmp_path):
    """Inside the release it leads to the application's directory, and there wherever that likes."""
    (tmp_path / "victim" / "cache").mkdir(parents=True)
    pair.lacks = a_service(tmp_path / "lacks", shared=[".env", "uploads/", "data/cache/"])
    os.makedirs(os.path.join(pair.lacks.shared_dir, "data", "cache"))
    os.makedirs(os.path.join(pair.lacks.shared_dir, "uploads"))
    os.symlink(tmp_path / "victim", os.path.join(pair.lacks.shared_dir, "uploads", "x"))
    how = repacked(pair, lambda members: [*members, a_link("data", "uploads/x")])
    with pytest.raises(StagingError, match="it brings data as no directory"):
        unpack(pair.lacks, "1", pair.path, pair.system, **how)
    assert nothing_is_left(pair.lacks)
    assert os.listdir(tmp_path / "victim") == ["cache"]


def test_a_manifest_that_is_a_link_is_none(pair):
    def renamed(members):
        for member, content in members:
            if member.name == ".release.json":
                member.name = "manifest"
                yield a_link(".release.json", "manifest")
            yield member, content

    with pytest.raises(StagingError, match=".release.json cannot be read"):
        unpack(pair.lacks, "1", pair.path, pair.system, **repacked(pair, renamed))
    assert nothing_is_left(pair.lacks)


def test_other_content_under_the_same_version_is_refused(pair):
    with pytest.raises(StagingError, match="wanted is"):
        pair.bring(sha256="0" * 64)
    assert nothing_is_left(pair.lacks)


def test_a_run_that_was_overtaken_brings_nothing(pair):
    Operations(pair.lacks.state_dir, pair.system).take(Operation(9, "rollback", "newer", "lee"))
    with pytest.raises(Outranked):
        pair.bring(operation=Operation(8, "rollback", "older", "kim"))
    assert nothing_is_left(pair.lacks)
