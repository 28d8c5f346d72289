"""Whole directory trees: written without following a link, removed however deep, made durable, counted."""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterable, Iterator
from typing import Callable

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class TreeWriter:
    """Creates what it is told to below one directory, and nothing anywhere else.

    Every path is walked name by name from the root's descriptor without following
    links, and nothing that exists is ever opened for writing: even a wrong path
    ends in an :class:`OSError`, not in another place.  Modes ignore the umask.
    """

    def __init__(self, root: str) -> None:
        self._root = os.open(root, _DIRECTORY)
        self._path = ""
        self._fd = os.dup(self._root)

    def __enter__(self) -> TreeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
        os.close(self._root)

    def make_directory(self, path: str) -> None:
        """Create the directory *path*, mode 0755; its parent is there already."""
        parent, name = self._parent(path)
        os.mkdir(name, 0o700, dir_fd=parent)
        os.fchmod(self._enter(path), 0o755)

    def write_file(self, path: str, chunks: Iterable[bytes], mode: int) -> None:
        """Create the file *path* from *chunks*."""
        parent, name = self._parent(path)
        with os.fdopen(os.open(name, _NEW_FILE, 0o600, dir_fd=parent), "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            os.fchmod(file.fileno(), mode)

    def hard_link(self, path: str, existing: str) -> None:
        """Give the file *existing* the second name *path*."""
        parent, name = self._parent(path)
        os.link(existing, name, src_dir_fd=self._root, dst_dir_fd=parent, follow_symlinks=False)

    def symlink(self, path: str, points_to: str) -> None:
        """Create the symbolic link *path* with *points_to* as its text."""
        parent, name = self._parent(path)
        os.symlink(points_to, name, dir_fd=parent)

    def _parent(self, path: str) -> tuple[int, str]:
        directory, _, name = path.rpartition("/")
        return self._enter(directory), name

    def _enter(self, path: str) -> int:
        """A descriptor of the directory *path*; the last one is kept, since
        archives list the files of a directory one after the other."""
        if path != self._path:
            fd = os.dup(self._root)
            try:
                for name in path.split("/") if path else ():
                    below = os.open(name, _DIRECTORY, dir_fd=fd)
                    os.close(fd)
                    fd = below
            except OSError:
                os.close(fd)
                raise
            os.close(self._fd)
            self._path, self._fd = path, fd
        return self._fd


def remove_tree(path: str) -> None:
    """Remove the directory *path* with all that is in it, however deep: a stranger may have made it so.

    What lies in a directory of it is first moved up, into *path* itself, so that two descriptors are enough and no
    name becomes too long.

    Raises:
        OSError: something of it cannot be removed.
    """
    top = os.open(path, _DIRECTORY)
    try:
        while names := os.listdir(top):
            for name in names:
                if _is_directory(top, name):
                    _empty_into(top, name)
                    os.rmdir(name, dir_fd=top)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(path)


def _empty_into(top: int, name: str) -> None:
    """Move the directories of *name* into *top*, under names that nobody can have taken, and remove its files."""
    fd = os.open(name, _DIRECTORY, dir_fd=top)
    try:
        for inside in os.listdir(fd):
            if _is_directory(fd, inside):
                os.rename(inside, os.urandom(16).hex(), src_dir_fd=fd, dst_dir_fd=top)
            else:
                os.unlink(inside, dir_fd=fd)
    finally:
        os.close(fd)


def _is_directory(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


def fsync_tree(path: str, like: str | None = None) -> None:
    """Put all files and directories below *path* on the disk.

    Args:
        like: a directory that is on the disk already; a file that lies in it as well, by a hard
            link, is left out.  Waiting for each of the 10,000 that two virtualenvs have in
            common takes seconds, although there is nothing to write.

    All write-outs are started before the first is waited for, which more than
    halves the time on ext4; one ``syncfs`` would be faster still, but waits for
    whatever other programs have written, and older kernels hide its errors.

    Raises:
        OSError: also for a disk that turned out to be full only now.
    """
    names = [*_own_data(path, _inodes(like) if like else frozenset()), path]
    _on_each(names, lambda fd: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED))
    _on_each(names, os.fsync)


def inventory(path: str) -> tuple[int, int]:
    """How many regular files lie below the directory *path*, and their bytes.

    Links are not followed; a file with two names counts twice.

    Raises:
        OSError: *path* or something below it cannot be listed.
    """
    files = size = 0
    for entry in _entries(path):
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            files += 1
            size += status.st_size
    return files, size


def _on_each(names: Iterable[str], action: Callable[[int], object]) -> None:
    """Call *action* with a descriptor of each file or directory."""
    for name in names:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            action(fd)
        finally:
            os.close(fd)


def _own_data(path: str, but: Container[tuple[int, int]]) -> Iterator[str]:
    """Each directory below *path*, and each file that is not among the inodes *but*."""
    for entry in _entries(path):
        if entry.is_dir(follow_symlinks=False) or (entry.is_file(follow_symlinks=False) and _inode(entry) not in but):
            yield entry.path


def _inodes(path: str) -> set[tuple[int, int]]:
    return {_inode(entry) for entry in _entries(path) if entry.is_file(follow_symlinks=False)}


def _inode(entry: os.DirEntry[str]) -> tuple[int, int]:
    status = entry.stat(follow_symlinks=False)
    return status.st_dev, status.st_ino


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    waiting = [path]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                yield entry
