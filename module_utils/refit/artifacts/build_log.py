"""What the build of a release printed: kept where a person finds it, without a secret in it.

The log lies in the service's state while the build runs, so that it is there whatever becomes of
the build; the log of a build that succeeded moves into the release.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Iterable

from ..core.durable import explained, make_directory
from ..core.masking import Masker
from ..words.reason import Reason

LOG_NAME = "build.log"
KEPT = 10
# A build that prints without end must not fill the disk.
MOST_BYTES = 20 * 1024**2
_LAST_LINES = 12
_EXCERPT = 600


class BuildLog:
    """The log of the build of *version*; a context manager.

    Args:
        secrets: texts that are never written.
        most_bytes: how long the log may become.
    """

    def __init__(self, state_dir: str, version: str, secrets: Iterable[str] = (), most_bytes: int = MOST_BYTES) -> None:
        directory = os.path.join(state_dir, "builds")
        make_directory(directory, 0o750)
        self.path = os.path.join(directory, version + ".log")
        self._masker = Masker(secrets)
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._left = most_bytes
        with explained(self.path, Reason("write_the_build_log")):
            _remove_oldest(directory, KEPT - 1, self.path)
            self._file = open(self.path, "w", encoding="utf-8")  # noqa: SIM115 - closed in __exit__
            os.fchmod(self._file.fileno(), 0o640)

    def __enter__(self) -> BuildLog:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def heading(self, text: str) -> None:
        """Begin the part of one step; :meth:`excerpt` is of this step from now on."""
        self.line(f"== {text}")
        self._last.clear()

    def line(self, text: str) -> None:
        """Write one line, without what is secret in it."""
        text = self.hide(text)
        self._last.append(text)
        if self._left > 0:
            self._file.write(text + "\n" if self._left > len(text) else "== the rest is left out\n")
            self._file.flush()
        self._left -= len(text) + 1

    def hide(self, text: str) -> str:
        """*text* without what gives access, and without the secrets that were named."""
        return self._masker.hide(text)

    def excerpt(self) -> str:
        """The last words of the step that runs, on one line."""
        return " ".join(" ".join(self._last).split())[-_EXCERPT:] or "it printed nothing"

    def move_into(self, release: str) -> None:
        """Put the finished log into the directory of the release."""
        self._file.close()
        copy = os.path.join(release, LOG_NAME)
        shutil.copyfile(self.path, copy)
        os.chmod(copy, 0o644)
        os.unlink(self.path)


def _remove_oldest(directory: str, keep: int, but: str) -> None:
    logs = [entry for entry in os.scandir(directory) if entry.name.endswith(".log") and entry.path != but]
    for entry in sorted(logs, key=lambda entry: entry.stat().st_mtime, reverse=True)[keep:]:
        os.unlink(entry.path)
