"""What a release that is an archive may hold, as its owner writes it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .reader import SettingsReader


@dataclass(frozen=True)
class ArchiveSettings:
    """How much an archive may unpack to: *max_files* counts links and directories, too."""

    max_files: int = 100_000


def read_archive_settings(reader: SettingsReader) -> ArchiveSettings:
    """The group ``archive`` of a service's settings.  Raises InvalidInput."""
    settings = ArchiveSettings(max_files=reader.number("max_files", 100_000, 1, 10_000_000, whole=True))
    reader.done(field.name for field in fields(ArchiveSettings))
    return settings
