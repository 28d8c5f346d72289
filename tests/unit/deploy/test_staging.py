"""An artifact becomes a whole release, or nothing of it is left on the server."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.artifacts.archive_readers import ENDINGS
from refit.core import file_tree
from refit.core.errors import InvalidInput, Outranked, RefitError, StagingError, VersionNotFound
from refit.core.system import System
from refit.deploy import activation, staging
from refit.deploy.survey import survey
from refit.state.ledger import Ledger
from refit.state.manifest import write_manifest
from refit.state.operation import DEPLOY, ROLLBACK, Operation, Operations
from refit.state.releases import damage, read_manifest
from refit.state.versions import normalise
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball, no_command

FILES = {"app.js": "// the app", "public/index.html": "<p>판</p>"}


class Server:
    """A server to stage on; *incoming* is where artifacts arrive."""

    def __init__(self, base: Path):
        self.base = base
        self.service = a_service(base)
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
        self.incoming = base / "incoming"
        self.incoming.mkdir(parents=True)
        (base / "proc").mkdir()

    @property
    def root(self) -> Path:
        return Path(self.service.root)

    def release(self, version: str) -> Path:
        return Path(self.service.release_dir(version))

    def artifact(self, files=None, name="backend.tar.gz") -> str:
        a_tarball(self.incoming / name, FILES if files is None else files)
        return str(self.incoming / name)

    def stage(self, version="1", artifact=None, **options):
        return staging.stage(self.service, version, artifact or self.artifact(), self.system, **options)

    def go_live(self, version: str) -> None:
        run = Operation(1, "deploy", "run-1", "kim@ops-1")
        supervisor = FakeSupervisor(self.service, self.system)
        request = activation.Request(version, run, finish=True)
        done = activation.activate(self.service, self.system, supervisor, request, check=supervisor.check)
        assert done.outcome == activation.ACTIVATED

    def events(self) -> list[str]:
        return [entry["event"] for entry in Ledger(self.service.state_dir, self.system.clock).read().entries]

    def tree(self) -> dict[str, object]:
        """Every path below the service's root, and the ledger, with what is in it."""
        found: dict[str, object] = {"ledger": self.events()}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            found[name] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        return found


@pytest.fixture
def server(tmp_path):
    return Server(tmp_path)


# -- what a release is made of -----------------------------------------------------------------------------


def test_a_release_holds_the_artifacts_files_its_version_and_where_it_came_from(server):
    artifact = server.artifact()
    sha256 = hashlib.sha256(Path(artifact).read_bytes()).hexdigest()
    origin = {"source": "ci/backend.tar.gz", "git_sha": "c0ffee"}
    plan = server.stage("20240127-120000", artifact, sha256=sha256.upper(), **origin)
    release = server.release("20240127-120000")
    assert plan == staging.StagePlan("20240127-120000", sha256, changed=True)
    assert {name: (release / name).read_text() for name in FILES} == FILES
    assert (release / "version.txt").read_text() == "20240127-120000\n"
    manifest = json.loads((release / ".release.json").read_text())
    sums = (release / ".release.sums").read_bytes()
    assert manifest == {
        "version": "20240127-120000",
        "sha256": sha256,
        **origin,
        "staged_at": "2024-01-27T12:00:00.000Z",
        "tree_sha256": hashlib.sha256(sums).hexdigest(),
    }
    assert [line.split()[1].decode() for line in sums.splitlines()] == ["app.js", "public/index.html", "version.txt"]
    assert (
        Ledger(server.service.state_dir, server.system.clock).read().entries[0]["tree_sha256"]
        == manifest["tree_sha256"]
    )
    assert damage(server.service, "20240127-120000", deep=True) is None
    assert stat.S_IMODE(release.stat().st_mode) == 0o755
    assert server.events() == ["staged"]


def test_a_v_that_a_person_typed_is_not_part_of_the_version(server):
    assert server.stage("v2024").version == "2024"
    assert server.release("2024").is_dir()


@pytest.mark.parametrize("ending", [*ENDINGS, ".TAR.GZ"])
def test_each_kind_of_archive_becomes_the_same_release(server, ending):
    artifact = server.incoming / f"backend{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(artifact, "w") as archive:
            for name, text in FILES.items():
                archive.writestr(name, text)
    else:
        compression = {".tar": "", ".txz": "xz", ".xz": "xz", ".tbz2": "bz2", ".bz2": "bz2"}.get(artifact.suffix, "gz")
        with tarfile.open(artifact, f"w:{compression}") as archive:
            for name, text in FILES.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
    server.stage("1", str(artifact))
    assert {name: (server.release("1") / name).read_text() for name in FILES} == FILES


def test_a_version_txt_that_agrees_is_taken_over(server):
    server.stage("7", server.artifact({**FILES, "version.txt": "v7\n"}))
    assert (server.release("7") / "version.txt").read_text() == "7\n"


# -- an artifact that would lead root elsewhere ------------------------------------------------------------


class Hostile:
    """A server whose application and artifact work together against *victim*, a file and a tree of root's."""

    def __init__(self, base: Path):
        self.server = Server(base)
        self.shared = Path(self.server.service.shared_dir)
        self.shared.mkdir(parents=True)
        self.victim = base / "var"
        (self.victim / "cache" / "deep").mkdir(parents=True)
        (self.victim / "shadow").write_text("root:secret")
        (self.victim / "shadow").chmod(0o600)

    def stage(self, links: dict[str, str], *shared: str, files: dict[str, str] | None = None) -> None:
        self.server.service = a_service(self.server.base, shared=list(shared))
        self.server.stage(artifact=self.artifact(links, files or {}))

    def artifact(self, links: dict[str, str], files: dict[str, str]) -> str:
        path = self.server.incoming / "backend.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, text in {**FILES, **files}.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
            for name, points_to in links.items():
                member = tarfile.TarInfo(name)
                member.type, member.linkname = tarfile.SYMTYPE, points_to
                archive.addfile(member)
        return str(path)

    def untouched(self) -> bool:
        """Nothing of root's is another, and nothing of the artifact is left."""
        found = sorted(str(path.relative_to(self.victim)) for path in self.victim.rglob("*"))
        secret = self.victim / "shadow"
        whole = (secret.read_text(), stat.S_IMODE(secret.stat().st_mode)) == ("root:secret", 0o600)
        return (
            whole and found == ["cache", "cache/deep", "shadow"] and os.listdir(self.server.service.releases_dir) == []
        )


@pytest.fixture
def hostile(tmp_path):
    return Hostile(tmp_path)


@pytest.mark.parametrize("name", [".release.json", "version.txt"])
def test_a_link_under_a_name_that_root_writes_is_refused(hostile, name):
    """It would lead through the application's own link in `shared/` to any file."""
    (hostile.shared / ".env").symlink_to(hostile.victim / "shadow")
    with pytest.raises(StagingError, match=name.replace(".", r"\.")) as refused:
        hostile.stage({name: ".env"}, ".env")
    assert refused.value.where.endswith("backend.tar.gz")
    assert hostile.untouched()


@pytest.mark.parametrize("name", [".release.json", "version.txt/inside"])
def test_files_that_are_root_s_to_write_are_not_brought(hostile, name):
    with pytest.raises(StagingError, match="the artifact"):
        hostile.stage({}, files={name: "{}"})
    assert hostile.untouched()


@pytest.mark.parametrize("shared", ["data/cache/", "data/cache", "data/cache/deep/"])
def test_a_link_above_what_is_shared_is_refused_and_nothing_is_removed_through_it(hostile, shared):
    (hostile.shared / "uploads").mkdir()
    (hostile.shared / "uploads" / "x").symlink_to(hostile.victim)
    (hostile.shared / shared).mkdir(parents=True)
    with pytest.raises(StagingError, match="it brings data as no directory, and the service shares data/cache") as why:
        hostile.stage({"data": "uploads/x"}, "uploads/", shared)
    assert why.value.where.endswith("backend.tar.gz")
    assert hostile.untouched()


def test_a_shared_path_in_another_one_is_not_removed_from_it(hostile):
    (hostile.shared / "data" / "cache").mkdir(parents=True)
    (hostile.shared / "data" / "cache" / "kept").write_text("")
    hostile.stage({}, "data/", "data/cache/", files={"data/cache/brought": ""})
    assert os.readlink(hostile.server.release("1") / "data") == "../../shared/data"
    assert os.listdir(hostile.shared / "data" / "cache") == ["kept"]


def test_what_is_shared_takes_the_place_of_what_the_artifact_brings(hostile):
    (hostile.shared / ".env").write_text("SECRET=1")
    files = {".env": "SECRET=example", "uploads/old": "", "public/uploads/old": ""}
    hostile.stage({"logs": "public"}, ".env", "uploads/", "public/uploads/", "logs/", "new/deep/", files=files)
    release = hostile.server.release("1")
    assert {
        name: os.readlink(release / name) for name in (".env", "uploads", "public/uploads", "logs", "new/deep")
    } == {
        ".env": "../../shared/.env",
        "uploads": "../../shared/uploads",
        "public/uploads": "../../../shared/public/uploads",
        "logs": "../../shared/logs",
        "new/deep": "../../../shared/new/deep",
    }
    assert damage(hostile.server.service, "1", deep=True) is None


# -- staging again -----------------------------------------------------------------------------------------


def test_the_same_content_again_changes_nothing(server):
    server.stage()
    before = server.tree()
    assert server.stage().changed is False
    assert server.tree() == before


def test_other_content_under_the_same_version_is_refused_and_the_release_stays(server):
    server.stage()
    before = server.tree()
    with pytest.raises(StagingError, match="staged already, with other content.*version of its own"):
        server.stage(artifact=server.artifact({"app.js": "// another"}))
    assert server.tree() == before


def test_a_directory_made_by_hand_is_never_overwritten(server):
    server.release("1").mkdir(parents=True)
    (server.release("1") / "app.js").write_text("// by hand")
    with pytest.raises(StagingError, match="made by hand"):
        server.stage()
    assert os.listdir(server.release("1")) == ["app.js"]


def rewritten(release: Path, name: str) -> None:
    """Change a file of the release, and all that it says of itself; the ledger stays as it is."""
    (release / name).write_text("// evil")
    manifest = json.loads((release / ".release.json").read_text())
    write_manifest(str(release), manifest, ())


@pytest.mark.parametrize(
    "harm",
    [
        lambda release: (release / "version.txt").unlink(),
        lambda release: (release / ".release.json").write_text("{"),
        lambda release: (release / "app.js").write_text("// cut"),
        lambda release: (release / "app.js").unlink(),
        lambda release: (release / "app.js").write_text(FILES["app.js"].replace("the", "an_")),
        lambda release: (release / ".release.sums").write_text(""),
        lambda release: (release / ".release.sums").unlink(),
        lambda release: rewritten(release, "app.js"),
    ],
)
def test_a_damaged_release_is_staged_again(server, harm):
    server.stage()
    before = server.tree()
    harm(server.release("1"))
    assert server.stage().changed is True
    assert {**server.tree(), "ledger": ["staged"]} == before
    assert damage(server.service, "1", deep=True) is None


def test_what_was_written_into_a_release_besides_is_no_damage(server):
    server.stage()
    (server.release("1") / "cache.tmp").write_text("of the app")
    assert damage(server.service, "1", deep=True) is None
    assert server.stage().changed is False


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda release: (release / "app.js").write_text("// the aqp"), "app.js was changed"),
        (lambda release: (release / "public" / "index.html").unlink(), "public/index.html is missing"),
        (lambda release: rewritten(release, "app.js"), ".release.sums was changed"),
    ],
)
def test_a_release_that_is_not_what_was_staged_does_not_go_live(server, harm, said):
    """A build that was only staged could change the code of releases before it, length and all."""
    server.stage()
    server.stage("2", server.artifact({"app.js": "// 2"}))
    server.go_live("2")
    harm(server.release("1"))
    with pytest.raises(VersionNotFound, match=f"release 1 cannot be activated: .*{said}") as refused:
        server.go_live("1")
    assert refused.value.where == str(server.release("1"))
    assert "playbooks/deploy.yml" in str(refused.value.next_command)
    assert os.readlink(server.service.current_link) == "releases/v2"


def test_a_release_that_was_staged_before_there_were_lists_is_still_counted(server):
    server.stage()
    release = server.release("1")
    (release / ".release.sums").unlink()
    manifest = json.loads((release / ".release.json").read_text())
    del manifest["tree_sha256"]
    manifest["files"], manifest["bytes"] = len(FILES) + 2, 0
    for _ in range(2):  # its own length is among the bytes
        (release / ".release.json").write_text(json.dumps(manifest))
        manifest["bytes"] = sum(path.stat().st_size for path in release.rglob("*") if path.is_file())
    (release / ".release.json").write_text(json.dumps(manifest))
    ledger = Path(server.service.state_dir, "ledger.jsonl")
    ledger.write_text(json.dumps({"event": "staged", "version": "1", "sha256": manifest["sha256"]}) + "\n")
    assert damage(server.service, "1", deep=True) is None
    (release / "app.js").unlink()
    assert "it holds 3 files" in str(damage(server.service, "1", deep=True))


def test_a_damaged_release_that_is_live_is_not_replaced_under_its_processes(server):
    server.stage()
    server.go_live("1")
    (server.release("1") / "app.js").unlink()
    before = server.tree()
    with pytest.raises(StagingError, match=r"damaged .* and live.*under a new version"):
        server.stage()
    assert server.tree() == before


def test_a_release_whose_staging_was_never_recorded_is_recorded_now(server):
    server.stage()
    os.unlink(os.path.join(server.service.state_dir, "ledger.jsonl"))
    assert server.stage().changed is False
    assert server.events() == ["staged"]
    assert survey(server.service, server.system).release("1").state == "staged"


def test_a_release_that_lost_its_manifest_is_damaged_and_not_taken_for_one_made_by_hand(server):
    server.stage()
    server.go_live("1")
    for name in (".release.json", "version.txt", "app.js"):
        (server.release("1") / name).unlink()
    release = survey(server.service, server.system).release("1")
    assert (release.state, release.handmade, str(release.why_not)) == (
        "damaged", False, "it is not whole: its .release.json is missing",
    )  # fmt: skip


# -- what is refused leaves nothing ------------------------------------------------------------------------


def refused(server, error, message, **options):
    """Stage, expect the refusal, and check that the server is as it was."""
    server.stage("0")
    before = server.tree()
    with pytest.raises(error, match=message) as refusal:
        server.stage("1", **options)
    assert server.tree() == before
    assert refusal.value.next_command or refusal.value.steps
    return refusal.value


def test_a_wrong_checksum_is_refused(server):
    refused(server, StagingError, "checksum of the artifact is .*, expected was 0{64}", sha256="0" * 64)


def test_an_archive_that_is_cut_off_is_refused(server):
    artifact = Path(server.artifact({"app.js": os.urandom(3000).hex()}, "cut.tar.gz"))
    whole = artifact.read_bytes()
    server.stage("0")
    before = server.tree()
    for length in range(0, len(whole) - 8, 97):
        artifact.write_bytes(whole[:length])
        with pytest.raises(StagingError):
            server.stage("1", str(artifact))
        assert server.tree() == before, length


def test_a_member_that_leaves_the_directory_is_refused(server):
    with tarfile.open(server.incoming / "evil.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("app.js"))
        archive.addfile(tarfile.TarInfo("../../evil"))
    refused(server, StagingError, r"\.\./", artifact=str(server.incoming / "evil.tar.gz"))
    assert not (server.root / "evil").exists()


def test_an_artifact_that_says_it_is_another_version_is_refused(server):
    artifact = server.artifact({**FILES, "version.txt": "2"}, "other.tar.gz")
    refused(server, StagingError, "(?s)own version.txt says '2', not '1'.*release_version=2", artifact=artifact)


def test_an_artifact_that_is_not_there_is_refused(server):
    refused(server, StagingError, "cannot read the artifact", artifact=str(server.incoming / "none.tar.gz"))


@pytest.mark.parametrize("name", ["backend.rpm", "backend", "backend.tar.zst"])
def test_an_artifact_of_an_unknown_kind_is_refused(server, name):
    refused(server, InvalidInput, "cannot be staged; supported are .tar.gz, .*whl", artifact=server.artifact(name=name))


def test_too_little_disk_is_seen_before_a_byte_is_unpacked(server, monkeypatch):
    server.stage("0")
    before, statvfs = server.tree(), os.statvfs

    def nearly_full(path):
        real = statvfs(path)
        return os.statvfs_result((*real[:4], 255 * 1024**2 // real.f_frsize, *real[5:]))

    monkeypatch.setattr(os, "statvfs", nearly_full)
    with pytest.raises(StagingError, match="too little disk space.*df -h"):
        server.stage("1")
    assert server.tree() == before


def test_a_disk_that_fills_up_at_the_last_moment_leaves_nothing(server, monkeypatch):
    server.stage("0")
    before = server.tree()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(staging, "fsync_tree", full)
    with pytest.raises(StagingError, match="No space left.*df -h"):
        server.stage("1")
    assert server.tree() == before


def test_a_run_that_is_outranked_while_it_unpacks_leaves_nothing(server, monkeypatch):
    deploy = Operation(1, DEPLOY, "deploy-1", "ci@runner")
    rollback = Operation(2, ROLLBACK, "rollback-2", "kim@ops-1")
    server.stage("0")
    before = server.tree()
    operations = Operations(server.service.state_dir, server.system)

    def a_rollback_comes(*_, **__):
        operations.take(rollback)

    monkeypatch.setattr(staging, "fsync_tree", a_rollback_comes)
    with pytest.raises(Outranked, match="kim@ops-1"):
        server.stage("1", operation=deploy)
    assert server.tree() == before


def test_what_a_run_that_died_left_half_made_is_swept(server):
    server.stage()
    before = server.tree()
    (server.root / "releases" / ".staging-dead" / "public").mkdir(parents=True)
    server.stage()
    assert server.tree() == before


# -- version names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version", ["", ".", "..", "../1", "1/2", "/1", ".1", "-1", "1\n", "1 2", "1\0", "판", "x" * 65, "v1/2", "1;ls"]
)
def test_a_version_that_is_no_name_is_refused(server, version):
    server.stage("0")
    before = server.tree()
    with pytest.raises(InvalidInput, match="is not a version"):
        server.stage(version)
    assert server.tree() == before


@given(st.text(max_size=70))
def test_a_version_that_is_accepted_is_one_name_below_releases(text):
    try:
        version = normalise(text)
    except InvalidInput:
        return
    directory = os.path.normpath(os.path.join("/releases", "v" + version))
    assert os.path.dirname(directory) == "/releases"
    assert directory == "/releases/v" + version
    assert version in (text, text[1:])


# -- what is shared ----------------------------------------------------------------------------------------


@pytest.fixture
def sharing(tmp_path):
    server = Server(tmp_path)
    server.service = a_service(tmp_path, shared=[".env", "uploads/", "conf/local/keys.json"])
    shared = Path(server.service.shared_dir)
    (shared / "conf" / "local").mkdir(parents=True)
    (shared / ".env").write_text("PORT=1")
    (shared / "conf" / "local" / "keys.json").write_text("{}")
    return server


def test_what_is_shared_is_linked_into_the_release_relatively_in_place_of_what_the_artifact_brought(sharing):
    files = {**FILES, ".env": "PORT=2", "uploads/sample.png": "", "conf/local/keys.json": "[]", "conf/app.json": "1"}
    sharing.stage("1", sharing.artifact(files))
    release = sharing.release("1")
    assert os.readlink(release / ".env") == "../../shared/.env"
    assert os.readlink(release / "uploads") == "../../shared/uploads"
    assert os.readlink(release / "conf" / "local" / "keys.json") == "../../../../shared/conf/local/keys.json"
    assert (release / ".env").read_text() == "PORT=1"
    assert (release / "conf" / "local" / "keys.json").read_text() == "{}"
    assert (release / "conf" / "app.json").read_text() == "1"
    assert list((release / "uploads").iterdir()) == []


def test_what_is_written_to_shared_survives_and_is_no_damage_to_the_release(sharing):
    sharing.stage("1")
    (sharing.release("1") / "uploads" / "photo.png").write_text("a photo")
    assert damage(sharing.service, "1", deep=True) is None
    sharing.stage("2", sharing.artifact({"app.js": "// 2"}))
    assert (sharing.release("2") / "uploads" / "photo.png").read_text() == "a photo"


def test_a_shared_file_that_is_missing_is_named_before_anything_is_made(sharing):
    (Path(sharing.service.shared_dir) / ".env").unlink()
    with pytest.raises(StagingError, match=r"missing: \.env .*shared"):
        sharing.stage()
    assert os.listdir(sharing.service.releases_dir) == []
    assert read_manifest(sharing.service.release_dir("1")) is None


def test_a_shared_directory_that_cannot_be_made_is_explained(sharing):
    (Path(sharing.service.shared_dir) / "uploads").write_text("a file")
    with pytest.raises(RefitError, match="uploads|cannot write the release"):
        sharing.stage()
    assert os.listdir(sharing.service.releases_dir) == []


# -- whole trees -------------------------------------------------------------------------------------------


def test_what_a_release_shares_with_the_last_one_is_not_put_on_the_disk_again(tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    for directory in (old, new):
        (directory / "lib").mkdir(parents=True)
    (old / "lib" / "shared").write_text("of both")
    os.link(old / "lib" / "shared", new / "lib" / "shared")
    (new / "lib" / "own").write_text("of one")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.readlink(f"/proc/self/fd/{fd}")))
    file_tree.fsync_tree(str(new), like=str(old))
    assert sorted(synced) == sorted(map(str, [new, new / "lib", new / "lib" / "own"]))
    synced.clear()
    file_tree.fsync_tree(str(new))
    assert sorted(synced) == sorted(map(str, [new, new / "lib", new / "lib" / "own", new / "lib" / "shared"]))


def test_how_many_files_an_archive_may_hold_is_the_services_to_say(tmp_path):
    server = Server(tmp_path)
    server.service = a_service(tmp_path, archive={"max_files": 2})
    with pytest.raises(
        StagingError, match=r"more than 2 files, links and directories, the service's archive\.max_files"
    ):
        server.stage()
    server.service = a_service(tmp_path, archive={"max_files": 3})
    server.stage()
    assert server.release("1").is_dir()
