"""Paths that survive releases: kept in ``shared/`` and linked into each release."""

from __future__ import annotations

import os
import shutil

from ..config.service import Service
from ..core import accounts
from ..core.beneath import Beneath
from ..core.durable import explained
from ..core.errors import StagingError
from ..core.system import RunAs


def missing_shared(service: Service) -> list[str]:
    """Required files that are not in ``shared/``.  A path that ends in ``/`` is a
    directory, which is made when it is not there."""
    return [
        path
        for path in service.shared
        if not path.endswith("/") and not os.path.lexists(os.path.join(service.shared_dir, path))
    ]


def make_shared_dir(service: Service) -> None:
    """Make ``shared/``, the service's user's own, where it is missing; the service's root is there."""
    if not os.path.isdir(service.shared_dir):
        with explained(service.shared_dir, "create a directory"), Beneath(service.root) as root:
            root.make_directory(os.path.basename(service.shared_dir), _owner(service))


def link_shared(service: Service, directory: str) -> None:
    """Link every shared path into the release at *directory*, in place of what the
    artifact may have brought under that name."""
    for path in service.shared:
        origin = os.path.join(service.shared_dir, path.rstrip("/"))
        if path.endswith("/"):
            _make_directory(service, path.rstrip("/"))
        link = os.path.join(directory, path.rstrip("/"))
        os.makedirs(os.path.dirname(link), exist_ok=True)
        if os.path.isdir(link) and not os.path.islink(link):
            shutil.rmtree(link)
        elif os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.path.relpath(origin, os.path.dirname(link)), link)


def _make_directory(service: Service, path: str) -> None:
    """Make the directory *path* of ``shared/``, which is its user's to rearrange meanwhile."""
    if not os.path.isdir(os.path.join(service.shared_dir, path)):
        with Beneath(service.shared_dir) as shared:
            shared.make_directory(path, _owner(service))


def _owner(service: Service) -> RunAs | None:
    """Whose the shared directories are to be; None for whoever makes them."""
    if os.geteuid() != 0:
        return None
    return accounts.required(service.user, f"refit_services.{service.name}.user", StagingError)
