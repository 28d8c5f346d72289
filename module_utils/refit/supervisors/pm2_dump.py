"""PM2's list of what it starts at boot, ``$PM2_HOME/dump.pm2``, in which everybody's applications stand.

``pm2 save`` replaces it by what the daemon knows *now*.  One that was killed, and that the next ``pm2`` command of
anybody started anew, knows nothing of what ran before: what others had saved would be gone from the list, and with
the save after next from its backup as well.  So what is not the service's own stays on the list until somebody else
takes it off.

The directory is the service's user's: all is read and written with that user's rights.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.answers import NotUnderstood, from_json
from ..core.durable import write_file
from ..core.errors import RefitError
from ..core.privileges import rights_of
from ..core.system import RunAs

_MOST_BYTES = 16 * 1024 * 1024

Entry = Mapping[str, Any]


def saved(home: str, owner: RunAs | None, but: str) -> list[Entry]:
    """What is on the list besides the service *but*; nothing where there is none, or none that can be read."""
    return _others(_listed(home, owner), but)


def holds(home: str, owner: RunAs | None, name: str) -> bool:
    """Whether the service *name* is on the list."""
    listed = _listed(home, owner)
    return isinstance(listed, list) and name in map(_name, listed)


def _listed(home: str, owner: RunAs | None) -> Any:
    """What the list holds, whatever that is; nothing where there is none."""
    with contextlib.suppress(OSError, NotUnderstood), rights_of(owner):
        # Not waited for: whoever owns the directory may have put a pipe there.
        descriptor = os.open(_path(home), os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return from_json(file.read(_MOST_BYTES))
    return []


def keep(home: str, owner: RunAs | None, before: Sequence[Entry]) -> None:
    """Put back on the list what of *before* is no longer on it.

    Where that cannot be written nothing is said, since no release is to blame for it: PM2's own backup holds it still.
    """
    with contextlib.suppress(OSError, RefitError, NotUnderstood, ValueError), rights_of(owner):
        with open(_path(home), "rb") as file:
            now = from_json(file.read(_MOST_BYTES))
        lost = missing(before, now)
        if lost:
            # Without what only Python writes: PM2 would throw the list away.
            write_file(_path(home), json.dumps([*now, *lost], indent=2, allow_nan=False), 0o600)


def missing(entries: Sequence[Entry], among: Sequence[Any]) -> list[Entry]:
    """Those of *entries* of whose name there is none *among* PM2's processes, or entries."""
    known = {_name(entry) for entry in among}
    return [entry for entry in entries if entry["name"] not in known]


def _others(entries: Any, but: str) -> list[Entry]:
    return [entry for entry in entries if _name(entry) not in ("", but)] if isinstance(entries, list) else []


def _name(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def _path(home: str) -> str:
    return os.path.join(home, "dump.pm2")
