"""Reading with somebody else's rights.

What runs here as root reads files that other people name or may replace: with root's rights
it would show them what only root may read.  Rights are those of the whole process, all its threads.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from collections.abc import Iterator, Mapping

from ..words.reason import Reason
from .errors import InvalidInput, why_failed
from .system import RunAs

_MOST_LINKS = 40  # as the kernel


@contextlib.contextmanager
def rights_of(person: RunAs | None) -> Iterator[None]:
    """Open files as *person* would; without one, or without being root, as this process does."""
    if person is None or os.geteuid() != 0:
        yield
        return
    groups, gid = os.getgroups(), os.getegid()
    os.setgroups(list(person.groups))
    os.setegid(person.gid)
    os.seteuid(person.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(gid)
        os.setgroups(groups)


def reader_of(path: str) -> RunAs:
    """With whose rights the file at *path* is read, where nobody says whose it is: the owner's of its directory.

    More exactly, of the first directory on the way there that is not root's: its owner decides what all that is below
    it leads to.

    Raises:
        InvalidInput: the way there cannot be looked at.
    """
    directory = os.path.dirname(os.path.abspath(path))
    way, rest, links = "/", directory.split("/"), 0
    try:
        found = os.lstat(way)
        while rest and found.st_uid == 0:
            name = os.path.join(way, rest.pop(0))
            found = os.lstat(name)
            if stat.S_ISLNK(found.st_mode) and found.st_uid == 0 and links < _MOST_LINKS:
                links += 1
                target = os.readlink(name)
                way, rest = "/" if os.path.isabs(target) else way, [*target.split("/"), *rest]
            else:
                way = os.path.normpath(name)
    except FileNotFoundError:
        pass  # whoever owns what there is may make the rest
    except OSError as error:
        raise InvalidInput(Reason("owner_unknown", why=why_failed(error)), directory) from None
    return _of_number(found.st_uid, found.st_gid)


def _of_number(uid: int, gid: int) -> RunAs:
    """The account with this number; one that is gone has nothing but its own numbers."""
    try:
        return RunAs.user(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return RunAs(uid, gid, (), str(uid), "/")


def behind_sudo(environ: Mapping[str, str] = os.environ) -> RunAs | None:
    """Who typed ``sudo``, as sudo itself says; None where nobody did."""
    uid, gid = environ.get("SUDO_UID", ""), environ.get("SUDO_GID", "")
    if not uid.isdigit():
        return None
    return _of_number(int(uid), int(gid) if gid.isdigit() else int(uid))
