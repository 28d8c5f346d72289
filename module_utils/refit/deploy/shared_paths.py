"""Paths that survive releases: kept in ``shared/`` and linked into each release."""

from __future__ import annotations

import os
import shutil

from ..config.service import Service
from ..core import accounts


def missing_shared(service: Service) -> list[str]:
    """Required files that are not in ``shared/``.  A path that ends in ``/`` is a
    directory, which is made when it is not there."""
    return [
        path
        for path in service.shared
        if not path.endswith("/") and not os.path.lexists(os.path.join(service.shared_dir, path))
    ]


def link_shared(service: Service, directory: str) -> None:
    """Link every shared path into the release at *directory*, in place of what the
    artifact may have brought under that name."""
    for path in service.shared:
        origin = os.path.join(service.shared_dir, path.rstrip("/"))
        if path.endswith("/"):
            _make_directory(service, origin)
        link = os.path.join(directory, path.rstrip("/"))
        os.makedirs(os.path.dirname(link), exist_ok=True)
        if os.path.isdir(link) and not os.path.islink(link):
            shutil.rmtree(link)
        elif os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.path.relpath(origin, os.path.dirname(link)), link)


def _make_directory(service: Service, path: str) -> None:
    if os.path.isdir(path):
        return
    os.makedirs(path)
    owner = accounts.find(service.user)
    if owner is not None and os.geteuid() == 0:
        os.chown(path, owner.uid, owner.gid)
