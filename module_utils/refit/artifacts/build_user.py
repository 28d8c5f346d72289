"""Who builds a release, and how what he made becomes root's.

Building runs code of other people (a package's own build script, the app's import).  Where root
stages it is therefore done by a user who is neither root nor the app, in directories handed to
him, which are taken back before the release counts.

A file that he linked out of uv's cache is the cache's file as well.  It stays his: the kernel
(``fs.protected_hardlinks``) lets him link only files of his own the next time, and a file of
root's would be copied then, gigabytes for each release.  The app can write neither to it, for it
is nobody's to write but its owner's, nor replace it, for every directory is root's.
What is left: code that a later build runs could change such a file.  So nothing but builds may run as
this user, and packages come from an index that is trusted.
"""

from __future__ import annotations

import os
import stat

from ..config.service import Service
from ..core import accounts
from ..core.errors import StagingError
from ..core.system import RunAs

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def builder_of(service: Service, name: str) -> RunAs | None:
    """The build user called *name*; None where this process is not root and builds itself.

    Raises:
        StagingError: there is no such user, or he is root or the service's own.
    """
    if os.geteuid() != 0:
        return None
    where = f"refit_services.{service.name}.wheel.build_user"
    builder = accounts.find(name)
    if builder is None:
        raise StagingError(
            f"there is no user {name!r} on this host to build releases",
            where=where,
            next_command=f"useradd --system --create-home --home-dir /var/lib/{name} --shell /usr/sbin/nologin {name}",
        )
    if builder.uid == 0 or name == service.user:
        raise StagingError(
            f"{name!r} is {'root' if builder.uid == 0 else 'the user of the service itself'} and must not build it",
            where=where,
            next_command="name an account that nothing else runs as",
        )
    return builder


def hand_out(path: str, builder: RunAs | None, mode: int) -> None:
    """Make the directory *path*, the build user's own; its parent is nobody's to change but root's."""
    os.mkdir(path, 0o700)
    if builder is not None:
        os.chown(path, builder.uid, builder.gid, follow_symlinks=False)
    os.chmod(path, mode)


def take_back(path: str, builder: RunAs | None) -> None:
    """Make all below the directory *path* root's, readable for everyone; see above for links to the cache.

    The tree is walked from its top and each directory taken before it is looked into, so that
    nobody who still runs as *builder* can lead this elsewhere.

    Raises:
        StagingError: something in it is no file, directory or link of his.
    """
    if builder is not None:
        _take_directory(os.open(path, _DIRECTORY), path, builder)


def _take_directory(fd: int, path: str, builder: RunAs) -> None:
    try:
        os.fchown(fd, 0, 0)
        os.fchmod(fd, 0o755)
        for name in os.listdir(fd):
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                _take_directory(os.open(name, _DIRECTORY, dir_fd=fd), os.path.join(path, name), builder)
            elif stat.S_ISLNK(status.st_mode):
                os.chown(name, 0, 0, dir_fd=fd, follow_symlinks=False)
            else:
                _take_file(fd, name, status, os.path.join(path, name), builder)
    finally:
        os.close(fd)


def _take_file(directory: int, name: str, status: os.stat_result, path: str, builder: RunAs) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_uid not in (0, builder.uid):
        raise StagingError(
            "the build left something that is no plain file of its own",
            where=path,
            next_command="find out which package makes it, and leave that out",
        )
    mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
    own = status.st_nlink == 1
    if status.st_uid == 0 or (not own and stat.S_IMODE(status.st_mode) == mode):
        return
    fd = os.open(name, _FILE, dir_fd=directory)
    try:
        if os.fstat(fd).st_uid == builder.uid:
            if own:
                os.fchown(fd, 0, 0)
            os.fchmod(fd, mode)
    finally:
        os.close(fd)
