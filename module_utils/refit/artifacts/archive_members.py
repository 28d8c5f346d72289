"""What an archive may hold, decided from its headers alone.

:func:`arrange` reads a stream of members and answers with the tree they make,
or refuses.  It touches no file, and it never corrects a hostile name: a release
either unpacks to exactly what was packed, or not at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, NoReturn

from ..config.archive import ArchiveSettings
from ..words.reason import Reason

Kind = Literal["file", "directory", "symbolic link", "hard link", "device, pipe or socket"]
FILE: Final = "file"
DIRECTORY: Final = "directory"
SYMLINK: Final = "symbolic link"
HARD_LINK: Final = "hard link"
SPECIAL: Final = "device, pipe or socket"
_KINDS: Mapping[Kind, Reason] = {
    FILE: Reason("kind_file"),
    DIRECTORY: Reason("kind_directory"),
    SYMLINK: Reason("kind_symbolic_link"),
    HARD_LINK: Reason("kind_hard_link"),
    SPECIAL: Reason("kind_special"),
}

GIB = 1024**3
NAME_BYTES = 255
# PATH_MAX of Linux, less what the directory that the release lives in may take.
PATH_BYTES = 4096 - 256
# Deeper trees are an attack on whatever walks them recursively, such as rm -r.
DEPTH = 128
# As many links as Linux follows before it gives up with ELOOP.
LINKS_FOLLOWED = 40

# What macOS puts beside what it packs: Finder's view of a folder, extended attributes (AppleDouble), both in a zip.
_BYPRODUCT = re.compile(r"\.DS_Store|\._.*|__MACOSX")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Refused(Exception):
    """Why the archive cannot become a release."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """How much an archive may unpack to.

    *members* counts files, links and directories, those that are only implied by
    a path too.  *bytes* is the content of all files.  More than *ratio* times the
    archive's own size is a bomb, once it is also more than *ratio_from_bytes*:
    small archives of zeros and logs are honest.
    """

    members: int = ArchiveSettings.max_files
    bytes: int = 20 * GIB
    ratio: int = 200
    ratio_from_bytes: int = 1 * GIB


class Member(NamedTuple):
    """One header of an archive.

    *name* and *points_to* are as stored, with bytes that are not UTF-8 as lone
    surrogates; *size* is in bytes; *source* is the reader's own handle for it.
    """

    name: str
    kind: Kind
    size: int = 0
    executable: bool = False
    points_to: str = ""
    source: Any = None


class Layout(NamedTuple):
    """The tree to write, paths relative to its root and parents before children.

    *hard_links* name an earlier file or hard link of the tree, *symlinks* hold
    their text as it is.  *stripped* is the top folder that was left out of all paths,
    and with it what a packer put beside it.
    """

    directories: list[str]
    files: list[tuple[str, Member]]
    hard_links: list[tuple[str, str]]
    symlinks: list[tuple[str, str]]
    stripped: str | None
    bytes: int


def arrange(members: Iterable[Member], limits: Limits, archive_bytes: int) -> Layout:
    """The tree that *members* make, without the single top folder if there is one.

    Args:
        members: the headers, in the archive's order; read only as far as needed.
        limits: see :class:`Limits`.
        archive_bytes: the archive's own size, for the ratio.

    Raises:
        Refused: a member, or all of them together, cannot be unpacked safely.
    """
    tree = _Tree(limits.members)
    sizes: dict[str, int] = {}
    files: list[tuple[str, Member]] = []
    links: list[tuple[str, str]] = []
    symlinks: list[tuple[str, str]] = []
    content = 0
    for member in members:
        path = _path(member.name)
        if member.kind == SPECIAL:
            raise Refused(Reason("is_a_kind", path=shown(path), kind=_KINDS[SPECIAL]))
        if not path:
            if member.kind != DIRECTORY:
                raise Refused(Reason("root_is_a_kind", kind=_KINDS[member.kind]))
            continue
        tree.add(path, member.kind)
        if member.kind == FILE:
            content += member.size
            _check_size(member, content, limits, archive_bytes)
            files.append((path, member))
            sizes[path] = member.size
        elif member.kind == HARD_LINK:
            points_to = _path(member.points_to)
            if points_to not in sizes:
                raise Refused(Reason("hard_link_to_no_file", path=shown(path), target=shown(points_to)))
            links.append((path, points_to))
            sizes[path] = sizes[points_to]
        elif member.kind == SYMLINK:
            _check_text(member.points_to)
            if member.points_to.count("/") > DEPTH:
                raise Refused(Reason("link_target_too_deep", path=shown(path), most=DEPTH))
            symlinks.append((path, member.points_to))
    if not files:
        raise Refused(Reason("holds_no_files"))

    stripped = tree.single_top()
    if stripped:
        files = [file for file in files if _lies_below(stripped, file[0])]
        links = [link for link in links if _lies_below(stripped, link[0])]
        symlinks = [link for link in symlinks if _lies_below(stripped, link[0])]
        if not files:
            raise Refused(Reason("holds_only_byproducts"))
        for path, points_to in links:
            if not _lies_below(stripped, points_to):
                raise Refused(Reason("hard_link_to_left_out", path=shown(path), target=shown(points_to)))
    cut = len(stripped) + 1 if stripped else 0
    symlinks = [(path[cut:], points_to) for path, points_to in symlinks]
    # Only now: a link may stay inside the archive and yet leave the folder that becomes the root.
    check_symlinks(dict(symlinks))
    return Layout(
        directories=[path[cut:] for path in tree.directories() if not stripped or _lies_below(stripped, path)],
        files=[(path[cut:], member) for path, member in files],
        hard_links=[(path[cut:], points_to[cut:]) for path, points_to in links],
        symlinks=symlinks,
        stripped=stripped,
        bytes=sum(size for path, size in sizes.items() if not stripped or _lies_below(stripped, path)),
    )


def _lies_below(folder: str, path: str) -> bool:
    return path.startswith(folder + "/")


class _Tree:
    """All paths seen so far, each with its kind; refuses those that clash."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # By name in Unicode's composed form: macOS stores decomposed names (NFD), so one
        # Korean name can come in two spellings that every person takes for the same.
        self._entries: dict[str, tuple[str, Kind]] = {}

    def add(self, path: str, kind: Kind) -> None:
        above = path.rpartition("/")[0]
        if above and self._entries.get(above) != (above, DIRECTORY):
            for end in _slashes(path):
                self._add_one(path[:end], DIRECTORY, needed_by=path)
        self._add_one(path, kind, needed_by=path)

    def _add_one(self, path: str, kind: Kind, needed_by: str) -> None:
        key = path if path.isascii() else unicodedata.normalize("NFC", path)
        known = self._entries.get(key)
        if known is None:
            if len(self._entries) >= self._limit:
                raise Refused(Reason("too_many_members", most=f"{self._limit:,}"))
            self._entries[key] = (path, kind)
            return
        spelling, known_kind = known
        if spelling != path:
            raise Refused(Reason("two_spellings", path=shown(path)))
        if known_kind == kind == DIRECTORY:
            return
        if path != needed_by:
            raise Refused(
                Reason("lies_below_a_kind", path=shown(needed_by), above=shown(path), kind=_KINDS[known_kind])
            )
        raise Refused(Reason("comes_twice", path=shown(path), first=_KINDS[known_kind], second=_KINDS[kind]))

    def directories(self) -> list[str]:
        return [path for path, kind in self._entries.values() if kind == DIRECTORY]

    def single_top(self) -> str | None:
        """The folder that everything lies in but a packer's own byproducts, if there is exactly one."""
        tops = {path.partition("/")[0] for path, _ in self._entries.values()}
        tops = {top for top in tops if not _BYPRODUCT.fullmatch(top)}
        if len(tops) != 1:
            return None
        (top,) = tops
        return top if top in self.directories() else None


def _slashes(path: str) -> Iterable[int]:
    return (match.start() for match in re.finditer("/", path))


def _path(name: str) -> str:
    """*name* without empty and ``.`` components; "" is the archive's root."""
    _check_text(name)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refused(Reason("name_leaves_directory", name=shown(name)))
    if any(len(part.encode()) > NAME_BYTES for part in parts):
        raise Refused(Reason("name_part_too_long", name=shown(name), most=NAME_BYTES))
    path = "/".join(parts)
    if len(path.encode()) > PATH_BYTES or len(parts) > DEPTH:
        raise Refused(Reason("path_too_long", name=shown(name), most=PATH_BYTES, levels=DEPTH))
    return path


def _check_text(name: str) -> None:
    """Refuse a path that no name or link target should ever be."""
    if not name:
        _refuse(name, Reason("text_is_empty"))
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        _refuse(name, Reason("text_is_no_utf8"))
    if _CONTROL.search(name):
        _refuse(name, Reason("text_has_control_character"))
    if size > PATH_BYTES:
        _refuse(name, Reason("text_is_longer", most=PATH_BYTES))
    if name.startswith("/"):
        _refuse(name, Reason("text_is_absolute"))


def _refuse(name: str, why: Reason) -> NoReturn:
    raise Refused(Reason("name_or_target_refused", name=shown(name), why=why))


def _check_size(member: Member, content: int, limits: Limits, archive_bytes: int) -> None:
    if member.size < 0:
        raise Refused(Reason("negative_size", name=shown(member.name)))
    if content > limits.bytes:
        raise Refused(Reason("unpacks_to_more", most=readable_size(limits.bytes)))
    if content > limits.ratio_from_bytes and content > limits.ratio * archive_bytes:
        raise Refused(
            Reason(
                "archive_bomb",
                packed=readable_size(archive_bytes),
                unpacked=readable_size(content),
                ratio=limits.ratio,
            )
        )


def check_symlinks(targets: Mapping[str, str]) -> None:
    """Refuse a link that leaves the root, followed as the kernel would follow it: from its
    own directory and through other links.  A name that does not exist counts as a directory.

    Args:
        targets: the text of each link, by its path below the root.

    Raises:
        Refused: names the link.
    """
    for points_to in targets.values():
        _check_text(points_to)
    resolved: dict[str, tuple[list[str], int]] = {}

    def resolve(path: str, depth: int) -> tuple[list[str], int]:
        """Where the link *path* ends, and how many links lead there."""
        if path in resolved:
            return resolved[path]
        if depth > LINKS_FOLLOWED:
            raise _too_many_links(path)
        place = path.split("/")[:-1]
        followed = 1
        for part in targets[path].split("/"):
            if part == "..":
                if not place:
                    raise Refused(Reason("link_leaves_directory", path=shown(path), target=shown(targets[path])))
                place.pop()
            elif part not in ("", "."):
                place.append(part)
                here = "/".join(place)
                if here in targets:
                    end, more = resolve(here, depth + 1)
                    place, followed = list(end), followed + more
        if followed > LINKS_FOLLOWED:
            raise _too_many_links(path)
        resolved[path] = (place, followed)
        return resolved[path]

    for path in targets:
        resolve(path, 1)


def _too_many_links(path: str) -> Refused:
    return Refused(Reason("link_leads_too_far", path=shown(path), most=LINKS_FOLLOWED))


def shown(name: str) -> str:
    """*name* for a message: quoted, unprintable characters escaped, cut to length."""
    return repr(name if len(name) <= 160 else name[:120] + "…" + name[-39:])


def readable_size(count: float) -> str:
    """*count* bytes as a person reads it: ``1.5 GiB``."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
