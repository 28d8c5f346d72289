"""What a directory tree holds, as text: a line for each of its files and links, as ``sha256sum`` writes them.

The same content gives the same text on every host, in whatever order it was written: owners, times and
modes are not in it, nor are directories.  The text's own checksum therefore stands for the whole tree, and the
text says which file it is that was changed.

A link's line has ``@`` before its name and the checksum of where it leads; ``sha256sum -c`` passes over it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from typing import Callable, NamedTuple

from ..core.errors import why_failed
from ..words.printable import printable
from ..words.reason import Reason

_LINE = re.compile(rb"(\\?)([0-9a-f]{64}) ([ @])(.+)", re.DOTALL)
_ESCAPED = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}
_MEANT = {escaped: char for char, escaped in _ESCAPED.items()}
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_BLOCK = 1 << 18
_SHOWN = 160

IsAsItWas = Callable[[os.stat_result], bool]


class Sum(NamedTuple):
    """A file or a link: its *path* in the tree, and the sha256 of its content, or of the text that it leads to."""

    path: bytes
    is_link: bool
    sha256: str


def list_tree(directory: str, but: Collection[str] = ()) -> bytes:
    """The text of what lies below *directory*, sorted by path.

    Args:
        but: paths relative to it that are left out.

    Raises:
        OSError: something in it cannot be read.
    """
    top = os.fsencode(directory)
    left_out = {os.fsencode(path) for path in but}
    found = sorted(each for each in _files_and_links(top) if each[0] not in left_out)
    return b"".join(_written(Sum(path, is_link, _sha256(os.path.join(top, path), is_link))) for path, is_link in found)


def digest_of(listed: bytes) -> str:
    """What stands for the tree that was *listed*: 64 hexadecimal digits."""
    return hashlib.sha256(listed).hexdigest()


def first_change(directory: str, listed: bytes, is_as_it_was: IsAsItWas = lambda _: False) -> Reason | None:
    """What is not as it was *listed*, the first by path, for a person; None if all of it is.

    What lies in the tree besides is no change.

    Args:
        is_as_it_was: whether what the file system knows of a file says that nobody changed it: then it is not read.

    Raises:
        ValueError: *listed* is none of :func:`list_tree`'s.
        OSError: a directory cannot be read.
    """
    top = os.fsencode(directory)
    there = dict(_files_and_links(top))
    for path, is_link, sha256 in parse(listed):
        if path not in there:
            return Reason("file_missing", path=_shown(path))
        if there[path] is not is_link:
            return Reason("no_longer_a_link" if is_link else "no_longer_a_file", path=_shown(path))
        try:
            file = os.path.join(top, path)
            same = is_as_it_was(os.lstat(file)) or _sha256(file, is_link) == sha256
        except OSError as error:
            return Reason("file_unreadable", path=_shown(path), why=why_failed(error))
        if not same:
            return Reason("file_changed", path=_shown(path))
    return None


def parse(listed: bytes) -> Iterator[Sum]:
    """Each line of what :func:`list_tree` wrote.

    Raises:
        ValueError: a line is none.
    """
    *lines, rest = listed.split(b"\n")
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError("a line of the list of files is none")
        escaped, sha256, mark, path = found.groups()
        yield Sum(_unescaped(path) if escaped else path, mark == b"@", sha256.decode())
    if rest:
        raise ValueError("the list of files is cut off")


def _written(one: Sum) -> bytes:
    path = re.sub(rb"[\\\n\r]", lambda char: _ESCAPED[char[0]], one.path)
    escape = b"\\" if path != one.path else b""
    return escape + one.sha256.encode() + (b" @" if one.is_link else b"  ") + path + b"\n"


def _unescaped(path: bytes) -> bytes:
    return re.sub(rb"\\[\\nr]", lambda escaped: _MEANT[escaped[0]], path)


def _files_and_links(top: bytes) -> Iterator[tuple[bytes, bool]]:
    """Path and whether it is a link, of all that is a file or a link; links are not followed."""
    waiting = [b""]
    while waiting:
        below = waiting.pop()
        with os.scandir(os.path.join(top, below)) as entries:
            for entry in entries:
                path = os.path.join(below, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                    yield path, entry.is_symlink()


def _sha256(path: bytes, is_link: bool) -> str:
    if is_link:
        return hashlib.sha256(os.readlink(path)).hexdigest()
    digest = hashlib.sha256()
    fd = os.open(path, _FILE)
    try:
        while block := os.read(fd, _BLOCK):
            digest.update(block)
    finally:
        os.close(fd)
    return digest.hexdigest()


def _shown(path: bytes) -> str:
    return printable(path.decode("utf-8", "replace"), _SHOWN)
