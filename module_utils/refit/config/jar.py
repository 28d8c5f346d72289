"""What a release that is a jar needs, as its owner writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from ..words.reason import Reason
from .reader import SettingsReader

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.jar\Z")


@dataclass(frozen=True)
class JarSettings:
    """How a jar becomes a release.

    Attributes:
        name: the file that it is in the release, whatever the build called it; by default the
            service's name with ``.jar``.
        java: the program that starts it; looked up in ``pm2.path`` and the system's directories.
        min_version: the lowest feature release of Java that will do (8, 11, 17 …); the jar's
            own classes may ask for a higher one.
    """

    name: str | None = None
    java: str = "java"
    min_version: int | None = None


def read_jar_settings(reader: SettingsReader) -> JarSettings:
    """The group ``jar`` of a service's settings.  Raises InvalidInput."""
    settings = JarSettings(
        name=reader.text("name", default=None),
        java=reader.text("java", default="java"),
        min_version=reader.number("min_version", 8, 8, 999, whole=True) if reader.has("min_version") else None,
    )
    if settings.name is not None and not _FILE_NAME.match(settings.name):
        raise reader.error("name", Reason("must_be_jar_name", value=repr(settings.name)))
    reader.done(field.name for field in fields(JarSettings))
    return settings
