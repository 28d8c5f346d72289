"""What a new virtualenv has in common with earlier releases' becomes one with theirs, on the disk.

Root does it, once all of it is root's: each file is compared with the earlier ones of its path, and a hard link
put in the place of one that is equal.  So nothing that the build user owns is part of two releases, and whoever
changed a file of one would need root's rights for it.  What was compiled from such a file is taken, too: without
that, compiling would be most of the time of a build, and most of a release's disk space.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence

_BLOCK = 1 << 20
_NEW = ".refit-shared"
BYTECODE = "__pycache__"
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def share_files(tree: str, earlier: Sequence[str]) -> None:
    """Link into the directory *tree* what is equal in *earlier* ones, and nobody's to write but this process's user.

    Of a module's source its time counts, too: what is compiled from it says it.

    Args:
        tree: of this process's user alone, as the earlier ones are.
        earlier: the most likely first.
    """
    for path, _, names, fd in os.fwalk(tree):
        relative = os.path.relpath(path, tree)
        places = [place for place in (os.path.join(there, relative) for there in earlier) if os.path.isdir(place)]
        for name in names if places else ():
            ours = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if stat.S_ISREG(ours.st_mode):
                _share(fd, name, ours, places)


def share_bytecode(packages: str, earlier: Sequence[str], cache_tag: str) -> list[str]:
    """Link into the directory *packages* what *earlier* ones have compiled from the very same files.

    A source that is one file with an earlier one (device and inode) has its content and its time,
    which is all that Python compares.

    Args:
        packages: the new ``site-packages``; no link in it is followed.
        earlier: other releases' ``site-packages``, the most likely first.
        cache_tag: the interpreter's ``sys.implementation.cache_tag``.

    Returns:
        The sources that are left to compile.
    """
    left: list[str] = []
    for path, directories, names, fd in os.fwalk(packages):
        with contextlib.suppress(ValueError):
            directories.remove(BYTECODE)
        sources = [name for name in names if name.endswith(".py")]
        relative = os.path.relpath(path, packages)
        places = [place for place in (os.path.join(there, relative) for there in earlier) if os.path.isdir(place)]
        shared = _share_bytecode_of(fd, sources, places, cache_tag) if places else set()
        left += [os.path.join(path, name) for name in sources if name not in shared]
    return left


def _share(fd: int, name: str, ours: os.stat_result, places: Sequence[str]) -> None:
    for place in places:
        theirs = os.path.join(place, name)
        # One that is gone meanwhile, or has no room for another name, is none to share.
        with contextlib.suppress(OSError):
            if _may_be_shared(name, ours, os.lstat(theirs)) and _are_equal(fd, name, theirs):
                os.link(theirs, _NEW, dst_dir_fd=fd, follow_symlinks=False)
                os.rename(_NEW, name, src_dir_fd=fd, dst_dir_fd=fd)
                return


def _may_be_shared(name: str, ours: os.stat_result, theirs: os.stat_result) -> bool:
    """Their owner is compared, too: what an older version left to the build user is his to change."""
    keys = ["st_mode", "st_uid", "st_gid", "st_size", "st_dev", *(["st_mtime_ns"] if name.endswith(".py") else [])]
    return not os.path.samestat(ours, theirs) and all(getattr(ours, key) == getattr(theirs, key) for key in keys)


def _are_equal(fd: int, name: str, theirs: str) -> bool:
    with os.fdopen(os.open(name, _FILE, dir_fd=fd), "rb") as one, os.fdopen(os.open(theirs, _FILE), "rb") as other:
        while True:
            block = one.read(_BLOCK)
            if block != other.read(_BLOCK):
                return False
            if not block:
                return True


def _share_bytecode_of(fd: int, sources: Sequence[str], places: Sequence[str], tag: str) -> set[str]:
    cache = -1
    shared = set()
    try:
        for name in sources:
            compiled = _compiled_from(os.stat(name, dir_fd=fd, follow_symlinks=False), name, places, tag)
            if compiled is None:
                continue
            if cache < 0:
                cache = _open_cache(fd)
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
                compiled = os.path.join(place, BYTECODE, f"{name[:-3]}.{tag}.pyc")
                if os.path.isfile(compiled):
                    return compiled
    return None


def _open_cache(fd: int) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkdir(BYTECODE, 0o755, dir_fd=fd)
    return os.open(BYTECODE, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
