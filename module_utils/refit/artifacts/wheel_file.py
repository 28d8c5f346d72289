"""What a wheel says of itself, and whether an interpreter can take it."""

from __future__ import annotations

import email.parser
import os
import re
import shlex
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import StagingError
from ..words.reason import Reason
from .archive_members import Refused
from .archive_readers import open_zip, why_unreadable
from .interpreter import Interpreter

# Binary distribution format: name-version(-build)?-python-abi-platform.whl
_FILE_NAME = re.compile(
    r"(?P<name>[^\s/-]+)-(?P<version>[^\s/-]+)(-(?P<build>\d[^\s/-]*))?"
    r"-(?P<python>[\w.]+)-(?P<abi>[\w.]+)-(?P<platform>[\w.]+)\.whl\Z"
)
_METADATA_BYTES = 1 << 22
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class Wheel:
    """A wheel at *path*: name and version as its METADATA has them, the tags of its file name,
    and the Python modules it brings, relative to ``site-packages``."""

    path: str
    name: str
    version: str
    python_tags: Sequence[str]
    abi_tags: Sequence[str]
    platform_tags: Sequence[str]
    modules: Sequence[str]


def read_wheel(path: str) -> Wheel:
    """The wheel at *path*.

    Raises:
        StagingError: it is none, is damaged, or was renamed.
    """
    named = _FILE_NAME.match(os.path.basename(path))
    if named is None:
        raise _refused(path, Reason("wheel_renamed"))
    try:
        with open_zip(path) as archive:
            metadata = [entry for entry in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", entry)]
            if len(metadata) != 1:
                raise _refused(path, Reason("wheel_without_metadata"))
            with archive.open(metadata[0]) as entry:
                text = entry.read(_METADATA_BYTES).decode("utf-8", "replace")
            modules = [_installed_as(entry) for entry in archive.namelist() if entry.endswith(".py")]
    except Refused as error:
        raise _refused(path, error.reason) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refused(path, Reason("unreadable_because", why=why_unreadable(error))) from error
    headers = email.parser.HeaderParser().parsestr(text)
    name, version = str(headers.get("Name", "")), str(headers.get("Version", ""))
    if not _NAME.match(name) or not version:
        raise _refused(path, Reason("wheel_without_name"))
    return Wheel(
        path=path,
        name=name,
        version=version,
        python_tags=named["python"].split("."),
        abi_tags=named["abi"].split("."),
        platform_tags=named["platform"].split("."),
        modules=[module for module in modules if module],
    )


def why_not_for(wheel: Wheel, python: Interpreter) -> Reason | None:
    """Why *python* can surely not take *wheel*, by its tags; None if it may.

    What is left to uv: the libc of ``manylinux`` tags, and ``Requires-Python``.
    """
    if not any(_python_fits(tag, abi, python) for tag in wheel.python_tags for abi in wheel.abi_tags):
        tags = "{}-{}".format(".".join(wheel.python_tags), ".".join(wheel.abi_tags))
        return Reason("built_for_another_python", tags=tags)
    if not any(_platform_fits(tag, python) for tag in wheel.platform_tags):
        return Reason("built_for_another_platform", tags=".".join(wheel.platform_tags))
    return None


def _python_fits(tag: str, abi: str, python: Interpreter) -> bool:
    named = re.fullmatch(r"([a-z]+)(\d)(\d*)", tag)
    if named is None:
        return False
    family, major, minor = named[1], int(named[2]), int(named[3] or 0)
    if family not in ("py", "cp") or (family == "cp" and python.implementation != "cpython"):
        return False
    if major != python.version[0]:
        return False
    exact = family == "cp" and abi != "abi3"
    return minor == python.version[1] if exact and named[3] else minor <= python.version[1]


def _platform_fits(tag: str, python: Interpreter) -> bool:
    return (
        tag == "any" or re.fullmatch(rf"(linux|manylinux\w*|musllinux\w*)_{re.escape(python.machine)}", tag) is not None
    )


def _installed_as(entry: str) -> str | None:
    """Where a file of a wheel goes in ``site-packages``; None for what goes elsewhere."""
    found = re.fullmatch(r"[^/]+\.data/(\w+)/(.+)", entry)
    if found is None:
        return entry
    return found[2] if found[1] in ("purelib", "platlib") else None


def _refused(path: str, why: Reason) -> StagingError:
    return StagingError(
        Reason("no_wheel", why=why),
        where=path,
        next_command=Reason("check_what_build_made", path=shlex.quote(path)),
    )
