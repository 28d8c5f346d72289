"""The kinds of artifacts that a release is made from; here another one is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidInput
from ..words.reason import Reason
from . import jar, wheel
from .archive import Limits, unpack
from .archive_readers import ENDINGS
from .build import Build, Kind


def _checked_while_unpacked(_: Build) -> None:
    """An archive is judged by its headers, before the first byte is written."""


def _unpack(build: Build, directory: str) -> Mapping[str, Any]:
    unpack(build.artifact, directory, limits=Limits(members=build.service.archive.max_files))
    return {}


ARCHIVE = Kind(check=_checked_while_unpacked, make=_unpack)
JAR = Kind(check=jar.check, make=jar.make)
WHEEL = Kind(check=wheel.check, make=wheel.make)

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(ENDINGS, ARCHIVE),
    ".jar": JAR,
    ".whl": WHEEL,
}


def kind_of(artifact: str) -> Kind:
    """The kind that the name of *artifact* says.  Raises InvalidInput."""
    for ending, kind in KINDS.items():
        if artifact.lower().endswith(ending):
            return kind
    raise InvalidInput(
        Reason("kind_not_supported", endings=tuple(KINDS)),
        where=artifact,
        next_command=Reason("pack_in_these_ways"),
    )
