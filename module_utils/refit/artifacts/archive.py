"""Turn a release archive into a directory, completely or not at all.

The headers are judged first (:mod:`.archive_members`), then the disk, and only
then is anything written (:mod:`.file_tree`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from ..core.errors import StagingError, why_failed
from ..core.file_tree import TreeWriter, fsync_tree, inventory
from ..words.reason import Reason
from .archive_members import Layout, Limits, arrange, readable_size
from .archive_readers import Reader, open_archive

__all__ = ["Limits", "Unpacked", "fsync_tree", "inventory", "unpack"]

DEFAULT_LIMITS = Limits()
DEFAULT_DISK_MARGIN = 256 * 1024**2


class Unpacked(NamedTuple):
    """What was written: *files* and *bytes* as :func:`inventory` counts them,
    *links* symbolic ones, *stripped* the top folder that was left out."""

    files: int
    directories: int
    links: int
    bytes: int
    stripped: str | None


def unpack(
    path: str,
    destination: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    disk_margin: int = DEFAULT_DISK_MARGIN,
) -> Unpacked:
    """Unpack the archive at *path* into *destination* and put it on the disk.

    A top folder is left out if it is all there is at the top.  Directories become
    0755, files 0644, or 0755 if anyone might execute them; owner, times and special
    bits are not taken over.

    Args:
        path: an archive of one of :data:`~.archive_readers.ENDINGS`, told apart by content.
        destination: an existing, empty directory; after an error it is the caller's
            to remove.  Its own mode stays as it is.
        limits: see :class:`Limits`.
        disk_margin: bytes that must stay free beside the unpacked files.

    Raises:
        StagingError: the archive is unsafe, too big, damaged or none at all, or the
            disk is full; before the first byte is written wherever headers show it.
    """
    with open_archive(path) as archive:
        layout = arrange(archive.members(), limits, os.path.getsize(path))
        _check_space(destination, layout, disk_margin)
        with _writing(destination):
            with TreeWriter(destination) as tree:
                _write(archive, layout, tree)
            fsync_tree(destination)
    return Unpacked(
        files=len(layout.files) + len(layout.hard_links),
        directories=len(layout.directories),
        links=len(layout.symlinks),
        bytes=layout.bytes,
        stripped=layout.stripped,
    )


def _write(archive: Reader, layout: Layout, tree: TreeWriter) -> None:
    """Symbolic links come last: while files are written there is none to follow."""
    for path in layout.directories:
        tree.make_directory(path)
    for path, member in layout.files:
        tree.write_file(path, archive.content(member), 0o755 if member.executable else 0o644)
    for path, existing in layout.hard_links:
        tree.hard_link(path, existing)
    for path, points_to in layout.symlinks:
        tree.symlink(path, points_to)


def need_room(directory: str, needed: int) -> None:
    """Make sure that *needed* bytes fit on the disk of *directory*.  Raises StagingError."""
    disk = _disk(directory)
    free = disk.f_bavail * disk.f_frsize
    if needed > free:
        raise StagingError(
            Reason("too_little_space", needed=readable_size(needed), free=readable_size(free)),
            where=directory,
            next_command=Reason("free_space", directory=shlex.quote(directory)),
        )


def _disk(directory: str) -> os.statvfs_result:
    with _writing(directory):
        return os.statvfs(directory)


def _check_space(destination: str, layout: Layout, margin: int) -> None:
    disk = _disk(destination)
    block = disk.f_frsize
    blocks = len(layout.directories) + sum(-(-member.size // block) for _, member in layout.files)
    need_room(destination, blocks * block + margin)
    inodes = len(layout.directories) + len(layout.files) + len(layout.symlinks)
    # Some file systems (btrfs) have no fixed number of inodes and report none at all.
    if disk.f_files and inodes > disk.f_favail:
        raise StagingError(
            Reason("too_few_inodes", needed=f"{inodes:,}", free=f"{disk.f_favail:,}"),
            where=destination,
            next_command=Reason("free_inodes", directory=shlex.quote(destination)),
        )


@contextlib.contextmanager
def _writing(destination: str) -> Iterator[None]:
    """Turn what the file system answers into an error that a person can act on."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StagingError(
            Reason("disk_filled_up" if full else "cannot_unpack", why=why_failed(error)),
            where=destination,
            next_command=("df -h {0} && df -i {0}" if full else "ls -la {0}").format(shlex.quote(destination)),
        ) from error
