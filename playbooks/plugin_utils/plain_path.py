"""Files whose names mean more to Ansible than they say: in a path it takes ``$HOME`` for a variable."""

from __future__ import annotations

import os
from pathlib import Path

# Below the home of who runs Ansible: a name that can be guessed must not lie where others may put something.
STORE = ".cache/refit-ops/artifacts"


def is_plain(path: str) -> bool:
    return "$" not in path and not path.startswith("~")


def plain_path(path: str, sha256: str, *, home: Path | None = None) -> str:
    """*path*, or a link to it that Ansible reads as it stands; the same content has the same link.

    Raises:
        OSError: the link cannot be made.
    """
    if is_plain(path):
        return path
    place = (home or Path.home()) / STORE / sha256[:16]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = place / plain_name(os.path.basename(path))
    made = place / f".{os.getpid()}"
    made.symlink_to(os.path.abspath(path))
    made.rename(link)
    return str(link)


def plain_name(name: str) -> str:
    """*name* as a file is called on the hosts."""
    return name.replace("$", "_")
