"""Paths that survive releases: kept in ``shared/`` and linked into each release."""

from __future__ import annotations

import os

from ..config.service import Service
from ..core import accounts
from ..core.beneath import Beneath
from ..core.durable import explained
from ..core.errors import StagingError, UnsafePath
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


def link_shared(service: Service, directory: str, origin: str) -> None:
    """Link every shared path into the release at *directory*, in place of what it brought under that name.

    Args:
        origin: the file that the release comes from, for a person.

    Raises:
        StagingError: it brought a link or a file where the service shares something below.
        UnsafePath: a directory is missing in ``shared/``, and a link in its way.
    """
    names = [path.rstrip("/") for path in service.shared]
    with Beneath(directory) as release:
        for name, path in zip(names, service.shared):
            if path.endswith("/"):
                _make_directory(service, name)
            if any(name.startswith(other + "/") for other in names):
                continue  # it lies in what another link leads to
            above = os.path.dirname(os.path.join(directory, name))
            try:
                release.make_link(name, os.path.relpath(os.path.join(service.shared_dir, name), above))
            except UnsafePath as error:
                theirs = os.path.relpath(error.where or above, directory)
                raise StagingError(
                    f"it brings {theirs} as no directory, and the service shares {path} below that",
                    where=origin,
                    next_command="build it with a directory there, or without, and deploy that as a new version",
                ) from error


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
