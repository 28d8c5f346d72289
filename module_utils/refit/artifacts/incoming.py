"""The directory where an artifact lies until it is a release: root's own, one run at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from ..core.beneath import make_kept
from ..core.durable import explained
from ..core.errors import RefitError
from ..core.locks import LONG_S, await_lock
from ..core.system import Clock
from ..words.reason import Reason
from .download import PARTIAL


@contextlib.contextmanager
def incoming(artifact: str, clock: Clock) -> Iterator[None]:
    """Own the directory of *artifact*, which holds artifacts on their way and nothing else.

    It is made where it is missing, and closed to everybody but its owner.  What runs that died
    left in it is removed at the beginning, the artifact itself at the end: an error from within names it without its
    place, as the build has it.

    Raises:
        UnsafePath: somebody else could lead root out of it.
        RefitError: the directory cannot be made or read.
        Locked: another run has brought something there all the time that is waited for it.
    """
    directory, name = os.path.split(artifact)
    make_kept(directory, 0o700, Reason("incoming_directory"))
    with explained(directory, Reason("open_the_directory_of_incoming_artifacts")):
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        # Held by whoever stages here; it dies with its holder.
        await_lock(fd, directory, clock, LONG_S, Reason("incoming_directory"))
        os.fchmod(fd, 0o700)
        _sweep(directory, keep=(name, name + PARTIAL))
        try:
            yield
        except RefitError as error:
            _forget_the_place(error, artifact)
            raise
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(artifact)
    finally:
        os.close(fd)


def _forget_the_place(error: RefitError, artifact: str) -> None:
    name = os.path.basename(artifact)
    error.change_texts(lambda text: text.replace(artifact, name))


def _sweep(directory: str, keep: tuple[str, ...]) -> None:
    for entry in list(os.scandir(directory)):
        if entry.name in keep:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)
