"""The full log of a run: a file of its owner's alone, of which the last ones are kept."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

KEPT = 50


class RunLog:
    """The file of one run.  That it cannot be written disturbs nobody: *trouble* says why.

    Args:
        directory: where the logs lie; it is made, for its owner alone. Empty for no log.
        name: what runs.
    """

    def __init__(self, directory: str, name: str) -> None:
        self.path = ""
        self.trouble = ""
        self._file = -1
        if not directory:
            return
        place = Path(directory).expanduser()
        path = place / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}-{os.getpid()}.log"
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self.trouble = str(error)
            return
        self.path = str(path)
        self._remove_old(place)

    @property
    def shown(self) -> str:
        """Where it lies, as a person types it; empty where there is none."""
        home = os.path.expanduser("~")
        return "~" + self.path[len(home) :] if home != "/" and self.path.startswith(home + "/") else self.path

    def write(self, text: str) -> None:
        if self._file < 0:
            return
        try:
            data = text.encode("utf-8", "replace")
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.trouble, self.path = str(error), ""
            self.close()

    def close(self) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
        self._file = -1

    @staticmethod
    def _remove_old(place: Path) -> None:
        with contextlib.suppress(OSError):
            for old in sorted(place.glob("*.log"))[:-KEPT]:
                old.unlink()
