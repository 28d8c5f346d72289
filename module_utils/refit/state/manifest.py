"""Writing ``.release.json``: what a release is, where it came from, and how big it must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.beneath import Beneath
from ..core.file_tree import inventory
from .releases import MANIFEST


def write_manifest(directory: str, facts: Mapping[str, Any]) -> None:
    """Write *facts* into the release at *directory*, with the number of its files and their
    bytes, this one included.  Call it when everything else is in place."""
    files, size = inventory(directory)
    write_text(directory, MANIFEST, _with_own_size({**facts, "files": files + 1}, size))


def write_text(directory: str, name: str, text: str) -> None:
    """Write the file *name* into the release at *directory*, for everyone to read, in place of what is there."""
    with Beneath(directory) as release:
        release.write_file(name, text, 0o644)


def _with_own_size(manifest: Mapping[str, Any], size: int) -> str:
    """The manifest's text, whose ``bytes`` includes the text itself."""
    total = size
    while True:
        text = json.dumps({**manifest, "bytes": total}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        real = size + len(text.encode("utf-8"))
        if real == total:
            return text
        total = real
