"""Reading with somebody else's rights.

What runs here as root reads files that other people name or may replace: with root's rights
it would show them what only root may read.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator, Mapping

from .system import RunAs


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


def behind_sudo(environ: Mapping[str, str] = os.environ) -> RunAs | None:
    """Who typed ``sudo``, as sudo itself says; None where nobody did."""
    uid = environ.get("SUDO_UID", "")
    if not uid.isdigit():
        return None
    try:
        return RunAs.user(pwd.getpwuid(int(uid)).pw_name)
    except KeyError:  # an account that is gone: nothing but its own number
        gid = environ.get("SUDO_GID", "")
        return RunAs(int(uid), int(gid) if gid.isdigit() else int(uid), (), uid, "/")
