"""The process definition each release last ran with, for taking a deploy back.

A deploy may bring new settings along with new code.  Going back to what was live
before means both, so the definition that is about to be replaced is kept (0600:
it may hold secrets) under the version it ran with.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..core.durable import make_directory, read_text, remove_file, write_file
from ..words.reason import Reason


class Definitions:
    """Kept definitions of one service, in its state directory."""

    def __init__(self, state_dir: str) -> None:
        self.directory = os.path.join(state_dir, "definitions")

    def keep(self, version: str, text: str) -> None:
        """Remember *text* as what *version* runs with."""
        if self.of(version) != text:
            make_directory(self.directory, 0o700)
            write_file(self._path(version), text, 0o600)

    def of(self, version: str) -> str | None:
        """The definition that *version* ran with; None if none was kept."""
        return read_text(self._path(version), Reason("read_a_kept_definition"))

    def forget(self, versions: Iterable[str]) -> None:
        """Remove the definitions of releases that are gone."""
        for version in versions:
            if os.path.lexists(self._path(version)):
                remove_file(self._path(version))

    def _path(self, version: str) -> str:
        return os.path.join(self.directory, version)
