"""A file that is there while a server takes requests, for balancers that look for one.

It may lie in the application's own directory, which whoever writes it is then not led out of.
"""

from __future__ import annotations

import os

from ..core.beneath import Beneath
from ..core.durable import explained
from ..core.errors import UnsafePath
from ..words.reason import Reason

_TEXT = "ready\n"
_MODE = 0o644


def set_ready(path: str, ready: bool, dry_run: bool = False) -> bool:
    """Have the file at *path*, or have it not; returns whether that changes anything.

    Raises:
        UnsafePath: a link leads elsewhere, where somebody else may have put it; or *path* is a directory.
        RefitError: it cannot be written or removed.
    """
    directory, name = os.path.split(path)
    with explained(path, Reason("write_the_readiness_file") if ready else Reason("remove_the_readiness_file")):
        try:
            place = Beneath(directory)
        except FileNotFoundError:
            if ready:
                raise
            return False
        with place:
            changed = not _is_there(place, name) if ready else place.exists(name)
            if changed and not dry_run:
                place.write_file(name, _TEXT, _MODE) if ready else place.remove_file(name)
            return changed


def _is_there(place: Beneath, name: str) -> bool:
    """Whether the file is just what it should be; anything else is replaced."""
    try:
        return place.read_file(name, len(_TEXT) + 1) == (_TEXT.encode(), _MODE)
    except (FileNotFoundError, UnsafePath):
        return False
