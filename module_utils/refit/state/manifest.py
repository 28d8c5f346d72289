"""Writing what a release says of itself: ``.release.sums``, all it holds, and ``.release.json``, what it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ..core.beneath import Beneath
from .file_sums import digest_of, list_tree
from .releases import MANIFEST, SUMS


def content_of(directory: str, but: Collection[str]) -> bytes:
    """What the release at *directory* holds, as :func:`~.file_sums.list_tree` writes it.

    Args:
        but: what is not the release's own, besides the two files that are written of it: what the host
            shares, and what the build printed here.
    """
    return list_tree(directory, {MANIFEST, SUMS, *but})


def write_manifest(directory: str, facts: Mapping[str, Any], but: Collection[str]) -> None:
    """Write *facts* into the release at *directory*, with the list of what it holds and, as ``tree_sha256``, that
    list's checksum.  Call it when everything else is in place.

    Args:
        but: as for :func:`content_of`.
    """
    content = content_of(directory, but)
    write_sums(directory, content)
    text = json.dumps({**facts, "tree_sha256": digest_of(content)}, indent=1, sort_keys=True, ensure_ascii=False)
    write_text(directory, MANIFEST, text + "\n")


def write_sums(directory: str, content: bytes) -> None:
    """Write the list that :func:`content_of` made into the release at *directory*."""
    write_text(directory, SUMS, content.decode("utf-8", "surrogateescape"))


def write_text(directory: str, name: str, text: str) -> None:
    """Write the file *name* into the release at *directory*, for everyone to read, in place of what is there."""
    with Beneath(directory) as release:
        release.write_file(name, text, 0o644)
