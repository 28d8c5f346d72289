"""Version names: what may be typed, and the directory each one gets."""

from __future__ import annotations

import re
from typing import Any

from ..core.answers import NotUnderstood, prose
from ..core.errors import InvalidInput
from ..words.reason import Reason

PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_VERSION = re.compile(PATTERN + r"\Z")
_LEGACY = "legacy ("


def normalise(text: str) -> str:
    """The version that a person means by *text*; ``v20240127-120000`` is ``20240127-120000``.

    Raises:
        InvalidInput: *text* is not a version name.
    """
    version = text[1:] if re.match(r"v\d", text) else text
    if not _VERSION.match(version):
        raise InvalidInput(
            Reason("no_version", text=repr(text[:80])),
            where=Reason("what_a_version_is"),
            next_command=Reason("name_version_like", example="20240127-120000"),
        )
    return version


def read_version(value: Any) -> str:
    """The version that a host named in an answer, exactly as it names directories.  Raises NotUnderstood."""
    if not isinstance(value, str) or not _VERSION.match(value):
        raise NotUnderstood(Reason("is_no_version"))
    return value


def legacy(points_to: str) -> str:
    """What is said to run where ``current`` leads outside the releases, as on a server that nobody deployed to yet."""
    return f"{_LEGACY}{points_to})"


def is_legacy(live: str | None) -> bool:
    """Whether *live* is no version, but what :func:`legacy` says."""
    return live is not None and live.startswith(_LEGACY)


def read_live(value: Any) -> str:
    """What a host named as live: a version, or what is legacy.  Raises NotUnderstood."""
    return prose(value) if isinstance(value, str) and is_legacy(value) else read_version(value)


def directory_name(version: str) -> str:
    """The name of *version*'s directory below ``releases/``."""
    return "v" + version


def from_directory_name(name: str) -> str | None:
    """The version that lives in a directory called *name*; None if none can."""
    version = name[1:]
    return version if name.startswith("v") and _VERSION.match(version) else None
