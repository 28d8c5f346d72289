"""Archives become directories completely or not at all, and never write anywhere else."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import io
import lzma
import os
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import tracemalloc
import unicodedata
import zipfile
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refit.artifacts import archive, archive_members, archive_readers
from refit.artifacts.archive import Limits, inventory, unpack
from refit.core import file_tree
from refit.core.errors import StagingError

MIB = 1024**2
COMPRESS = {
    "tar": bytes,
    "tar.gz": lambda plain: gzip.compress(plain, 1),
    "tar.xz": lambda plain: lzma.compress(plain, preset=0),
    "tar.bz2": lambda plain: bz2.compress(plain, 1),
}
FORMATS = (*COMPRESS, "zip")


@dataclass(frozen=True)
class Entry:
    """What the tests pack: *kind* is one of tarfile's type bytes."""

    name: str
    data: bytes = b""
    kind: bytes = tarfile.REGTYPE
    target: str = ""
    mode: int = 0o644


def folder(name, mode=0o755):
    return Entry(name, kind=tarfile.DIRTYPE, mode=mode)


def symlink(name, target):
    return Entry(name, kind=tarfile.SYMTYPE, target=target, mode=0o777)


def hard_link(name, target):
    return Entry(name, kind=tarfile.LNKTYPE, target=target)


def tar_bytes(entries, tar_format=tarfile.PAX_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format, errors="surrogateescape") as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.name)
            info.type, info.linkname, info.mode, info.size = entry.kind, entry.target, entry.mode, len(entry.data)
            tar.addfile(info, io.BytesIO(entry.data))
    return buffer.getvalue()


_ZIP_KINDS = {tarfile.REGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK}


def zip_bytes(entries, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name + ("/" if entry.kind == tarfile.DIRTYPE else ""))
            info.external_attr = (_ZIP_KINDS[entry.kind] | entry.mode) << 16
            info.compress_type = compression
            packed.writestr(info, entry.target.encode() if entry.kind == tarfile.SYMTYPE else entry.data)
    return buffer.getvalue()


def pack(entries, form):
    if form == "zip":
        return zip_bytes(entries)
    return COMPRESS[form](tar_bytes(entries))


class Place:
    """A directory with an archive, an empty destination and something that must not change."""

    def __init__(self, root):
        self.root = str(root)
        self.archive = os.path.join(self.root, "release.archive")
        self.destination = os.path.join(self.root, "outer", ".staging-1")
        os.makedirs(self.destination)
        with open(os.path.join(self.root, "outer", "a"), "w") as file:
            file.write("not yours")
        self.outside = self._outside()

    def _outside(self):
        found = {}
        for directory, folders, files in os.walk(self.root):
            for name in folders + files:
                path = os.path.join(directory, name)
                if path != self.archive and not path.startswith(self.destination):
                    status = os.lstat(path)
                    found[path] = (status.st_mode, status.st_size, status.st_nlink)
        return found

    def unpack(self, content, **options):
        with open(self.archive, "wb") as file:
            file.write(content)
        try:
            return unpack(self.archive, self.destination, **{"disk_margin": 0, **options})
        finally:
            assert self._outside() == self.outside

    def refusal(self, content, **options):
        """The message of the refusal, which must come before anything is written."""
        message = self.failure(content, **options)
        assert os.listdir(self.destination) == []
        return message

    def failure(self, content, **options):
        with pytest.raises(StagingError) as caught:
            self.unpack(content, **options)
        assert caught.value.where in (self.archive, self.destination)
        assert caught.value.next_command
        assert not str(caught.value.what).endswith(": ")
        return str(caught.value)

    def tree(self):
        return tree_of(self.destination)


def tree_of(root):
    """{relative path: content of a file | "-> target" of a link | None of a directory}"""
    found = {}
    for directory, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(directory, name)
            relative = os.path.relpath(path, root)
            if os.path.islink(path):
                found[relative] = "-> " + os.readlink(path)
            elif os.path.isdir(path):
                found[relative] = None
            else:
                with open(path, "rb") as file:
                    found[relative] = file.read()
    return found


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@contextlib.contextmanager
def a_place():
    with tempfile.TemporaryDirectory() as root:
        yield Place(root)


# What is packed is what comes out


@pytest.mark.parametrize("form", FORMATS)
def test_a_release_unpacks_to_what_was_packed(place, form):
    entries = [
        folder("bin"),
        Entry("bin/run", b"#!/bin/sh\n", mode=0o755),
        Entry("implied/below/한글 이름.txt", "내용".encode()),
        symlink("bin/latest", "../implied/below"),
        Entry("empty"),
    ]
    done = place.unpack(pack(entries, form))
    assert place.tree() == {
        "bin": None,
        "bin/run": b"#!/bin/sh\n",
        "bin/latest": "-> ../implied/below",
        "implied": None,
        "implied/below": None,
        "implied/below/한글 이름.txt": "내용".encode(),
        "empty": b"",
    }
    assert done == archive.Unpacked(files=3, directories=3, links=1, bytes=16, stripped=None)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_folder_that_is_alone_at_the_top_is_stripped(place, form, prefix):
    done = place.unpack(pack([folder(prefix + "app-1.2"), Entry(prefix + "app-1.2/lib/x", b"x")], form))
    assert place.tree() == {"lib": None, "lib/x": b"x"}
    assert (done.stripped, done.directories) == ("app-1.2", 1)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("byproduct", ["._app", ".DS_Store", "__MACOSX/app/._server.js", "__MACOSX/._app"])
def test_what_a_mac_puts_beside_the_top_folder_is_left_out_with_it(place, form, byproduct):
    done = place.unpack(pack([Entry("app/server.js", b"1"), Entry("app/lib/x", b"22"), Entry(byproduct, b"333")], form))
    assert place.tree() == {"server.js": b"1", "lib": None, "lib/x": b"22"}
    assert done == archive.Unpacked(files=2, directories=1, links=0, bytes=3, stripped="app")


@pytest.mark.parametrize("entries", [["._app"], [".DS_Store", "__MACOSX/x"], ["app/", "._app"]])
def test_an_archive_of_a_packers_byproducts_alone_is_not_taken_for_a_release_in_a_folder(place, entries):
    made = [folder(name.rstrip("/")) if name.endswith("/") else Entry(name, b"1") for name in entries]
    if "app/" in entries:
        assert "no files but what its packer added" in place.refusal(tar_bytes(made))
    else:
        assert place.unpack(tar_bytes(made)).stripped is None


def test_a_hard_link_to_what_is_left_out_is_refused(place):
    made = [Entry("._app", b"1"), Entry("app/x", b"2"), hard_link("app/y", "._app")]
    assert "'app/y' names '._app', which is left out" in place.refusal(tar_bytes(made))


def test_a_file_beside_the_top_folder_keeps_it(place):
    assert place.unpack(tar_bytes([Entry("app/x"), Entry("README")])).stripped is None
    assert set(place.tree()) == {"app", "app/x", "README"}


def test_a_single_file_at_the_top_is_no_folder_to_strip(place):
    assert place.unpack(tar_bytes([Entry("server.js", b"1")])).stripped is None
    assert place.tree() == {"server.js": b"1"}


def test_a_repeated_directory_header_is_harmless(place):
    place.unpack(tar_bytes([folder("a"), Entry("a/x"), folder("a"), folder("./"), Entry("b")]))
    assert place.tree() == {"a": None, "a/x": b"", "b": b""}


def test_hard_links_stay_one_file_and_count_as_inventory_counts_them(place):
    done = place.unpack(tar_bytes([Entry("app/x", b"four"), hard_link("app/y", "app/x"), hard_link("app/z", "app/y")]))
    names = [os.path.join(place.destination, name) for name in "xyz"]
    assert len({os.stat(name).st_ino for name in names}) == 1
    assert (done.files, done.bytes) == inventory(place.destination) == (3, 12)


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_tar_dialect_is_read(place, tar_format):
    name = "/".join(["d" * 40] * 4) + "/f"
    place.unpack(tar_bytes([Entry("top"), Entry(name, b"1")], tar_format))
    assert place.tree()[name] == b"1"


def test_sparse_files_unpack_with_their_holes_as_zeros(place):
    head, hole = b"begin", 70_000
    data = head + bytes(512 - len(head))
    name = b"GNUSparseFile.0/holes"
    records = b"".join(
        b"%d %s\n" % (len(body) + 4, body)
        for body in (
            b"GNU.sparse.major=1",
            b"GNU.sparse.minor=0",
            b"GNU.sparse.name=holes",
            b"GNU.sparse.realsize=%d" % (512 + hole),
        )
    )
    assert all(int(line.split()[0]) == len(line) + 1 for line in records.splitlines())
    sparse_map = b"1\n0\n512\n".ljust(512, b"\0")
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(records)
    body = tarfile.TarInfo(name.decode())
    body.size = len(sparse_map) + len(data)
    content = header.tobuf() + records.ljust(512, b"\0") + body.tobuf() + sparse_map + data + bytes(1024)
    place.unpack(content)
    assert place.tree() == {"holes": data + bytes(hole)}


def test_a_zip_with_utf8_names_that_are_not_marked_as_such_keeps_them(place):
    marked = zip_bytes([Entry("가나")])
    unmarked = bytearray(marked)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.index(signature) + offset
        unmarked[at : at + 2] = struct.pack("<H", struct.unpack_from("<H", marked, at)[0] & ~0x800)
    assert bytes(unmarked) != marked
    place.unpack(bytes(unmarked))
    assert place.tree() == {"가나": b""}


def test_a_zip_made_on_windows_has_ordinary_files_and_directories(place):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in ("a/", "a/x"):
            info = zipfile.ZipInfo(name)
            info.create_system = 0
            info.external_attr = 0x10 if name.endswith("/") else 0x20
            packed.writestr(info, "" if name.endswith("/") else "1")
        packed.writestr("y", "2")
    place.unpack(buffer.getvalue())
    assert place.tree() == {"a": None, "a/x": b"1", "y": b"2"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_modes_are_normal_whatever_was_packed_and_whatever_the_umask(place, form, umask):
    entries = [
        Entry("setuid", mode=0o6755),
        Entry("secret", mode=0o600),
        Entry("world", mode=0o666),
        Entry("owner-runs", mode=0o100),
        folder("sticky", mode=0o3777),
        folder("closed", mode=0o000),
        Entry("closed/x"),
    ]
    before = os.umask(umask)
    try:
        place.unpack(pack(entries, form))
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE(os.lstat(os.path.join(place.destination, name)).st_mode) for name in place.tree()}
    assert modes == {
        "setuid": 0o755,
        "secret": 0o644,
        "world": 0o644,
        "owner-runs": 0o755,
        "sticky": 0o755,
        "closed": 0o755,
        "closed/x": 0o644,
    }
    assert all(os.lstat(os.path.join(place.destination, name)).st_uid == os.geteuid() for name in place.tree())


def test_names_that_differ_only_in_case_are_different_files(place):
    place.unpack(tar_bytes([Entry("Readme", b"1"), Entry("README", b"2"), Entry("lib/x"), Entry("Lib/x")]))
    assert {"Readme", "README", "lib", "Lib"} < set(place.tree())


# Hostile members are refused before a byte is written

NFC, NFD = unicodedata.normalize("NFC", "한글"), unicodedata.normalize("NFD", "한글")

HOSTILE_NAMES = {
    "parent": ("../a", "'..'"),
    "parent inside": ("x/../../a", "'..'"),
    "parent that comes back": ("x/../y", "'..'"),
    "absolute": ("/etc/cron.d/x", "absolute"),
    "newline": ("x\ny", "control character"),
    "escape": ("x\x1b[2J", "control character"),
    "delete": ("x\x7f", "control character"),
    "c1 control": ("x\x9b", "control character"),
    "line separator": ("x\u2028y", "control character"),
    "long part": ("n" * 256, "255 bytes"),
    "long Korean part": ("가" * 86, "255 bytes"),
    "long path": ("/".join(["n" * 200] * 20), "3840 bytes"),
    "deep path": ("/".join(["n"] * 129), "128 levels"),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", HOSTILE_NAMES)
def test_a_hostile_name_is_refused(place, form, case):
    name, why = HOSTILE_NAMES[case]
    assert why in place.refusal(pack([Entry("fine", b"1"), Entry(name, b"2")], form))


@pytest.mark.parametrize("name", ["n" * 255, "가" * 85, "/".join(["n"] * 128), "/".join(["n" * 239] * 16)])
def test_names_at_their_limits_are_accepted(place, name):
    place.unpack(tar_bytes([Entry("top"), Entry(name, b"1")]))
    assert place.tree()[name] == b"1"


def test_a_name_that_is_not_utf8_is_refused(place):
    entries = [Entry("fine"), Entry(b"\xb0\xa1".decode("utf-8", "surrogateescape"))]
    assert "UTF-8" in place.refusal(tar_bytes(entries, tarfile.GNU_FORMAT))
    assert "UTF-8" in place.refusal(zip_bytes([Entry("fine"), Entry("QQ")]).replace(b"QQ", b"\xb0\xa1"))


def test_a_name_with_a_nul_is_refused(place):
    assert "control character" in place.refusal(zip_bytes([Entry("x"), Entry("a#b")]).replace(b"a#b", b"a\0b"))
    # tar's own header ends a name at NUL; a pax header can carry one.
    content = tar_bytes([Entry("x"), Entry("가#b")]).replace("가#b".encode(), "가\0b".encode())
    assert "control character" in place.refusal(content)


def test_an_empty_name_is_refused(place):
    assert "is empty" in place.refusal(tar_bytes([Entry("x"), Entry("")]))


def test_backslashes_of_a_windows_zip_are_refused(place):
    assert "backslash" in place.refusal(zip_bytes([Entry("x"), Entry("lib\\..\\y")]))


def test_a_backslash_is_an_ordinary_character_in_a_tar(place):
    place.unpack(tar_bytes([Entry("dev\\x2ddisk")]))
    assert place.tree() == {"dev\\x2ddisk": b""}


SYMLINK_ESCAPES = {
    "absolute": [symlink("x", "/etc")],
    "parent": [symlink("x", "..")],
    "parent of a folder": [symlink("d/x", "../..")],
    "and back in": [symlink("x", "../.staging-1/a")],
    "through a dangling name": [symlink("x", "nothing/../../a")],
    "through another link": [folder("d/e"), symlink("x", "d/e"), symlink("y", "x/../../..")],
    "through a later link": [symlink("y", "x/../../.."), folder("d/e"), symlink("x", "d/e")],
    "chain, each inside": [folder("b/c"), symlink("a", "b/c"), symlink("b/d", "../a/../.."), symlink("e", "b/d/../a")],
    "link that is its own parent": [symlink("d/up", ".."), symlink("x", "d/up/..")],
    "empty": [symlink("x", "")],
    "newline": [symlink("x", "a\nb")],
    "endless": [symlink("x", "a/" * 1900)],
    "many levels": [symlink("x", "a/" * 129)],
    "circle": [symlink("x", "y"), symlink("y", "x")],
    "itself": [symlink("x", "x")],
    "41 links": [symlink(f"l{n}", f"l{n + 1}") for n in range(41)],
    "41 links backwards": [symlink(f"l{n}", f"l{n + 1}") for n in reversed(range(41))],
    "41 links by doubling": [symlink("a0", "."), *[symlink(f"a{n + 1}", f"a{n}/a{n}") for n in range(5)]],
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", SYMLINK_ESCAPES)
def test_a_symbolic_link_that_leaves_or_never_ends_is_refused(place, form, case):
    place.refusal(pack([Entry("fine"), *SYMLINK_ESCAPES[case]], form))


def test_a_link_may_not_reach_beside_the_top_folder_that_is_stripped(place):
    assert "leaves the directory" in place.refusal(tar_bytes([Entry("app/a"), symlink("app/x", "../app/a")]))
    place.unpack(tar_bytes([Entry("app/a"), Entry("other"), symlink("app/x", "../app/a")]))


def test_links_that_stay_inside_are_kept_even_if_they_dangle(place):
    links = {"d/x": "../fine", "d/y": "x", "z": "d/nothing", "d/dot": "..", "l0": "l1", "d/e/deep": "../../d/x"}
    place.unpack(tar_bytes([Entry("fine"), *[symlink(name, target) for name, target in links.items()]]))
    assert {path: to for path, to in place.tree().items() if str(to).startswith("-> ")} == {
        name: "-> " + target for name, target in links.items()
    }


def test_a_chain_of_forty_links_is_as_far_as_linux_follows(place):
    place.unpack(tar_bytes([Entry("l40", b"end"), *[symlink(f"l{n}", f"l{n + 1}") for n in range(40)]]))
    with open(os.path.join(place.destination, "l0"), "rb") as file:
        assert file.read() == b"end"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "entries",
    [
        [symlink("d", "."), Entry("d/x")],
        [Entry("d/x"), symlink("d", ".")],
        [symlink("d", "e"), folder("e"), folder("d")],
        [Entry("d"), Entry("d/x")],
        [Entry("d/x"), Entry("d")],
        [folder("d"), Entry("d")],
        [Entry("d", b"1"), Entry("d", b"1")],
        [Entry("d"), Entry("./d")],
        [Entry("d"), symlink("d", "x")],
        [Entry(NFC), Entry(NFD)],
        [Entry(NFC + "/x"), Entry(NFD + "/y")],
        [Entry("d/" + NFD), symlink("d/" + NFC, "x")],
    ],
    ids=lambda entries: " ".join(ascii(entry.name) for entry in entries),
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_clash_are_refused(place, form, entries):
    place.refusal(pack([Entry("fine"), *entries], form))


@pytest.mark.parametrize("target", ["../a", "/etc/passwd", "nothing", "later", "link", "folder", "x", ""])
def test_a_hard_link_to_anything_but_an_earlier_file_is_refused(place, target):
    entries = [Entry("fine"), symlink("link", "fine"), folder("folder"), hard_link("x", target), Entry("later")]
    place.refusal(tar_bytes(entries))


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"V"])
def test_devices_pipes_and_unknown_kinds_are_refused(place, kind):
    assert "device" in place.refusal(tar_bytes([Entry("fine"), Entry("dev", kind=kind)]))


def test_devices_in_a_zip_are_refused(place):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        info = zipfile.ZipInfo("null")
        info.external_attr = (stat.S_IFCHR | 0o666) << 16
        packed.writestr(info, b"")
    assert "device" in place.refusal(buffer.getvalue())


def test_a_link_in_a_zip_whose_target_is_a_whole_file_is_refused_unread(place):
    assert "has a target of 5000 bytes" in place.refusal(zip_bytes([Entry("fine"), symlink("x", "y" * 5000)]))


def test_a_directory_with_content_in_a_zip_is_refused(place):
    content = zip_bytes([Entry("fine"), Entry("d/", b"lost otherwise")])
    assert "directory with content" in place.refusal(content)


def test_a_root_that_is_no_directory_is_refused(place):
    place.refusal(tar_bytes([Entry("fine"), symlink("./.", "fine")]))


@pytest.mark.parametrize("form", ["tar.gz", "zip"])
@pytest.mark.parametrize("entries", [[], [folder("app")], [symlink("x", "y")]])
def test_an_archive_without_files_is_refused(place, form, entries):
    assert "holds no files" in place.refusal(pack(entries, form))


def test_a_message_shows_a_hostile_name_in_one_short_printable_line(place):
    message = place.refusal(tar_bytes([Entry("x\x1b[2J\n" + "y" * 3000)]))
    assert message.isprintable()
    assert len(message) < 500


# Limits


@pytest.mark.parametrize("form", FORMATS)
def test_the_number_of_members_is_limited(place, form):
    entries = [Entry(f"f{n}") for n in range(9)] + [Entry("d/e")]
    assert "more than 10 files" in place.refusal(pack(entries, form), limits=Limits(members=10))
    assert place.unpack(pack(entries, form), limits=Limits(members=11)).files == 10


def test_one_member_beyond_a_hundred_thousand_is_refused():
    def members(count):
        return (archive_members.Member(f"d{n % 100}/f{n}", archive_members.FILE) for n in range(count))

    assert len(archive_members.arrange(members(99_900), Limits(), 1).files) == 99_900
    with pytest.raises(archive_members.Refused, match="more than 100,000"):
        archive_members.arrange(members(99_901), Limits(), 1)


def test_directories_that_are_only_implied_count_as_members(place):
    entries = [Entry(f"{n}/" + "d/" * 100 + "x") for n in range(10)]
    place.refusal(tar_bytes(entries), limits=Limits(members=1000))


@pytest.mark.parametrize("form", FORMATS)
def test_the_size_of_all_files_is_limited(place, form):
    content = pack([Entry("x", b"1" * 600), Entry("y", b"2" * 400)], form)
    assert "more than 999 bytes" in place.refusal(content, limits=Limits(bytes=999))
    place.unpack(content, limits=Limits(bytes=1000))


@pytest.mark.parametrize("form", ["tar.gz", "zip"])
def test_a_bomb_is_refused_for_its_ratio(place, form):
    content = pack([Entry("zeros", bytes(4 * MIB))], form)
    assert "bomb" in place.refusal(content, limits=Limits(ratio_from_bytes=MIB))
    place.unpack(content)


def test_a_bomb_stops_at_its_first_header(place):
    """A petabyte, claimed in 512 bytes."""
    info = tarfile.TarInfo("zeros")
    info.size = 2**50
    place.refusal(gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_that_claims_to_be_huge_is_not_read_into_memory(place, kind):
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, 256 * MIB
    content = gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(16 * MIB))
    tracemalloc.start()
    try:
        assert "headers are larger" in place.refusal(content)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def pax_header(records, kind=tarfile.XHDTYPE):
    info = tarfile.TarInfo("pax")
    info.type, info.size = kind, len(records)
    return info.tobuf() + records + bytes(-len(records) % 512)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "records",
    [
        b"500012 comment=" + b"1" * 499_996 + b"\n",
        b"5 ab\n" * 100_000 + b"6 a=b\n",
        b"0 a=b\n",
        b"1" * 500_000,
        b"7 a=b\n",
        b"6 a=bc",
    ],
    ids=["digits", "no equals sign", "length zero", "only digits", "too long", "too short"],
)
def test_a_crooked_pax_header_ends_quickly(place, records):
    """Some of these took tarfile's own patterns minutes, or memory without a bound."""
    place.refusal(pax_header(records) + tar_bytes([Entry("x")]))


def test_a_global_pax_header_as_git_archive_writes_it_is_accepted(place):
    place.unpack(pax_header(b"52 comment=" + b"0a" * 20 + b"\n", tarfile.XGLTYPE) + tar_bytes([Entry("x")]))
    assert place.tree() == {"x": b""}


def test_global_pax_records_are_limited(place):
    records = b"".join(b"8 %03d=x\n" % number for number in range(101))
    assert "global pax records" in place.refusal(pax_header(records, tarfile.XGLTYPE) + tar_bytes([Entry("x")]))


def test_the_headers_of_all_members_together_are_limited(place, monkeypatch):
    monkeypatch.setattr(archive_readers, "ALL_HEADERS_BYTES", 8192)
    assert "headers are larger" in place.refusal(tar_bytes([Entry(f"f{n}") for n in range(20)]))


@pytest.mark.parametrize("case", ["repeated", "annotated"])
def test_headers_are_not_kept_once_they_are_judged(place, case):
    """10,000 times the same directory; 200 files with 100 KiB of extended attributes each."""
    if case == "repeated":
        content = gzip.compress(folder_header() * 10_000 + tar_bytes([Entry("x")]))
    else:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
            for number in range(200):
                info = tarfile.TarInfo(str(number))
                info.pax_headers = {"comment": "x" * 100_000}
                tar.addfile(info)
        content = buffer.getvalue()
    tracemalloc.start()
    try:
        place.unpack(content)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def folder_header():
    info = tarfile.TarInfo("d")
    info.type = tarfile.DIRTYPE
    return info.tobuf()


def test_a_zip_directory_that_is_huge_is_not_read_into_memory(place):
    # 40 MiB of central directory, as its end record says.
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 40 * MIB, 0, 0)
    assert "headers are larger" in place.refusal(b"PK\x03\x04" + bytes(40 * MIB - 4) + end)


@pytest.mark.parametrize("form", FORMATS)
def test_files_are_streamed(place, form):
    content = pack([Entry("big", bytes(64 * MIB))], form)
    tracemalloc.start()
    try:
        assert place.unpack(content).bytes == 64 * MIB
        # zipfile's largest read is bounded by 32 MiB, all others by one.
        assert tracemalloc.get_traced_memory()[1] < (40 if form == "zip" else 8) * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("claimed", [1, 999, 1001, 2**29])
def test_a_zip_that_lies_about_a_size_is_refused_and_never_overruns_it(place, claimed):
    honest = zip_bytes([Entry("x", b"7" * 1000)])
    at = honest.index(b"PK\x01\x02") + 24
    lying = honest[:at] + struct.pack("<L", claimed) + honest[at + 4 :]
    assert "damaged" in place.failure(lying)
    written = os.path.join(place.destination, "x")
    assert not os.path.exists(written) or os.path.getsize(written) <= claimed


# Damage


@pytest.mark.parametrize("form", ["tar.xz", "tar.bz2"])
def test_an_archive_that_many_cores_packed_is_many_streams(place, form):
    plain = tar_bytes([Entry("a", b"1" * 5000), Entry("b", b"2" * 5000)])
    parts = b"".join(COMPRESS[form](plain[at : at + 999]) for at in range(0, len(plain), 999))
    assert place.unpack(parts).files == 2
    assert place.tree() == {"a": b"1" * 5000, "b": b"2" * 5000}
    with a_place() as other:
        assert "damaged" in other.refusal(parts + b"more")


@pytest.mark.parametrize("module", ["lzma", "bz2"])
def test_a_python_that_lacks_a_decompressor_is_named_and_unpacks_what_it_can(place, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    packed = {name: pack([Entry("x")], name) for name in ("tar.gz", "zip")}
    assert f"built without {module}" in place.refusal({"lzma": b"\xfd7zXZ\0", "bz2": b"BZh9"}[module])
    for content in packed.values():
        with a_place() as other:
            other.unpack(content)


@pytest.mark.parametrize("form", ["tar.gz", "tar.xz", "tar.bz2", "zip"])
def test_an_archive_cut_short_anywhere_is_refused(tmp_path, form):
    content = pack([Entry("app/x", os.urandom(2000)), Entry("app/y", b"2" * 5000)], form)
    for number, length in enumerate(range(0, len(content), 37)):
        Place(tmp_path / str(number)).failure(content[:length])


def test_a_plain_tar_cut_short_before_its_end_mark_is_refused(tmp_path):
    content = tar_bytes([Entry("app/x", b"1" * 2000), Entry("app/y", b"2" * 700)])
    end = 512 + 2048 + 512 + 1024
    for number, length in enumerate([*range(0, end, 131), end - 1, end, end + 511]):
        Place(tmp_path / str(number)).refusal(content[:length])
    Place(tmp_path / "whole").unpack(content[: end + 512])


def test_a_wrong_checksum_is_refused(place):
    packed = bytearray(pack([Entry("x", b"1" * 100)], "tar.gz"))
    packed[-8] ^= 1
    assert "damaged" in place.refusal(bytes(packed))
    packed = bytearray(zip_bytes([Entry("x", b"#" * 100)], zipfile.ZIP_STORED))
    packed[packed.index(b"####")] ^= 1
    assert "damaged" in place.failure(bytes(packed))


def test_a_tar_with_a_broken_header_in_its_middle_is_refused(place):
    content = bytearray(tar_bytes([Entry("x"), Entry("y"), Entry("z")]))
    content[512 + 148] ^= 1
    assert "damaged" in place.refusal(bytes(content))


def test_two_tars_in_one_file_are_refused_rather_than_half_unpacked(place):
    assert "more data follows" in place.refusal(tar_bytes([Entry("x")]) + tar_bytes([Entry("y")]))


def test_endless_padding_is_refused(place):
    assert "more data follows" in place.refusal(gzip.compress(tar_bytes([Entry("x")]) + bytes(17 * MIB), 1))


NOT_ARCHIVES = {
    "empty file": (b"", "is empty"),
    "web page": (b"\n <!DOCTYPE html><html><title>Sign in", "web page"),
    "S3's error": (b'<?xml version="1.0"?><Error><Code>AccessDenied', "error message"),
    "JSON": (b'{"message": "Not Found"}', "error message"),
    "zstd": (b"\x28\xb5\x2f\xfd\0", "is compressed with zstd; supported are .tar.gz, .tgz, .tar, "),
    "zeros": (bytes(10240), "none of the known kinds"),
    "program": (b"\x7fELF" + bytes(1000), "none of the known kinds"),
    "gzip without a tar": (gzip.compress(b"SELECT 1;" * 100), "damaged"),
    "gzip with nothing": (gzip.compress(b""), "damaged"),
    "gzip's first bytes": (b"\x1f\x8b", "damaged"),
    "bzip2's first bytes": (b"BZh91AY&SY", "damaged"),
    "bzip2 without a tar": (bz2.compress(b"SELECT 1;" * 100), "damaged"),
    "xz's first bytes": (b"\xfd7zXZ\0", "damaged"),
    "xz without a tar": (lzma.compress(b"SELECT 1;" * 100), "damaged"),
    "xz that asks for more memory than any server should give": (
        lzma.compress(bytes(10240), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1024 * MIB, "mf": lzma.MF_HC3}]),
        "Memory usage limit",
    ),
    "zip's first bytes": (b"PK\x03\x04", "damaged"),
}


@pytest.mark.parametrize("case", NOT_ARCHIVES)
def test_what_is_no_archive_is_named_for_what_it_looks_like(place, case):
    content, why = NOT_ARCHIVES[case]
    assert why in place.refusal(content)


def test_an_encrypted_zip_is_refused(place):
    packed = bytearray(zip_bytes([Entry("x", b"1")]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(signature) + offset] |= 1
    assert "encrypted" in place.refusal(bytes(packed))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_method_that_unpacks_without_a_bound_is_refused(place, compression):
    assert "deflate" in place.refusal(zip_bytes([Entry("x", b"1" * 100)], compression))


def test_a_zip_whose_two_name_records_differ_is_refused(place):
    content = zip_bytes([Entry("good", b"1")])
    assert "damaged" in place.failure(content.replace(b"good", b"evil", 1))


def test_a_path_that_is_no_readable_file_is_named(tmp_path):
    fifo = str(tmp_path / "fifo")
    os.mkfifo(fifo)
    for path, why in ((str(tmp_path / "none.zip"), "No such file"), (str(tmp_path), "regular"), (fifo, "regular")):
        with pytest.raises(StagingError, match=why) as caught:
            unpack(path, str(tmp_path))
        assert caught.value.where == path


# Disk space


def test_too_little_space_is_found_before_anything_is_written(place):
    message = place.refusal(tar_bytes([Entry("x", b"1")]), disk_margin=2**60)
    assert "too little disk space: 1048576.0 TiB needed" in message
    assert "free" in message


@pytest.fixture
def small_disk(place):
    """Mounts a tmpfs of *options* on the destination; needs root and is skipped without."""
    with contextlib.ExitStack() as stack:

        def mount(options):
            command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place.destination]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"cannot mount a tmpfs: {done.stderr.strip()}")
            stack.callback(subprocess.run, ["umount", place.destination], check=True)
            return place

        yield mount


def test_a_disk_that_fills_up_in_the_middle_is_named(small_disk):
    place = small_disk("size=256k")
    content = tar_bytes([Entry("x", b"1" * 200_000), Entry("y", b"2" * 200_000)])
    assert "too little disk space: 392.0 KiB needed, 256.0 KiB free" in place.refusal(content)
    # As if someone else had taken the space after the check.
    message = place.failure(content, disk_margin=-MIB)
    assert "the disk filled up while unpacking: No space left" in message
    assert "df -h" in message


def test_too_few_inodes_are_found_before_anything_is_written(small_disk):
    place = small_disk("size=4m,nr_inodes=20")
    assert "too few free inodes: 30 needed" in place.refusal(tar_bytes([Entry(f"f{n}") for n in range(30)]))


def test_an_exceeded_quota_is_named_even_if_only_the_last_sync_finds_it(place, monkeypatch):
    def over_quota(_fd):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(file_tree.os, "fsync", over_quota)
    assert "filled up while unpacking: Disk quota exceeded" in place.failure(tar_bytes([Entry("x")]))


def test_a_missing_destination_is_named(tmp_path):
    packed, missing = tmp_path / "release.tar", str(tmp_path / "missing")
    packed.write_bytes(tar_bytes([Entry("x")]))
    with pytest.raises(StagingError, match="No such file") as caught:
        unpack(str(packed), missing)
    assert caught.value.where == missing


def test_a_destination_that_holds_the_same_name_is_not_overwritten(place):
    with open(os.path.join(place.destination, "x"), "w") as file:
        file.write("mine")
    assert "File exists" in place.failure(tar_bytes([Entry("x", b"other")]))
    assert place.tree() == {"x": b"mine"}


# The second line of defence, durability, counting


@pytest.mark.parametrize("path", ["link/x", "dangling", "link", "file", "file/x", "../a", "d/../../a"])
def test_the_writer_follows_no_link_and_opens_nothing_that_exists(place, path):
    os.symlink("..", os.path.join(place.destination, "link"))
    os.symlink("../new", os.path.join(place.destination, "dangling"))
    with open(os.path.join(place.destination, "file"), "w") as file:
        file.write("mine")
    before = place.tree(), place._outside()
    with file_tree.TreeWriter(place.destination) as tree, pytest.raises(OSError):  # noqa: PT011 - which errno is Linux's choice
        tree.write_file(path, [b"other"], 0o644)
    assert (place.tree(), place._outside()) == before


def test_every_file_and_directory_is_synced(place, monkeypatch):
    synced = set()
    monkeypatch.setattr(file_tree.os, "fsync", lambda fd: synced.add(os.readlink(f"/proc/self/fd/{fd}")))
    place.unpack(tar_bytes([Entry("a/b/x"), Entry("y"), symlink("a/link", "b/x"), folder("empty")]))
    names = ("a", "a/b", "a/b/x", "y", "empty", "")
    assert synced == {os.path.realpath(os.path.join(place.destination, name)) for name in names}


def test_inventory_counts_files_and_follows_no_link(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").write_bytes(b"12345")
    (tmp_path / "y").write_bytes(b"1")
    os.symlink("..", tmp_path / "a" / "up")
    os.symlink("../y", tmp_path / "a" / "y")
    os.mkfifo(tmp_path / "fifo")
    assert inventory(str(tmp_path)) == (2, 6)
    (tmp_path / "y").unlink()
    assert inventory(str(tmp_path)) == (1, 5)
    with pytest.raises(FileNotFoundError):
        inventory(str(tmp_path / "none"))


# Properties

_component = st.text(
    st.one_of(
        st.sampled_from("ab.-_ \\"),
        st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"), blacklist_characters="/\\"),
    ),
    min_size=1,
    max_size=12,
).filter(lambda text: text not in (".", "..") and len(text.encode()) <= 255)
_tree = st.recursive(
    st.one_of(st.binary(max_size=300), st.just({})),
    lambda inner: st.dictionaries(_component, inner, max_size=4),
    max_leaves=12,
)


def _flat(tree, prefix=""):
    for name, value in tree.items():
        yield prefix + name, None if isinstance(value, dict) else value
        if isinstance(value, dict):
            yield from _flat(value, prefix + name + "/")


@given(st.dictionaries(_component, _tree, min_size=1, max_size=4), st.sampled_from(FORMATS))
def test_any_tree_comes_back_as_it_was_packed(tree, form):
    expected = dict(_flat(tree))
    entries = [folder(path) if data is None else Entry(path, data) for path, data in expected.items()]
    clashes = len({unicodedata.normalize("NFC", path) for path in expected}) < len(expected)
    files = sum(data is not None for data in expected.values())
    with a_place() as place:
        if clashes or not files or (form == "zip" and any("\\" in path for path in expected)):
            place.refusal(pack(entries, form))
            return
        done = place.unpack(pack(entries, form))
        top = next(iter(tree))
        if len(tree) == 1 and isinstance(tree[top], dict):
            assert done.stripped == top
            expected = dict(_flat(tree[top]))
        assert place.tree() == expected
        assert (done.files, done.bytes) == inventory(place.destination)


_crooked = st.lists(st.sampled_from(["a", "b", "c", "..", ".", "", NFC, NFD]), min_size=1, max_size=4).map("/".join)
_member = st.builds(
    Entry,
    name=_crooked,
    data=st.just(b""),
    kind=st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE]),
    target=_crooked,
)


@given(st.lists(_member, max_size=6), st.sampled_from(["tar", "zip"]))
@example([folder("b/c"), symlink("a", "b/c"), symlink("b/a", "../a/../..")], "tar")
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_crooked_members_are_refused_or_stay_inside(members, form):
    members = [Entry("seed", b"1"), *members]
    if form == "zip":
        members = [member for member in members if member.kind in _ZIP_KINDS]
    with a_place() as place:
        content = pack(members, form)
        try:
            done = place.unpack(content)
        except StagingError:
            assert os.listdir(place.destination) == []
            return
        root = os.path.realpath(place.destination)
        for path, found in place.tree().items():
            if str(found).startswith("-> "):
                end = os.path.realpath(os.path.join(root, path))
                assert end == root or end.startswith(root + "/")
        files = [member.name for member in members if member.kind == tarfile.REGTYPE and member.name[-1:] != "/"]
        assert {os.path.normpath(name) for name in files} <= set(place.tree())
        assert done.stripped is None


@given(st.data(), st.sampled_from(FORMATS))
def test_flipped_bytes_never_end_in_a_traceback_or_outside(data, form):
    entries = [folder("app"), Entry("app/x", b"12345" * 20), symlink("app/y", "x"), Entry("app/가", b"2" * 600)]
    content = bytearray(pack(entries, form))
    # The headers are where it gets interesting.
    position = st.one_of(st.integers(0, len(content) - 1), st.integers(0, min(700, len(content) - 1)))
    for at, value in data.draw(st.lists(st.tuples(position, st.integers(0, 255)), min_size=1, max_size=6)):
        content[at] = value
    with a_place() as place, contextlib.suppress(StagingError):
        place.unpack(bytes(content))
