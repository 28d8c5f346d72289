"""Checksums of artifacts: how they are written, and the ``SHA256SUMS`` beside a file."""

from __future__ import annotations

import hashlib
import io
import re

from ..core.errors import InvalidInput, StagingError
from ..words.reason import Reason

SUMS_FILE = "SHA256SUMS"
_HEX = re.compile(r"[0-9a-f]{64}\Z")
# sha256sum writes "HEX  name" or "HEX *name"; a leading backslash says that the name is escaped.
_GNU_LINE = re.compile(r"(\\?)([0-9A-Fa-f]{64}) [ *](.+)\Z")
_BSD_LINE = re.compile(r"SHA256 \((.+)\) = ([0-9A-Fa-f]{64})\Z")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def normal_sha256(text: str | None) -> str | None:
    """A checksum as a person typed it, in lower case; None for none.

    Raises:
        InvalidInput: it is no sha256.
    """
    value = (text or "").strip().lower()
    if not value:
        return None
    if not _HEX.match(value):
        raise InvalidInput(
            Reason("is_no_checksum", count=len(value)),
            next_command=Reason("copy_checksum"),
        )
    return value


def digest_of(handle: io.RawIOBase | io.BufferedIOBase) -> hashlib._Hash:
    """The sha256, so far, of all that is left to read."""
    digest = hashlib.sha256()
    for block in iter(lambda: handle.read(1 << 20), b""):
        digest.update(block)
    return digest


def listed_sum(text: str, name: str, where: str) -> str | None:
    """The checksum that the ``SHA256SUMS`` *text* gives for the file *name* beside it.

    Names in other directories (``dist/app.jar``) are other files; ``./`` is none.

    Returns:
        64 hexadecimal digits in lower case; None if the file is not named.

    Raises:
        StagingError: the file is named twice, with different sums.
    """
    found = {value.lower() for listed, value in map(_parse, text.splitlines()) if listed in (name, "./" + name)}
    if len(found) > 1:
        raise StagingError(
            Reason("several_checksums", name=name, count=len(found)),
            where=where,
            next_command=Reason("write_sums_anew", file=SUMS_FILE),
        )
    return found.pop() if found else None


def _parse(line: str) -> tuple[str, str]:
    gnu = _GNU_LINE.match(line)
    if gnu:
        escaped, value, name = gnu.groups()
        return (re.sub(r"\\[\\nr]", lambda match: _ESCAPES[match[0]], name) if escaped else name), value
    bsd = _BSD_LINE.match(line)
    return (bsd[1], bsd[2]) if bsd else ("", "")
