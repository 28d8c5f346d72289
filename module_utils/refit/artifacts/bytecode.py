"""Bytecode of a virtualenv, taken from an earlier release where the source is the same file.

uv links packages out of its cache, but compiled files are made in each virtualenv: without this,
compiling them would be most of the time of a build, and most of a release's disk space.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from ..core.system import RunAs

_CACHE = "__pycache__"


def share_bytecode(packages: str, earlier: Sequence[str], cache_tag: str, builder: RunAs | None) -> list[str]:
    """Link into the directory *packages* what *earlier* ones have compiled from the very same files.

    A source that is one file with an earlier one (device and inode) has its content and its time,
    which is all that Python compares.

    Args:
        packages: the new ``site-packages``; it may still be the build user's, so no link in it is followed.
        earlier: other releases' ``site-packages``, the most likely first.
        cache_tag: the interpreter's ``sys.implementation.cache_tag``.
        builder: who gets the directories that are made.

    Returns:
        The sources that are left to compile.
    """
    left: list[str] = []
    for path, directories, names, fd in os.fwalk(packages):
        with contextlib.suppress(ValueError):
            directories.remove(_CACHE)
        sources = [name for name in names if name.endswith(".py")]
        relative = os.path.relpath(path, packages)
        places = [place for place in (os.path.join(there, relative) for there in earlier) if os.path.isdir(place)]
        shared = _share_directory(fd, sources, places, cache_tag, builder) if places else set()
        left += [os.path.join(path, name) for name in sources if name not in shared]
    return left


def _share_directory(
    fd: int, sources: Sequence[str], places: Sequence[str], tag: str, builder: RunAs | None
) -> set[str]:
    cache = -1
    shared = set()
    try:
        for name in sources:
            compiled = _compiled_from(os.stat(name, dir_fd=fd, follow_symlinks=False), name, places, tag)
            if compiled is None:
                continue
            if cache < 0:
                cache = _open_cache(fd, builder)
            # One that is there already, or has no room for another name, is compiled anew.
            with contextlib.suppress(OSError):
                os.link(compiled, os.path.basename(compiled), dst_dir_fd=cache, follow_symlinks=False)
                shared.add(name)
    finally:
        if cache >= 0:
            os.close(cache)
    return shared


def _compiled_from(source: os.stat_result, name: str, places: Sequence[str], tag: str) -> str | None:
    for place in places:
        with contextlib.suppress(OSError):
            if os.path.samestat(source, os.lstat(os.path.join(place, name))):
                compiled = os.path.join(place, _CACHE, f"{name[:-3]}.{tag}.pyc")
                if os.path.isfile(compiled):
                    return compiled
    return None


def _open_cache(fd: int, builder: RunAs | None) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkdir(_CACHE, 0o755, dir_fd=fd)
    cache = os.open(_CACHE, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
    if builder is not None:
        os.fchown(cache, builder.uid, builder.gid)
    return cache
