"""Writes that survive a crash: after each of these a reader sees the old state
or the new one, never something between, and the new one is on the disk."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

from ..words.reason import Reason
from .errors import RefitError, why_failed


@contextlib.contextmanager
def explained(path: str, doing: Reason) -> Iterator[None]:
    """Turn an :class:`OSError` into an error that a person can act on.

    Args:
        doing: what the body does, as what could not be done is told: one of :mod:`..words.core_texts`.
    """
    try:
        yield
    except OSError as error:
        raise RefitError(
            Reason("cannot", doing=doing, why=why_failed(error)),
            where=path,
            next_command=Reason("check_place", directory=os.path.dirname(path)),
        ) from error


def read_text(path: str, doing: Reason) -> str | None:
    """What *path* holds, None if there is no such file.

    Args:
        doing: as of :func:`explained`.
    """
    with explained(path, doing):
        try:
            with open(path, encoding="utf-8", errors="replace") as handle:
                return handle.read()
        except FileNotFoundError:
            return None


def sync_directory(path: str) -> None:
    """Make renames and new names inside *path* durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directory(path: str, mode: int = 0o755) -> None:
    """Create *path* where it is missing with *mode*, and its parents open to all, whatever the umask."""
    path = os.path.normpath(path)
    missing = [path]
    while not os.path.lexists(os.path.dirname(missing[-1]) or "."):
        missing.append(os.path.dirname(missing[-1]))
    with explained(path, Reason("create_a_directory")):
        for directory in reversed(missing):
            try:
                os.mkdir(directory, mode if directory == path else 0o755)
            except FileExistsError:
                if not os.path.isdir(directory):
                    raise
                continue
            made = stat.S_IMODE(os.stat(directory).st_mode)
            wanted = made | (mode if directory == path else 0o755)
            if made != wanted:
                os.chmod(directory, wanted)


def write_file(path: str, text: str, mode: int, group: int | None = None) -> None:
    """Replace *path* with *text* in one step; *group* is a numeric gid.

    Those who write the same path hold a lock on it, so one temporary name is enough: what
    a crash leaves under it is gone with the next write.
    """
    temporary = f"{path}.tmp"
    with explained(path, Reason("write_a_file")):
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as handle:
                if group is not None:
                    os.fchown(handle.fileno(), -1, group)
                os.fchmod(handle.fileno(), mode)
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            os.rename(temporary, path)
            sync_directory(os.path.dirname(path))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


def replace_link(path: str, points_to: str) -> None:
    """Point the symbolic link *path* at *points_to* in one step (symlink + rename)."""
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.next")
    with explained(path, Reason("switch_a_link")):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        os.symlink(points_to, temporary)
        os.rename(temporary, path)
        sync_directory(os.path.dirname(path))


def remove_file(path: str) -> None:
    """Remove *path* if it is there, durably."""
    with explained(path, Reason("remove_a_file")), contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        sync_directory(os.path.dirname(path))
