"""Whether a rollback finds the room that it needs on the disks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.answers import count, if_fit
from ..core.errors import why_failed
from ..words.reason import Reason

_MIB = 1024**2
# A rollback writes a handful; what runs out of these says "no space left" with a disk half empty.
_FILES = 1000


def room_faults(paths: Iterable[str], free_mib: float, largest_bytes: int) -> list[Reason]:
    """Where there is too little room, a reason for each file system.

    Args:
        paths: what is written to; one that is not there yet counts as what is above it.
        free_mib: what has to be free on each of them, in MiB.
        largest_bytes: what the largest release holds: one more of these must find room besides.
    """
    faults, seen = [], set()
    needed = max(free_mib, largest_bytes * 2 // _MIB)
    for path in paths:
        place = _there(path)
        try:
            device, found = os.stat(place).st_dev, os.statvfs(place)
        except OSError as error:
            faults.append(Reason("room_unknown", path=path, why=why_failed(error)))
            continue
        if device in seen:
            continue
        seen.add(device)
        free = found.f_bavail * found.f_frsize / _MIB
        if free < needed:
            faults.append(Reason("little_room", path=path, free=int(free), needed=int(needed)))
        if found.f_files and found.f_favail < _FILES:
            faults.append(Reason("few_files", path=path, free=int(found.f_favail), needed=_FILES))
    return faults


def largest(manifests: Iterable[Mapping[str, Any]]) -> int:
    """Bytes of the largest release by what the releases' own manifests say, whoever wrote those."""
    sizes = (if_fit(count)(manifest.get("bytes")) for manifest in manifests)
    return max((size for size in sizes if size is not None), default=0)


def _there(path: str) -> str:
    while not os.path.lexists(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path
