"""Pack this package as one file, ``refit.pyz``, that a server's Python runs.

The bytes depend on the sources alone, so that an unchanged package changes nothing.
"""

from __future__ import annotations

import io
import os
import zipfile

SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = "import sys\n\nfrom refit.cli import main\n\nsys.exit(main())\n"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def bundle(package_dir: str) -> bytes:
    """The zipapp made of the ``*.py`` files in *package_dir*."""
    sources = {"__main__.py": _MAIN.encode()}
    for name in sorted(os.listdir(package_dir)):
        if name.endswith(".py"):
            with open(os.path.join(package_dir, name), "rb") as handle:
                sources["refit/" + name] = handle.read()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(sources.items()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return SHEBANG + buffer.getvalue()
