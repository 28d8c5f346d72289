"""Pack the package ``refit`` as one file, ``refit.pyz``, that a server's Python runs.

The bytes depend on the sources alone, so that an unchanged package changes nothing.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping

import refit
from refit.core.build_info import BuildInfo

PACKAGE = os.path.dirname(refit.__file__)
SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = "import sys\n\nfrom refit.cli.main import main\n\nsys.exit(main())\n"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def sources(package_dir: str = PACKAGE) -> dict[str, bytes]:
    """The ``*.py`` files of the package in *package_dir*, by default the loaded one, by their path on ``sys.path``."""
    found = {}
    for place, directories, names in os.walk(package_dir):
        directories.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(place, name)
                with open(path, "rb") as handle:
                    found["refit/" + os.path.relpath(path, package_dir)] = handle.read()
    return found


def digest(files: Mapping[str, bytes]) -> str:
    """What tells these sources from all others, as 32 hexadecimal digits."""
    whole = hashlib.sha256()
    for name, data in sorted(files.items()):
        whole.update(f"{name}\0{len(data)}\0".encode() + data)
    return whole.hexdigest()[:32]


def build_of(files: Mapping[str, bytes]) -> BuildInfo:
    """This version of the package, made of *files*."""
    return BuildInfo(refit.__version__, digest(files))


def pack(files: Mapping[str, bytes], comment: bytes = b"") -> bytes:
    """A zip of *files*, whose last bytes are *comment*."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
        archive.comment = comment
    return buffer.getvalue()


def bundle(package_dir: str = PACKAGE) -> bytes:
    """The zipapp made of the package in *package_dir*; it ends with its build's stamp."""
    files = sources(package_dir)
    return SHEBANG + pack({"__main__.py": _MAIN.encode(), **files}, build_of(files).stamp())
