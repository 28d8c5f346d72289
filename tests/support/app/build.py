"""Build releases of the demo service: real artifacts whose failure is chosen."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("server.js")


def build(directory: Path, version: str, mode: str = "healthy", **options: Any) -> Path:
    """Write ``app-<version>.tar.gz`` into *directory*; the same input gives the same bytes.

    Args:
        mode: see ``server.js``.
        options: further keys of ``release.json``, such as ``after_ms``.
    """
    release = {"version": version, "mode": mode, **options}
    members = {
        "server.js": SERVER.read_bytes(),
        "release.json": json.dumps(release, sort_keys=True).encode(),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(f"app-{version}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"app-{version}.tar.gz"
    path.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))
    return path
