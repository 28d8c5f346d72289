"""The archive formats, behind one small interface.

A reader lists its members without unpacking them, then streams one file's
content at a time.  Both run in bounded memory, whatever the headers claim.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib
import os
import re
import shlex
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any, Union, cast

from ..core.errors import StagingError, why_failed
from ..words.reason import Reason
from .archive_members import (
    DIRECTORY,
    FILE,
    HARD_LINK,
    NAME_BYTES,
    PATH_BYTES,
    SPECIAL,
    SYMLINK,
    Member,
    Refused,
    shown,
)

CHUNK_BYTES = 1024 * 1024
HEADER_BYTES = 1024 * 1024
ALL_HEADERS_BYTES = 256 * HEADER_BYTES
ZIP_DIRECTORY_BYTES = 32 * 1024 * 1024
# git archive writes one; each of them is applied to every member.
GLOBAL_RECORDS = 100
# Tar pads its last record with zeros; records are 10 KiB unless someone asked for more.
TAR_PADDING_BYTES = 16 * 1024 * 1024

#: How the names of archives end that can be read: what the standard library of every server's Python unpacks.
ENDINGS = (".tar.gz", ".tgz", ".tar", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".zip")
_OTHER_KINDS = {b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR"}

# xz -9 needs half of it; a header may ask for 4 GiB.
XZ_MEMORY_BYTES = 128 * 1024 * 1024
# What is left of it in the middle is copied for every stream that begins there.
_COMPRESSED_BYTES = 64 * 1024

_PAX_RECORD = re.compile(rb"([0-9]{1,7}) ")
_DIGITS = re.compile(rb"[0-9]+")

# All that the standard library's parsers raise on damaged input.
_PARSER_ERRORS = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    RuntimeError,
)


class TarReader:
    """A tar archive, plain or decompressed; its extensions (pax, GNU, sparse) included."""

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self._path = path
        self._file = _Metered(file)
        self._file.allow(HEADER_BYTES)
        with _parsing(path):
            self._tar = tarfile.TarFile(
                fileobj=self._file,  # type: ignore[arg-type]
                tarinfo=_CheckedTarInfo,
                encoding="utf-8",
                errors="surrogateescape",
            )

    def members(self) -> Iterator[Member]:
        """Every header in order, then a check that the archive is whole to its end."""
        left = ALL_HEADERS_BYTES
        with _parsing(self._path):
            while True:
                self._file.allow(min(HEADER_BYTES, left))
                info = self._tar.next()
                if info is None:
                    break
                left -= self._file.spent
                if len(self._tar.pax_headers) > GLOBAL_RECORDS:
                    raise Refused(Reason("too_many_pax_records", most=GLOBAL_RECORDS))
                # tarfile keeps every header, and each one's extended attributes, for itself.
                self._tar.members.clear()  # type: ignore[attr-defined]  # not in typeshed
                info.pax_headers = {}
                yield self._member(info)
            self._check_end()

    @staticmethod
    def _member(info: tarfile.TarInfo) -> Member:
        if info.isreg():
            return Member(info.name, FILE, info.size, bool(info.mode & 0o111), source=info)
        if info.isdir():
            return Member(info.name, DIRECTORY)
        if info.issym():
            return Member(info.name, SYMLINK, points_to=info.linkname)
        if info.islnk():
            return Member(info.name, HARD_LINK, points_to=info.linkname)
        return Member(info.name, SPECIAL)

    def _check_end(self) -> None:
        """tarfile takes a broken header for the end.  The true end is a block of
        zeros and zeros to the end of the file, where gzip's checksum is read."""
        self._file.allow(None)
        self._file.seek(self._tar.offset)
        if self._file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError(Reason("header_broken_or_no_end"))
        padding = 0
        for chunk in iter(lambda: self._file.read(CHUNK_BYTES), b""):
            padding += len(chunk)
            if padding > TAR_PADDING_BYTES or chunk.count(0) != len(chunk):
                raise Refused(Reason("data_after_end"))

    def content(self, member: Member) -> Iterator[bytes]:
        """The bytes of *member* in chunks, exactly as many as its size says."""
        self._file.allow(None)
        with _parsing(self._path):
            yield from _exactly(self._tar.extractfile(member.source), member)


class ZipReader:
    """A zip archive; symbolic links and executable bits as Info-ZIP stores them."""

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self._path = path
        metered = _Metered(file)
        metered.allow(ZIP_DIRECTORY_BYTES)
        with _parsing(path):
            self._zip = zipfile.ZipFile(metered)
        metered.allow(None)

    def members(self) -> Iterator[Member]:
        """Every entry of the central directory, in order."""
        with _parsing(self._path):
            for info in self._zip.infolist():
                yield self._member(info)

    def _member(self, info: zipfile.ZipInfo) -> Member:
        name = info.orig_filename
        if not info.flag_bits & 0x800:
            # Not marked as UTF-8, so zipfile read it as CP437; Unix tools write UTF-8 all the same.
            name = name.encode("cp437").decode("utf-8", "surrogateescape")
        mode = info.external_attr >> 16
        kind = stat.S_IFMT(mode)
        if info.flag_bits & 0x1:
            raise Refused(Reason("is_encrypted", name=shown(name)))
        if "\\" in name:
            raise Refused(Reason("has_backslash", name=shown(name)))
        _check_method(name, info)
        if kind == stat.S_IFLNK:
            return Member(name, SYMLINK, points_to=self._link_text(name, info))
        if kind == stat.S_IFDIR or (kind in (0, stat.S_IFREG) and name.endswith("/")):
            if info.file_size:
                raise Refused(Reason("directory_with_content", name=shown(name)))
            return Member(name, DIRECTORY)
        if kind in (0, stat.S_IFREG):
            return Member(name, FILE, info.file_size, bool(mode & 0o111), source=info)
        return Member(name, SPECIAL)

    def _link_text(self, name: str, info: zipfile.ZipInfo) -> str:
        if info.file_size > PATH_BYTES:
            raise Refused(Reason("link_target_too_long", name=shown(name), bytes=info.file_size))
        return self._zip.read(info).decode("utf-8", "surrogateescape")

    def content(self, member: Member) -> Iterator[bytes]:
        """The bytes of *member* in chunks, exactly as many as its size says."""
        with _parsing(self._path):
            yield from _exactly(self._zip.open(member.source), member)


Reader = Union[TarReader, ZipReader]


@contextlib.contextmanager
def open_zip(path: str) -> Iterator[zipfile.ZipFile]:
    """Open the zip file at *path* to read a few of its members, which takes bounded memory, whatever it holds.

    Raises:
        Refused: its directory is larger than any real one, or a member is compressed in another way than by deflate.
        OSError, zipfile.BadZipFile, ValueError: it cannot be read.
    """
    with open(path, "rb") as file:
        metered = _Metered(file)
        metered.allow(ZIP_DIRECTORY_BYTES)
        with zipfile.ZipFile(metered) as archive:
            metered.allow(None)
            for info in archive.infolist():
                _check_method(info.filename, info)
            yield archive


def _check_method(name: str, info: zipfile.ZipInfo) -> None:
    """Refuse what zipfile would unpack into memory without a bound."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(Reason("is_not_deflate", name=shown(name)))


@contextlib.contextmanager
def open_archive(path: str) -> Iterator[Reader]:
    """Open the archive at *path*; what it is, its first bytes say.

    Raises:
        StagingError: no such file, not an archive, a damaged one, or one that is
            :class:`~.archive_members.Refused` inside the ``with`` block.
    """
    with _opened(path) as file:
        try:
            yield _reader(path, file)
        except Refused as refusal:
            raise StagingError(
                Reason("archive_refused", why=refusal.reason),
                where=path,
                next_command=Reason("correct_build"),
            ) from refusal


def _reader(path: str, file: IO[bytes]) -> Reader:
    head = file.read(tarfile.BLOCKSIZE)
    file.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ZipReader(path, file)
    if head.startswith(b"\x1f\x8b"):
        return TarReader(path, gzip.GzipFile(fileobj=file))  # type: ignore[arg-type]
    if head.startswith(b"\xfd7zXZ\0"):
        lzma = _standard_module("lzma", path)
        begin = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, XZ_MEMORY_BYTES)
        return TarReader(path, _Decompressed(file, begin, lzma.LZMAError))  # type: ignore[arg-type]
    if head.startswith(b"BZh"):
        bz2 = _standard_module("bz2", path)
        return TarReader(path, _Decompressed(file, bz2.BZ2Decompressor, OSError))  # type: ignore[arg-type]
    if _is_tar_header(head):
        return TarReader(path, file)
    raise _not_an_archive(path, _looks_like(head))


def _standard_module(name: str, path: str) -> Any:
    """*name* of the standard library, which a Python that somebody built without its headers lacks."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise StagingError(
            Reason("python_without_module", module=name),
            where=path,
            next_command=Reason("install_python_or_pack_gz"),
        ) from error


def _opened(path: str) -> IO[bytes]:
    try:
        # Looked at first: opening a pipe would wait for its writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _not_an_archive(path, Reason("artifact_no_regular_file"))
        return open(path, "rb")
    except OSError as error:
        raise StagingError(
            Reason("archive_unreadable", why=why_failed(error)),
            where=path,
            next_command=f"ls -l {shlex.quote(path)}",
        ) from error


class _Decompressed:
    """What *file* decompresses to, in bounded memory; to go back is to begin again.

    Args:
        begin: makes what decompresses one stream, such as :class:`bz2.BZ2Decompressor`.
        damaged: what that raises.
    """

    def __init__(self, file: IO[bytes], begin: Callable[[], Any], damaged: type[Exception]) -> None:
        self._file = file
        self._begin = begin
        self._damaged = damaged
        self._begin_again()

    def _begin_again(self) -> None:
        self._file.seek(0)
        self._stream = self._begin()
        self._position = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> int:
        if position < self._position:
            self._begin_again()
        while self._position < position and self._some(min(position - self._position, CHUNK_BYTES)):
            pass
        return self._position

    def read(self, size: int = -1) -> bytes:
        parts = []
        end = None if size < 0 else self._position + size
        while end is None or self._position < end:
            part = self._some(CHUNK_BYTES if end is None else min(end - self._position, CHUNK_BYTES))
            if not part:
                break
            parts.append(part)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        """The next bytes, at most *most*; none at the end.  Raises EOFError, ValueError."""
        while True:
            compressed = b""
            if self._stream.eof:  # archives that were packed on many cores have a stream for each part
                compressed = self._stream.unused_data.lstrip(b"\0") or self._file.read(_COMPRESSED_BYTES).lstrip(b"\0")
                if not compressed:
                    return b""
                self._stream = self._begin()
            elif self._stream.needs_input:
                compressed = self._file.read(_COMPRESSED_BYTES)
                if not compressed:
                    raise EOFError
            try:
                data: bytes = self._stream.decompress(compressed, most)
            except self._damaged as error:
                raise ValueError(str(error)) from error
            if data:
                self._position += len(data)
                return data


class _Metered:
    """A file from which a parser reads no more than it was allowed to.

    tarfile and zipfile read as much into memory as a header tells them to; the
    meter runs while headers are parsed.  Skipping with :meth:`seek` is free.
    """

    _check: Callable[[bytes], None] | None = None

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._allowed: int | None = None
        self.spent = 0
        self.tell = file.tell
        self.seek = file.seek
        self.seekable = file.seekable

    def allow(self, count: int | None) -> None:
        """Let the next reads take *count* bytes together; None is no limit."""
        self._allowed = count
        self.spent = 0

    def check_next_read(self, check: Callable[[bytes], None]) -> None:
        """Call *check* with the data of the next read before the parser gets it."""
        self._check = check

    def read(self, size: int = -1) -> bytes:
        if self._allowed is None:
            return self._file.read(size)
        most = self._allowed - self.spent + 1
        data = self._file.read(most if size < 0 else min(size, most))
        self.spent += len(data)
        if self.spent > self._allowed:
            raise Refused(Reason("headers_too_large"))
        if self._check:
            check, self._check = self._check, None
            check(data)
        return data


class _CheckedTarInfo(tarfile.TarInfo):
    """Looks at the records of a pax header before tarfile does: its patterns take quadratic
    time on long runs of digits and on records without a ``=`` (CVE-2024-6232)."""

    __slots__ = ()

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        # tarfile names this method as the one for a subclass to extend.
        if self.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE):
            cast(_Metered, tar.fileobj).check_next_read(_check_pax_records)
        member: tarfile.TarInfo = super()._proc_member(tar)  # type: ignore[misc]  # not in typeshed
        return member


def _check_pax_records(data: bytes) -> None:
    """Refuse what is not a row of ``LENGTH KEY=VALUE`` lines, padded with NUL."""
    start = 0
    while start < len(data) and data[start]:
        record = _PAX_RECORD.match(data, start)
        end = start + int(record[1]) if record else 0
        if end > len(data) or not data.startswith(b"\n", end - 1) or data.find(b"=", start, end) < 0:
            raise tarfile.ReadError(Reason("pax_header_broken"))
        start = end
    if any(len(digits) > NAME_BYTES for digits in _DIGITS.findall(data)):
        raise Refused(Reason("pax_number_too_long"))


@contextlib.contextmanager
def _parsing(path: str) -> Iterator[None]:
    """Everything inside reads the archive, so what fails is the archive's fault."""
    try:
        yield
    except _PARSER_ERRORS as error:
        raise StagingError(
            Reason("archive_damaged", why=why_unreadable(error)),
            where=path,
            next_command=Reason("compare_and_fetch", path=shlex.quote(path)),
        ) from error


def why_unreadable(error: Exception) -> Reason | str:
    """Why a parser gave up: in our words, or in those of the standard library."""
    own = error.args[0] if error.args else None
    return own if isinstance(own, Reason) else str(error) or Reason("unexpected_end")


def _exactly(file: Any, member: Member) -> Iterator[bytes]:
    """Stream *file*; its real length, not its header, decides how much is written."""
    left = member.size
    with file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            left -= len(chunk)
            if left < 0:
                break
            yield chunk
    if left:
        raise EOFError(Reason("member_shorter", name=shown(member.name)))


def _is_tar_header(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def _looks_like(head: bytes) -> Reason:
    if not head:
        return Reason("artifact_is_empty")
    if head.lstrip().startswith((b"<", b"{")):
        beginning = head[:40].decode("ascii", "replace")
        return Reason("artifact_is_web_page", beginning=shown(beginning))
    for magic, name in _OTHER_KINDS.items():
        if head.startswith(magic):
            return Reason("artifact_compressed_with", program=name)
    return Reason("artifact_of_unknown_kind")


def _not_an_archive(path: str, why: Reason) -> StagingError:
    return StagingError(
        Reason("not_an_archive", why=why, endings=ENDINGS),
        where=path,
        next_command=Reason("look_at_what_was_fetched", path=shlex.quote(path)),
    )
