"""Which code a packed ``refit.pyz`` holds, read without running it.

It says so in its last bytes, which are the comment of the zip: ``refit VERSION DIGEST``.  The digest is that of the
sources (``plugin_utils/bundle.py``), so two states of the code between two versions are told apart, too.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_VERSION = r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}"
_DIGEST = r"[0-9a-f]{32}"
_STAMP = re.compile(rf"refit ({_VERSION}) ({_DIGEST})\Z".encode())
_MOST_STAMP_BYTES = 128


@dataclass(frozen=True)
class BuildInfo:
    """A state of this package: its *version*, and the *digest* of its sources in 32 hexadecimal digits."""

    version: str
    digest: str

    @classmethod
    def from_record(cls, record: Any) -> BuildInfo | None:
        """What a host said about its scripts; None where that names no build."""
        if not isinstance(record, Mapping):
            return None
        version, digest = record.get("version"), record.get("digest")
        if not (isinstance(version, str) and re.fullmatch(_VERSION, version)):
            return None
        if not (isinstance(digest, str) and re.fullmatch(_DIGEST, digest)):
            return None
        return cls(version, digest)

    def stamp(self) -> bytes:
        """What a file that holds this build ends with."""
        return f"refit {self.version} {self.digest}".encode()

    def is_older_than(self, other: BuildInfo) -> bool:
        """Whether its version comes before the other's."""
        return self._numbers() < other._numbers()

    def _numbers(self) -> list[int]:
        return [int(number) for number in self.version.split(".")]


def installed(directory: str) -> dict[str, str | None] | None:
    """Which build the scripts in *directory* are.

    Returns:
        ``version`` and ``digest`` of ``refit.pyz``, both None where it does not say; None where there is no such file.
    """
    unknown: dict[str, str | None] = {"version": None, "digest": None}
    try:
        # Not blocking: opening a pipe would wait for its other end.
        descriptor = os.open(os.path.join(directory, "refit.pyz"), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return unknown
    try:
        found = _STAMP.search(_end_of(descriptor))
    except OSError:
        return unknown
    finally:
        os.close(descriptor)
    return {"version": found[1].decode(), "digest": found[2].decode()} if found else unknown


def _end_of(descriptor: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return b""
    return os.pread(descriptor, _MOST_STAMP_BYTES, max(0, status.st_size - _MOST_STAMP_BYTES))
